"""Small builders of scopes and evidence for tests: plausible defaults, so a test names only what matters.

The default estate: `shop-prod`, an application load balancer in zones a and b of one VPC (10.0.0.0/16),
whose alarm fired at 14:08 after errors since 14:05 on 21 Nov 2026; read at 14:20.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.core.evidence import (
    Acl,
    AclEntry,
    Change,
    Changes,
    Evidence,
    HealthCheck,
    Instance,
    Interface,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    Series,
    Subnet,
    Target,
    TargetGroup,
)
from bot.core.model import LoadBalancer, LoadBalancerType, Scope, Unread, UnreadReason, Window, Zone

ACCOUNT = "111122223333"
REGION = "eu-central-1"
VPC = "vpc-0shop"
VPC_CIDR = "10.0.0.0/16"
ONSET = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
ALARM_AT = ONSET + timedelta(minutes=3)
NOW = ONSET + timedelta(minutes=15)
WINDOW = Window(start=ONSET - timedelta(minutes=30), end=ONSET + timedelta(minutes=30))
ALB_SG, WEB_SG = "sg-0alb", "sg-0web"
GROUP_ARN = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/web/0f1e2d3c4b5a6978"


def at(clock: str) -> datetime:
    """'14:02' or '14:02:11' on the day of the incident, UTC."""
    return datetime.combine(ONSET.date(), datetime.strptime(clock, _form(clock)).time(), UTC)  # noqa: DTZ007


def _form(clock: str) -> str:
    return "%H:%M:%S" if clock.count(":") == 2 else "%H:%M"


# Scope ----------------------------------------------------------------------------------------------------


def a_load_balancer(
    type: LoadBalancerType = LoadBalancerType.APPLICATION,
    *,
    name: str = "shop-prod",
    zones: Iterable[tuple[str, str]] = (("eu-central-1a", "subnet-lb-a"), ("eu-central-1b", "subnet-lb-b")),
    security_groups: Iterable[str] = (ALB_SG,),
    ip_address_type: str = "ipv4",
) -> LoadBalancer:
    prefix = {LoadBalancerType.APPLICATION: "app", LoadBalancerType.NETWORK: "net"}.get(type)
    dimension = f"{prefix}/{name}/0a1b2c3d4e5f6071" if prefix else name
    return LoadBalancer(
        name=name,
        type=type,
        arn=f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/{dimension}" if prefix else "",
        dns_name=f"{name}-123.{REGION}.elb.amazonaws.com",
        region=REGION,
        account=ACCOUNT,
        dimension=dimension,
        vpc_id=VPC,
        scheme="internet-facing",
        state="active",
        ip_address_type=ip_address_type,
        zones=tuple(Zone(name=zone, subnet_id=subnet) for zone, subnet in zones),
        security_groups=tuple(security_groups),
    )


def a_scope(
    load_balancer: LoadBalancer | None = None,
    *,
    window: Window = WINDOW,
    alarm_at: datetime = ALARM_AT,
    now: datetime = NOW,
    statistic: str = "Sum",
    period_s: int = 60,
) -> Scope:
    return Scope(
        load_balancer=load_balancer or a_load_balancer(),
        window=window,
        alarm_at=alarm_at,
        now=now,
        statistic=statistic,
        period_s=period_s,
    )


def unread(
    reason: UnreadReason = UnreadReason.DENIED, action: str = "ec2:DescribeNetworkAcls", detail: str = ""
) -> Unread:
    return Unread(reason=reason, action=action, detail=detail)


def readings(
    *evidence: Evidence, unread: Mapping[type[Evidence], Unread] | None = None
) -> dict[type[Evidence], Evidence | Unread]:
    """Evidence by its kind, as run_check takes it."""
    return {**{type(e): e for e in evidence}, **(unread or {})}


# Targets --------------------------------------------------------------------------------------------------


def a_health_check(
    port: str = "traffic-port",
    *,
    protocol: str = "HTTP",
    path: str = "/healthz",
    matcher: str = "200",
    interval_s: int = 30,
    timeout_s: int = 5,
    healthy_threshold: int = 5,
    unhealthy_threshold: int = 2,
    enabled: bool = True,
) -> HealthCheck:
    return HealthCheck(
        enabled=enabled,
        protocol=protocol,
        port=port,
        path=path,
        matcher=matcher,
        interval_s=interval_s,
        timeout_s=timeout_s,
        healthy_threshold=healthy_threshold,
        unhealthy_threshold=unhealthy_threshold,
    )


def a_target_group(
    *,
    arn: str = GROUP_ARN,
    name: str = "web",
    protocol: str = "HTTP",
    port: int = 8080,
    target_type: str = "instance",
    ip_address_type: str = "ipv4",
    protocol_version: str = "",
    health_check: HealthCheck | None = None,
) -> TargetGroup:
    return TargetGroup(
        arn=arn,
        name=name,
        dimension=arn.rpartition(":")[2] if arn else "",
        protocol=protocol,
        port=port,
        target_type=target_type,
        ip_address_type=ip_address_type,
        protocol_version=protocol_version,
        health_check=health_check or a_health_check(),
    )


def a_target(
    id: str = "i-0aaa",
    port: int = 8080,
    *,
    zone: str = "eu-central-1a",
    state: str = "healthy",
    reason: str = "",
    description: str = "",
    group: str = GROUP_ARN,
    health_port: str = "",
    override: str = "",
) -> Target:
    return Target(
        group=group,
        id=id,
        port=port,
        zone=zone,
        health_port=health_port,
        state=state,
        reason=reason,
        description=description,
        override=override,
    )


def an_instance(
    id: str = "i-0aaa",
    *,
    state: str = "running",
    state_reason: str = "",
    launched_at: datetime = ONSET - timedelta(days=30),
    instance_type: str = "m6i.large",
    zone: str = "eu-central-1a",
    detailed_monitoring: bool = True,
    auto_scaling_group: str = "",
) -> Instance:
    return Instance(
        id=id,
        state=state,
        state_reason=state_reason,
        launched_at=launched_at,
        instance_type=instance_type,
        zone=zone,
        detailed_monitoring=detailed_monitoring,
        auto_scaling_group=auto_scaling_group,
    )


# Network --------------------------------------------------------------------------------------------------


def an_interface(
    ip: str = "10.0.11.10",
    *,
    id: str = "",
    instance_id: str = "",
    subnet_id: str = "subnet-web-a",
    vpc_id: str = VPC,
    security_groups: Iterable[str] = (WEB_SG,),
    ipv6: Iterable[str] = (),
    primary: bool = True,
) -> Interface:
    return Interface(
        id=id or f"eni-{ip.replace('.', '-')}",
        instance_id=instance_id,
        subnet_id=subnet_id,
        vpc_id=vpc_id,
        private_ips=(ip,),
        ipv6_ips=tuple(ipv6),
        security_groups=tuple(security_groups),
        primary=primary,
    )


def a_rule(
    direction: str,
    port: int | tuple[int, int] | None,
    other: str,
    *,
    protocol: str = "tcp",
    rule_id: str = "",
    peering_status: str = "",
) -> Rule:
    """`port` None means all traffic; `other` is a CIDR, a `sg-` group or a `pl-` prefix list."""
    low, high = (port, port) if isinstance(port, int) else port or (None, None)
    return Rule(
        direction=direction,
        protocol="-1" if port is None else protocol,
        from_port=low,
        to_port=high,
        cidr=other if not other.startswith(("sg-", "pl-")) else "",
        group=other if other.startswith("sg-") else "",
        prefix_list=other if other.startswith("pl-") else "",
        rule_id=rule_id,
        peering_status=peering_status,
    )


def inbound(port: int | tuple[int, int] | None, source: str, protocol: str = "tcp") -> Rule:
    return a_rule("ingress", port, source, protocol=protocol)


def outbound(port: int | tuple[int, int] | None, target: str, protocol: str = "tcp") -> Rule:
    return a_rule("egress", port, target, protocol=protocol)


def a_security_group(id: str, *rules: Rule, vpc_id: str = VPC) -> SecurityGroup:
    return SecurityGroup(id=id, name=id.removeprefix("sg-"), vpc_id=vpc_id, rules=rules)


def an_acl_entry(
    number: int,
    allow: bool,
    *,
    egress: bool = False,
    cidr: str = "0.0.0.0/0",
    ports: tuple[int, int] | None = None,
    protocol: str = "",
) -> AclEntry:
    """`ports` None means all traffic ('-1') unless a protocol is named."""
    low, high = ports or (None, None)
    return AclEntry(
        egress=egress,
        number=number,
        allow=allow,
        protocol=protocol or ("6" if ports else "-1"),
        cidr=cidr,
        from_port=low,
        to_port=high,
    )


def an_acl(id: str, subnet_ids: Iterable[str], *entries: AclEntry, default: bool = False) -> Acl:
    """With no entries it allows everything both ways, as a VPC's default NACL does."""
    open_both = (an_acl_entry(100, True), an_acl_entry(100, True, egress=True))
    deny_rest = (an_acl_entry(32767, False), an_acl_entry(32767, False, egress=True))
    return Acl(
        id=id, default=default, subnet_ids=tuple(subnet_ids), entries=(entries or open_both) + deny_rest
    )


