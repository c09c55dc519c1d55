"""The AWS/NetworkELB series of one load balancer with one target group (DOMAIN.md section 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from bot.sandbox.aws.alb_metrics import HEALTHY, UNHEALTHY
from bot.sandbox.aws.flow_traffic import FlowDraft, FlowTraffic
from bot.sandbox.aws.metrics import MetricStore
from bot.sandbox.aws.noise import Floats, Minutes
from bot.sandbox.aws.series import Dimensions, Samples, Series, SeriesKey, counter, gauge
from bot.sandbox.aws.target_health import TargetHealthBook

NAMESPACE = "AWS/NetworkELB"
COUNTERS: dict[str, tuple[Callable[[FlowDraft], Floats], bool]] = {
    "NewFlowCount": (lambda d: d.new, False),
    "NewFlowCount_TCP": (lambda d: d.new, True),
    "TCP_Client_Reset_Count": (lambda d: d.client_resets, False),
    "TCP_Target_Reset_Count": (lambda d: d.target_resets, False),
    "TCP_ELB_Reset_Count": (lambda d: d.elb_resets, False),
    "PortAllocationErrorCount": (lambda d: d.port_errors, False),
    "RejectedFlowCount": (lambda d: np.zeros(d.new.shape), False),
    "SecurityGroupBlockedFlowCount_Outbound_TCP": (lambda d: d.blocked, True),
    "ProcessedBytes": (lambda d: d.new * 21_000, True),
    "ProcessedBytes_TCP": (lambda d: d.new * 21_000, True),
}
LEVELS: dict[str, Callable[[FlowDraft], Floats]] = {
    "ActiveFlowCount": lambda d: d.active,
    "ActiveFlowCount_TCP": lambda d: d.active,
    "PeakPacketsPerSecond": lambda d: np.round(d.new * 0.9 + 40),
}


@dataclass(frozen=True)
class NlbMetrics:
    """Adds the series of a load balancer to a store. Dimension values are the tails of the ARNs."""

    traffic: FlowTraffic
    health: TargetHealthBook
    load_balancer: str
    target_group: str
    target_group_arn: str

    def add_to(self, store: MetricStore) -> None:
        """Add every series, for the load balancer and for each of its zones."""
        for zone in (None, *self.traffic.zones):
            for series in self._of_zone(zone):
                store.add(series)

    def _of_zone(self, zone: str | None) -> Iterator[Series]:
        dims = self._dims(zone)
        columns = [i for i, name in enumerate(self.traffic.zones) if zone in {None, name}]
        for metric, (count, nonzero) in COUNTERS.items():
            unit = "Bytes" if "Bytes" in metric else "Count"
            yield Series(
                SeriesKey(NAMESPACE, metric, dims), unit, self._counter(count, columns, nonzero), fills=True
            )
        for metric, level in LEVELS.items():
            yield Series(SeriesKey(NAMESPACE, metric, dims), "Count", self._level(level, columns))
        if zone:
            status = self._level(lambda d: d.status, columns)
            yield Series(SeriesKey(NAMESPACE, "ZonalHealthStatus", dims), "Count", status)
        group = dims | {("TargetGroup", self.target_group)}
        for metric, states in {"HealthyHostCount": HEALTHY, "UnHealthyHostCount": UNHEALTHY}.items():
            yield Series(SeriesKey(NAMESPACE, metric, group), "Count", self._hosts(states, zone))

    def _dims(self, zone: str | None) -> Dimensions:
        pairs = {("LoadBalancer", self.load_balancer)}
        return frozenset(pairs | {("AvailabilityZone", zone)} if zone else pairs)

    def _counter(
        self, count: Callable[[FlowDraft], Floats], columns: list[int], nonzero: bool
    ) -> Callable[[Minutes], Samples]:
        def read(minutes: Minutes) -> Samples:
            values = np.round(count(self.traffic.flow(minutes))[:, columns].sum(axis=1))
            return counter(values, nonzero_only=nonzero, reports=len(columns))

        return read

    def _level(
        self, level: Callable[[FlowDraft], Floats], columns: list[int]
    ) -> Callable[[Minutes], Samples]:
        return lambda minutes: gauge(level(self.traffic.flow(minutes))[:, columns].sum(axis=1))

    def _hosts(self, states: frozenset[str], zone: str | None) -> Callable[[Minutes], Samples]:
        return lambda minutes: gauge(
            self.health.counts(self.target_group_arn, minutes, states, zone), reports=2
        )
