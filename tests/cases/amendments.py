"""What the emulated account cannot show, composed into what was read from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.core.checks import Kind, Readings
from bot.core.evidence import LoadBalancerMetrics, Route, RouteTables, Series, TargetGroups, TargetHealth
from bot.core.model import Scope, Unread, UnreadReason
from tests.cases.case import Amend


def load_balancer_state(state: str) -> Amend:
    """AWS describes the load balancer so (`active_impaired`)."""

    def amend(scope: Scope, readings: Readings) -> tuple[Scope, Readings]:
        lb = scope.load_balancer.model_copy(update={"state": state})
        return scope.model_copy(update={"load_balancer": lb}), readings

    return amend


def unread(reason: UnreadReason, *kinds: Kind) -> Amend:
    """These kinds could not be read."""

    def amend(scope: Scope, readings: Readings) -> tuple[Scope, Readings]:
        missing = {kind: Unread(reason=reason, action=kind.actions[0]) for kind in kinds}
        return scope, {**readings, **missing}

    return amend


def much_later(days: int) -> Amend:
    """Somebody looks at it long afterwards: what is configured and healthy now says nothing about then."""

    def amend(scope: Scope, readings: Readings) -> tuple[Scope, Readings]:
        now = scope.now + timedelta(days=days)
        health = readings.get(TargetHealth)
        later = dict(readings)
        if isinstance(health, TargetHealth):
            later[TargetHealth] = health.model_copy(update={"read_at": now})
        return scope.model_copy(update={"now": now}), later

    return amend


def series(*names: str, change: Callable[[Series], Series]) -> Amend:
    """The load balancer's own metrics of these names, changed."""

    def amend(scope: Scope, readings: Readings) -> tuple[Scope, Readings]:
        metrics = readings[LoadBalancerMetrics]
        if not isinstance(metrics, LoadBalancerMetrics):
            return scope, readings
        changed = tuple(change(one) if one.name in names else one for one in metrics.series)
        return scope, {**readings, LoadBalancerMetrics: metrics.model_copy(update={"series": changed})}

    return amend


def targets_by_address() -> Amend:
    """The same targets registered by addresses behind a transit gateway: no interface, no instance."""

    def amend(scope: Scope, readings: Readings) -> tuple[Scope, Readings]:
        health, groups = readings[TargetHealth], readings[TargetGroups]
        if not isinstance(health, TargetHealth) or not isinstance(groups, TargetGroups):
            return scope, readings
        moved = tuple(
            target.model_copy(update={"id": f"192.168.7.{n + 10}", "zone": "all"})
            for n, target in enumerate(health.targets)
        )
        tables = readings[RouteTables]
        if isinstance(tables, RouteTables):
            away = Route(destination="192.168.0.0/16", target="tgw-0b5f1c7e9a2d40001", state="active")
            routed = tuple(t.model_copy(update={"routes": (*t.routes, away)}) for t in tables.tables)
            readings = {**readings, RouteTables: tables.model_copy(update={"tables": routed})}
        by_address = tuple(group.model_copy(update={"target_type": "ip"}) for group in groups.groups)
        return scope, {
            **readings,
            TargetHealth: health.model_copy(update={"targets": moved}),
            TargetGroups: groups.model_copy(update={"groups": by_address}),
        }

    return amend
