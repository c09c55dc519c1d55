"""What "elevated", "first", "burst" and "follows" mean, as deterministic functions (DOMAIN.md section 10)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from statistics import median

import numpy as np
from scipy.stats import spearmanr

from bot.core.series import Line

MIN_BASELINE_POINTS = 10
MIN_SHARED_POINTS = 10
MAX_LAG = timedelta(minutes=10)
FOLLOWS_RHO = 0.6
BURST = timedelta(minutes=10)
QUIET_AFTER = timedelta(minutes=5)
EPISODE_GAP = timedelta(minutes=10)
SUSTAINED_SHARE = 0.8
RECURS_DAYS = 3
RECURS_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True)
class Baseline:
    """What is usual: median and MAD, the range from the 5th to the 95th percentile, and the points behind it.

    `week` is True for the same hours of the previous seven days, False for the minutes before the window.
    `noise` is how far a count strays by chance (the standard deviation of a Poisson count), else 0.
    """

    median: float
    mad: float
    low: float
    high: float
    n: int
    week: bool
    noise: float = 0.0

    def elevated(self, value: float) -> bool:
        """Above median + 3 MAD and at least 1.5 times the median (and above zero).

        The MAD of a counter that is mostly zero, or was summed over longer periods, is smaller than chance.
        """
        far = self.median + 3 * max(self.mad, self.noise)
        return value > far and value >= 1.5 * self.median and value > 0


def baseline(values: Iterable[float], *, week: bool, counts: bool = False) -> Baseline | None:
    """None below ten points: nothing is usual yet. `counts`: the values count things a period."""
    known = [value for value in values if np.isfinite(value)]
    if len(known) < MIN_BASELINE_POINTS:
        return None
    middle = float(median(known))
    low, high = np.percentile(known, [5, 95])
    mad = float(median(abs(value - middle) for value in known))
    # Of the points up to the 95th percentile, so that yesterday's incident does not count as chance.
    noise = math.sqrt(sum(min(value, high) for value in known) / len(known)) if counts else 0.0
    return Baseline(middle, mad, float(low), float(high), len(known), week, noise)


def elevated_times(line: Line, usual: Baseline) -> tuple[datetime, ...]:
    return tuple(at for at, value in line.known if usual.elevated(value))


def onset(line: Line, usual: Baseline, run: int = 1) -> datetime | None:
    """The first elevated period; with `run` > 1 the first of that many elevated periods in a row.

    Errors take one; a gauge that wobbles takes two, so that one noisy minute is not an onset.
    """
    high = set(elevated_times(line, usual))
    return next((at for at in sorted(high) if all(at + i * line.step in high for i in range(run))), None)


class Order(StrEnum):
    """Which of two things began first. TOGETHER: their periods overlap, so nobody can tell."""

    BEFORE = "before"
    TOGETHER = "together"
    AFTER = "after"


def order(first: datetime, first_step: timedelta, second: datetime, second_step: timedelta) -> Order:
    """Where `first` lies relative to `second`, each known only to its period.

    Five-minute data of EC2 therefore cannot order anything closer than five minutes.
    """
    if first + first_step <= second:
        return Order.BEFORE
    if second + second_step <= first:
        return Order.AFTER
    return Order.TOGETHER


@dataclass(frozen=True)
class Episode:
    """A stretch of trouble: starts of its first and last period, and the sum of its values."""

    first: datetime
    last: datetime
    step: timedelta
    total: float

    @property
    def end(self) -> datetime:
        return self.last + self.step

    @property
    def length(self) -> timedelta:
        return self.end - self.first


def episodes(line: Line, high: Callable[[float], bool]) -> tuple[Episode, ...]:
    """High periods grouped; ten minutes without one begin another episode."""
    groups: list[list[tuple[datetime, float]]] = []
    for at, value in line.known:
        if not high(value):
            continue
        if groups and at - groups[-1][-1][0] <= EPISODE_GAP:
            groups[-1].append((at, value))
        else:
            groups.append([(at, value)])
    return tuple(Episode(g[0][0], g[-1][0], line.step, sum(value for _, value in g)) for g in groups)


def main_episode(line: Line, high: Callable[[float], bool]) -> Episode | None:
    """The episode with the largest sum, the earlier of equals: a stray error before it is not its onset."""
    return max(episodes(line, high), key=lambda e: (e.total, -e.first.timestamp()), default=None)


def is_burst(line: Line, episode: Episode, high: Callable[[float], bool]) -> bool | None:
    """At most ten minutes, then quiet to the end of the line; None while five minutes have not been seen.

    None too where periods are longer than five minutes: one of an hour may hold ten bad minutes or sixty.
    """
    if line.step > QUIET_AFTER:
        return None
    if episode.length > BURST:
        return False
    after = [value for at, value in line.known if at >= episode.end]
    if any(high(value) for value in after):
        return False
    return True if len(after) * line.step >= QUIET_AFTER else None


def is_sustained(line: Line, episode: Episode) -> bool | None:
    """Longer than ten minutes with at least 80 % of them not zero; None while it may still become that.

    None too where periods are longer than five minutes, as for a burst.
    """
    if line.step > QUIET_AFTER:
        return None
    inside = [value for at, value in line.known if episode.first <= at < episode.end]
    if episode.length > BURST:
        return sum(value > 0 for value in inside) >= SUSTAINED_SHARE * (episode.length / line.step)
    ended = [at for at, _ in line.known if at >= episode.end]
    return False if len(ended) * line.step >= QUIET_AFTER else None


def recurs_daily(
    first: datetime, earlier: Iterable[tuple[datetime, float]], high: Callable[[float], bool]
) -> bool | None:
    """Periodic: high at the same minute of the day (2 min either way) on at least three of the days known.

    `earlier` are known (time, errors) of previous days; None when fewer than three days were looked at.
    """
    days: dict[int, bool] = {}
    for at, value in earlier:
        ago = round((first - at) / timedelta(days=1))
        if ago >= 1 and abs(first - at - timedelta(days=ago)) <= RECURS_WITHIN:
            days[ago] = days.get(ago, False) or high(value)
    return sum(days.values()) >= RECURS_DAYS if len(days) >= RECURS_DAYS else None


class Refusal(StrEnum):
    """Why two series are not correlated."""

    TOO_FEW_POINTS = "too_few_points"
    DIFFERENT_RESOLUTION = "different_resolution"
    CONSTANT = "constant"


@dataclass(frozen=True)
class Correlation:
    """Spearman's rho at the best lag. A positive lag means the cause moved first."""

    rho: float
    lag: timedelta
    n: int

    @property
    def follows(self) -> bool:
        """The errors rise with the cause, which leads or moves with them."""
        return self.rho >= FOLLOWS_RHO and self.lag >= timedelta()


