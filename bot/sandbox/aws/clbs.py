"""Builds Classic Load Balancers on a fleet's building site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from moto.elb.models import elb_backends

from bot.sandbox.aws.clb_metrics import ClbMetrics, Level
from bot.sandbox.aws.fleet import Fleet, Host, load_of
from bot.sandbox.aws.host_metrics import HostLoad
from bot.sandbox.aws.http_traffic import HttpTraffic, Seat
from bot.sandbox.aws.network import named
from bot.sandbox.aws.noise import Floats, Minutes
from bot.sandbox.aws.target_health import LONG_AGO, Registration, Spell


@dataclass(frozen=True)
class ClbSpec:
    """A Classic Load Balancer with one HTTP listener."""

    name: str
    per_minute: float
    targets: int = 3
    zones: str = "ab"
    port: int = 80
    check_target: str = "HTTP:80/index.html"
    team: str = "legacy"
    detailed: bool = False
    age_days: int = 320
    instance_type: str = "t3.medium"
    traffic: dict[str, Any] = field(default_factory=dict)


@dataclass
class Clb:
    """A built Classic Load Balancer; its health history is in ``Fleet.estate.classic_health``."""

    spec: ClbSpec
    hosts: list[Host]
    traffic: HttpTraffic
    lb_group_id: str
    app_group_id: str

    @property
    def dims(self) -> dict[str, str]:
        """The dimensions of a load-balancer metric."""
        return {"LoadBalancerName": self.spec.name}


def build_clb(
    fleet: Fleet, spec: ClbSpec, *, check_errors: Level | None = None, surge: Level | None = None
) -> Clb:
    """The load balancer with its instances, interfaces and metrics."""
    lb_sg = fleet.security_group(f"{spec.name}-lb", f"Load balancer of {spec.name}")
    app_sg = fleet.security_group(f"{spec.name}-web", f"Targets of {spec.name}")
    fleet.allow(lb_sg, 80, cidr="0.0.0.0/0")
    fleet.allow(app_sg, spec.port, group=lb_sg)
    hosts = [
        fleet.host(f"{spec.name}-{i + 1}", spec, app_sg, spec.zones[i % len(spec.zones)])
        for i in range(spec.targets)
    ]
    _classic(fleet, spec, lb_sg, [host.instance_id for host in hosts])
    fleet.nodes(f"ELB {spec.name}", spec.zones, [lb_sg])
    seats = [Seat(h.instance_id, h.address, spec.port, h.zone) for h in hosts]
    traffic = HttpTraffic(spec.name, seats, fleet.estate.seed, spec.per_minute, **spec.traffic)
    long_ago = fleet.estate.anchor - LONG_AGO
    for host in hosts:
        always = [Spell(long_ago, "InService", "N/A", "N/A")]
        registration = Registration(host.instance_id, spec.port, host.zone)
        fleet.estate.classic_health.register(spec.name, registration, always)
    ClbMetrics(
        traffic, fleet.estate.classic_health, spec.name, check_errors or _nothing, surge or _nothing
    ).add_to(fleet.estate.metrics)
    for column, host in enumerate(hosts):
        fleet.watch(host, spec, HostLoad(*load_of(traffic, column)))
    return Clb(spec, hosts, traffic, lb_sg, app_sg)


def _classic(fleet: Fleet, spec: ClbSpec, lb_sg: str, instances: Iterable[str]) -> None:
    elb = fleet.clients("elb")
    elb.create_load_balancer(
        LoadBalancerName=spec.name,
        Subnets=fleet.network.public_subnets(spec.zones),
        SecurityGroups=[lb_sg],
        Listeners=[
            {
                "Protocol": "HTTP",
                "LoadBalancerPort": 80,
                "InstanceProtocol": "HTTP",
                "InstancePort": spec.port,
            }
        ],
        Tags=named(spec.name, team=spec.team),
    )
    elb.configure_health_check(
        LoadBalancerName=spec.name,
        HealthCheck={
            "Target": spec.check_target,
            "Interval": 30,
            "Timeout": 5,
            "UnhealthyThreshold": 2,
            "HealthyThreshold": 10,
        },
    )
    elb.register_instances_with_load_balancer(
        LoadBalancerName=spec.name, Instances=[{"InstanceId": instance} for instance in instances]
    )
    balancer = elb_backends[fleet.estate.account_id][fleet.estate.region].load_balancers[spec.name]
    balancer.availability_zones = [fleet.network.zones[letter].name for letter in spec.zones]
    balancer.created_time = fleet.estate.anchor - timedelta(days=900)
    balancer.dns_name = f"{spec.name}-1234567890.{fleet.estate.region}.elb.amazonaws.com"


def _nothing(minutes: Minutes) -> Floats:
    return np.zeros(minutes.shape)
