"""An estimate of the band an anomaly detector would have drawn, for back-tests.

CloudWatch's model is not published. This one is made of what is: it learns from up to two weeks before a
point and knows the time of day. Each point's band comes from earlier points only, as CloudWatch's does, so
a back-test does not know the future. Median and MAD, so that one incident is not learnt as normal.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.core.model import Window
from bot.core.series import Line

Level: TypeAlias = tuple[float, float] | None
"""Expected value and standard deviation."""
Floats: TypeAlias = NDArray[np.float64]

DAY = timedelta(days=1)
AROUND = timedelta(minutes=30)
MIN_DAYS = 3
MAX_DAYS = 14
MAD_TO_SIGMA = 1.4826
SMALLEST_SIGMA = 0.01
"""As a share of the median: a series that never moved would otherwise have a band of no width."""


@lru_cache(maxsize=16)
def levels(line: Line, excluded: tuple[Window, ...] = ()) -> tuple[Level, ...]:
    """What was expected at each point: from the same half hour before and after on 3 to 14 earlier days.

    None where fewer than three earlier days are known. Points in `excluded` are not learnt from.
    """
    per_day = DAY // line.step
    values = _learnt(line, excluded)
    return tuple(_level(values, index, per_day, AROUND // line.step) for index in range(len(values)))


def limits(level: Level, width: float) -> tuple[float, float] | None:
    """Lower and upper edge for a band of that width, the `k` of ANOMALY_DETECTION_BAND(m1, k)."""
    if level is None:
        return None
    middle, sigma = level
    return middle - width * sigma, middle + width * sigma


def _learnt(line: Line, excluded: tuple[Window, ...]) -> Floats:
    values = np.array([np.nan if value is None else value for value in line.values], dtype=np.float64)
    for window in excluded:
        first = max(0, -((line.start - window.start) // line.step))
        values[first : max(0, -((line.start - window.end) // line.step))] = np.nan
    return values


def _level(values: Floats, index: int, per_day: int, around: int) -> Level:
    samples, days = [], 0
    for day in range(1, MAX_DAYS + 1):
        middle = index - day * per_day
        if middle < 0:
            break
        same_hour = values[max(0, middle - around) : middle + around + 1]
        known = same_hour[~np.isnan(same_hour)]
        days += bool(known.size)
        samples.append(known)
    if days < MIN_DAYS:
        return None
    together = np.concatenate(samples)
    middle_value = float(np.median(together))
    sigma = MAD_TO_SIGMA * float(np.median(np.abs(together - middle_value)))
    return middle_value, max(sigma, SMALLEST_SIGMA * abs(middle_value), 1e-9)
