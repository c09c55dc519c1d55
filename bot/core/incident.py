"""An incident's state as values: what the walk (walk.py) moves and what messages show."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.core.cause import Diagnosis
from bot.core.message import Value
from bot.core.model import Finding, Moment, Scope


class IncidentState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class StepStatus(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class Choice(StrEnum):
    """Answers to a question; SEEN is the record of an instruction."""

    YES = "yes"
    NO = "no"
    DONT_KNOW = "dont_know"
    SEEN = "seen"


class Answer(Value):
    """Who answered what and when; `by` is a Slack user id, `note` is untrusted text."""

    choice: Choice
    note: str = ""
    by: str
    at: datetime


class StepState(Value):
    """Where one step stands. `version` grows with every change: buttons carry it, stale clicks are refused.

    `asked` is the user or group id a question was put to. `by`/`at` say who moved it last.
    """

    step_id: str
    status: StepStatus = StepStatus.WAITING
    version: int = 0
    answer: Answer | None = None
    finding: Finding | None = None
    asked: str = ""
    by: str = ""
    at: datetime | None = None


class Incident(Value):
    """The whole of one incident; `moments` is its timeline ordered by time.

    `opened_message` etc. live in the outbox, not here: an incident does not know Slack timestamps except
    its thread's, which is where people talk.
    """

    id: int
    team: str
    channel: str
    thread_ts: str = ""
    scope: Scope
    runbook: str
    locale: str
    commander: str
    opened_by: str
    opened_at: datetime
    state: IncidentState = IncidentState.OPEN
    resolved_by: str = ""
    resolved_at: datetime | None = None
    summary: str = ""
    confirmed_cause: str = ""
    steps: tuple[StepState, ...]
    moments: tuple[Moment, ...] = ()
    diagnosis: Diagnosis | None = None

    def step(self, step_id: str) -> StepState:
        """The state of that step; KeyError when the incident has none."""
        for step in self.steps:
            if step.step_id == step_id:
                return step
        raise KeyError(step_id)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(step.finding for step in self.steps if step.finding)

    @property
    def done(self) -> int:
        return sum(step.status is StepStatus.DONE for step in self.steps)
