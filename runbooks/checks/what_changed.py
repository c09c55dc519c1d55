"""What changed: who changed what on this load balancer's own dependency graph, and how long before?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.core.change_graph import Graph, OwnChanges, own_changes
from bot.core.change_words import parameters, short, told
from bot.core.checks import Case, Check
from bot.core.evidence import (
    BaselineMetrics,
    Change,
    Changes,
    EcsServices,
    Instances,
    Interfaces,
    LoadBalancerMetrics,
    NetworkAcls,
    RouteTables,
    SecurityGroups,
    Subnets,
    TargetGroups,
    TargetHealth,
)
from bot.core.message import Code, Message, many, say
from bot.core.model import Finding, Moment, MomentKind, Scope, Signal, Status, Table
from bot.core.suspect import TRAIL_LAG, Suspect, suspect_time

MOST_ROWS = 30
MOST_MOMENTS = 15
MOST_SENTENCES = 5


@dataclass(frozen=True)
class Found:
    """The load balancer's own changes, held against the first error."""

    changes: Changes
    own: OwnChanges
    suspect: Suspect

    @property
    def before(self) -> tuple[Change, ...]:
        """Within the quarter of an hour before the first error, that minute included."""
        return tuple(c for c in self.own.done if self.suspect.window.holds(c.at))

    @property
    def leading(self) -> Change:
        """The last of them somebody made: what AWS services then do follows from it."""
        by_somebody = [c for c in self.before if not (c.invoked_by or "AWSServiceRole" in c.principal)]
        return (by_somebody or list(self.before))[-1]

    @property
    def after(self) -> tuple[Change, ...]:
        return tuple(c for c in self.own.done if c.at >= self.suspect.window.end)

    @property
    def unplaced(self) -> tuple[Change, ...]:
        """Of the suspect time: whether they concern this load balancer could not be told."""
        return tuple(c for c in self.own.unplaced if self.suspect.window.holds(c.at))

    @property
    def quiet(self) -> bool:
        """Surely nothing: CloudTrail had time to show it, and no event is left in doubt."""
        return not self.before and not self.unplaced and self.suspect.was_read(self.changes)


def judge(case: Case) -> Finding:
    """WARN: something changed just before. PASS: surely nothing. UNKNOWN: CloudTrail cannot tell yet."""
    found = Found(case[Changes], own_changes(case[Changes], Graph.of(case)), suspect_time(case))
    return case.finding(
        Status.WARN if found.before else Status.PASS if found.quiet else Status.UNKNOWN,
        _summary(found),
        details=_details(found),
        numbers={
            "changes_before": len(found.before),
            "changes_after": len(found.after),
            "changes_total": len(found.own.done),
            "failed_calls": len(found.own.failed),
            "events_read": len(found.changes.changes),
        },
        signals=_signals(found),
        moments=[_moment(change) for change in found.own.done[-MOST_MOMENTS:]],
        table=_table(found),
    )


def _summary(found: Found) -> Message:
    if found.before:
        return _told_with_distance(found, found.leading)
    if found.quiet:
        return say(
            "Nothing this load balancer depends on was changed from {start} to {end}.",
            start=found.suspect.window.start,
            end=found.suspect.window.end,
        )
    if found.unplaced:
        return many(
            "Nothing found, but {n} change could not be tied to a load balancer or ruled out.",
            "Nothing found, but {n} changes could not be tied to a load balancer or ruled out.",
            n=len(found.unplaced),
        )
    if not found.changes.complete:
        return say("Nothing found, but CloudTrail's list was cut short. Nothing is concluded from it.")
    return say(
        "Nothing found yet. CloudTrail may be {lag} late: nothing is concluded before {at}.",
        lag=TRAIL_LAG,
        at=found.suspect.window.end + TRAIL_LAG,
    )


def _told_with_distance(found: Found, change: Change) -> Message:
    return say("{change}, {distance}.", change=told(change), distance=found.suspect.distance(change.at))


