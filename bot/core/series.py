"""Metric series on an even grid, and what tells a missing point from a zero (DOMAIN.md section 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bot.core.evidence import Series
from bot.core.model import Window

MINUTE = timedelta(minutes=1)

QUIET_COUNTERS = frozenset(
    {
        "TargetConnectionErrorCount",
        "TargetTLSNegotiationErrorCount",
        "ClientTLSNegotiationErrorCount",
        "HTTPCode_ELB_3XX_Count",
        "HTTPCode_ELB_4XX_Count",
        "HTTPCode_ELB_5XX_Count",
        "HTTPCode_ELB_500_Count",
        "HTTPCode_ELB_502_Count",
        "HTTPCode_ELB_503_Count",
        "HTTPCode_ELB_504_Count",
        "HTTPCode_Target_2XX_Count",
        "HTTPCode_Target_3XX_Count",
        "HTTPCode_Target_4XX_Count",
        "HTTPCode_Target_5XX_Count",
        "RejectedConnectionCount",
        "UnhealthyRoutingRequestCount",
        "UnhealthyRoutingFlowCount",
        "SecurityGroupBlockedFlowCount_Inbound_TCP",
        "SecurityGroupBlockedFlowCount_Inbound_UDP",
        "SecurityGroupBlockedFlowCount_Inbound_ICMP",
        "SecurityGroupBlockedFlowCount_Outbound_TCP",
        "SecurityGroupBlockedFlowCount_Outbound_UDP",
        "SecurityGroupBlockedFlowCount_Outbound_ICMP",
        "BackendConnectionErrors",
        "SurgeQueueLength",
        "SpilloverCount",
        "HTTPCode_ELB_4XX",
        "HTTPCode_ELB_5XX",
        "HTTPCode_Backend_2XX",
        "HTTPCode_Backend_3XX",
        "HTTPCode_Backend_4XX",
        "HTTPCode_Backend_5XX",
    }
)
"""Counters AWS publishes only when they are not zero. Response times are as quiet, but have no zero."""

STEADY = frozenset(
    {
        "HealthyHostCount",
        "UnHealthyHostCount",
        "RequestCount",
        "RequestCountPerTarget",
        "ActiveFlowCount",
        "NewFlowCount",
    }
)
"""Metrics whose point in a minute proves that this minute was reported."""


@dataclass(frozen=True)
class Line:
    """One value per `step` from `start` (UTC); None where nothing is known, which is never a zero."""

    start: datetime
    step: timedelta
    values: tuple[float | None, ...]

    @property
    def end(self) -> datetime:
        return self.start + len(self.values) * self.step

    @property
    def points(self) -> tuple[tuple[datetime, float | None], ...]:
        """(period start, value or None), as a chart takes them."""
        return tuple((self.start + i * self.step, value) for i, value in enumerate(self.values))

    @property
    def known(self) -> tuple[tuple[datetime, float], ...]:
        return tuple((at, value) for at, value in self.points if value is not None)

    @property
    def known_share(self) -> float:
        """0..1: how much of the line is known; an empty line is not."""
        return len(self.known) / len(self.values) if self.values else 0.0

    @property
    def total(self) -> float:
        """The sum of what is known."""
        return sum(value for _, value in self.known)

    def within(self, window: Window) -> Line:
        """The part whose periods begin inside the window."""
        kept = [(at, value) for at, value in self.points if window.holds(at)]
        return Line(kept[0][0] if kept else window.start, self.step, tuple(value for _, value in kept))

    def at(self, moment: datetime) -> float | None:
        """The value of the period that holds this moment; None outside the line."""
        index = (moment - self.start) // self.step
        return self.values[index] if 0 <= index < len(self.values) else None


def step_of(series: Series) -> timedelta:
    """The real distance of the points.

    Basic monitoring of EC2 answers a request for one-minute periods with a point every five minutes. Only
    EC2 gauges are measured this way: a quiet counter's points are far apart for another reason.
    """
    asked = timedelta(seconds=series.period_s)
    times = [at for at, _ in series.points]
    if series.namespace != "AWS/EC2" or len(times) < 2:
        return asked
    return max(asked, min(later - earlier for earlier, later in pairwise(times)))


def align(series: Series, window: Window) -> Line:
    """The series on its own grid over the window; minutes without a point are None."""
    return _on_grid(series, window, lambda at: None)


def zero_fill(series: Series, siblings: Iterable[Series], window: Window) -> Line:
    """Like `align`, but a missing minute is 0 where a sibling of the same dimensions has a point.

    Without such a point the minute stays None: unknown. An incomplete answer proves no zero.
    """
    if series.status != "Complete":
        return align(series, window)
    reported = reported_times(series, siblings)
    return _on_grid(series, window, lambda at: 0.0 if at in reported else None)


def reported_times(series: Series, siblings: Iterable[Series]) -> frozenset[datetime]:
    """Period starts at which some steady sibling of the same dimensions and period has a point."""
    return frozenset(
        at
        for sibling in siblings
        if sibling.name in STEADY
        and sibling.dimensions == series.dimensions
        and sibling.period_s == series.period_s
        for at, _ in sibling.points
    )


def added(lines: Sequence[Line]) -> Line:
    """The sum of lines of one grid, over the time all of them cover; unknown where any is unknown."""
    start = max(line.start for line in lines)
    end = min(line.end for line in lines)
    step = max(line.step for line in lines)
    count = max(0, (end - start) // step)
    columns = [[line.at(start + i * step) for line in lines] for i in range(count)]
    return Line(start, step, tuple(_sum_if_known(column) for column in columns))


def coarsened(line: Line, start: datetime, step: timedelta) -> Line:
    """Sums over the periods of a coarser grid; a period with an unknown or missing part is unknown."""
    each = step // line.step
    count = max(0, (line.end - start) // step)
    sums = [
        _sum_if_known([line.at(start + i * step + j * line.step) for j in range(each)]) for i in range(count)
    ]
    return Line(start, step, tuple(sums))


def sparkline(values: Iterable[float | None]) -> str:
    """'▁▁▇ ▁': one bar per value, scaled to the highest; a blank where nothing is known."""
    cells = list(values)
    top = max((value for value in cells if value is not None), default=0.0)
    bars = "▁▂▃▄▅▆▇█"
    return "".join(
        " " if value is None else bars[round(max(value, 0.0) / top * 7) if top > 0 else 0] for value in cells
    )


def _on_grid(series: Series, window: Window, missing: Callable[[datetime], float | None]) -> Line:
    step = step_of(series)
    values = dict(series.points)
    start = _first_period(series, window, step)
    count = max(0, -((start - window.end) // step))
    times = [start + i * step for i in range(count)]
    return Line(start, step, tuple(values[at] if at in values else missing(at) for at in times))


def _first_period(series: Series, window: Window, step: timedelta) -> datetime:
    """The first period start in the window, in phase with the points (EC2 stamps 14:03, 14:08, ...)."""
    if series.points:
        return window.start + (series.points[0][0] - window.start) % step
    return window.start + timedelta(seconds=-window.start.timestamp() % step.total_seconds())


def _sum_if_known(values: Iterable[float | None]) -> float | None:
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total
