"""Causes (content, from causes.yaml) and the diagnosis (ranked causes with their evidence) as values."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from bot.core.message import Message, Value
from bot.core.model import LoadBalancerType


class Weight(Value):
    """A signal and what it adds to a cause's score: positive speaks for, negative against.

    `veto` caps the cause's score at 1 when the signal holds. `why` is the reason for the number.
    """

    signal: str
    weight: int
    veto: bool = False
    why: str = ""


class Cause(Value):
    """A hypothesis. `next` is the next thing to look at, `fix` what usually repairs it (English keys)."""

    id: str
    title: str
    load_balancer_types: tuple[LoadBalancerType, ...]
    signals: tuple[Weight, ...]
    next: str
    fix: str


class Band(StrEnum):
    """How sure: score >= 7 likely, 4-6 probable, 2-3 possible, below that unlikely."""

    LIKELY = "likely"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"


class Verdict(StrEnum):
    """The diagnosis in one word."""

    LIKELY = "likely"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    CANNOT_TELL = "cannot_tell"


class Reason(Value):
    """A signal that held (or did not), what it weighed, its sentence, and the check or step it came from."""

    signal: str
    weight: int
    because: Message
    check: str


class NotChecked(Value):
    """A signal nobody could report, how much it could have moved the score, and why it is missing."""

    signal: str
    weight: int
    check: str
    why: Message


class RankedCause(Value):
    """One cause's standing. `coverage` = positive weight tested / positive weight applicable, 0..1."""

    id: str
    title: str
    score: int
    band: Band
    coverage: float
    for_: tuple[Reason, ...] = Field(default=(), alias="for")
    against: tuple[Reason, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()

    model_config = {"frozen": True, "extra": "forbid", "populate_by_name": True, "serialize_by_alias": True}


class Diagnosis(Value):
    """The answer: a verdict, the named cause or None, all causes ranked, and the check that would tell most.

    `reasons` say why nothing is named when the verdict is cannot_tell.
    """

    verdict: Verdict
    cause: str | None
    causes: tuple[RankedCause, ...]
    reasons: tuple[Message, ...] = ()
    next_check: str = ""