def _details(found: Found) -> Iterator[Message]:
    others = [change for change in found.before if change != found.leading]
    yield from (_told_with_distance(found, change) for change in others[-MOST_SENTENCES:])
    for change in found.after[:MOST_SENTENCES]:
        yield say("After the errors began, at {at}: {change}.", at=change.at, change=told(change))
    for change in found.own.failed[-MOST_SENTENCES:]:
        yield say(
            "{who} tried {event} at {at} and was refused ({error}): it changed nothing.",
            who=change.principal,
            event=Code(text=change.name),
            at=change.at,
            error=change.error,
        )
    for change in found.unplaced[-MOST_SENTENCES:]:
        yield say(
            "{who} called {event} at {at}; nothing ties it to this load balancer.",
            who=change.principal,
            event=Code(text=change.name),
            at=change.at,
        )
    if not found.changes.complete:
        yield many(
            "Only the newest {n} write event was read; older ones are missing.",
            "Only the newest {n} write events were read; older ones are missing.",
            n=len(found.changes.changes),
        )
    yield say("A reboot from inside, a crash and a Kubernetes rollout are not in CloudTrail.")


def _signals(found: Found) -> Iterator[Signal]:
    if found.before or found.quiet:
        because = _summary(found)
        yield Signal(id="change_before_onset", holds=bool(found.before), because=because)
        yield Signal(id="no_change_before_onset", holds=found.quiet, because=because)
    tls = [change for change in found.before if _is_about_tls(change)]
    if tls or found.quiet:
        because = _told_with_distance(found, tls[-1]) if tls else _summary(found)
        yield Signal(id="target_tls_changed", holds=bool(tls), because=because)


def _is_about_tls(change: Change) -> bool:
    """A listener's certificate or policy, or a command about certificates that was run on a target."""
    text = f"{change.name} {change.request}".lower()
    return "certificate" in text or "sslpolicy" in text


def _moment(change: Change) -> Moment:
    return Moment(
        at=change.at,
        kind=MomentKind.CHANGE,
        message=told(change),
        key=f"change:{change.id}",
        by=change.principal,
    )


def _table(found: Found) -> Table | None:
    """The last ones, those that failed among them; negative seconds are before the first error."""
    shown: Sequence[Change] = sorted((*found.own.done, *found.own.failed), key=lambda c: (c.at, c.id))
    if not shown:
        return None
    offset = say("Seconds after the first error") if found.suspect.exact else say("Seconds after the alarm")
    return Table(
        columns=(say("Time"), say("Event"), say("Who"), say("What"), offset, say("Result")),
        rows=tuple(_row(found, change) for change in shown[-MOST_ROWS:]),
    )


def _row(found: Found, change: Change) -> tuple[str, ...]:
    resource = short(change.resources[0]) if change.resources else ""
    seconds = (change.at - found.suspect.reference).total_seconds()
    return (
        f"{change.at:%H:%M:%S} UTC",
        change.name,
        change.principal,
        f"{resource} {parameters(change)}".strip(),
        f"{seconds:+.0f}",
        change.error or "done",
    )


def _command(scope: Scope) -> str:
    window = scope.window.widened(timedelta(hours=1))
    return (
        f"aws cloudtrail lookup-events --region {scope.load_balancer.region} "
        "--lookup-attributes AttributeKey=ReadOnly,AttributeValue=false "
        f"--start-time {window.start:%Y-%m-%dT%H:%M:%SZ} --end-time {window.end:%Y-%m-%dT%H:%M:%SZ}"
    )


CHECK = Check(
    id="what_changed",
    title="What changed",
    asks="Who changed what this load balancer depends on, and how long before the first error?",
    needs=(Changes,),
    uses=(
        TargetGroups,
        TargetHealth,
        Interfaces,
        SecurityGroups,
        NetworkAcls,
        RouteTables,
        Subnets,
        Instances,
        EcsServices,
        LoadBalancerMetrics,
        BaselineMetrics,
    ),
    judge=judge,
    signals=("change_before_onset", "no_change_before_onset", "target_tls_changed"),
    console="cloudtrail_events",
    command=_command,
)
