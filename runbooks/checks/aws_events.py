"""AWS events: did AWS have trouble, or maintenance, where this load balancer runs?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.core.checks import Case, Check, unread_sentence
from bot.core.connection_errors import connection_errors
from bot.core.error_zones import zone_signals
from bot.core.evidence import (
    BaselineMetrics,
    HealthEvent,
    HealthEvents,
    InstanceStatuses,
    LoadBalancerMetrics,
    ScheduledEvent,
    TargetHealth,
    ZonalShift,
    ZonalShifts,
)
from bot.core.instance_events import read_events
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Code, Message, many, say
from bot.core.model import (
    Finding,
    LoadBalancer,
    Moment,
    MomentKind,
    Scope,
    Signal,
    Status,
    Table,
    Unread,
    UnreadReason,
)

TOLD = 300
"""Characters of AWS's own text that are shown."""
AROUND = timedelta(hours=1)


@dataclass(frozen=True)
class Found:
    """What AWS says. `targets`, `scheduled` (instance statuses) and `shifts` are None while unread."""

    load_balancer: LoadBalancer
    targets: frozenset[str] | None
    health: HealthEvents | Unread
    scheduled: tuple[tuple[str, ScheduledEvent], ...] | None
    shifts: tuple[ZonalShift, ...] | None

    @property
    def events(self) -> tuple[HealthEvent, ...]:
        return () if isinstance(self.health, Unread) else self.health.events

    @property
    def here(self) -> tuple[HealthEvent, ...]:
        """Those that can concern this load balancer, the newest first."""
        return tuple(event for event in self.events if self._concerns(event))

    @property
    def issues(self) -> tuple[HealthEvent, ...]:
        return tuple(event for event in self.here if event.category == "issue")

    @property
    def none_known(self) -> bool:
        """Health was read to its end and has nothing of this place and time.

        An event that names resources may name a target, so without the targets it is not ruled out.
        """
        if isinstance(self.health, Unread) or not self.health.complete or self.here:
            return False
        return self.targets is not None or not any(event.entities for event in self.events)

    def _concerns(self, event: HealthEvent) -> bool:
        """By the resources it names; a public one by its zone, or the whole Region without one."""
        lb = self.load_balancer
        if event.zone and event.zone not in {zone.name for zone in lb.zones}:
            return False
        if {lb.arn, lb.name, *(self.targets or ())} & set(event.entities):
            return True
        return event.scope == "PUBLIC" and event.category == "issue"


def judge(case: Case) -> Finding:
    """FAIL: an event overlaps the window. WARN: AWS moved traffic. PASS: Health says none. Else UNKNOWN."""
    found = _found(case)
    return case.finding(
        _status(found),
        _summary(found),
        details=_details(found),
        numbers={
            "health_events": None if isinstance(found.health, Unread) else len(found.here),
            "scheduled_events": None if found.scheduled is None else len(found.scheduled),
            "zonal_shifts": None if found.shifts is None else len(found.shifts),
        },
        signals=[*_signals(found), *_shifted(case, found)],
        moments=_moments(case.scope, found),
        table=_table(found),
    )


def _found(case: Case) -> Found:
    health, shifts = case.get(TargetHealth), case.get(ZonalShifts)
    readable = not isinstance(health, Unread)
    return Found(
        case.scope.load_balancer,
        None if isinstance(health, Unread) else frozenset(t.id for t in health.targets),
        case.get(HealthEvents),
        read_events(case).scheduled if readable else None,
        None if isinstance(shifts, Unread) else shifts.shifts,
    )


def _status(found: Found) -> Status:
    if found.here or found.scheduled:
        return Status.FAIL
    if found.shifts:
        return Status.WARN
    all_read = found.none_known and found.scheduled is not None and found.shifts is not None
    return Status.PASS if all_read else Status.UNKNOWN


def _summary(found: Found) -> Message:
    if found.here:
        event = (found.issues or found.here)[0]
        return say(
            "AWS reports {code} in {place} since {start} ({status}).",
            code=Code(text=event.code),
            place=event.zone or found.load_balancer.region,
            start=event.start,
            status=event.status,
        )
    if found.scheduled:
        return _scheduled(found.scheduled)
    if found.shifts:
        return _shift(found.shifts[-1])
    if isinstance(found.health, Unread):
        return _unread(found.health)
    if not found.health.complete:
        return say("Nothing found, but AWS Health's list was cut short. Nothing is concluded from it.")
    if not found.none_known:
        return say("AWS Health has events that name resources; whether one is a target could not be read.")
    if found.scheduled is None:
        return say("AWS Health has no event here; scheduled events of the instances could not be read.")
    if found.shifts is None:
        return say("AWS Health has no event here; zonal shifts could not be read.")
    return say("AWS Health has no event for this Region and time, and nothing was scheduled.")


def _unread(health: Unread) -> Message:
    if health.reason is UnreadReason.NOT_SUBSCRIBED:
        return say("AWS Health is not in this account's support plan: whether AWS had an event is not known.")
    return say("AWS Health could not be read: whether AWS had an event is not known.")


