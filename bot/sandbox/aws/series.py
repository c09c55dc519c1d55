"""What a metric series is: per minute a sum, a number of samples, extremes, and how values spread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from bot.sandbox.aws.noise import Floats, Minutes

Dimensions = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class SeriesKey:
    """Namespace, metric name and the exact set of dimensions: AWS's identity of a series."""

    namespace: str
    metric: str
    dimensions: Dimensions


@dataclass(frozen=True)
class Spread:
    """Lognormal parts of a minute's values: weight and log-median per part; one sigma for all."""

    weights: Floats
    log_medians: Floats
    sigma: float


@dataclass(frozen=True)
class Samples:
    """One row per minute; a row with ``count`` 0 has no data point."""

    total: Floats
    count: Floats
    low: Floats
    high: Floats
    spread: Spread | None = None


Reader = Callable[[Minutes], Samples]


@dataclass(frozen=True)
class Series:
    """A series of the estate: ``read`` takes minutes relative to the anchor.

    ``fills`` marks counters whose newest minute is still being added to when it is first seen;
    a point is shown ``visible_after_s`` seconds after the minute it is stamped with began.
    """

    key: SeriesKey
    unit: str
    read: Reader
    fills: bool = False
    visible_after_s: float = 60.0


def dimensions(**pairs: str) -> Dimensions:
    """A dimension set from keyword arguments."""
    return frozenset(pairs.items())


def counter(values: Floats, *, nonzero_only: bool, reports: int = 2) -> Samples:
    """A count reported by ``reports`` load-balancer nodes each minute; absent at 0 when nonzero_only."""
    present = values > 0 if nonzero_only else np.ones_like(values, dtype=bool)
    count = np.where(present, np.minimum(np.maximum(values, 1), reports), 0.0)
    each = np.divide(values, count, out=np.zeros_like(values), where=count > 0)
    return Samples(values * present, count, np.floor(each), np.ceil(each))


def gauge(values: Floats, *, reports: int = 1) -> Samples:
    """A level each minute; NaN means no data point."""
    present = ~np.isnan(values)
    count = np.where(present, float(reports), 0.0)
    level = np.where(present, values, 0.0)
    return Samples(level * count, count, level, level)


def latency(weights: Floats, medians: Floats, sigma: float) -> Samples:
    """Response times in seconds: per minute and part a number of requests and their median."""
    count = weights.sum(axis=1)
    log_medians = np.log(np.maximum(medians, 1e-6))
    total = (weights * np.exp(log_medians + sigma * sigma / 2)).sum(axis=1)
    edge = ndtri(np.clip(0.5 / np.maximum(count, 1), 1e-9, 0.5))
    middle = np.where(count > 0, total / np.maximum(count, 1), 0.0)
    lowest = np.where(weights > 0, log_medians, np.inf).min(axis=1)
    highest = np.where(weights > 0, log_medians, -np.inf).max(axis=1)
    low = np.where(count > 0, np.exp(np.where(count > 0, lowest, 0) + sigma * edge), 0.0)
    high = np.where(count > 0, np.exp(np.where(count > 0, highest, 0) - sigma * edge), 0.0)
    return Samples(total, count, np.minimum(low, middle), high, Spread(weights, log_medians, sigma))


def quantiles(samples: Samples, shape: tuple[int, int], share: float) -> Floats:
    """Per period (``shape`` is periods x minutes) the value below which ``share`` (0..1) of the samples lie.

    NaN where a period has no samples.
    """
    count = samples.count.reshape(shape)
    present = count.sum(axis=1) > 0
    answer = np.full(shape[0], np.nan)
    if not present.any():
        return answer
    if samples.spread is None:
        levels = np.divide(samples.total.reshape(shape), count, out=np.full(shape, np.nan), where=count > 0)
        answer[present] = np.nanquantile(levels[present], share, axis=1)
        return answer
    weights = np.where(samples.count[:, None] > 0, samples.spread.weights, 0.0).reshape(shape[0], -1)
    centres = samples.spread.log_medians.reshape(shape[0], -1)
    answer[present] = _lognormal_quantiles(weights[present], centres[present], samples.spread.sigma, share)
    return answer


def _lognormal_quantiles(weights: Floats, centres: Floats, sigma: float, share: float) -> Floats:
    low, high = centres.min(axis=1) - 6 * sigma, centres.max(axis=1) + 6 * sigma
    wanted = share * weights.sum(axis=1)
    for _ in range(24):
        middle = (low + high) / 2
        below = (weights * ndtr((middle[:, None] - centres) / sigma)).sum(axis=1) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(np.exp((low + high) / 2), dtype=np.float64)
