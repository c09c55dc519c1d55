"""What decides whether a connection can be made: interfaces, rules, routes, subnets."""

from __future__ import annotations

from typing import ClassVar

from bot.core.evidence.base import Evidence
from bot.core.message import Value


class Interface(Value):
    """A network interface: of a target (found by instance or address) or of the load balancer."""

    id: str
    instance_id: str = ""
    subnet_id: str
    vpc_id: str
    private_ips: tuple[str, ...]
    ipv6_ips: tuple[str, ...] = ()
    security_groups: tuple[str, ...]
    description: str = ""
    primary: bool = True


class Interfaces(Evidence):
    """`targets` by target id (instance id or IP); a target without one was not found in this account."""

    actions: ClassVar = ("ec2:DescribeNetworkInterfaces",)
    targets: dict[str, Interface]
    load_balancer: tuple[Interface, ...]


class Rule(Value):
    """One permission of a security group, one source each. `protocol` is AWS's ('-1', 'tcp', '6').

    Exactly one of cidr / group / prefix_list is set.
    """

    direction: str
    protocol: str
    from_port: int | None = None
    to_port: int | None = None
    cidr: str = ""
    group: str = ""
    prefix_list: str = ""
    rule_id: str = ""
    description: str = ""
    peering_status: str = ""


class SecurityGroup(Value):
    id: str
    name: str
    vpc_id: str
    rules: tuple[Rule, ...]


class SecurityGroups(Evidence):
    """Groups of the load balancer and of the targets' interfaces, prefix lists expanded."""

    actions: ClassVar = ("ec2:DescribeSecurityGroups", "ec2:GetManagedPrefixListEntries")
    groups: tuple[SecurityGroup, ...]
    prefix_lists: dict[str, tuple[str, ...]] = {}


class AclEntry(Value):
    """One NACL entry. `number` 32767 is the implicit deny. `protocol` is numeric text ('-1', '6')."""

    egress: bool
    number: int
    allow: bool
    protocol: str
    cidr: str
    from_port: int | None = None
    to_port: int | None = None


class Acl(Value):
    id: str
    default: bool
    subnet_ids: tuple[str, ...]
    entries: tuple[AclEntry, ...]


class NetworkAcls(Evidence):
    actions: ClassVar = ("ec2:DescribeNetworkAcls",)
    acls: tuple[Acl, ...]


class Route(Value):
    """`target` is the gateway, peering, interface... as AWS gives it; `state` is active or blackhole."""

    destination: str
    target: str
    state: str


class RouteTable(Value):
    id: str
    main: bool
    vpc_id: str
    subnet_ids: tuple[str, ...]
    routes: tuple[Route, ...]


class RouteTables(Evidence):
    actions: ClassVar = ("ec2:DescribeRouteTables",)
    tables: tuple[RouteTable, ...]


class Subnet(Value):
    id: str
    vpc_id: str
    zone: str
    cidr: str
    ipv6_cidr: str = ""


class Subnets(Evidence):
    """Subnets of the load balancer and of the targets, and the CIDR blocks of their VPCs."""

    actions: ClassVar = ("ec2:DescribeSubnets", "ec2:DescribeVpcs")
    subnets: tuple[Subnet, ...]
    vpc_cidrs: dict[str, tuple[str, ...]] = {}
