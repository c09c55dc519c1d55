"""Target groups, their attributes, and the health of their targets now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.aws.collector import Source
from bot.aws.collectors.load_balancer import ClassicDescription
from bot.core.evidence import (
    HealthCheck,
    Target,
    TargetGroup,
    TargetGroupAttributes,
    TargetGroups,
    TargetHealth,
)


def read_target_groups(source: Source) -> TargetGroups:
    """The groups attached to the load balancer; for Classic the one its health check implies."""
    if source.classic:
        return TargetGroups(groups=(source[ClassicDescription].group,))
    arn = source.load_balancer.arn
    raw = source.api.all("elbv2", "describe_target_groups", "TargetGroups", LoadBalancerArn=arn)
    return TargetGroups(groups=tuple(target_group(group) for group in raw))


def read_target_group_attributes(source: Source) -> TargetGroupAttributes:
    """Attributes by group ARN; a Classic load balancer has none."""
    if source.classic:
        return TargetGroupAttributes(by_group={})
    arns = [group.arn for group in source[TargetGroups].groups]

    def attributes(arn: str) -> dict[str, str]:
        answer = source.api.call("elbv2", "describe_target_group_attributes", TargetGroupArn=arn)
        return {a["Key"]: a.get("Value", "") for a in answer["Attributes"]}

    read = source.api.each(attributes, arns)
    return TargetGroupAttributes(by_group=dict(zip(arns, read, strict=True)))


def read_target_health(source: Source) -> TargetHealth:
    """State and reason of every target of every group."""
    if source.classic:
        return _classic_health(source)
    arns = [group.arn for group in source[TargetGroups].groups]

    def targets(arn: str) -> list[Target]:
        answer = source.api.call("elbv2", "describe_target_health", TargetGroupArn=arn, Include=["All"])
        return [target(arn, raw) for raw in answer["TargetHealthDescriptions"]]

    per_group = source.api.each(targets, arns)
    return TargetHealth(read_at=source.now, targets=tuple(t for targets in per_group for t in targets))


def _classic_health(source: Source) -> TargetHealth:
    port = source[ClassicDescription].group.port
    name = source.load_balancer.name
    answer = source.api.call("elb", "describe_instance_health", LoadBalancerName=name)
    return TargetHealth(
        read_at=source.now, targets=tuple(classic_target(raw, port) for raw in answer["InstanceStates"])
    )


def target(group_arn: str, raw: Mapping[str, Any]) -> Target:
    """An element of DescribeTargetHealth as a value. A Lambda target has no port: 0."""
    health = raw["TargetHealth"]
    return Target(
        group=group_arn,
        id=raw["Target"]["Id"],
        port=raw["Target"].get("Port", 0),
        zone=raw["Target"].get("AvailabilityZone", ""),
        health_port=raw.get("HealthCheckPort", ""),
        state=health["State"],
        reason=health.get("Reason", ""),
        description=health.get("Description", ""),
        override=raw.get("AdministrativeOverride", {}).get("State", ""),
    )


def classic_target(raw: Mapping[str, Any], port: int) -> Target:
    """An element of DescribeInstanceHealth: `InService`/`OutOfService`, reasons `ELB`/`Instance`."""
    return Target(
        group="",
        id=raw["InstanceId"],
        port=port,
        state=raw["State"],
        reason=_said(raw.get("ReasonCode", "")),
        description=_said(raw.get("Description", "")),
    )


def _said(text: str) -> str:
    return "" if text == "N/A" else text


def target_group(raw: Mapping[str, Any]) -> TargetGroup:
    """An element of DescribeTargetGroups as a value."""
    arn = raw["TargetGroupArn"]
    return TargetGroup(
        arn=arn,
        name=raw["TargetGroupName"],
        dimension=arn.rpartition(":")[2],
        protocol=raw.get("Protocol", ""),
        port=raw.get("Port", 0),
        target_type=raw.get("TargetType", "instance"),
        ip_address_type=raw.get("IpAddressType", "ipv4"),
        protocol_version=raw.get("ProtocolVersion", ""),
        health_check=_health_check(raw),
    )


def _health_check(raw: Mapping[str, Any]) -> HealthCheck:
    matcher = raw.get("Matcher", {})
    return HealthCheck(
        enabled=raw.get("HealthCheckEnabled", True),
        protocol=raw.get("HealthCheckProtocol", ""),
        port=raw.get("HealthCheckPort", "traffic-port"),
        path=raw.get("HealthCheckPath", ""),
        matcher=matcher.get("HttpCode") or matcher.get("GrpcCode") or "",
        interval_s=raw["HealthCheckIntervalSeconds"],
        timeout_s=raw["HealthCheckTimeoutSeconds"],
        healthy_threshold=raw["HealthyThresholdCount"],
        unhealthy_threshold=raw["UnhealthyThresholdCount"],
    )