@lru_cache(maxsize=256)
def correlate(cause: Line, effect: Line) -> Correlation | Refusal:
    """The strongest Spearman rho over lags of -10 to +10 min; of equals the shortest lag, the cause first.

    A lag needs ten shared points. Series of different resolution are refused: bring them to one grid first.
    Remembered, because it is most of what judging costs and the same lines are judged again.
    """
    if cause.step != effect.step or (cause.start - effect.start) % cause.step:
        return Refusal.DIFFERENT_RESOLUTION
    found, refusal = [], Refusal.TOO_FEW_POINTS
    for steps in range(-(MAX_LAG // cause.step), MAX_LAG // cause.step + 1):
        result = _at_lag(cause, effect, steps * cause.step)
        if isinstance(result, Correlation):
            found.append(result)
        elif result is Refusal.CONSTANT:
            refusal = result
    return max(found, key=_preference) if found else refusal


def _preference(c: Correlation) -> tuple[float, timedelta, timedelta]:
    return abs(c.rho), -abs(c.lag), c.lag


def _at_lag(cause: Line, effect: Line, lag: timedelta) -> Correlation | Refusal:
    pairs = [
        (value, other)
        for at, value in cause.known
        if (other := effect.at(at + lag)) is not None and np.isfinite(value) and np.isfinite(other)
    ]
    if len(pairs) < MIN_SHARED_POINTS:
        return Refusal.TOO_FEW_POINTS
    left, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if len(set(left)) == 1 or len(set(right)) == 1:
        return Refusal.CONSTANT
    # Rounded, so that the last bits of floating point never choose the lag.
    return Correlation(round(float(spearmanr(left, right).statistic), 6), lag, len(pairs))


@dataclass(frozen=True)
class ChangePoint:
    """Where a series changed its level, and its medians before and from there."""

    at: datetime
    before: float
    after: float


def change_point(line: Line) -> ChangePoint | None:
    """Pettitt's rank test at the 1 % level: robust to outliers, no assumption about the distribution.

    None when there are fewer than ten points or no significant change. Source: A. N. Pettitt, Applied
    Statistics 28 (1979), p = 2 exp(-6 K^2 / (n^3 + n^2)).
    """
    known = line.known
    n = len(known)
    if n < MIN_BASELINE_POINTS:
        return None
    values = np.array([value for _, value in known])
    above = np.sign(values[:, None] - values[None, :]).sum(axis=1)
    strength = np.abs(np.cumsum(above))
    split = int(np.argmax(strength[:-1])) + 1
    if 2 * np.exp(-6 * float(strength[split - 1]) ** 2 / (n**3 + n**2)) > 0.01:
        return None
    return ChangePoint(known[split][0], float(np.median(values[:split])), float(np.median(values[split:])))


def concentration(amounts: Mapping[str, float]) -> tuple[str, float] | None:
    """The name with the largest amount and its share (0..1) of all; None when there is nothing to share."""
    total = sum(amounts.values())
    if total <= 0:
        return None
    name = max(sorted(amounts), key=lambda key: amounts[key])
    return name, amounts[name] / total