def _scheduled(scheduled: tuple[tuple[str, ScheduledEvent], ...]) -> Message:
    return many(
        "AWS had scheduled {event} for {n} target.",
        "AWS had scheduled {event} for {n} targets.",
        n=len({target for target, _ in scheduled}),
        event=Code(text=scheduled[0][1].code),
    )


def _shift(shift: ZonalShift) -> Message:
    if shift.automatic:
        return say("AWS moved traffic away from {zone} at {start}.", zone=shift.away_from, start=shift.start)
    return say(
        "Somebody shifted traffic away from {zone} at {start}.", zone=shift.away_from, start=shift.start
    )


def _details(found: Found) -> Iterator[Message]:
    for event in found.here:
        if event.description:
            yield say("AWS writes: {text}", text=event.description[:TOLD])
    if found.here and found.scheduled:
        yield _scheduled(found.scheduled)
    if found.here or found.scheduled:
        yield from (_shift(shift) for shift in found.shifts or ())
    if isinstance(found.health, Unread):
        if found.scheduled or found.shifts:
            yield _unread(found.health)
        if found.health.reason is not UnreadReason.NOT_SUBSCRIBED:
            yield unread_sentence(found.health)
        if found.scheduled == ():
            yield say("Nothing was scheduled for the instances.")
    elif not found.here:
        yield say("AWS often posts events late: finding none is weak evidence.")
    elsewhere = len(found.events) - len(found.here)
    if elsewhere:
        yield many(
            "{n} event names other zones or resources only.",
            "{n} events name other zones or resources only.",
            n=elsewhere,
        )


def _signals(found: Found) -> Iterator[Signal]:
    """Silence about Health says nothing: both signals stay unknown without it."""
    if found.issues:
        because = _summary(found)
        zones = {event.zone for event in found.issues}
        zone = zones.pop() if len(zones) == 1 else ""
        yield Signal(id="aws_event_open", holds=True, because=because, zone=zone)
        yield Signal(id="aws_events_none", holds=False, because=because)
    elif found.none_known:
        because = say("AWS Health has no event for this Region and time.")
        yield Signal(id="aws_event_open", holds=False, because=because)
        yield Signal(id="aws_events_none", holds=True, because=because)


def _shifted(case: Case, found: Found) -> Iterator[Signal]:
    """An active shift away from the very zone that has the errors.

    Nothing when AWS names the zone by its id, which is not its name in this account.
    """
    metrics = case.get(LoadBalancerMetrics)
    if isinstance(metrics, Unread):
        return
    series = LoadBalancerSeries(case.scope, metrics, case.get(BaselineMetrics))
    errors = connection_errors(series)
    if isinstance(errors, Unread) or not errors.episode:
        return
    zones = {s.zone for s in zone_signals(series, errors) if s.id == "one_zone_errors" and s.holds}
    for shift in found.shifts or ():
        if shift.status == "ACTIVE" and shift.away_from in zones:
            because = _shift(shift)
            yield Signal(id="zone_shifted_away", holds=True, because=because, zone=shift.away_from)


def _moments(scope: Scope, found: Found) -> Iterator[Moment]:
    """What began near the window: an event that has lasted for days has no place in the timeline."""
    near = scope.window.widened(AROUND)
    for event in found.here:
        if near.holds(event.start):
            yield Moment(
                at=event.start,
                kind=MomentKind.HEALTH,
                message=say("AWS event {code} began", code=Code(text=event.code)),
                key=f"aws_event:{event.arn}",
            )
    for shift in found.shifts or ():
        if near.holds(shift.start):
            message = say("traffic shifted away from {zone}", zone=shift.away_from)
            key = f"zonal_shift:{shift.away_from}:{shift.start:%Y%m%dT%H%M%S}"
            yield Moment(at=shift.start, kind=MomentKind.HEALTH, message=message, key=key)


def _table(found: Found) -> Table | None:
    rows = [
        (e.code, e.zone, e.status, f"{e.start:%d %b %H:%M} UTC", f"{e.end:%d %b %H:%M} UTC" if e.end else "")
        for e in found.here
    ]
    rows += [
        (
            event.code,
            target,
            "scheduled",
            f"{event.not_before:%d %b %H:%M} UTC" if event.not_before else "",
            f"{event.not_after:%d %b %H:%M} UTC" if event.not_after else "",
        )
        for target, event in found.scheduled or ()
    ]
    if not rows:
        return None
    return Table(
        columns=(say("Event"), say("Zone or target"), say("State"), say("From"), say("Until")),
        rows=tuple(rows),
    )


def _command(scope: Scope) -> str:
    return (
        "aws health describe-events --region us-east-1 --filter "
        f"services=EC2,ELASTICLOADBALANCING,regions={scope.load_balancer.region}"
    )


CHECK = Check(
    id="aws_events",
    title="AWS events",
    asks="Did AWS have trouble or maintenance in this Region or these zones at the time of the errors?",
    needs=(),
    uses=(HealthEvents, InstanceStatuses, TargetHealth, ZonalShifts, LoadBalancerMetrics, BaselineMetrics),
    judge=judge,
    signals=("aws_event_open", "aws_events_none", "zone_shifted_away"),
    console="aws_health",
    command=_command,
)
