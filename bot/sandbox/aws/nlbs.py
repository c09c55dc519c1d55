"""Builds Network Load Balancers on a fleet's building site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from moto.elbv2.models import elbv2_backends

from bot.sandbox.aws.fleet import Fleet, Host, created_at
from bot.sandbox.aws.flow_traffic import FlowTraffic
from bot.sandbox.aws.host_metrics import HostLoad
from bot.sandbox.aws.network import named
from bot.sandbox.aws.nlb_metrics import NlbMetrics
from bot.sandbox.aws.noise import Floats, Minutes
from bot.sandbox.aws.target_health import Registration


@dataclass(frozen=True)
class NlbSpec:
    """A Network Load Balancer with one TCP group. ``zones`` are letters; targets are dealt in turn."""

    name: str
    per_minute: float
    targets: int = 4
    zones: str = "ab"
    port: int = 8443
    team: str = "platform"
    preserve_client_ip: bool = True
    detailed: bool = True
    age_days: int = 55
    instance_type: str = "m6i.large"
    traffic: dict[str, Any] = field(default_factory=dict)


@dataclass
class Nlb:
    """A built Network Load Balancer."""

    spec: NlbSpec
    arn: str
    group_arn: str
    app_group_id: str
    hosts: list[Host]
    traffic: FlowTraffic

    @property
    def dimension(self) -> str:
        """Such as ``net/edge-tcp/0a1b2c3d4e5f6071``."""
        return self.arn.split(":loadbalancer/")[1]

    @property
    def group_dimension(self) -> str:
        """Such as ``targetgroup/edge-tcp/0f1e2d3c4b5a6978``."""
        return self.group_arn.rsplit(":", 1)[1]

    @property
    def dims(self) -> dict[str, str]:
        """The dimensions of a load-balancer metric."""
        return {"LoadBalancer": self.dimension}


def build_nlb(fleet: Fleet, spec: NlbSpec) -> Nlb:
    """The load balancer, its group and instances, interfaces and metrics."""
    app_sg = fleet.security_group(f"{spec.name}-tcp", f"Targets of {spec.name}")
    lb_sg = fleet.security_group(f"{spec.name}-lb", f"Load balancer of {spec.name}")
    fleet.allow(lb_sg, 443, cidr="0.0.0.0/0")
    fleet.allow(app_sg, spec.port, group=lb_sg)
    hosts = [
        fleet.host(f"{spec.name}-{i + 1}", spec, app_sg, spec.zones[i % len(spec.zones)])
        for i in range(spec.targets)
    ]
    arn, group_arn = _network(fleet, spec, lb_sg)
    for host in hosts:
        fleet.estate.targets.register(group_arn, Registration(host.instance_id, spec.port, host.zone))
    fleet.nodes(f"ELB {arn.split(':loadbalancer/')[1]}", spec.zones, [lb_sg], kind="network_load_balancer")
    zones = [fleet.network.zones[letter].name for letter in spec.zones]
    traffic = FlowTraffic(spec.name, zones, fleet.estate.seed, spec.per_minute, **spec.traffic)
    nlb = Nlb(spec, arn, group_arn, app_sg, hosts, traffic)
    NlbMetrics(traffic, fleet.estate.targets, nlb.dimension, nlb.group_dimension, group_arn).add_to(
        fleet.estate.metrics
    )
    for host in hosts:
        share = 1 / max(1, spec.targets)
        load = HostLoad(traffic.cpu, _share_of(traffic, share), 9_000, 12_000)
        fleet.watch(host, spec, load)
    return nlb


def _network(fleet: Fleet, spec: NlbSpec, lb_sg: str) -> tuple[str, str]:
    elbv2 = fleet.clients("elbv2")
    arn = str(
        elbv2.create_load_balancer(
            Name=spec.name,
            Subnets=fleet.network.public_subnets(spec.zones),
            SecurityGroups=[lb_sg],
            Scheme="internet-facing",
            Type="network",
            Tags=named(spec.name, team=spec.team, env="production"),
        )["LoadBalancers"][0]["LoadBalancerArn"]
    )
    group_arn = str(
        elbv2.create_target_group(
            Name=spec.name,
            Protocol="TCP",
            Port=spec.port,
            VpcId=fleet.network.vpc_id,
            HealthCheckProtocol="TCP",
            HealthCheckPort="traffic-port",
            HealthCheckIntervalSeconds=30,
            HealthCheckTimeoutSeconds=10,
            HealthyThresholdCount=5,
            UnhealthyThresholdCount=2,
            TargetType="instance",
            Tags=named(spec.name, team=spec.team),
        )["TargetGroups"][0]["TargetGroupArn"]
    )
    elbv2.create_listener(
        LoadBalancerArn=arn,
        Protocol="TCP",
        Port=443,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group_arn}],
    )
    store = elbv2_backends[fleet.estate.account_id][fleet.estate.region]
    store.load_balancers[arn].created_time = created_at(fleet.estate, 200)
    store.target_groups[group_arn].attributes["preserve_client_ip.enabled"] = str(
        spec.preserve_client_ip
    ).lower()
    return arn, group_arn


def _share_of(traffic: FlowTraffic, share: float) -> Callable[[Minutes], Floats]:
    return lambda minutes: np.asarray(traffic.flow(minutes).new.sum(axis=1) * share, dtype=np.float64)