def a_route_table(
    id: str = "rtb-0main",
    subnet_ids: Iterable[str] = (),
    *routes: tuple[str, str] | tuple[str, str, str],
    main: bool = False,
    vpc_id: str = VPC,
    vpc_cidr: str = VPC_CIDR,
) -> RouteTable:
    """Routes are (destination, target[, state]); the VPC's local route is always there."""
    local: tuple[str, str] = (vpc_cidr, "local")
    return RouteTable(
        id=id,
        main=main,
        vpc_id=vpc_id,
        subnet_ids=tuple(subnet_ids),
        routes=tuple(
            Route(destination=r[0], target=r[1], state=r[2] if len(r) == 3 else "active")
            for r in (local, *routes)
        ),
    )


def a_subnet(
    id: str, cidr: str, zone: str = "eu-central-1a", *, vpc_id: str = VPC, ipv6_cidr: str = ""
) -> Subnet:
    return Subnet(id=id, vpc_id=vpc_id, zone=zone, cidr=cidr, ipv6_cidr=ipv6_cidr)


# Changes, metrics -----------------------------------------------------------------------------------------


def a_change(
    name: str = "RevokeSecurityGroupIngress",
    when: datetime = ONSET - timedelta(minutes=3),
    *,
    id: str = "3f2a0000-0000-0000-0000-000000000001",
    principal: str = "role/deploy-bot",
    resources: Iterable[str] = (WEB_SG,),
    service: str = "ec2.amazonaws.com",
    error: str = "",
    invoked_by: str = "",
    request: str = "",
    response: str = "",
) -> Change:
    return Change(
        id=id,
        at=when,
        name=name,
        service=service,
        principal=principal,
        invoked_by=invoked_by,
        error=error,
        resources=tuple(resources),
        request=request,
        response=response,
    )


def the_changes(
    *changes: Change, window: Window | None = None, read_at: datetime = NOW, complete: bool = True
) -> Changes:
    """What CloudTrail answered; by default from an hour before the window, completely."""
    return Changes(
        window=window or WINDOW.widened(timedelta(hours=1)),
        read_at=read_at,
        complete=complete,
        changes=changes,
    )


def a_series(
    name: str,
    values: Sequence[float | None],
    *,
    start: datetime = WINDOW.start,
    namespace: str = "AWS/ApplicationELB",
    dimensions: Mapping[str, str] | None = None,
    statistic: str = "Sum",
    period_s: int = 60,
    unit: str = "Count",
    status: str = "Complete",
) -> Series:
    """One value per period from `start`; None is a missing minute."""
    step = timedelta(seconds=period_s)
    return Series(
        namespace=namespace,
        name=name,
        dimensions=dict(dimensions or {"LoadBalancer": a_load_balancer().dimension}),
        statistic=statistic,
        period_s=period_s,
        unit=unit,
        status=status,
        points=tuple((start + i * step, v) for i, v in enumerate(values) if v is not None),
    )
