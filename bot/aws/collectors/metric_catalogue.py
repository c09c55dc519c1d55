"""Which CloudWatch metrics are read, with which statistic and dimensions (DOMAIN.md section 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.core.evidence import Instance, TargetGroup
from bot.core.model import LoadBalancer, LoadBalancerType

NAMESPACES = {
    LoadBalancerType.APPLICATION: "AWS/ApplicationELB",
    LoadBalancerType.NETWORK: "AWS/NetworkELB",
    LoadBalancerType.CLASSIC: "AWS/ELB",
}
WHOLE, ZONES, GROUPS, GROUP_ZONES = "L", "LA", "LT", "LTA"
UNITS = {
    "CPUUtilization": "Percent",
    "CapacityUtilization": "Percent",
    "Latency": "Seconds",
    "NetworkIn": "Bytes",
    "TargetResponseTime": "Seconds",
}


@dataclass(frozen=True)
class Query:
    """One series to ask GetMetricData for."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    period_s: int

    @property
    def unit(self) -> str:
        return UNITS.get(self.name, "Count")


@dataclass(frozen=True)
class Metric:
    """A metric with the statistics and the dimension sets worth reading."""

    name: str
    statistics: tuple[str, ...]
    sets: tuple[str, ...]


def _sums(names: Iterable[str], *sets: str) -> tuple[Metric, ...]:
    return tuple(Metric(name, ("Sum",), sets) for name in names)


_HOSTS = (
    Metric("HealthyHostCount", ("Minimum", "Maximum"), (GROUPS, GROUP_ZONES)),
    Metric("UnHealthyHostCount", ("Minimum", "Maximum"), (GROUPS, GROUP_ZONES)),
)
_APPLICATION = (
    *_sums(
        ("TargetConnectionErrorCount", "TargetTLSNegotiationErrorCount", "RequestCount"),
        *(WHOLE, ZONES, GROUPS, GROUP_ZONES),
    ),
    *_sums(("HTTPCode_Target_5XX_Count", "HTTPCode_Target_2XX_Count"), WHOLE, ZONES, GROUPS),
    *_sums(("HTTPCode_Target_3XX_Count", "HTTPCode_Target_4XX_Count"), WHOLE, GROUPS),
    *_sums(
        (
            "HTTPCode_ELB_502_Count",
            "HTTPCode_ELB_503_Count",
            "HTTPCode_ELB_504_Count",
            "HTTPCode_ELB_5XX_Count",
        ),
        *(WHOLE, ZONES),
    ),
    *_sums(
        (
            "HTTPCode_ELB_500_Count",
            "HTTPCode_ELB_4XX_Count",
            "ActiveConnectionCount",
            "NewConnectionCount",
            "RejectedConnectionCount",
            "ClientTLSNegotiationErrorCount",
            "DesyncMitigationMode_NonCompliant_Request_Count",
        ),
        WHOLE,
    ),
    *_sums(("RequestCountPerTarget", "UnhealthyRoutingRequestCount", "ActiveZonalShiftHostCount"), GROUPS),
    Metric("TargetResponseTime", ("Average", "p99"), (WHOLE, GROUPS)),
    Metric("AnomalousHostCount", ("Maximum",), (GROUPS,)),
    Metric("MitigatedHostCount", ("Maximum",), (GROUPS,)),
    Metric("CapacityUtilization", ("Maximum",), (WHOLE,)),
    *_HOSTS,
)
_NETWORK = (
    *_sums(
        (
            "TCP_Target_Reset_Count",
            "TCP_ELB_Reset_Count",
            "TCP_Client_Reset_Count",
            "NewFlowCount",
            "PortAllocationErrorCount",
            "RejectedFlowCount",
            *(
                f"SecurityGroupBlockedFlowCount_{way}_{protocol}"
                for way in ("Inbound", "Outbound")
                for protocol in ("TCP", "UDP", "ICMP")
            ),
        ),
        *(WHOLE, ZONES),
    ),
    *_sums(
        ("TargetTLSNegotiationErrorCount", "ClientTLSNegotiationErrorCount", "UnhealthyRoutingFlowCount"),
        WHOLE,
    ),
    Metric("ActiveFlowCount", ("Average", "Maximum"), (WHOLE, ZONES)),
    Metric("PeakPacketsPerSecond", ("Maximum",), (WHOLE,)),
    Metric("ZonalHealthStatus", ("Minimum",), (ZONES,)),
    *_HOSTS,
)
_CLASSIC = (
    *_sums(
        ("BackendConnectionErrors", "RequestCount", "SpilloverCount", "HTTPCode_ELB_5XX"),
        *(WHOLE, ZONES),
    ),
    *_sums(
        (
            "HTTPCode_ELB_4XX",
            "HTTPCode_Backend_2XX",
            "HTTPCode_Backend_3XX",
            "HTTPCode_Backend_4XX",
            "HTTPCode_Backend_5XX",
        ),
        WHOLE,
    ),
    Metric("Latency", ("Average", "p99"), (WHOLE,)),
    Metric("SurgeQueueLength", ("Maximum",), (WHOLE, ZONES)),
    Metric("HealthyHostCount", ("Minimum", "Maximum"), (WHOLE, ZONES)),
    Metric("UnHealthyHostCount", ("Minimum", "Maximum"), (WHOLE, ZONES)),
)
CATALOGUE = {
    LoadBalancerType.APPLICATION: _APPLICATION,
    LoadBalancerType.NETWORK: _NETWORK,
    LoadBalancerType.CLASSIC: _CLASSIC,
}
ERROR_METRIC = {
    LoadBalancerType.APPLICATION: "TargetConnectionErrorCount",
    LoadBalancerType.NETWORK: "TCP_Target_Reset_Count",
    LoadBalancerType.CLASSIC: "BackendConnectionErrors",
}
BASELINE = {
    LoadBalancerType.APPLICATION: (
        *_sums(
            (
                "TargetConnectionErrorCount",
                "RequestCount",
                "HTTPCode_ELB_5XX_Count",
                "HTTPCode_Target_5XX_Count",
                "RejectedConnectionCount",
            ),
            WHOLE,
        ),
        Metric("TargetResponseTime", ("p99",), (WHOLE,)),
        *_sums(("RequestCountPerTarget",), GROUPS),
    ),
    LoadBalancerType.NETWORK: _sums(
        (
            "TCP_Target_Reset_Count",
            "TCP_ELB_Reset_Count",
            "TCP_Client_Reset_Count",
            "NewFlowCount",
            "PortAllocationErrorCount",
            "RejectedFlowCount",
            "SecurityGroupBlockedFlowCount_Inbound_TCP",
            "SecurityGroupBlockedFlowCount_Inbound_UDP",
        ),
        WHOLE,
    ),
    LoadBalancerType.CLASSIC: (
        *_sums(
            (
                "BackendConnectionErrors",
                "RequestCount",
                "HTTPCode_ELB_5XX",
                "HTTPCode_Backend_5XX",
                "SpilloverCount",
            ),
            WHOLE,
        ),
        Metric("Latency", ("p99",), (WHOLE,)),
        # The only steady Classic metric: it proves that a silent counter was 0.
        Metric("HealthyHostCount", ("Minimum",), (WHOLE,)),
    ),
}

