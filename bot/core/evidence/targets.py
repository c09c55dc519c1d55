"""What AWS says of the load balancer, its target groups and its targets."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from bot.core.evidence.base import Evidence
from bot.core.message import Value


class Listener(Value):
    """`protocol` and `port` face the clients; Classic listeners also name the instance side."""

    arn: str = ""
    protocol: str
    port: int
    target_group_arns: tuple[str, ...] = ()
    instance_protocol: str = ""
    instance_port: int = 0


class Listeners(Evidence):
    actions: ClassVar = ("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules")
    listeners: tuple[Listener, ...]


class LoadBalancerAttributes(Evidence):
    """Attribute keys as AWS names them (`idle_timeout.timeout_seconds`); Classic ones flattened likewise."""

    actions: ClassVar = ("elasticloadbalancing:DescribeLoadBalancerAttributes",)
    attributes: dict[str, str]


class HealthCheck(Value):
    """Health-check settings. `port` is a number or `traffic-port`; `matcher` is '' for TCP checks."""

    enabled: bool = True
    protocol: str
    port: str
    path: str = ""
    matcher: str = ""
    interval_s: int
    timeout_s: int
    healthy_threshold: int
    unhealthy_threshold: int


class TargetGroup(Value):
    """A target group, or the one implicit group of a Classic load balancer (`arn` empty).

    `dimension` is the CloudWatch `TargetGroup` value (`targetgroup/name/id`), '' for Classic.
    """

    arn: str
    name: str
    dimension: str
    protocol: str
    port: int
    target_type: str
    ip_address_type: str = "ipv4"
    protocol_version: str = ""
    health_check: HealthCheck


class TargetGroups(Evidence):
    actions: ClassVar = ("elasticloadbalancing:DescribeTargetGroups",)
    groups: tuple[TargetGroup, ...]


class TargetGroupAttributes(Evidence):
    """By target group ARN, attribute keys as AWS names them."""

    actions: ClassVar = ("elasticloadbalancing:DescribeTargetGroupAttributes",)
    by_group: dict[str, dict[str, str]]


class Target(Value):
    """One registered target. `state` and `reason` are AWS's words ('' when AWS gives no reason)."""

    group: str
    id: str
    port: int
    zone: str = ""
    health_port: str = ""
    state: str
    reason: str = ""
    description: str = ""
    override: str = ""


class TargetHealth(Evidence):
    """All targets now; `read_at` matters because health says nothing about the past."""

    actions: ClassVar = (
        "elasticloadbalancing:DescribeTargetHealth",
        "elasticloadbalancing:DescribeInstanceHealth",
    )
    read_at: datetime
    targets: tuple[Target, ...]
