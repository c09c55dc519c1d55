"""The AWS/ELB series of one Classic Load Balancer, read from its traffic (DOMAIN.md section 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from bot.sandbox.aws.http_traffic import Flow, HttpTraffic, Outcome
from bot.sandbox.aws.metrics import MetricStore
from bot.sandbox.aws.noise import Floats, Minutes
from bot.sandbox.aws.series import Dimensions, Samples, Series, SeriesKey, counter, gauge, latency
from bot.sandbox.aws.target_health import TargetHealthBook

NAMESPACE = "AWS/ELB"
Level = Callable[[Minutes], Floats]
COUNTERS: dict[str, Callable[[Flow], Floats]] = {
    "RequestCount": lambda flow: flow.chosen,
    "HTTPCode_Backend_2XX": lambda flow: flow.of(Outcome.OK),
    "HTTPCode_Backend_3XX": lambda flow: flow.of(Outcome.REDIRECT),
    "HTTPCode_Backend_4XX": lambda flow: flow.of(Outcome.CLIENT_ERROR),
    "HTTPCode_Backend_5XX": lambda flow: flow.of(Outcome.SERVER_ERROR),
    "HTTPCode_ELB_4XX": lambda flow: flow.of(Outcome.CLIENT_LEFT),
    "HTTPCode_ELB_5XX": lambda flow: flow.of(
        Outcome.REFUSED, Outcome.CONNECT_TIMEOUT, Outcome.CLOSED, Outcome.NO_REPLY, Outcome.NO_TARGET
    ),
    "SpilloverCount": lambda flow: flow.of(Outcome.NO_TARGET),
}


@dataclass(frozen=True)
class ClbMetrics:
    """Adds the series of a Classic Load Balancer to a store.

    ``check_errors`` are connection errors of health checks per zone and minute: the classic counter
    includes them. ``surge`` is the length of the surge queue.
    """

    traffic: HttpTraffic
    health: TargetHealthBook
    name: str
    check_errors: Level
    surge: Level

    def add_to(self, store: MetricStore) -> None:
        """Add every series, for the load balancer and for each of its zones."""
        for zone in (None, *sorted({seat.zone for seat in self.traffic.seats})):
            for series in self._of_zone(zone):
                store.add(series)

    def _of_zone(self, zone: str | None) -> Iterator[Series]:
        pairs = {("LoadBalancerName", self.name)}
        dims: Dimensions = frozenset(pairs | {("AvailabilityZone", zone)} if zone else pairs)
        columns = [i for i, seat in enumerate(self.traffic.seats) if zone in {None, seat.zone}]
        share = len(columns) / max(1, len(self.traffic.seats))
        for metric, count in COUNTERS.items():
            yield Series(
                SeriesKey(NAMESPACE, metric, dims), "Count", self._counter(count, columns), fills=True
            )
        errors = self._errors(columns, share)
        yield Series(SeriesKey(NAMESPACE, "BackendConnectionErrors", dims), "Count", errors, fills=True)
        yield Series(SeriesKey(NAMESPACE, "Latency", dims), "Seconds", self._latency(columns))
        yield Series(SeriesKey(NAMESPACE, "SurgeQueueLength", dims), "Count", self._queue(share))
        for metric, states in (("HealthyHostCount", {"InService"}), ("UnHealthyHostCount", {"OutOfService"})):
            yield Series(SeriesKey(NAMESPACE, metric, dims), "Count", self._hosts(frozenset(states), zone))

    def _counter(self, count: Callable[[Flow], Floats], columns: list[int]) -> Callable[[Minutes], Samples]:
        return lambda m: counter(count(self.traffic.flow(m))[:, columns].sum(axis=1), nonzero_only=True)

    def _errors(self, columns: list[int], share: float) -> Callable[[Minutes], Samples]:
        def read(minutes: Minutes) -> Samples:
            failed = self.traffic.flow(minutes).of(Outcome.REFUSED, Outcome.CONNECT_TIMEOUT)[:, columns]
            retried = failed.sum(axis=1) * 3
            return counter(retried + np.round(self.check_errors(minutes) * share), nonzero_only=True)

        return read

    def _latency(self, columns: list[int]) -> Callable[[Minutes], Samples]:
        def read(minutes: Minutes) -> Samples:
            flow = self.traffic.flow(minutes)
            return latency(flow.reached[:, columns], flow.median_s[:, columns], self.traffic.sigma)

        return read

    def _queue(self, share: float) -> Callable[[Minutes], Samples]:
        def read(minutes: Minutes) -> Samples:
            length = np.minimum(np.round(self.surge(minutes) * (1 if share == 1 else share * 1.1)), 1024)
            return gauge(np.where(length > 0, length, np.nan))

        return read

    def _hosts(self, states: frozenset[str], zone: str | None) -> Callable[[Minutes], Samples]:
        return lambda minutes: gauge(self.health.counts(self.name, minutes, states, zone), reports=2)
