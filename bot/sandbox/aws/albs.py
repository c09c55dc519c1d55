"""Builds Application Load Balancers: what most scenarios are written with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.elbv2.models import elbv2_backends

from bot.sandbox.aws.alb_metrics import AlbMetrics
from bot.sandbox.aws.estate import AccessLogSource
from bot.sandbox.aws.fleet import Fleet, Host, created_at, load_of
from bot.sandbox.aws.host_metrics import HostLoad
from bot.sandbox.aws.http_traffic import HttpTraffic, Seat
from bot.sandbox.aws.network import named
from bot.sandbox.aws.target_health import Registration


@dataclass(frozen=True)
class AlbSpec:
    """What to build. ``zones`` are letters, targets are dealt to them in turn; ports as registered."""

    name: str
    per_minute: float
    targets: int = 4
    zones: str = "ab"
    port: int = 8080
    check_port: int | None = None
    check_path: str = "/healthz"
    protocol: str = "HTTP"
    scheme: str = "internet-facing"
    team: str = "storefront"
    detailed: bool = True
    age_days: int = 41
    instance_type: str = "m6i.large"
    idle_timeout_s: int = 60
    deregistration_delay_s: int = 300
    alarmed: bool = True
    access_logs: bool = True
    traffic: dict[str, Any] = field(default_factory=dict)


@dataclass
class Alb:
    """A built Application Load Balancer. Dimension values are ARN tails; ``hosts`` in target order."""

    spec: AlbSpec
    arn: str
    group_arn: str
    lb_group_id: str
    app_group_id: str
    hosts: list[Host]
    traffic: HttpTraffic
    nodes: dict[str, str]

    @property
    def dimension(self) -> str:
        """Such as ``app/shop-prod/0a1b2c3d4e5f6071``."""
        return self.arn.split(":loadbalancer/")[1]

    @property
    def group_dimension(self) -> str:
        """Such as ``targetgroup/shop-prod/0f1e2d3c4b5a6978``."""
        return self.group_arn.rsplit(":", 1)[1]

    @property
    def dims(self) -> dict[str, str]:
        """The dimensions of a per-group metric."""
        return {"TargetGroup": self.group_dimension, "LoadBalancer": self.dimension}


def build_alb(fleet: Fleet, spec: AlbSpec) -> Alb:
    """An Application Load Balancer with one group, its instances, security groups and metrics."""
    lb_sg, app_sg = _http_security_groups(fleet, spec)
    hosts = [
        fleet.host(f"{spec.name}-{i + 1}", spec, app_sg, spec.zones[i % len(spec.zones)])
        for i in range(spec.targets)
    ]
    arn = _load_balancer(fleet, spec, lb_sg)
    group_arn = _target_group(fleet, spec)
    _listen(fleet, spec, arn, group_arn)
    for host in hosts:
        fleet.estate.targets.register(group_arn, Registration(host.instance_id, spec.port, host.zone))
    nodes = fleet.nodes(f"ELB {arn.split(':loadbalancer/')[1]}", spec.zones, [lb_sg])
    seats = [Seat(h.instance_id, h.address, spec.port, h.zone) for h in hosts]
    traffic = HttpTraffic(spec.name, seats, fleet.estate.seed, spec.per_minute, **spec.traffic)
    alb = Alb(spec, arn, group_arn, lb_sg, app_sg, hosts, traffic, nodes)
    AlbMetrics(traffic, fleet.estate.targets, alb.dimension, alb.group_dimension, group_arn).add_to(
        fleet.estate.metrics
    )
    for column, host in enumerate(hosts):
        fleet.watch(host, spec, HostLoad(*load_of(traffic, column)))
    fleet.albs[spec.name] = alb
    if spec.access_logs:
        _log_requests(fleet, alb)
    if spec.alarmed:
        fleet.alarm(f"{spec.name}-target-errors", "TargetConnectionErrorCount", alb.dims, threshold=10)
    return alb


def _http_security_groups(fleet: Fleet, spec: AlbSpec) -> tuple[str, str]:
    lb_sg = fleet.security_group(f"{spec.name}-lb", f"Load balancer of {spec.name}")
    app_sg = fleet.security_group(f"{spec.name}-web", f"Targets of {spec.name}")
    front = "0.0.0.0/0" if spec.scheme == "internet-facing" else "10.20.0.0/16"
    fleet.allow(lb_sg, 443, 80, cidr=front)
    fleet.allow(app_sg, *dict.fromkeys((spec.port, spec.check_port or spec.port)), group=lb_sg)
    fleet.allow(app_sg, 22, cidr="10.20.0.0/24")
    return lb_sg, app_sg


def _load_balancer(fleet: Fleet, spec: AlbSpec, lb_sg: str) -> str:
    elbv2 = fleet.clients("elbv2")
    made = elbv2.create_load_balancer(
        Name=spec.name,
        Subnets=fleet.network.public_subnets(spec.zones),
        SecurityGroups=[lb_sg],
        Scheme=spec.scheme,
        Type="application",
        Tags=named(spec.name, team=spec.team, env="production"),
    )
    arn = str(made["LoadBalancers"][0]["LoadBalancerArn"])
    balancer = elbv2_state(fleet).load_balancers[arn]
    balancer.created_time = created_at(fleet.estate, 200)
    balancer.attrs["idle_timeout.timeout_seconds"] = str(spec.idle_timeout_s)
    return arn


def _target_group(fleet: Fleet, spec: AlbSpec) -> str:
    made = fleet.clients("elbv2").create_target_group(
        Name=spec.name,
        Protocol=spec.protocol,
        ProtocolVersion="HTTP1",
        Port=spec.port,
        VpcId=fleet.network.vpc_id,
        HealthCheckProtocol="HTTP",
        HealthCheckPort=str(spec.check_port or "traffic-port"),
        HealthCheckPath=spec.check_path,
        HealthCheckIntervalSeconds=30,
        HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=5,
        UnhealthyThresholdCount=2,
        Matcher={"HttpCode": "200"},
        TargetType="instance",
        Tags=named(spec.name, team=spec.team),
    )
    arn = str(made["TargetGroups"][0]["TargetGroupArn"])
    attributes = elbv2_state(fleet).target_groups[arn].attributes
    attributes["deregistration_delay.timeout_seconds"] = str(spec.deregistration_delay_s)
    return arn


def _listen(fleet: Fleet, spec: AlbSpec, arn: str, group_arn: str) -> None:
    made = fleet.clients("elbv2").create_listener(
        LoadBalancerArn=arn,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group_arn}],
    )
    listener = elbv2_state(fleet).describe_listeners(None, [made["Listeners"][0]["ListenerArn"]])[0]
    account, region = fleet.estate.account_id, fleet.estate.region
    listener.protocol, listener.port = "HTTPS", 443
    listener.ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
    listener.certificate = f"arn:aws:acm:{region}:{account}:certificate/7c1f0b52-0000-4000-8000-00000000a001"
    listener.certificates = [listener.certificate]


def _log_requests(fleet: Fleet, alb: Alb) -> None:
    attributes = elbv2_state(fleet).load_balancers[alb.arn].attrs
    prefix = alb.spec.team
    attributes |= {
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": fleet.estate.log_bucket,
        "access_logs.s3.prefix": prefix,
    }
    fleet.estate.access_logs.append(
        AccessLogSource(
            traffic=alb.traffic,
            prefix=prefix,
            load_balancer=alb.dimension,
            target_group_arn=alb.group_arn,
            node_addresses=alb.nodes,
            host=f"{alb.spec.name}.example.com",
        )
    )


def elbv2_state(fleet: Fleet) -> Any:
    """moto's own state, for what its API cannot set."""
    return elbv2_backends[fleet.estate.account_id][fleet.estate.region]
