"""The band a moving level is expected in: the same time of earlier days, by medians no single day moves.

For metrics that are never zero and whose normal level moves with the hour, the weekday and the size of the
fleet (DOMAIN.md section 8). For counters of errors, which should be zero, `bot.core.stats.Baseline` is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from math import sqrt

import numpy as np
import numpy.typing as npt

from bot.core.series import Line

DAYS = 14
NEIGHBOURS = 2
"""Periods on either side of the same time of day: ten minutes, at five minutes a period."""
WIDTH = 4.0
OUTLYING = 3.0
MIN_DAYS = 3
MIN_POINTS = 10
SIGMA_OF_MAD = 1.4826
"""Turns a MAD into the standard deviation of a normal distribution."""
Floats = npt.NDArray[np.float64]


class Own(StrEnum):
    """Days that may agree on a level of their own: the same weekday, or the last three days."""

    WEEKDAY = "weekday"
    RECENT = "recent"


_AGO = {Own.WEEKDAY: (7, 14), Own.RECENT: (1, 2, 3)}


class Side(StrEnum):
    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True)
class Expected:
    """The band of one period."""

    at: datetime
    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class ExpectedBand:
    """Bands of the periods that could be told, oldest first.

    `days` is how many earlier days they rest on; `dropped` are days whose whole level was another, left out.
    A group in `own` agreed on another level, so the band spans that one too.
    """

    step: timedelta
    points: tuple[Expected, ...]
    days: int = 0
    dropped: tuple[date, ...] = ()
    own: tuple[Own, ...] = ()

    @cached_property
    def _by_time(self) -> dict[datetime, Expected]:
        return {point.at: point for point in self.points}

    def at(self, moment: datetime) -> Expected | None:
        """The band of the period that begins then."""
        return self._by_time.get(moment)


@dataclass(frozen=True)
class Unusual:
    """A period outside its band."""

    at: datetime
    value: float
    expected: Expected
    side: Side


def expected_band(
    history: Sequence[tuple[datetime, float]],
    periods: Sequence[datetime],
    step: timedelta,
    *,
    floor: float,
    width: float = WIDTH,
) -> ExpectedBand | None:
    """What is expected in `periods`, from (period start, value) of up to 14 days before, gaps allowed.

    The same time of day and each of its neighbours has a median over the days; low and high lie `width`
    robust standard deviations beyond the lowest and highest of these. `floor`, in the metric's unit, is the
    least such deviation. A day is left out when its median over all the periods is more than three deviations
    from that of the days. None when fewer than three days are left.
    """
    values = _by_day(dict(history), periods, step)
    levels = _levels(values)
    centre, spread = _centre(levels[~np.isnan(levels)], floor)
    far = np.abs(levels - centre) > OUTLYING * spread
    kept = ~np.isnan(levels) & ~far
    if kept.sum() < MIN_DAYS:
        return None
    own = tuple(
        group for group, ago in _AGO.items() if _agree(levels[[d - 1 for d in ago]], centre, far, ago)
    )
    groups = [kept, *(_members(_AGO[group]) for group in own)]
    points = [_expected(at, values[:, i, :], groups, floor, width) for i, at in enumerate(periods)]
    return ExpectedBand(
        step,
        tuple(point for point in points if point),
        int(kept.sum()),
        tuple(sorted((periods[0] - timedelta(days=d + 1)).date() for d in np.flatnonzero(far).tolist())),
        own,
    )


def counting_floor(history: Sequence[tuple[datetime, float]]) -> float:
    """A floor for counts: their square root, 5 % of them, or 1, whichever is largest."""
    level = float(np.median([value for _, value in history])) if history else 0.0
    return max(sqrt(max(level, 0.0)), 0.05 * level, 1.0)


def unusual(line: Line, band: ExpectedBand) -> tuple[Unusual, ...]:
    """Periods outside the band: two in a row on one side, or one at least twice as far from the middle.

    One period just outside is left to chance.
    """
    found = [one for at, value in line.known if (one := _outside(at, value, band))]
    places = {(one.at, one.side) for one in found}
    return tuple(
        one
        for one in found
        if _is_far(one)
        or (one.at - line.step, one.side) in places
        or (one.at + line.step, one.side) in places
    )


def _outside(at: datetime, value: float, band: ExpectedBand) -> Unusual | None:
    expected = band.at(at)
    if expected is None or expected.low <= value <= expected.high:
        return None
    return Unusual(at, value, expected, Side.HIGH if value > expected.high else Side.LOW)


def _is_far(one: Unusual) -> bool:
    edge = one.expected.high if one.side is Side.HIGH else one.expected.low
    return abs(one.value - one.expected.middle) >= 2 * abs(edge - one.expected.middle)


# Arithmetic -------------------------------------------------------------------------------------------------


def _by_day(history: dict[datetime, float], periods: Sequence[datetime], step: timedelta) -> Floats:
    """[days ago - 1, period, neighbour], NaN where nothing is known."""
    shifts = range(-NEIGHBOURS, NEIGHBOURS + 1)
    return np.array(
        [
            [[history.get(at - timedelta(days=d) + j * step, np.nan) for j in shifts] for at in periods]
            for d in range(1, DAYS + 1)
        ],
        dtype=np.float64,
    ).reshape(DAYS, len(periods), len(shifts))


def _levels(values: Floats) -> Floats:
    """Each day's median over the periods; NaN for a day that is less than half known."""
    same_time = values[:, :, NEIGHBOURS]
    known = (~np.isnan(same_time)).sum(axis=1)
    enough = known * 2 >= max(1, same_time.shape[1])
    return np.array(
        [np.nanmedian(day) if good else np.nan for day, good in zip(same_time, enough, strict=True)]
    )


