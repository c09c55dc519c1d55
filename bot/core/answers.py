"""What people answered, as signals for the diagnosis (pure)."""

from __future__ import annotations

from bot.core.clicks import CHOICES
from bot.core.incident import Choice, Incident
from bot.core.message import Message, Person, say
from bot.core.model import Signal
from bot.core.runbook import Runbook


def human_signals(incident: Incident, runbook: Runbook) -> tuple[Signal, ...]:
    """What people answered with yes or no, as signals; "don't know" is none."""
    signals = []
    for step in runbook.steps:
        if step.kind != "question":
            continue
        answer = incident.step(step.id).answer
        if answer and answer.choice in (Choice.YES, Choice.NO):
            because = say(
                "{step}: {answer}, says {who}",
                step=Message(text=step.title),
                answer=CHOICES[answer.choice],
                who=Person(id=answer.by),
            )
            signals.append(Signal(id=step.signal, holds=answer.choice is Choice.YES, because=because))
    return tuple(signals)
