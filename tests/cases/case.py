"""What a case is: an incident with its right answer and the reason for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.core.checks import Readings
from bot.core.message import say
from bot.core.model import LoadBalancerType, Scope, Signal
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.faults import FaultKind
from bot.sandbox.aws.fleet import Fleet

Amend = Callable[[Scope, Readings], tuple[Scope, Readings]]
CANNOT_TELL = "cannot_tell"
NOTHING = "nothing"
UNTOUCHED_OF = 5


class Split(StrEnum):
    """Cases weights may be tuned on, and the fifth that is only ever measured."""

    TUNE = "tune"
    UNTOUCHED = "untouched"


@dataclass(frozen=True)
class Case:
    """One incident. `expected` is a cause id, `cannot_tell`, or `nothing` (a healthy system).

    `why` cites DOMAIN.md; `herrings` say what in it misleads. `build` sets it up in the emulated account for
    a load balancer called `id`; the alarm fires `alarm_minutes` from the anchor and somebody looks
    `opened_minutes` from it. `people` are signals stakeholders gave. `amend` composes what the emulation
    cannot show into what was read. With several causes at once, `both` may be called probable, never likely.
    """

    id: str
    title: str
    type: LoadBalancerType
    expected: str
    why: str
    build: Callable[[Fleet], None] = field(repr=False)
    herrings: tuple[str, ...] = ()
    alarm_minutes: int = -10
    opened_minutes: int = 8
    window: timedelta = timedelta(minutes=60)
    faults: tuple[tuple[str, FaultKind], ...] = ()
    account: Callable[[Estate], None] | None = field(default=None, repr=False)
    amend: Amend | None = field(default=None, repr=False)
    people: tuple[str, ...] = ()
    both: tuple[str, ...] = ()

    @property
    def split(self) -> Split:
        """By a hash of the id alone, so that nobody chooses."""
        first = hashlib.sha256(self.id.encode()).digest()[0]
        return Split.UNTOUCHED if first % UNTOUCHED_OF == 0 else Split.TUNE

    @property
    def names_a_cause(self) -> bool:
        return self.expected not in (CANNOT_TELL, NOTHING)

    @property
    def human(self) -> tuple[Signal, ...]:
        """What stakeholders answered."""
        return tuple(Signal(id=id, holds=True, because=say("Somebody said so.")) for id in self.people)