def _centre(samples: Floats, floor: float) -> tuple[float, float]:
    """Median and robust standard deviation; (NaN, NaN) of nothing."""
    if not samples.size:
        return float("nan"), float("nan")
    middle = float(np.median(samples))
    return middle, max(SIGMA_OF_MAD * float(np.median(np.abs(samples - middle))), floor)


def _agree(levels: Floats, centre: float, far: npt.NDArray[np.bool_], ago: Sequence[int]) -> bool:
    """Each day of the group had another level than most, on the same side: one bad day is no group."""
    return all(far[d - 1] for d in ago) and abs(float(np.sign(levels - centre).sum())) == len(ago)


def _members(ago: Sequence[int]) -> npt.NDArray[np.bool_]:
    return np.isin(np.arange(1, DAYS + 1), ago)


def _expected(
    at: datetime, values: Floats, groups: Sequence[npt.NDArray[np.bool_]], floor: float, width: float
) -> Expected | None:
    """The first group is most days, and decides; the others only widen the band to their own level."""
    bands = [_medians(values[group], floor) for group in groups]
    if bands[0] is None:
        return None
    told = [band for band in bands if band]
    return Expected(
        at,
        min(lowest - width * spread for lowest, _, _, spread in told),
        bands[0][1],
        max(highest + width * spread for _, _, highest, spread in told),
    )


def _medians(samples: Floats, floor: float) -> tuple[float, float, float, float] | None:
    """Lowest, middle and highest of the neighbours' medians over the days [day, neighbour], and the spread.

    A neighbour known on too few days is left out; None when too little is left.
    """
    known = ~np.isnan(samples)
    samples = samples[:, known.sum(axis=0) >= min(MIN_DAYS, len(samples))]
    if (~np.isnan(samples)).sum() < MIN_POINTS:
        return None
    medians = np.nanmedian(samples, axis=0)
    apart = samples - medians
    spread = SIGMA_OF_MAD * float(np.median(np.abs(apart[~np.isnan(apart)])))
    return float(medians.min()), float(np.median(medians)), float(medians.max()), max(spread, floor)
