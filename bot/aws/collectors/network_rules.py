"""EC2's descriptions of interfaces, rules, ACLs, routes and subnets as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.evidence import Acl, AclEntry, Interface, Route, RouteTable, Rule, SecurityGroup, Subnet

ROUTE_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "EgressOnlyInternetGatewayId",
    "CoreNetworkArn",
)


def interface(raw: Mapping[str, Any]) -> Interface:
    """An element of DescribeNetworkInterfaces."""
    attachment = raw.get("Attachment", {})
    return Interface(
        id=raw["NetworkInterfaceId"],
        instance_id=attachment.get("InstanceId", ""),
        subnet_id=raw.get("SubnetId", ""),
        vpc_id=raw.get("VpcId", ""),
        private_ips=tuple(a["PrivateIpAddress"] for a in raw.get("PrivateIpAddresses", ())),
        ipv6_ips=tuple(a["Ipv6Address"] for a in raw.get("Ipv6Addresses", ())),
        security_groups=tuple(group["GroupId"] for group in raw.get("Groups", ())),
        description=raw.get("Description", ""),
        primary=attachment.get("DeviceIndex", 0) == 0,
    )


def security_group(raw: Mapping[str, Any]) -> SecurityGroup:
    """An element of DescribeSecurityGroups, each permission split into one rule per source."""
    return SecurityGroup(
        id=raw["GroupId"],
        name=raw.get("GroupName", ""),
        vpc_id=raw.get("VpcId", ""),
        rules=(
            *(r for p in raw.get("IpPermissions", ()) for r in _rules("ingress", p)),
            *(r for p in raw.get("IpPermissionsEgress", ()) for r in _rules("egress", p)),
        ),
    )


def _rules(direction: str, permission: Mapping[str, Any]) -> Iterator[Rule]:
    for other in _others(permission):
        yield Rule(
            direction=direction,
            protocol=permission["IpProtocol"],
            from_port=permission.get("FromPort"),
            to_port=permission.get("ToPort"),
            **other,
        )


def _others(permission: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for one in permission.get("IpRanges", ()):
        yield {"cidr": one["CidrIp"], "description": one.get("Description", "")}
    for one in permission.get("Ipv6Ranges", ()):
        yield {"cidr": one["CidrIpv6"], "description": one.get("Description", "")}
    for one in permission.get("PrefixListIds", ()):
        yield {"prefix_list": one["PrefixListId"], "description": one.get("Description", "")}
    for one in permission.get("UserIdGroupPairs", ()):
        yield {
            "group": one["GroupId"],
            "description": one.get("Description", ""),
            "peering_status": one.get("PeeringStatus", ""),
        }


def acl(raw: Mapping[str, Any]) -> Acl:
    """An element of DescribeNetworkAcls, its entries by direction and number."""
    entries = sorted((_entry(e) for e in raw.get("Entries", ())), key=lambda e: (e.egress, e.number, e.cidr))
    return Acl(
        id=raw["NetworkAclId"],
        default=raw.get("IsDefault", False),
        subnet_ids=tuple(sorted(a["SubnetId"] for a in raw.get("Associations", ()) if "SubnetId" in a)),
        entries=tuple(entries),
    )


def _entry(raw: Mapping[str, Any]) -> AclEntry:
    ports = raw.get("PortRange", {})
    return AclEntry(
        egress=raw["Egress"],
        number=raw["RuleNumber"],
        allow=raw["RuleAction"] == "allow",
        protocol=str(raw["Protocol"]),
        cidr=raw.get("CidrBlock") or raw.get("Ipv6CidrBlock", ""),
        from_port=ports.get("From"),
        to_port=ports.get("To"),
    )


def route_table(raw: Mapping[str, Any]) -> RouteTable:
    """An element of DescribeRouteTables."""
    associations = raw.get("Associations", ())
    return RouteTable(
        id=raw["RouteTableId"],
        main=any(a.get("Main", False) for a in associations),
        vpc_id=raw.get("VpcId", ""),
        subnet_ids=tuple(sorted(a["SubnetId"] for a in associations if a.get("SubnetId"))),
        routes=tuple(_route(route) for route in raw.get("Routes", ())),
    )


def _route(raw: Mapping[str, Any]) -> Route:
    destination = (
        raw.get("DestinationCidrBlock")
        or raw.get("DestinationIpv6CidrBlock")
        or raw.get("DestinationPrefixListId", "")
    )
    target = next((raw[key] for key in ROUTE_TARGETS if raw.get(key)), "")
    return Route(destination=destination, target=target, state=raw.get("State", ""))


def subnet(raw: Mapping[str, Any]) -> Subnet:
    """An element of DescribeSubnets."""
    v6 = [
        a["Ipv6CidrBlock"]
        for a in raw.get("Ipv6CidrBlockAssociationSet", ())
        if a.get("Ipv6CidrBlockState", {}).get("State", "associated") == "associated"
    ]
    return Subnet(
        id=raw["SubnetId"],
        vpc_id=raw["VpcId"],
        zone=raw["AvailabilityZone"],
        cidr=raw["CidrBlock"],
        ipv6_cidr=v6[0] if v6 else "",
    )