MOVING = {
    LoadBalancerType.APPLICATION: _sums(("RequestCount",), WHOLE),
    LoadBalancerType.NETWORK: _sums(
        ("TCP_Target_Reset_Count", "TCP_ELB_Reset_Count", "TCP_Client_Reset_Count", "NewFlowCount"), WHOLE
    ),
    LoadBalancerType.CLASSIC: _sums(("RequestCount",), WHOLE),
}
"""Metrics whose normal level moves with the traffic: both a spike and a dip mean something."""


def queries(
    metrics: Iterable[Metric], lb: LoadBalancer, groups: Iterable[TargetGroup], period_s: int
) -> list[Query]:
    """The queries for these metrics of a load balancer and its groups (none known: none of theirs)."""
    sets = {
        WHOLE: [whole_dimensions(lb)],
        ZONES: [_in_zone(whole_dimensions(lb), zone.name) for zone in lb.zones],
        GROUPS: [_of_group(lb, group) for group in groups if group.dimension],
    }
    sets[GROUP_ZONES] = [_in_zone(d, zone.name) for d in sets[GROUPS] for zone in lb.zones]
    return [
        Query(NAMESPACES[lb.type], metric.name, dimensions, statistic, period_s)
        for metric in metrics
        for statistic in metric.statistics
        for name in metric.sets
        for dimensions in sets[name]
    ]


def whole_dimensions(lb: LoadBalancer) -> tuple[tuple[str, str], ...]:
    """The dimensions of the load balancer as a whole."""
    name = "LoadBalancerName" if lb.type is LoadBalancerType.CLASSIC else "LoadBalancer"
    return ((name, lb.dimension),)


def _in_zone(dimensions: tuple[tuple[str, str], ...], zone: str) -> tuple[tuple[str, str], ...]:
    return (*dimensions, ("AvailabilityZone", zone))


def _of_group(lb: LoadBalancer, group: TargetGroup) -> tuple[tuple[str, str], ...]:
    return (*whole_dimensions(lb), ("TargetGroup", group.dimension))


def instance_queries(instance: Instance, period_s: int) -> Iterator[Query]:
    """An instance's own metrics. `period_s` is what the window's age allows at least.

    Basic monitoring publishes every 5 minutes, status checks every minute in any case; CPU credits exist
    for burstable types only, every 5 minutes.
    """
    usual = max(60 if instance.detailed_monitoring else 300, period_s)
    wanted = [
        ("CPUUtilization", "Average", usual),
        ("CPUUtilization", "Maximum", usual),
        ("NetworkIn", "Sum", usual),
        ("StatusCheckFailed", "Maximum", period_s),
        ("StatusCheckFailed_Instance", "Maximum", period_s),
        ("StatusCheckFailed_System", "Maximum", period_s),
    ]
    if instance.instance_type.startswith("t"):
        wanted.append(("CPUCreditBalance", "Minimum", max(300, period_s)))
    for name, statistic, period in wanted:
        yield Query("AWS/EC2", name, (("InstanceId", instance.id),), statistic, period)
