"""Causes (content, from causes.yaml) and the diagnosis (ranked causes with their evidence) as values."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from bot.core.message import Message, Value
from bot.core.model import LoadBalancerType


class Weight(Value):
    """A signal and what it adds to a cause's score: positive speaks for, negative against.

    `veto` caps the cause's score at 1 when the signal holds. `why` is the reason for the number.
    Weights with the same `fact` are different ways to see one thing: the strongest that holds counts, once.
    `load_balancer_types` restricts the weight; empty means all types of the cause.
    """

    signal: str
    weight: int
    veto: bool = False
    why: str = ""
    fact: str = ""
    load_balancer_types: tuple[LoadBalancerType, ...] = ()


class Explanation(Value):
    """This cause explains others: while `when` holds they are its mechanism, not its rivals.

    With `same_zone_as` only if both signals name the same zone; with `unless_same_zone_as` only if not.
    """

    causes: tuple[str, ...]
    when: str
    same_zone_as: str = ""
    unless_same_zone_as: str = ""


class Cause(Value):
    """A hypothesis. `next` is the next thing to look at, `fix` what usually repairs it (English keys).

    `without_minimum`: it may be named however few errors there were.
    """

    id: str
    title: str
    load_balancer_types: tuple[LoadBalancerType, ...]
    signals: tuple[Weight, ...]
    next: str
    fix: str
    explains: tuple[Explanation, ...] = ()
    without_minimum: bool = False


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

    `reasons` say why nothing is named when the verdict is cannot_tell, or why a likely cause is only called
    probable. `mechanism` is the cause whose symptoms the named one explains ('' when there is none).
    """

    verdict: Verdict
    cause: str | None
    causes: tuple[RankedCause, ...]
    reasons: tuple[Message, ...] = ()
    next_check: str = ""
    mechanism: str = ""
