"""Small builders of metrics for tests: minute by minute values around the incident of evidence_builders.

The widened window is 12:35-14:35; errors begin at 14:05. A value is given for an ordinary minute and for
the minutes of the incident; None is a minute CloudWatch has no point for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.core.checks import Check, run_check
from bot.core.evidence import BaselineMetrics, Evidence, LoadBalancerMetrics, Series, TargetMetrics
from bot.core.load_balancer_series import ERROR_METRIC, NAMESPACE, REQUEST_METRIC, whole
from bot.core.model import Finding, LoadBalancer, LoadBalancerType, Scope, Unread
from tests.evidence_builders import (
    GROUP_ARN,
    WINDOW,
    a_load_balancer,
    a_scope,
    a_series,
    at,
    readings,
)

WIDE = WINDOW.widened(timedelta(minutes=60))
MINUTES = int(WIDE.length / timedelta(minutes=1))
GROUP = GROUP_ARN.rpartition(":")[2]
Values = Sequence[float | None]


def around(
    usual: float | None, then: float | None, since: str = "14:05", until: str = "14:35"
) -> list[float | None]:
    """`usual` in every minute of the widened window but `then` from `since` up to `until`."""
    times = [WIDE.start + timedelta(minutes=i) for i in range(MINUTES)]
    return [then if at(since) <= t < at(until) else usual for t in times]


def wave(values: Values, size: float = 3) -> list[float | None]:
    """The same with a small regular ripple, so that it is not constant."""
    return [None if v is None else v + (i * 7 % 5 - 2) * size for i, v in enumerate(values)]


def metric(
    lb: LoadBalancer,
    name: str,
    values: Values,
    *,
    statistic: str = "Sum",
    zone: str = "",
    group: bool = False,
    status: str = "Complete",
) -> Series:
    """A series of the load balancer as a whole, or of one of its zones, or of its target group."""
    dimensions = whole(lb)
    if group and lb.type is not LoadBalancerType.CLASSIC:
        dimensions = {**dimensions, "TargetGroup": GROUP}
    if zone:
        dimensions = {**dimensions, "AvailabilityZone": zone}
    return a_series(
        name,
        values,
        start=WIDE.start,
        namespace=NAMESPACE[lb.type],
        dimensions=dimensions,
        statistic=statistic,
        status=status,
    )


def lb_metrics(
    lb: LoadBalancer | None = None,
    errors: Values = (),
    requests: Values | None = None,
    *more: Series,
) -> LoadBalancerMetrics:
    """Errors and requests of the load balancer as a whole, by the names its type has for them."""
    lb = lb or a_load_balancer()
    asked = around(1000, 1000) if requests is None else requests
    series = (metric(lb, ERROR_METRIC[lb.type], errors), metric(lb, REQUEST_METRIC[lb.type], asked))
    return LoadBalancerMetrics(window=WIDE, series=(*series, *more))


def week_of(series: Series, *per_day: Sequence[float | None]) -> Series:
    """A series like the given one, on the seven days before: each day has the given hour of minutes."""
    points = []
    for day in range(1, 8):
        values = per_day[(day - 1) % len(per_day)]
        points += [
            (WINDOW.start - timedelta(days=day) + timedelta(minutes=i), v)
            for i, v in enumerate(values)
            if v is not None
        ]
    return series.model_copy(update={"points": tuple(sorted(points))})


def last_week(*series: Series) -> BaselineMetrics:
    return BaselineMetrics(window=WINDOW, series=series)


def host_metric(
    name: str,
    values: Values,
    *,
    instance: str = "i-0aaa",
    statistic: str = "Maximum",
    period_s: int = 60,
    status: str = "Complete",
) -> Series:
    return a_series(
        name,
        values,
        start=WIDE.start,
        namespace="AWS/EC2",
        dimensions={"InstanceId": instance},
        statistic=statistic,
        period_s=period_s,
        status=status,
    )


def host_metrics(*series: Series) -> TargetMetrics:
    return TargetMetrics(window=WIDE, series=series)


def run(
    check: Check,
    *evidence: Evidence,
    scope: Scope | None = None,
    unread: Mapping[type[Evidence], Unread] | None = None,
) -> Finding:
    return run_check(check, scope or a_scope(), readings(*evidence, unread=unread))


def signals(finding: Finding) -> dict[str, bool]:
    """id -> holds; an absent id is unknown."""
    return {signal.id: signal.holds for signal in finding.signals}
