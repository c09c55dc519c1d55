"""The network path: interfaces, security groups, network ACLs, route tables, subnets.

Everything is looked up with filters rather than ids, because one id that no longer exists makes the
whole call fail. ACLs and route tables are read per VPC, in one call each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.aws.api import FILTER_VALUES, batches
from bot.aws.collector import Source
from bot.aws.collectors.network_rules import acl, interface, route_table, security_group, subnet
from bot.core.evidence import (
    Interface,
    Interfaces,
    NetworkAcls,
    RouteTables,
    SecurityGroups,
    Subnets,
    TargetHealth,
)

Filtered = tuple[str, list[str]]


def read_interfaces(source: Source) -> Interfaces:
    """Interfaces of the targets and of the load balancer (`ELB app/<name>/<id>`, DOMAIN.md section 4)."""
    ids = sorted({target.id for target in source[TargetHealth].targets})
    instances = [id for id in ids if id.startswith("i-")]
    addresses = [id for id in ids if not id.startswith(("i-", "arn:"))]
    lookups = [
        ("description", [f"ELB {source.load_balancer.dimension}"]),
        ("attachment.instance-id", instances),
        ("addresses.private-ip-address", [ip for ip in addresses if ":" not in ip]),
        ("ipv6-addresses.ipv6-address", [ip for ip in addresses if ":" in ip]),
    ]
    found = source.api.each(lambda one: _interfaces(source, one), lookups)
    own, of_instances, of_v4, of_v6 = found
    return Interfaces(
        targets={
            **_by_instance(of_instances, instances),
            **_by_address([*of_v4, *of_v6], addresses, source.load_balancer.vpc_id),
        },
        load_balancer=tuple(own),
    )


def read_security_groups(source: Source) -> SecurityGroups:
    """Groups of the load balancer and of all interfaces, and the entries of the prefix lists they name."""
    interfaces = source[Interfaces]
    ids = {*source.load_balancer.security_groups}
    for one in (*interfaces.load_balancer, *interfaces.targets.values()):
        ids |= {*one.security_groups}
    raw = _filtered(source, "describe_security_groups", "SecurityGroups", ("group-id", sorted(ids)))
    groups = tuple(security_group(group) for group in raw)
    lists = sorted({rule.prefix_list for group in groups for rule in group.rules if rule.prefix_list})
    entries = source.api.each(lambda id: _prefix_list(source, id), lists)
    return SecurityGroups(groups=groups, prefix_lists=dict(zip(lists, entries, strict=True)))


def read_network_acls(source: Source) -> NetworkAcls:
    """The ACLs of the load balancer's and the targets' subnets."""
    wanted = set(_subnet_ids(source))
    raw = _filtered(source, "describe_network_acls", "NetworkAcls", ("vpc-id", _vpc_ids(source)))
    acls = (acl(one) for one in raw)
    return NetworkAcls(acls=tuple(one for one in acls if not wanted.isdisjoint(one.subnet_ids)))


def read_route_tables(source: Source) -> RouteTables:
    """The tables of those subnets, and the main tables, which serve the subnets without one."""
    wanted = set(_subnet_ids(source))
    raw = _filtered(source, "describe_route_tables", "RouteTables", ("vpc-id", _vpc_ids(source)))
    tables = (route_table(one) for one in raw)
    return RouteTables(tables=tuple(t for t in tables if t.main or not wanted.isdisjoint(t.subnet_ids)))


def read_subnets(source: Source) -> Subnets:
    """Those subnets, and the address ranges of their VPCs."""

    def read(what: tuple[str, str, Filtered]) -> list[dict[str, Any]]:
        return _filtered(source, *what)

    subnets, vpcs = source.api.each(
        read,
        [
            ("describe_subnets", "Subnets", ("subnet-id", _subnet_ids(source))),
            ("describe_vpcs", "Vpcs", ("vpc-id", _vpc_ids(source))),
        ],
    )
    return Subnets(
        subnets=tuple(subnet(raw) for raw in subnets), vpc_cidrs={raw["VpcId"]: _cidrs(raw) for raw in vpcs}
    )


def _interfaces(source: Source, wanted: Filtered) -> list[Interface]:
    raw = _filtered(source, "describe_network_interfaces", "NetworkInterfaces", wanted)
    return [interface(one) for one in raw]


def _filtered(source: Source, operation: str, key: str, wanted: Filtered) -> list[dict[str, Any]]:
    """Items matching any of the values, 200 values a call; no values, no call."""
    name, values = wanted
    return [
        item
        for batch in batches(values, FILTER_VALUES)
        for item in source.api.all("ec2", operation, key, Filters=[{"Name": name, "Values": list(batch)}])
    ]


def _by_instance(found: Iterable[Interface], instances: Iterable[str]) -> dict[str, Interface]:
    """The primary interface of each instance: its address is the one a load balancer uses."""
    primary = {one.instance_id: one for one in found if one.primary}
    return {id: primary[id] for id in instances if id in primary}


def _by_address(found: Iterable[Interface], addresses: Iterable[str], vpc_id: str) -> dict[str, Interface]:
    """The interface of each address. The same address may exist in other VPCs: the load balancer's wins,
    and one that cannot be told from another is left out."""
    candidates: dict[str, list[Interface]] = {}
    for one in found:
        for ip in (*one.private_ips, *one.ipv6_ips):
            candidates.setdefault(ip, []).append(one)
    chosen = {}
    for ip in addresses:
        here = [one for one in candidates.get(ip, ()) if one.vpc_id == vpc_id] or candidates.get(ip, [])
        if len(here) == 1:
            chosen[ip] = here[0]
    return chosen


def _subnet_ids(source: Source) -> list[str]:
    zones = {zone.subnet_id for zone in source.load_balancer.zones}
    return sorted((zones | {one.subnet_id for one in _all_interfaces(source)}) - {""})


def _vpc_ids(source: Source) -> list[str]:
    return sorted(({source.load_balancer.vpc_id} | {one.vpc_id for one in _all_interfaces(source)}) - {""})


def _all_interfaces(source: Source) -> tuple[Interface, ...]:
    interfaces = source[Interfaces]
    return (*interfaces.load_balancer, *interfaces.targets.values())


def _prefix_list(source: Source, id: str) -> tuple[str, ...]:
    entries = source.api.all("ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=id)
    return tuple(entry["Cidr"] for entry in entries)


def _cidrs(vpc: Mapping[str, Any]) -> tuple[str, ...]:
    v4 = [a["CidrBlock"] for a in vpc.get("CidrBlockAssociationSet", ()) if _associated(a, "CidrBlockState")]
    v6 = [
        a["Ipv6CidrBlock"]
        for a in vpc.get("Ipv6CidrBlockAssociationSet", ())
        if _associated(a, "Ipv6CidrBlockState")
    ]
    return tuple(v4 or [vpc["CidrBlock"]]) + tuple(v6)


def _associated(association: Mapping[str, Any], state: str) -> bool:
    return bool(association.get(state, {}).get("State", "associated") == "associated")
