"""An estimate of the band an anomaly detector would have drawn, for back-tests.

CloudWatch's model is not published. Ours is the one the checks use (bot.core.baseline): the same time of day
on up to 14 earlier days, by medians, so that one incident is not learnt as normal. Each point's band comes
from earlier days only, as CloudWatch's does, so a back-test does not know the future.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np

from bot.core.alarms.evaluate import Limits
from bot.core.baseline import expected_band
from bot.core.model import Window
from bot.core.series import Line

DAY = timedelta(days=1)
SMALLEST_DEVIATION = 0.01
"""As a share of the median: a series that never moved would otherwise have a band of no width."""


@lru_cache(maxsize=64)
def band_limits(line: Line, width: float, excluded: tuple[Window, ...] = ()) -> Limits:
    """Lower and upper edge at each point for that width, the `k` of ANOMALY_DETECTION_BAND(m1, k).

    None where fewer than three earlier days are known. Points in `excluded` are not learnt from.
    """
    learnt = [(at, value) for at, value in line.known if not any(window.holds(at) for window in excluded)]
    edges: dict[datetime, tuple[float, float]] = {}
    times = [at for at, _ in line.points]
    per_day = DAY // line.step
    for first in range(0, len(times), per_day):
        day = times[first : first + per_day]
        band = expected_band(learnt, day, line.step, floor=_floor(learnt, day[0]), width=width)
        edges.update({one.at: (one.low, one.high) for one in (band.points if band else ())})
    return tuple(edges.get(at) for at in times)


def _floor(learnt: Sequence[tuple[datetime, float]], before: datetime) -> float:
    """The least standard deviation: of what was known then."""
    values = [value for at, value in learnt if at < before]
    return max(SMALLEST_DEVIATION * abs(float(np.median(values))), 1e-9) if values else 1e-9
