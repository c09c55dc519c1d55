"""Which CloudTrail events changed what a path crosses, and which one took a missing rule away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from bot.core.evidence import Change
from bot.core.paths.addresses import cidr_range
from bot.core.paths.network import Network
from bot.core.paths.permissions import other_ends, parsed, permissions
from bot.core.paths.security_groups import PROTOCOLS
from bot.core.paths.verdicts import Path, Predicate

GRANTING = frozenset({"AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"})
"""Security groups only allow: another rule can open a path and never close one."""

GROUP_EVENTS = GRANTING | {
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    "ModifySecurityGroupRules",
    "ModifyNetworkInterfaceAttribute",
    "ModifyManagedPrefixList",
    "SetSecurityGroups",
    "ApplySecurityGroupsToLoadBalancer",
}
ACL_EVENTS = frozenset(
    {
        "CreateNetworkAclEntry",
        "ReplaceNetworkAclEntry",
        "DeleteNetworkAclEntry",
        "ReplaceNetworkAclAssociation",
    }
)
ROUTE_EVENTS = frozenset(
    {
        "CreateRoute",
        "ReplaceRoute",
        "DeleteRoute",
        "ReplaceRouteTableAssociation",
        "AssociateRouteTable",
        "DisassociateRouteTable",
        "DeleteVpcPeeringConnection",
    }
)
EVENTS = GROUP_EVENTS | ACL_EVENTS | ROUTE_EVENTS
_REVOKES = {"RevokeSecurityGroupIngress": False, "RevokeSecurityGroupEgress": True}


def involved(network: Network, targets: Iterable[str]) -> frozenset[str]:
    """The ids of everything on the way to these targets: load balancer, groups, ACLs, tables, subnets..."""
    lb = network.load_balancer
    interfaces = [i for target in sorted({*targets}) if (i := network.interfaces.get(target))]
    groups = {*lb.security_groups, *chain.from_iterable(i.security_groups for i in interfaces)}
    subnets = {zone.subnet_id for zone in lb.zones} | {i.subnet_id for i in interfaces}
    known = [subnet for i in subnets if (subnet := network.subnets.get(i))]
    tables = [table for subnet in known if (table := network.table(subnet))]
    rules = [rule for i in groups if i in network.groups for rule in network.groups[i].rules]
    return frozenset(
        {lb.name, lb.arn, *groups, *subnets}
        | {i.id for i in interfaces}
        | {network.acls[s].id for s in subnets if s in network.acls}
        | {table.id for table in tables}
        | {r.target for t in tables for r in t.routes if r.target.startswith("pcx-")}
        | {rule.prefix_list for rule in rules}
    ) - {""}


def network_changes(changes: Iterable[Change], ids: frozenset[str]) -> tuple[Change, ...]:
    """Successful writes to security groups, network ACLs and routes among those ids."""
    return tuple(c for c in changes if c.name in EVENTS and not c.error and ids.intersection(c.resources))


@dataclass(frozen=True)
class Removal:
    """The change behind a blocked path. `rule`: it took away the very rule that is missing now."""

    change: Change
    rule: bool


def behind(network: Network, path: Path, changes: Iterable[Change]) -> Removal | None:
    """The latest change that removed the rule the path misses; else the latest of what blocks it."""
    candidates = sorted(_of_obstacle(network, path, changes), key=lambda change: change.at, reverse=True)
    for change in candidates:
        if _took_the_rule(network, path, change):
            return Removal(change, rule=True)
    return Removal(candidates[0], rule=False) if candidates else None


def _of_obstacle(network: Network, path: Path, changes: Iterable[Change]) -> Iterator[Change]:
    """Changes of the kind and the resources that decide; those that only grant cannot have blocked."""
    obstacle = path.obstacle
    if obstacle is None:
        return
    ids, events = set(obstacle.resources), ACL_EVENTS | ROUTE_EVENTS
    if obstacle.predicate is Predicate.LOAD_BALANCER_GROUP:
        ids, events = ids | {network.load_balancer.arn, network.load_balancer.name}, GROUP_EVENTS
    if obstacle.predicate is Predicate.TARGET_GROUP:
        interface = network.interfaces.get(path.target)
        ids, events = ids | ({interface.id} if interface else set()), GROUP_EVENTS
    for change in changes:
        if change.name in events - GRANTING and not change.error and ids.intersection(change.resources):
            direction = _REVOKES.get(change.name, obstacle.egress)
            if direction == obstacle.egress:
                yield change


def _took_the_rule(network: Network, path: Path, change: Change) -> bool:
    if change.name not in _REVOKES:
        return False
    return any(
        _speaks_of(permission, path) and _names_other_end(permission, network, path)
        for text in (change.request, change.response)
        for permission in permissions(parsed(text))
    )


def _speaks_of(permission: dict[str, Any], path: Path) -> bool:
    protocol = str(permission["ipProtocol"])
    if protocol not in PROTOCOLS[17 if path.protocol == "udp" else 6]:
        return False
    low, high = permission.get("fromPort"), permission.get("toPort")
    if protocol == "-1" or not isinstance(low, int) or not isinstance(high, int):
        return True
    return low <= path.port <= high


def _names_other_end(permission: dict[str, Any], network: Network, path: Path) -> bool:
    """The rule named the load balancer's side (inbound) or the target (outbound)."""
    obstacle, interface = path.obstacle, network.interfaces.get(path.target)
    subnet = network.subnets.get(path.subnet)
    outbound = obstacle is not None and obstacle.egress
    groups = interface.security_groups if outbound and interface else network.load_balancer.security_groups
    blocks = (path.address,) if outbound else (subnet.cidr, subnet.ipv6_cidr) if subnet else ()
    ranges = [cidr_range(block) for block in blocks if block]
    for other in other_ends(permission):
        if other in groups or other.startswith("pl-"):
            return True
        if not other.startswith("sg-") and any(cidr_range(other).meets(r) for r in ranges):
            return True
    return False
