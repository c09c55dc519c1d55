"""The AWS/EC2 series of an instance: load from the traffic reaching it, checks from its history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from bot.sandbox.aws import noise
from bot.sandbox.aws.metrics import MetricStore
from bot.sandbox.aws.noise import Flags, Floats, Minutes
from bot.sandbox.aws.series import Samples, Series, SeriesKey, dimensions, gauge

NAMESPACE = "AWS/EC2"
Level = Callable[[Minutes], Floats]


@dataclass
class HostLife:
    """When an instance was away (no metrics at all) or failed its checks: spans of relative minutes."""

    away: list[tuple[int, int]] = field(default_factory=list)
    instance_failed: list[tuple[int, int]] = field(default_factory=list)
    system_failed: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class HostLoad:
    """What the instance does: per relative minute CPU per cent and requests served."""

    cpu: Level
    requests: Level
    bytes_in: float = 1_450.0
    bytes_out: float = 9_100.0


@dataclass(frozen=True)
class HostMetrics:
    """Adds the series of one instance. ``detailed`` monitoring is every minute, basic every five."""

    instance_id: str
    seed: int
    load: HostLoad
    life: HostLife
    detailed: bool
    burstable: bool = False

    def add_to(self, store: MetricStore) -> None:
        """Add every series of the instance."""
        for series in (*self._loads(), *self._checks()):
            store.add(series)

    def _loads(self) -> Iterator[Series]:
        wobble = noise.key(self.seed, self.instance_id)

        def network(size: float) -> Level:
            return lambda m: (self.load.requests(m) * size + 60_000) * (1 + 0.03 * noise.normal(wobble, m))

        yield self._series("CPUUtilization", "Percent", self.load.cpu, every=1 if self.detailed else 5)
        yield self._series("NetworkIn", "Bytes", network(self.load.bytes_in), every=1 if self.detailed else 5)
        yield self._series(
            "NetworkOut", "Bytes", network(self.load.bytes_out), every=1 if self.detailed else 5
        )
        yield self._series(
            "NetworkPacketsIn", "Count", lambda m: np.round(network(self.load.bytes_in)(m) / 420), every=5
        )
        if self.burstable:
            yield self._series("CPUCreditBalance", "Count", lambda m: np.full(m.shape, 288.0), every=5)

    def _checks(self) -> Iterator[Series]:
        life = self.life
        failed: dict[str, Level] = {
            "StatusCheckFailed": lambda m: within(m, life.instance_failed + life.system_failed).astype(
                np.float64
            ),
            "StatusCheckFailed_Instance": lambda m: within(m, life.instance_failed).astype(np.float64),
            "StatusCheckFailed_System": lambda m: within(m, life.system_failed).astype(np.float64),
            "StatusCheckFailed_AttachedEBS": lambda m: np.zeros(m.shape),
        }
        for metric, level in failed.items():
            yield self._series(metric, "Count", level, every=1)

    def _series(self, metric: str, unit: str, level: Level, *, every: int) -> Series:
        def read(minutes: Minutes) -> Samples:
            values = level(minutes) if every == 1 else _sparse(level, minutes, every)
            return gauge(np.where(within(minutes, self.life.away), np.nan, values))

        key = SeriesKey(NAMESPACE, metric, dimensions(InstanceId=self.instance_id))
        return Series(key, unit, read, visible_after_s=60.0 * every)


def within(minutes: Minutes, spans: Iterable[tuple[int, int]]) -> Flags:
    """True for the minutes inside one of the half-open spans."""
    inside: Flags = np.zeros(minutes.shape, dtype=np.bool_)
    for since, until in spans:
        inside |= (minutes >= since) & (minutes < until)
    return inside


def _sparse(level: Level, minutes: Minutes, every: int) -> Floats:
    """The mean of each ``every`` minutes, stamped at their first minute; NaN in between."""
    answer = np.full(minutes.shape, np.nan)
    if minutes.size == 0:
        return answer
    first = int(minutes[0]) // every * every
    whole = np.arange(first, int(minutes[-1]) // every * every + every, dtype=np.int64)
    means = level(whole).reshape(-1, every).mean(axis=1)
    starts = whole[::every]
    shown = (starts >= minutes[0]) & (starts <= minutes[-1])
    answer[starts[shown] - int(minutes[0])] = means[shown]
    return answer
