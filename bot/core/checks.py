"""A check: what it asks, which evidence it needs, and a pure judge; and the one place UNKNOWN is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar, cast

from bot.core.console import console_url
from bot.core.evidence import Evidence
from bot.core.message import Message, say
from bot.core.model import (
    Chart,
    Finding,
    LoadBalancerType,
    Moment,
    Scope,
    Signal,
    Status,
    Table,
    Unread,
    UnreadReason,
)

E = TypeVar("E", bound=Evidence)
Kind: TypeAlias = type[Evidence]
Readings: TypeAlias = Mapping[type[Evidence], Evidence | Unread]
ALL_TYPES = frozenset(LoadBalancerType)


@dataclass(frozen=True)
class Check:
    """Declared once in runbooks/checks/<id>.py as CHECK.

    `needs` must all have been read, or the finding is UNKNOWN without asking `judge`. `uses` may be
    Unread; the finding then names them by itself, and `judge` passes nothing they could have changed.
    `signals` are the ids it can report, so that a signal nobody looked for is known to be
    unchecked. `console` names a page of bot.core.console. `command` reproduces the reading.
    """

    id: str
    title: str
    asks: str
    needs: tuple[Kind, ...]
    judge: Callable[[Case], Finding]
    signals: tuple[str, ...]
    console: str
    command: Callable[[Scope], str]
    uses: tuple[Kind, ...] = ()
    load_balancer_types: frozenset[LoadBalancerType] = field(default=ALL_TYPES)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return self.needs + self.uses

    @property
    def actions(self) -> tuple[str, ...]:
        """The IAM actions this check costs, sorted, each once."""
        return actions_of(self.kinds)


def actions_of(kinds: Iterable[Kind]) -> tuple[str, ...]:
    return tuple(sorted({action for kind in kinds for action in kind.actions}))


@dataclass(frozen=True)
class Case:
    """What a judge sees: the scope and the evidence. `case[TargetHealth]` for needs, `case.get` for uses."""

    check: Check
    scope: Scope
    readings: Readings

    def __getitem__(self, kind: type[E]) -> E:
        return cast(E, self.readings[kind])

    def get(self, kind: type[E]) -> E | Unread:
        """Evidence that may be unread; a kind nobody tried to read counts as unread."""
        return cast("E | Unread", self.readings.get(kind, Unread(reason=UnreadReason.ERROR)))

    def finding(
        self,
        status: Status,
        summary: Message,
        *,
        resource: str = "",
        details: Iterable[Message] = (),
        numbers: Mapping[str, float | int | str | None] | None = None,
        signals: Iterable[Signal] = (),
        moments: Iterable[Moment] = (),
        chart: Chart | None = None,
        table: Table | None = None,
        unread: Iterable[Unread] = (),
    ) -> Finding:
        """A finding of this check; `resource` defaults to the load balancer's name."""
        return Finding(
            check=self.check.id,
            status=status,
            resource=resource or self.scope.load_balancer.name,
            summary=summary,
            details=tuple(details),
            numbers=dict(numbers or {}),
            signals=tuple(signals),
            moments=tuple(moments),
            chart=chart,
            table=table,
            unread=tuple(unread),
        )


def run_check(check: Check, scope: Scope, readings: Readings) -> Finding:
    """The check's finding. Unread needs make it UNKNOWN here, before its author's code runs."""
    case = Case(check, scope, readings)
    if scope.load_balancer.type not in check.load_balancer_types:
        return _signed(case, case.finding(Status.NOT_APPLICABLE, say("Not for this type of load balancer.")))
    missing = [reading for kind in check.needs if isinstance(reading := case.get(kind), Unread)]
    if missing:
        return _signed(case, case.finding(Status.UNKNOWN, unread_summary(missing), unread=missing))
    finding = check.judge(case)
    undeclared = {s.id for s in finding.signals} - set(check.signals)
    if undeclared:
        raise AssertionError(f"check {check.id} reports undeclared signals {sorted(undeclared)}")
    return _signed(case, _with_unread_uses(case, finding))


def _with_unread_uses(case: Case, finding: Finding) -> Finding:
    """Every finding names what was tried and could not be read, the check's own words for it first."""
    tried = (case.readings.get(kind) for kind in case.check.uses)
    unread = dict.fromkeys([*finding.unread, *(r for r in tried if isinstance(r, Unread))])
    return finding.model_copy(update={"unread": tuple(unread)})


def unread_summary(missing: Iterable[Unread]) -> Message:
    """One sentence saying why nothing is concluded."""
    first = next(iter(missing))
    return say("{why} Nothing is concluded from it.", why=unread_sentence(first))


def unread_sentence(unread: Unread) -> Message:
    """What could not be read and why, as a sentence with a full stop."""
    action = unread.action or "AWS"
    match unread.reason:
        case UnreadReason.DENIED:
            return say("Not allowed: {action}.", action=action)
        case UnreadReason.THROTTLED:
            return say("AWS kept answering 'slow down' to {action}.", action=action)
        case UnreadReason.TIMEOUT:
            return say("No answer in time from {action}.", action=action)
        case UnreadReason.UNREACHABLE:
            return say("Could not reach AWS for {action}.", action=action)
        case UnreadReason.NOT_ENABLED:
            return say("Not turned on: {detail}.", detail=unread.detail or action)
        case UnreadReason.NOT_SUBSCRIBED:
            return say("Not subscribed: {detail}.", detail=unread.detail or action)
        case UnreadReason.NOT_FOUND:
            return say("Not found: {detail}.", detail=unread.detail or action)
        case UnreadReason.TOO_FRESH:
            return say("Too recent to be visible yet: {detail}.", detail=unread.detail or action)
        case UnreadReason.TOO_OLD:
            return say("Older than AWS keeps it: {detail}.", detail=unread.detail or action)
        case UnreadReason.TOO_LARGE:
            return say("Too large to read: {detail}.", detail=unread.detail or action)
        case UnreadReason.NOT_APPLICABLE:
            return say("Does not exist here: {detail}.", detail=unread.detail or action)
        case UnreadReason.ERROR:
            return say("{action} failed: {detail}.", action=action, detail=unread.detail or "?")


def _signed(case: Case, finding: Finding) -> Finding:
    return finding.model_copy(
        update={
            "command": case.check.command(case.scope),
            "console": console_url(case.check.console, case.scope),
        }
    )
