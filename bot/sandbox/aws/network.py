"""The VPC every scenario lives in: three zones, public and application subnets, routes, NACLs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Clients = Callable[[str], Any]
LETTERS = ("a", "b", "c")


def named(name: str, **more: str) -> list[dict[str, str]]:
    """Tags with a Name."""
    return [{"Key": "Name", "Value": name}, *({"Key": k, "Value": v} for k, v in more.items())]


def tag_specification(kind: str, name: str, **more: str) -> list[dict[str, Any]]:
    """EC2's way to pass tags at creation."""
    return [{"ResourceType": kind, "Tags": named(name, **more)}]


@dataclass
class Zone:
    """An availability zone with its two subnets and the next free host number in each."""

    name: str
    public_subnet: str
    app_subnet: str
    public_prefix: str
    app_prefix: str
    _next: dict[str, int] = field(default_factory=dict)

    def address(self, *, public: bool) -> str:
        """The next free private address of a subnet."""
        prefix = self.public_prefix if public else self.app_prefix
        self._next[prefix] = self._next.get(prefix, 9) + 1
        number = self._next[prefix]
        return f"{prefix}.{number % 250 + 4}" if number < 240 else f"{prefix}.{number}"


@dataclass(frozen=True)
class Network:
    """What was built: VPC, zones by letter, and the NACL and route tables of the application subnets."""

    vpc_id: str
    zones: dict[str, Zone]
    app_acl: str
    app_route_tables: dict[str, str]

    def public_subnets(self, letters: str) -> list[str]:
        """Load-balancer subnets of these zones."""
        return [self.zones[letter].public_subnet for letter in letters]


def build_network(clients: Clients, region: str) -> Network:
    """Create the VPC with everything in it."""
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=tag_specification("vpc", "main"))["Vpc"][
        "VpcId"
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    zones = {letter: _zone(ec2, vpc, region, i, letter) for i, letter in enumerate(LETTERS)}
    public = _route_table(ec2, vpc, "public", [zone.public_subnet for zone in zones.values()])
    ec2.create_route(RouteTableId=public, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    tables = {
        letter: _route_table(ec2, vpc, f"app-{letter}", [zone.app_subnet]) for letter, zone in zones.items()
    }
    acl = open_acl(ec2, vpc, "app")
    for zone in zones.values():
        associate_acl(ec2, zone.app_subnet, acl)
    return Network(vpc, zones, acl, tables)


def _zone(ec2: Any, vpc: str, region: str, index: int, letter: str) -> Zone:
    public, app = f"10.20.{index}", f"10.20.{16 * (index + 1)}"
    subnets = []
    for prefix, size, tier in ((public, 24, "public"), (app, 20, "app")):
        subnets.append(
            ec2.create_subnet(
                VpcId=vpc,
                CidrBlock=f"{prefix}.0/{size}",
                AvailabilityZone=f"{region}{letter}",
                TagSpecifications=tag_specification("subnet", f"{tier}-{letter}"),
            )["Subnet"]["SubnetId"]
        )
    return Zone(f"{region}{letter}", subnets[0], subnets[1], public, app)


def _route_table(ec2: Any, vpc: str, name: str, subnets: list[str]) -> str:
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tag_specification("route-table", name))
    table_id = str(table["RouteTable"]["RouteTableId"])
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet)
    return table_id


def open_acl(ec2: Any, vpc: str, name: str) -> str:
    """A NACL that lets everything of the VPC and all answers through."""
    acl = ec2.create_network_acl(VpcId=vpc, TagSpecifications=tag_specification("network-acl", name))
    acl_id = str(acl["NetworkAcl"]["NetworkAclId"])
    for egress in (False, True):
        ec2.create_network_acl_entry(
            NetworkAclId=acl_id,
            RuleNumber=100,
            Protocol="-1",
            RuleAction="allow",
            Egress=egress,
            CidrBlock="10.20.0.0/16",
        )
        ec2.create_network_acl_entry(
            NetworkAclId=acl_id,
            RuleNumber=200,
            Protocol="6",
            RuleAction="allow",
            Egress=egress,
            CidrBlock="0.0.0.0/0",
            PortRange={"From": 1024, "To": 65535},
        )
        ec2.create_network_acl_entry(
            NetworkAclId=acl_id,
            RuleNumber=210,
            Protocol="6",
            RuleAction="allow",
            Egress=egress,
            CidrBlock="0.0.0.0/0",
            PortRange={"From": 443, "To": 443},
        )
    return acl_id


def associate_acl(ec2: Any, subnet: str, acl: str) -> None:
    """Give the subnet this NACL instead of the one it has."""
    found = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
    held = next(a for n in found["NetworkAcls"] for a in n["Associations"] if a["SubnetId"] == subnet)
    ec2.replace_network_acl_association(AssociationId=held["NetworkAclAssociationId"], NetworkAclId=acl)
