"""A load balancer's metrics for judges: which series, missing or zero, and what is usual (DOMAIN.md, 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.checks import Case
from bot.core.evidence import BaselineMetrics, LoadBalancerMetrics, MetricsEvidence, Series, TargetGroups
from bot.core.model import LoadBalancer, LoadBalancerType, Scope, Unread, UnreadReason, Window
from bot.core.series import QUIET_COUNTERS, Line, align, reported_times, zero_fill
from bot.core.stats import Baseline, baseline

ACTION = "cloudwatch:GetMetricData"
BASELINE_DAYS = 7
MIN_KNOWN_SHARE = 0.5
"""Below this a line says too little about its window to conclude anything from it."""

NAMESPACE = {
    LoadBalancerType.APPLICATION: "AWS/ApplicationELB",
    LoadBalancerType.NETWORK: "AWS/NetworkELB",
    LoadBalancerType.CLASSIC: "AWS/ELB",
}
ERROR_METRIC = {
    LoadBalancerType.APPLICATION: "TargetConnectionErrorCount",
    LoadBalancerType.NETWORK: "TCP_Target_Reset_Count",
    LoadBalancerType.CLASSIC: "BackendConnectionErrors",
}
REQUEST_METRIC = {
    LoadBalancerType.APPLICATION: "RequestCount",
    LoadBalancerType.NETWORK: "NewFlowCount",
    LoadBalancerType.CLASSIC: "RequestCount",
}


def whole(lb: LoadBalancer) -> dict[str, str]:
    """The CloudWatch dimensions of the load balancer as a whole."""
    name = "LoadBalancerName" if lb.type is LoadBalancerType.CLASSIC else "LoadBalancer"
    return {name: lb.dimension}


@dataclass(frozen=True)
class LoadBalancerSeries:
    """Series of one load balancer as lines over the widened window.

    Dimensions default to the load balancer as a whole; they must match exactly. `groups_unread`: which
    target groups there are could not be read, so that none of their series is here and none is ruled out.
    """

    scope: Scope
    metrics: LoadBalancerMetrics
    week: BaselineMetrics | Unread
    groups_unread: bool = False

    @classmethod
    def of(cls, case: Case) -> LoadBalancerSeries:
        """For a check that needs LoadBalancerMetrics; one that looks at groups uses TargetGroups too."""
        return cls(
            case.scope,
            case[LoadBalancerMetrics],
            case.get(BaselineMetrics),
            isinstance(case.readings.get(TargetGroups), Unread),
        )

    @property
    def whole(self) -> dict[str, str]:
        return whole(self.scope.load_balancer)

    def zone(self, name: str) -> dict[str, str]:
        return {**self.whole, "AvailabilityZone": name}

    @property
    def groups_exist(self) -> bool:
        """Only the newer types have series per target group."""
        return self.scope.load_balancer.type is not LoadBalancerType.CLASSIC

    def groups(self, metric: str) -> tuple[dict[str, str], ...]:
        """The dimensions of every target group that has this metric as a whole, in a stable order."""
        found = [
            s.dimensions
            for s in self.metrics.find(metric, **self.whole)
            if s.dimensions.keys() == self.whole.keys() | {"TargetGroup"}
        ]
        return tuple({d["TargetGroup"]: d for d in sorted(found, key=lambda d: d["TargetGroup"])}.values())

    def read(
        self, name: str, dimensions: Mapping[str, str] | None = None, statistic: str = "Sum"
    ) -> Line | Unread:
        """Zeros filled in where they are proven; Unread when CloudWatch refused or was not asked."""
        series = find_series(self.metrics, name, dimensions or self.whole, statistic)
        return series if isinstance(series, Unread) else _line(self.metrics, series, self.metrics.window)

    def known(
        self, name: str, dimensions: Mapping[str, str] | None = None, statistic: str = "Sum"
    ) -> Line | None:
        """Like `read`; None when it is unread or, inside the incident's window, mostly unknown."""
        line = self.read(name, dimensions, statistic)
        if isinstance(line, Unread) or line.within(self.scope.window).known_share < MIN_KNOWN_SHARE:
            return None
        return line

    def usual(
        self, name: str, dimensions: Mapping[str, str] | None = None, statistic: str = "Sum"
    ) -> Baseline | None:
        """The same hours of the previous week, else the minutes read before the window, else None."""
        values = self.earlier(name, dimensions, statistic)
        scale = self._scale(name, dimensions or self.whole, statistic)
        usual = baseline((v * scale for _, v in values), week=True, counts=statistic == "Sum")
        return usual or self._usual_before(name, dimensions, statistic)

    def earlier(
        self, name: str, dimensions: Mapping[str, str] | None = None, statistic: str = "Sum"
    ) -> tuple[tuple[datetime, float], ...]:
        """(time, value) of the window's hours on the seven days before, oldest first; () when unread."""
        if isinstance(self.week, Unread):
            return ()
        series = find_series(self.week, name, dimensions or self.whole, statistic)
        if isinstance(series, Unread):
            return ()
        values = dict(series.points)
        if series.name in QUIET_COUNTERS and series.status == "Complete":
            values = dict.fromkeys(reported_times(series, self.week.series), 0.0) | values
        return tuple((at, values[at]) for at in sorted(values) if _in_same_hours(at, self.scope.window))

    def earlier_periods(self, name: str) -> tuple[tuple[Window, float], ...]:
        """Like `earlier`, each with the time it covers and brought to the window's period."""
        values, scale = self.earlier(name), self._scale(name, self.whole, "Sum")
        then = () if isinstance(self.week, Unread) else self.week.find(name, "Sum", **self.whole)
        step = timedelta(seconds=then[0].period_s if then else 0)
        return tuple((Window(start=at, end=at + step), value * scale) for at, value in values)

    def _usual_before(
        self, name: str, dimensions: Mapping[str, str] | None, statistic: str
    ) -> Baseline | None:
        line = self.read(name, dimensions, statistic)
        if isinstance(line, Unread):
            return None
        before = (v for at, v in line.known if at < self.scope.window.start)
        return baseline(before, week=False, counts=statistic == "Sum")

    def _scale(self, name: str, dimensions: Mapping[str, str], statistic: str) -> float:
        """Sums over another period than the window's, brought to it; other statistics do not grow with it."""
        now = find_series(self.metrics, name, dimensions, statistic)
        then = now if isinstance(self.week, Unread) else find_series(self.week, name, dimensions, statistic)
        if statistic != "Sum" or isinstance(now, Unread) or isinstance(then, Unread):
            return 1.0
        return now.period_s / then.period_s


def find_series(
    metrics: MetricsEvidence, name: str, dimensions: Mapping[str, str], statistic: str = "Sum"
) -> Series | Unread:
    """The series of exactly these dimensions; Unread when CloudWatch refused it or was not asked for it."""
    series = next((s for s in metrics.find(name, statistic) if s.dimensions == dimensions), None)
    if series is None:
        return Unread(reason=UnreadReason.NOT_FOUND, action=ACTION, detail=name)
    match series.status:
        case "Forbidden":
            return Unread(reason=UnreadReason.DENIED, action=ACTION, detail=name)
        case "InternalError":
            return Unread(reason=UnreadReason.ERROR, action=ACTION, detail=name)
    return series


def _line(metrics: MetricsEvidence, series: Series, window: Window) -> Line:
    if series.name in QUIET_COUNTERS:
        return zero_fill(series, metrics.series, window)
    return align(series, window)


def _in_same_hours(at: datetime, window: Window) -> bool:
    start = window.start.replace(minute=0, second=0, microsecond=0)
    hours = Window(start=start, end=window.end + timedelta(minutes=59))
    return any(hours.holds(at + timedelta(days=day)) for day in range(1, BASELINE_DAYS + 1))
