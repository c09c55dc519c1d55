"""What kind of metric each of a load balancer's metrics is, and therefore what kind of alarm it can have.

The metrics and how they are reported: DOMAIN.md section 1. The kinds and thresholds are proposals
(DOMAIN.md section 8), not AWS facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.evidence import AlarmMetric
from bot.core.load_balancer_series import NAMESPACE, whole
from bot.core.model import LoadBalancer, LoadBalancerType


class Kind(StrEnum):
    """ERRORS is silent when all is well; ANY: one is one too many; LEVEL moves with traffic and fleet, so
    both tails matter; CEILING has a known limit; SLOW is a time; FLOOR must not be 0."""

    ERRORS = "errors"
    ANY = "any"
    LEVEL = "level"
    CEILING = "ceiling"
    SLOW = "slow"
    FLOOR = "floor"


@dataclass(frozen=True)
class Nature:
    """`threshold` is that of a CEILING; `of` the metric errors are a share of."""

    kind: Kind
    statistic: str = "Sum"
    threshold: float = 0
    of: str = ""


_LEVEL = Nature(Kind.LEVEL)
_ANY = Nature(Kind.ANY)


def _errors(of: str) -> Nature:
    return Nature(Kind.ERRORS, of=of)


NATURES: dict[LoadBalancerType, dict[str, Nature]] = {
    LoadBalancerType.APPLICATION: {
        "TargetConnectionErrorCount": _errors("RequestCount"),
        "TargetTLSNegotiationErrorCount": _errors("RequestCount"),
        "HTTPCode_ELB_5XX_Count": _errors("RequestCount"),
        "HTTPCode_ELB_502_Count": _errors("RequestCount"),
        "HTTPCode_ELB_503_Count": _errors("RequestCount"),
        "HTTPCode_ELB_504_Count": _errors("RequestCount"),
        "HTTPCode_Target_5XX_Count": _errors("RequestCount"),
        "RequestCount": _LEVEL,
        "NewConnectionCount": _LEVEL,
        "ActiveConnectionCount": _LEVEL,
        "TargetResponseTime": Nature(Kind.SLOW, "p99"),
        "RejectedConnectionCount": _ANY,
        "CapacityUtilization": Nature(Kind.CEILING, "Maximum", 80),
    },
    LoadBalancerType.NETWORK: {
        "TCP_Target_Reset_Count": _LEVEL,
        "TCP_Client_Reset_Count": _LEVEL,
        "TCP_ELB_Reset_Count": _LEVEL,
        "NewFlowCount": _LEVEL,
        "ActiveFlowCount": Nature(Kind.LEVEL, "Average"),
        "PortAllocationErrorCount": _ANY,
        "RejectedFlowCount": _ANY,
        "SecurityGroupBlockedFlowCount_Outbound_TCP": _ANY,
        "TargetTLSNegotiationErrorCount": _errors("NewFlowCount"),
    },
    LoadBalancerType.CLASSIC: {
        "BackendConnectionErrors": _errors("RequestCount"),
        "HTTPCode_ELB_5XX": _errors("RequestCount"),
        "HTTPCode_Backend_5XX": _errors("RequestCount"),
        "RequestCount": _LEVEL,
        "Latency": Nature(Kind.SLOW, "p99"),
        # The queue holds 1,024; half of it is the last moment to be told.
        "SurgeQueueLength": Nature(Kind.CEILING, "Maximum", 512),
        "SpilloverCount": _ANY,
        "HealthyHostCount": Nature(Kind.FLOOR, "Minimum"),
    },
}
RESETS = frozenset({"TCP_Target_Reset_Count", "TCP_Client_Reset_Count", "TCP_ELB_Reset_Count"})


def metrics_of(type_: LoadBalancerType) -> tuple[str, ...]:
    """The metrics the adviser knows for that type, the most asked for first."""
    return tuple(NATURES[type_])


def metric_of(lb: LoadBalancer, name: str, statistic: str, period_s: int) -> AlarmMetric:
    """A metric of the load balancer as a whole."""
    return AlarmMetric(
        namespace=NAMESPACE[lb.type],
        name=name,
        dimensions=whole(lb),
        statistic=statistic,
        period_s=period_s,
    )
