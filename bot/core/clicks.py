"""Whether a click still fits: compare-and-set on a step's version, and what the loser is told."""

from __future__ import annotations

from bot.core.errors import UserError
from bot.core.incident import Choice, Incident, IncidentState, StepState, StepStatus
from bot.core.message import Message, Person, say

CHOICES: dict[Choice, Message] = {
    Choice.YES: say("Yes"),
    Choice.NO: say("No"),
    Choice.DONT_KNOW: say("Don't know"),
    Choice.SEEN: say("Looked"),
}


def clicked(incident: Incident, step_id: str, version: int) -> StepState:
    """The step, if the click still fits it (compare-and-set on the version)."""
    must_be_open(incident)
    try:
        step = incident.step(step_id)
    except KeyError:
        raise UserError(say("This step is not part of the runbook any more.")) from None
    if step.version != version:
        raise overtaken(step)
    return step


def overtaken(step: StepState) -> UserError:
    """What the loser of two clicks is told: who was first and when."""
    values = {"who": Person(id=step.by), "at": step.at} if step.by and step.at else None
    if values is None:
        return UserError(say("This step changed since you saw it. Use its newest buttons."))
    if step.status is StepStatus.RUNNING:
        return UserError(say("{who} already started this check · {at}", **values))
    if step.answer:
        answer = CHOICES[step.answer.choice]
        return UserError(say("{who} already answered: {answer} · {at}", answer=answer, **values))
    if step.finding:
        return UserError(say("{who} already ran this check · {at}", **values))
    return UserError(say("{who} changed this step · {at}. Use its newest buttons.", **values))


def must_be_open(incident: Incident) -> None:
    if incident.state is IncidentState.RESOLVED and incident.resolved_at:
        raise UserError(
            say(
                "{who} resolved this incident · {at}. Start a new one with /alb-incident.",
                who=Person(id=incident.resolved_by),
                at=incident.resolved_at,
            )
        )
