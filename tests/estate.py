"""A whole network for tests: a load balancer, four instances and every rule between them, all open.

    Estate().but(acls=(...,)).paths()

Zones a and b have a load-balancer subnet (10.0.1.0/24, 10.0.2.0/24) and a web subnet (10.0.11.0/24,
10.0.12.0/24) each; i-0aaa, i-0bbb are in a, i-0ccc, i-0ddd in b; 8080 and 8081 are open from `sg-0alb`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from bot.core.evidence import (
    Acl,
    Changes,
    Evidence,
    Interface,
    Interfaces,
    Listeners,
    LoadBalancerAttributes,
    NetworkAcls,
    RouteTable,
    RouteTables,
    SecurityGroup,
    SecurityGroups,
    Subnet,
    Subnets,
    Target,
    TargetGroup,
    TargetGroupAttributes,
    TargetGroups,
    TargetHealth,
)
from bot.core.model import LoadBalancer, Unread
from bot.core.paths import Network, Path, Settings, evaluate_paths
from tests.evidence_builders import (
    ALB_SG,
    GROUP_ARN,
    NOW,
    VPC,
    VPC_CIDR,
    WEB_SG,
    a_load_balancer,
    a_route_table,
    a_security_group,
    a_subnet,
    a_target,
    a_target_group,
    an_acl,
    an_interface,
    inbound,
    outbound,
)

SUBNETS = (
    a_subnet("subnet-lb-a", "10.0.1.0/24", "eu-central-1a", ipv6_cidr="2001:db8:0:1::/64"),
    a_subnet("subnet-lb-b", "10.0.2.0/24", "eu-central-1b", ipv6_cidr="2001:db8:0:2::/64"),
    a_subnet("subnet-web-a", "10.0.11.0/24", "eu-central-1a", ipv6_cidr="2001:db8:0:11::/64"),
    a_subnet("subnet-web-b", "10.0.12.0/24", "eu-central-1b", ipv6_cidr="2001:db8:0:12::/64"),
)
EVERYWHERE = [subnet.id for subnet in SUBNETS]
TARGETS = {
    "i-0aaa": an_interface("10.0.11.10", instance_id="i-0aaa", subnet_id="subnet-web-a"),
    "i-0bbb": an_interface("10.0.11.11", instance_id="i-0bbb", subnet_id="subnet-web-a"),
    "i-0ccc": an_interface("10.0.12.10", instance_id="i-0ccc", subnet_id="subnet-web-b"),
    "i-0ddd": an_interface("10.0.12.11", instance_id="i-0ddd", subnet_id="subnet-web-b"),
}
DEFAULT_GROUP_ATTRIBUTES = TargetGroupAttributes(by_group={GROUP_ARN: {}})
DEFAULT_ATTRIBUTES = LoadBalancerAttributes(attributes={})
NO_LISTENERS = Listeners(listeners=())


@dataclass(frozen=True)
class Estate:
    """Evidence with everything open; `but` changes parts."""

    load_balancer: LoadBalancer = field(default_factory=a_load_balancer)
    groups: tuple[TargetGroup, ...] = (a_target_group(),)
    targets: tuple[Target, ...] = (
        a_target("i-0aaa", zone="eu-central-1a"),
        a_target("i-0bbb", zone="eu-central-1a"),
        a_target("i-0ccc", zone="eu-central-1b"),
        a_target("i-0ddd", zone="eu-central-1b"),
    )
    interfaces: dict[str, Interface] = field(default_factory=lambda: dict(TARGETS))
    nodes: tuple[Interface, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = (
        a_security_group(ALB_SG, outbound(None, "0.0.0.0/0"), inbound(443, "0.0.0.0/0")),
        a_security_group(WEB_SG, inbound((8080, 8081), ALB_SG), outbound(None, "0.0.0.0/0")),
    )
    prefix_lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    acls: tuple[Acl, ...] = (an_acl("acl-0default", EVERYWHERE, default=True),)
    tables: tuple[RouteTable, ...] = (a_route_table("rtb-0main", main=True),)
    subnets: tuple[Subnet, ...] = SUBNETS
    group_attributes: TargetGroupAttributes | Unread = DEFAULT_GROUP_ATTRIBUTES
    load_balancer_attributes: LoadBalancerAttributes | Unread = DEFAULT_ATTRIBUTES
    listeners: Listeners | Unread = NO_LISTENERS
    changes: Changes | Unread | None = None

    def but(self, **parts: Any) -> Estate:
        return replace(self, **parts)

    @property
    def network(self) -> Network:
        return Network.of(
            self.load_balancer,
            Interfaces(targets=self.interfaces, load_balancer=self.nodes),
            SecurityGroups(groups=self.security_groups, prefix_lists=self.prefix_lists),
            NetworkAcls(acls=self.acls),
            RouteTables(tables=self.tables),
            Subnets(subnets=self.subnets, vpc_cidrs={VPC: (VPC_CIDR,)}),
        )

    @property
    def settings(self) -> Settings:
        return Settings(self.group_attributes, self.load_balancer_attributes, self.listeners)

    def paths(self) -> tuple[Path, ...]:
        return evaluate_paths(self.network, self.groups, self.targets, self.settings)

    def readings(self) -> dict[type[Evidence], Evidence | Unread]:
        """All of it by kind, as run_check takes it; a part that is None was not tried."""
        read: dict[type[Evidence], Evidence | Unread | None] = {
            TargetGroups: TargetGroups(groups=self.groups),
            TargetHealth: TargetHealth(read_at=NOW, targets=self.targets),
            Interfaces: Interfaces(targets=self.interfaces, load_balancer=self.nodes),
            SecurityGroups: SecurityGroups(groups=self.security_groups, prefix_lists=self.prefix_lists),
            NetworkAcls: NetworkAcls(acls=self.acls),
            RouteTables: RouteTables(tables=self.tables),
            Subnets: Subnets(subnets=self.subnets, vpc_cidrs={VPC: (VPC_CIDR,)}),
            TargetGroupAttributes: self.group_attributes,
            LoadBalancerAttributes: self.load_balancer_attributes,
            Listeners: self.listeners,
            Changes: self.changes,
        }
        return {kind: reading for kind, reading in read.items() if reading is not None}
