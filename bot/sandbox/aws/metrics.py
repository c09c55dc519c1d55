"""The metric store: every series, found by exact identity and read by CloudWatch's rules of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from bot.sandbox.aws.errors import validation
from bot.sandbox.aws.noise import Floats
from bot.sandbox.aws.series import Samples, Series, SeriesKey, quantiles

FILLED_AFTER_S = 150.0
STATISTICS = ("Sum", "Average", "Minimum", "Maximum", "SampleCount")


@dataclass(frozen=True)
class Grid:
    """The periods of one read: first period start (epoch seconds), period in seconds, number of periods."""

    start: int
    period_s: int
    length: int

    @property
    def stamps(self) -> list[int]:
        """Epoch seconds of every period start."""
        return [self.start + i * self.period_s for i in range(self.length)]


def grid_for(start: datetime, end: datetime, period_s: int, now: datetime) -> Grid:
    """The periods between StartTime (inclusive, rounded down by age) and EndTime (exclusive).

    DOMAIN.md section 1: older than 15 days only multiples of 5 minutes are kept, older than 63 days
    only of an hour, nothing beyond 455 days; a finer period finds no points.
    """
    age = now - start
    rounding = 60 if age <= timedelta(days=15) else 300 if age <= timedelta(days=63) else 3600
    begin = int(start.timestamp()) // rounding * rounding
    begin = begin // period_s * period_s
    length = max(0, -(-(int(end.timestamp()) - begin) // period_s))
    if age > timedelta(days=455) or (rounding > 60 and period_s % rounding):
        length = 0
    return Grid(begin, period_s, length)


def check_period(period_s: int) -> None:
    """Raises ValidationError for a period CloudWatch does not take."""
    if period_s not in {1, 5, 10, 20, 30} and (period_s < 60 or period_s % 60):
        raise validation("Period must be 1, 5, 10, 20, 30 or a multiple of 60")


class MetricStore:
    """All series, by identity. ``now`` bounds what is visible; nothing is stored but how to compute it."""

    def __init__(self, anchor: datetime, now: Callable[[], datetime]) -> None:
        self._anchor_minute = int(anchor.timestamp()) // 60
        self._now = now
        self._series: dict[SeriesKey, Series] = {}

    def add(self, series: Series) -> None:
        """Add or replace a series."""
        self._series[series.key] = series

    def get(self, key: SeriesKey) -> Series | None:
        """The series with exactly this identity."""
        return self._series.get(key)

    def all(self) -> Iterator[Series]:
        """Every series, in a stable order."""
        yield from self._series.values()

    def read(self, key: SeriesKey, statistic: str, grid: Grid, *, settled: bool = False) -> Floats:
        """One value per period, NaN where there is no data point. ``statistic`` is Sum, ..., or p0..p100.

        ``settled`` gives the newest minutes as they will be once every node has reported.
        """
        series = self._series.get(key)
        if series is None or grid.length == 0:
            return np.full(grid.length, np.nan)
        return summarise(self._visible(series, grid, settled), statistic, grid)

    def is_active(self, series: Series, within: timedelta) -> bool:
        """True when the series got a data point within this time before now; looks at the newest first."""
        last, oldest = int(self._now().timestamp()) // 60, int(within.total_seconds()) // 60
        looked = 0
        for ahead in (min(180, oldest), *range(1440, oldest + 1440, 1440)):
            reach = min(ahead, oldest)
            grid = Grid((last - reach) * 60, 60, reach - looked)
            if grid.length and (self._visible(series, grid).count > 0).any():
                return True
            looked = reach
        return False

    def unit(self, key: SeriesKey) -> str:
        """The unit the series is published in; None when there is no such series."""
        series = self._series.get(key)
        return series.unit if series else "None"

    def _visible(self, series: Series, grid: Grid, settled: bool = False) -> Samples:
        per_period = max(1, grid.period_s // 60)
        first = grid.start // 60
        absolute = first + np.arange(grid.length * per_period, dtype=np.int64)
        samples = series.read(absolute - self._anchor_minute)
        age_s = self._now().timestamp() - absolute * 60.0
        shown = np.where(age_s >= series.visible_after_s, 1.0, 0.0)
        filled = np.clip(age_s / FILLED_AFTER_S, 0, 1) if series.fills else shown
        total = samples.total * shown
        if series.fills and not settled:
            total = np.where(filled < 1, np.floor(total * filled), total)
            shown = np.where((total > 0) | (samples.total == 0), shown, 0.0)
        return Samples(total, samples.count * shown, samples.low, samples.high, samples.spread)


def summarise(samples: Samples, statistic: str, grid: Grid) -> Floats:
    """Minutes folded into periods under one statistic."""
    shape = (grid.length, max(1, grid.period_s // 60))
    count = samples.count.reshape(shape)
    total = samples.total.reshape(shape).sum(axis=1)
    number = count.sum(axis=1)
    present = number > 0
    nothing = np.full(grid.length, np.nan)
    if statistic == "SampleCount":
        return np.where(present, number, nothing)
    if statistic == "Sum":
        return np.where(present, total, nothing)
    if statistic == "Average":
        return np.asarray(np.divide(total, number, out=nothing, where=present))
    if statistic in {"Minimum", "Maximum"}:
        return _extreme(samples, statistic, shape, present)
    return quantiles(samples, shape, float(statistic[1:]) / 100)


def _extreme(samples: Samples, statistic: str, shape: tuple[int, int], present: Floats) -> Floats:
    has = samples.count.reshape(shape) > 0
    if statistic == "Minimum":
        values = np.where(has, samples.low.reshape(shape), np.inf).min(axis=1)
    else:
        values = np.where(has, samples.high.reshape(shape), -np.inf).max(axis=1)
    return np.where(present, values, np.nan)


def as_datetime(stamp: int) -> datetime:
    """Epoch seconds as an aware UTC datetime."""
    return datetime.fromtimestamp(stamp, UTC)
