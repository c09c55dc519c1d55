"""The AWS/ApplicationELB series of one load balancer with one target group, read from its traffic.

Which metrics exist, their dimensions and when they are reported: DOMAIN.md section 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from bot.sandbox.aws.http_traffic import Flow, HttpTraffic, Outcome
from bot.sandbox.aws.metrics import MetricStore
from bot.sandbox.aws.noise import Floats, Minutes
from bot.sandbox.aws.series import Dimensions, Samples, Series, SeriesKey, counter, gauge, latency
from bot.sandbox.aws.target_health import TargetHealthBook

NAMESPACE = "AWS/ApplicationELB"
HEALTHY = frozenset({"healthy"})
UNHEALTHY = frozenset({"unhealthy", "unhealthy.draining", "unavailable"})
Count = Callable[[Flow], Floats]

ELB_ERRORS = (
    Outcome.REFUSED,
    Outcome.CONNECT_TIMEOUT,
    Outcome.CLOSED,
    Outcome.NO_REPLY,
    Outcome.TLS_FAILED,
    Outcome.NO_TARGET,
)


def _ending(*outcomes: Outcome) -> Count:
    return lambda flow: flow.of(*outcomes)


PER_TARGET_GROUP: dict[str, tuple[Count, bool]] = {
    "RequestCount": (lambda flow: flow.chosen, False),
    "HTTPCode_Target_2XX_Count": (_ending(Outcome.OK, Outcome.RETRIED), False),
    "HTTPCode_Target_3XX_Count": (_ending(Outcome.REDIRECT), False),
    "HTTPCode_Target_4XX_Count": (_ending(Outcome.CLIENT_ERROR), False),
    "HTTPCode_Target_5XX_Count": (_ending(Outcome.SERVER_ERROR), False),
    "TargetConnectionErrorCount": (_ending(Outcome.REFUSED, Outcome.CONNECT_TIMEOUT, Outcome.RETRIED), True),
    "TargetTLSNegotiationErrorCount": (_ending(Outcome.TLS_FAILED), True),
}
PER_LOAD_BALANCER: dict[str, Count] = {
    "HTTPCode_ELB_502_Count": _ending(Outcome.REFUSED, Outcome.CLOSED, Outcome.TLS_FAILED),
    "HTTPCode_ELB_503_Count": _ending(Outcome.NO_TARGET),
    "HTTPCode_ELB_504_Count": _ending(Outcome.CONNECT_TIMEOUT, Outcome.NO_REPLY),
    "HTTPCode_ELB_4XX_Count": _ending(Outcome.CLIENT_LEFT),
    "HTTPCode_ELB_5XX_Count": _ending(*ELB_ERRORS),
    "NewConnectionCount": lambda flow: np.round(flow.chosen * 0.42 + flow.reached * 0.11),
    "ActiveConnectionCount": lambda flow: np.round(flow.chosen * 0.8 + flow.of(Outcome.NO_REPLY) * 3),
}


@dataclass(frozen=True)
class AlbMetrics:
    """Adds the series of a load balancer to a store. Dimension values are the tails of the ARNs."""

    traffic: HttpTraffic
    health: TargetHealthBook
    load_balancer: str
    target_group: str
    target_group_arn: str

    def add_to(self, store: MetricStore) -> None:
        """Add every series, with and without zone and target group."""
        for zone in (None, *self._zones()):
            for series in self._of_zone(zone):
                store.add(series)

    def _zones(self) -> list[str]:
        return sorted({seat.zone for seat in self.traffic.seats})

    def _of_zone(self, zone: str | None) -> Iterator[Series]:
        lb, group = self._dims(zone, False), self._dims(zone, True)
        for metric, (count, nonzero) in PER_TARGET_GROUP.items():
            for dims in (lb, group):
                yield self._counter(metric, dims, count, zone, nonzero_only=nonzero)
        for metric, count in PER_LOAD_BALANCER.items():
            yield self._counter(metric, lb, count, zone, nonzero_only=True)
        yield self._bytes(lb, zone)
        for dims in (lb, group):
            yield Series(SeriesKey(NAMESPACE, "TargetResponseTime", dims), "Seconds", self._latency(zone))
        yield from self._host_counts(group, zone)
        yield self._fail_open(group, zone)
        for dims in (group, group - {("LoadBalancer", self.load_balancer)}):
            yield self._per_target(dims, zone)

    def _dims(self, zone: str | None, with_group: bool) -> Dimensions:
        pairs = {("LoadBalancer", self.load_balancer)}
        if with_group:
            pairs.add(("TargetGroup", self.target_group))
        if zone:
            pairs.add(("AvailabilityZone", zone))
        return frozenset(pairs)

    def _columns(self, zone: str | None) -> list[int]:
        return [i for i, seat in enumerate(self.traffic.seats) if zone in {None, seat.zone}]

    def _counter(
        self, metric: str, dims: Dimensions, count: Count, zone: str | None, *, nonzero_only: bool
    ) -> Series:
        columns = self._columns(zone)
        reports = len(self._zones()) if zone is None else 1

        def read(minutes: Minutes) -> Samples:
            values = count(self.traffic.flow(minutes))[:, columns].sum(axis=1)
            return counter(values, nonzero_only=nonzero_only, reports=reports)

        return Series(SeriesKey(NAMESPACE, metric, dims), "Count", read, fills=True)

    def _bytes(self, dims: Dimensions, zone: str | None) -> Series:
        columns = self._columns(zone)

        def read(minutes: Minutes) -> Samples:
            flow = self.traffic.flow(minutes)
            size = flow.reached[:, columns].sum(axis=1) * 8_400 + flow.chosen[:, columns].sum(axis=1) * 610
            return counter(size, nonzero_only=True)

        return Series(SeriesKey(NAMESPACE, "ProcessedBytes", dims), "Bytes", read, fills=True)

    def _latency(self, zone: str | None) -> Callable[[Minutes], Samples]:
        columns = self._columns(zone)

        def read(minutes: Minutes) -> Samples:
            flow = self.traffic.flow(minutes)
            answered = flow.of(Outcome.OK, Outcome.REDIRECT, Outcome.CLIENT_ERROR, Outcome.SERVER_ERROR)
            return latency(answered[:, columns], flow.median_s[:, columns], self.traffic.sigma)

        return read

    def _host_counts(self, dims: Dimensions, zone: str | None) -> Iterator[Series]:
        kinds = {"HealthyHostCount": HEALTHY, "UnHealthyHostCount": UNHEALTHY}
        for metric, states in kinds.items():

            def read(minutes: Minutes, states: frozenset[str] = states) -> Samples:
                return gauge(self.health.counts(self.target_group_arn, minutes, states, zone), reports=2)

            yield Series(SeriesKey(NAMESPACE, metric, dims), "Count", read)
        for metric in ("AnomalousHostCount", "MitigatedHostCount"):
            yield Series(
                SeriesKey(NAMESPACE, metric, dims), "Count", lambda minutes: gauge(np.zeros(minutes.shape))
            )

    def _fail_open(self, dims: Dimensions, zone: str | None) -> Series:
        columns = self._columns(zone)

        def read(minutes: Minutes) -> Samples:
            requests = self.traffic.flow(minutes).chosen[:, columns].sum(axis=1)
            nobody = self.health.counts(self.target_group_arn, minutes, HEALTHY, zone) == 0
            return counter(requests * nobody, nonzero_only=True)

        key = SeriesKey(NAMESPACE, "UnhealthyRoutingRequestCount", dims)
        return Series(key, "Count", read, fills=True)

    def _per_target(self, dims: Dimensions, zone: str | None) -> Series:
        columns = self._columns(zone)

        def read(minutes: Minutes) -> Samples:
            requests = self.traffic.flow(minutes).chosen[:, columns].sum(axis=1)
            healthy = self.health.counts(self.target_group_arn, minutes, HEALTHY, zone)
            return counter(np.round(requests / np.maximum(healthy, 1), 2), nonzero_only=False)

        return Series(SeriesKey(NAMESPACE, "RequestCountPerTarget", dims), "Count", read, fills=True)
