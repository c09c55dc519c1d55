"""Target health as one value: every target now, the host counts of then, and what both say as signals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.checks import Case
from bot.core.connection_errors import visible_errors
from bot.core.evidence import (
    BaselineMetrics,
    Instances,
    LoadBalancerMetrics,
    Target,
    TargetGroups,
    TargetHealth,
)
from bot.core.host_counts import HostCounts, host_counts
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Code, many, say
from bot.core.model import LoadBalancerType, Scope, Signal, Unread, Window
from bot.core.suspect import suspect_time

HEALTHY = frozenset({"healthy", "InService"})
FAILING = frozenset({"unhealthy", "unhealthy.draining", "OutOfService"})
MOVING = frozenset({"initial", "draining", "unhealthy.draining"})
SHIFTED = frozenset({"zonal_shift_active", "zonal_shift_delegated_to_dns"})
REASONS = {
    "failed_health_checks": "Target.FailedHealthChecks",
    "target_timeout": "Target.Timeout",
    "target_invalid_state": "Target.InvalidState",
    "elb_internal_error": "Elb.InternalError",
}
STILL_CURRENT = timedelta(minutes=15)


@dataclass(frozen=True)
class Health:
    """The targets now, and their history.

    `current`: what is shown now still belongs to the incident. `then` is the time around the errors.
    `fails_open`: with no healthy target all receive traffic; a Classic load balancer answers 503 instead.
    """

    targets: tuple[Target, ...]
    names: dict[str, str]
    current: bool
    fails_open: bool
    hosts: tuple[HostCounts, ...]
    then: Window

    @property
    def failing(self) -> tuple[Target, ...]:
        return tuple(t for t in self.targets if t.state in FAILING)

    @property
    def healthy(self) -> tuple[Target, ...]:
        return tuple(t for t in self.targets if t.state in HEALTHY)

    @property
    def dead_groups(self) -> tuple[str, ...]:
        """Groups in which every registered target fails."""
        groups = dict.fromkeys(t.group for t in self.targets)
        return tuple(
            self.names.get(g, "") or g
            for g in groups
            if all(t.state in FAILING for t in self.targets if t.group == g)
        )

    @property
    def lost(self) -> tuple[datetime, int] | None:
        """The first dip of healthy targets around the errors."""
        dips = [dip for hosts in self.hosts if (dip := hosts.lost(self.then.start, self.then))]
        return min(dips, default=None)

    @property
    def none_healthy_at(self) -> datetime | None:
        """The first time then that a group had targets and none of them was healthy."""
        found = [at for hosts in self.hosts if (at := hosts.none_healthy(self.then))]
        return min(found, default=None)


def read_health(case: Case) -> Health:
    """For a check that needs TargetHealth."""
    groups = case.get(TargetGroups)
    names = {} if isinstance(groups, Unread) else {g.arn: g.name for g in groups.groups}
    reading = case[TargetHealth]
    suspect = suspect_time(case)
    series = _series(case)
    end = case.scope.window.end
    if series:
        errors = visible_errors(series)
        end = end if isinstance(errors, Unread) else errors.stretch.end
    return Health(
        targets=reading.targets,
        names=names,
        fails_open=case.scope.load_balancer.type is not LoadBalancerType.CLASSIC,
        current=reading.read_at < case.scope.window.end + STILL_CURRENT,
        hosts=host_counts(series) if series else (),
        then=Window(start=suspect.window.start, end=end),
    )


def _series(case: Case) -> LoadBalancerSeries | None:
    metrics = case.get(LoadBalancerMetrics)
    if isinstance(metrics, Unread):
        return None
    return LoadBalancerSeries(case.scope, metrics, case.get(BaselineMetrics))


def health_signals(case: Case, health: Health) -> Iterator[Signal]:
    """States of now only while the window is still current; the rest from the history."""
    if health.current and health.targets:
        yield from _by_reason(case.scope, health)
        yield _in_motion(health)
        yield from _shift(health)
        yield Signal(
            id="all_healthy_now",
            holds=len(health.healthy) == len(health.targets),
            because=say(
                "{n} of {total} targets are healthy now.", n=len(health.healthy), total=len(health.targets)
            ),
        )
        yield from _mixed_zones(case, health)
    yield from _one_zone_only(health)
    if health.hosts:
        yield _dip(health)
    yield from _open(health)
    yield from _serving(case, health)


def _by_reason(scope: Scope, health: Health) -> Iterator[Signal]:
    """Classic load balancers have no such codes."""
    if scope.load_balancer.type is LoadBalancerType.CLASSIC:
        return
    for signal, code in REASONS.items():
        ids = [t.id for t in health.targets if t.reason == code]
        because = (
            say("{code} on {targets}.", code=Code(text=code), targets=", ".join(ids[:5]))
            if ids
            else say("No target shows {code}.", code=Code(text=code))
        )
        yield Signal(id=signal, holds=bool(ids), because=because)


def _in_motion(health: Health) -> Signal:
    moving = [t for t in health.targets if t.state in MOVING]
    because = (
        many(
            "{n} target is being registered or drained.",
            "{n} targets are being registered or drained.",
            n=len(moving),
        )
        if moving
        else say("No target is being registered or drained.")
    )
    return Signal(id="targets_draining_or_initial", holds=bool(moving), because=because)


def _shift(health: Health) -> Iterator[Signal]:
    shifted = sorted({t.zone for t in health.targets if t.override in SHIFTED})
    for zone in shifted:
        because = say("A zonal shift is active away from {zones}.", zones=zone)
        yield Signal(id="zonal_shift_active", holds=True, because=because, zone=zone)
    if not shifted and any(t.override for t in health.targets):
        yield Signal(id="zonal_shift_active", holds=False, because=say("No zonal shift is active."))


def _mixed_zones(case: Case, health: Health) -> Iterator[Signal]:
    """Failing targets beside healthy ones in the same zone: it is the targets, not the zone."""
    instances = case.get(Instances)
    zones = {} if isinstance(instances, Unread) else {i.id: i.zone for i in instances.instances}
    failing = {t.zone or zones.get(t.id, "") for t in health.failing}
    healthy = {t.zone or zones.get(t.id, "") for t in health.healthy}
    if not failing or "" in failing | healthy:
        return
    mixed = failing <= healthy
    because = (
        say("Other targets in {zones} are healthy.", zones=", ".join(sorted(failing)))
        if mixed
        else say("In {zones} no target is healthy.", zones=", ".join(sorted(failing - healthy)))
    )
    yield Signal(id="zone_partly_works", holds=mixed, because=because)


def _one_zone_only(health: Health) -> Iterator[Signal]:
    """One zone with all targets has all errors, without being impaired."""
    zones = {t.zone for t in health.targets}
    if not zones or "" in zones or "all" in zones:
        return
    one = len(zones) == 1
    because = (
        say("All targets are in {zone}.", zone=next(iter(zones)))
        if one
        else say("Targets are in several zones.")
    )
    yield Signal(id="targets_in_one_zone", holds=one, because=because)


def _dip(health: Health) -> Signal:
    lost = health.lost
    because = (
        many("{n} healthy target fewer at {at}.", "{n} healthy targets fewer at {at}.", n=lost[1], at=lost[0])
        if lost
        else say("The number of healthy targets did not fall.")
    )
    return Signal(id="host_count_dip", holds=lost is not None, because=because)


def _open(health: Health) -> Iterator[Signal]:
    if not health.fails_open:
        return
    if health.none_healthy_at:
        because = say("No target was healthy at {at}, so all received traffic.", at=health.none_healthy_at)
        yield Signal(id="fail_open", holds=True, because=because)
    elif health.current and health.dead_groups:
        because = say(
            "No target of {group} is healthy, so all receive traffic.", group=Code(text=health.dead_groups[0])
        )
        yield Signal(id="fail_open", holds=True, because=because)
    elif health.hosts:
        because = say("Some target was healthy at all times.")
        yield Signal(id="fail_open", holds=False, because=because)


def _serving(case: Case, health: Health) -> Iterator[Signal]:
    """Targets answer requests with 2XX although none passes its health check."""
    series = _series(case)
    if not series or case.scope.load_balancer.type is not LoadBalancerType.APPLICATION:
        return
    ok = series.known("HTTPCode_Target_2XX_Count")
    if ok is None or not health.hosts:
        return
    at = health.none_healthy_at
    holds = bool(at and ok.within(Window(start=at, end=health.then.end)).total)
    because = (
        say("Requests are answered with 2XX while no target passes its health check.")
        if holds
        else say("Targets did not serve while failing their checks.")
    )
    yield Signal(id="serves_while_unhealthy", holds=holds, because=because)
