"""A Network Load Balancer's moving levels: each against its band, CloudWatch's own where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.baseline import (
    Expected,
    ExpectedBand,
    Side,
    Unusual,
    counting_floor,
    expected_band,
    unusual,
)
from bot.core.checks import Case
from bot.core.evidence import AnomalyBand, AnomalyBands, LevelHistory, LoadBalancerMetrics
from bot.core.load_balancer_series import LoadBalancerSeries, find_series
from bot.core.model import Unread, UnreadReason
from bot.core.reset_counters import Sender
from bot.core.series import Line, coarsened

NEW_FLOWS = "NewFlowCount"
RESETS = tuple(sender.value for sender in Sender)


@dataclass(frozen=True)
class MovingLevel:
    """One metric: its present on the band's grid (`line`), the band, and what is outside it.

    `rolling` are sums of the same length that begin every minute: they tell sooner that it is over.
    `cloudwatch` is the width of CloudWatch's band when that one is used, None for our own.
    """

    metric: str
    line: Line
    rolling: Line
    band: ExpectedBand
    unusual: tuple[Unusual, ...]
    cloudwatch: float | None = None

    def on(self, side: Side) -> tuple[Unusual, ...]:
        return tuple(one for one in self.unusual if one.side is side)

    @property
    def can_dip(self) -> bool:
        """The band does not reach down to nothing: below it there is something to see."""
        judged = [expected for at, _ in self.line.known if (expected := self.band.at(at))]
        return bool(judged) and sum(one.low > 0 for one in judged) * 2 > len(judged)

    def back_at(self, side: Side) -> datetime | None:
        """When it was inside the band again, and stayed; None while that cannot be seen."""
        known = [at for at, _ in self.rolling.known if self._expected(at)]
        last = max((at for at, value in self.rolling.known if self._beyond(at, value, side)), default=None)
        return next((at for at in known if last and at > last), None)

    def length(self, side: Side) -> timedelta:
        """From the first unusual period until it was back, or until now."""
        first = self.on(side)[0].at
        return (self.back_at(side) or self.rolling.end) - first

    def _expected(self, at: datetime) -> Expected | None:
        into = timedelta(seconds=at.timestamp() % self.band.step.total_seconds())
        return self.band.at(at - into)

    def _beyond(self, at: datetime, value: float, side: Side) -> bool:
        expected = self._expected(at)
        if expected is None:
            return False
        return value > expected.high if side is Side.HIGH else value < expected.low


def moving_levels(case: Case) -> Iterator[MovingLevel | str]:
    """Each level, or the name of a metric that could not be judged: unknown now, or too little history.

    For a check that needs LoadBalancerMetrics and LevelHistory.
    """
    series = LoadBalancerSeries(
        case.scope, case[LoadBalancerMetrics], Unread(reason=UnreadReason.NOT_APPLICABLE)
    )
    for metric in (*RESETS, NEW_FLOWS):
        yield _level(case, series, metric) or metric


def _level(case: Case, series: LoadBalancerSeries, metric: str) -> MovingLevel | None:
    present, past = series.known(metric), find_series(case[LevelHistory], metric, series.whole)
    if present is None or isinstance(past, Unread):
        return None
    theirs = _cloudwatch(case, metric)
    step = timedelta(seconds=theirs.period_s if theirs else past.period_s)
    line = _laid_on(present, step, case)
    if line is None:
        return None
    band = _band(theirs, step) if theirs else _own(past.points, line)
    if band is None:
        return None
    width = theirs.width if theirs else None
    return MovingLevel(metric, line, _rolling(present, step, case), band, unusual(line, band), width)


def _laid_on(present: Line, step: timedelta, case: Case) -> Line | None:
    """The present in whole periods of the history; None when one does not divide the other."""
    if step % present.step:
        return None
    start = present.start + timedelta(seconds=-present.start.timestamp() % step.total_seconds())
    return coarsened(present, start, step).within(case.scope.window)


def _rolling(present: Line, step: timedelta, case: Case) -> Line:
    """Sums over one period of the band, beginning at every minute; unknown where a minute of it is."""
    each = step // present.step
    inside = present.within(case.scope.window)
    parts = [inside.values[i : i + each] for i in range(len(inside.values) - each + 1)]
    sums = [None if None in part else sum(v for v in part if v is not None) for part in parts]
    return Line(inside.start, present.step, tuple(sums))


def _own(past: Sequence[tuple[datetime, float]], line: Line) -> ExpectedBand | None:
    return expected_band(past, [at for at, _ in line.points], line.step, floor=counting_floor(past))


def _cloudwatch(case: Case, metric: str) -> AnomalyBand | None:
    read = case.get(AnomalyBands)
    bands = () if isinstance(read, Unread) else read.bands
    return next((band for band in bands if band.metric == metric and band.points), None)


def _band(theirs: AnomalyBand, step: timedelta) -> ExpectedBand:
    points = (Expected(at, low, (low + high) / 2, high) for at, low, high in theirs.points)
    return ExpectedBand(step, tuple(points))
