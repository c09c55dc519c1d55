"""The network path decided packet by packet, with nothing but loops: what the evaluator must agree with.

Works on small subnets and on the ports next to every border that a rule draws; between two borders
nothing changes, so these packets stand for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network

from bot.core.evidence import Acl, Interface, RouteTable, Rule, Subnet
from tests.estate import Estate

PRIVATE = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),
)


def sg_lets(
    estate: Estate, ids: Iterable[str], direction: str, port: int, address: str, carried: Iterable[str]
) -> bool:
    """Whether some rule of some of the groups speaks of this one TCP packet."""
    for group in estate.security_groups:
        if group.id not in ids:
            continue
        for rule in group.rules:
            if rule.direction == direction and _rule_matches(estate, rule, port, address, carried):
                return True
    return False


def _rule_matches(estate: Estate, rule: Rule, port: int, address: str, carried: Iterable[str]) -> bool:
    if rule.protocol not in ("-1", "tcp", "6"):
        return False
    if rule.protocol != "-1" and not _within(port, rule.from_port, rule.to_port):
        return False
    if rule.group:
        return rule.group in carried and rule.peering_status in ("", "active")
    cidrs = [rule.cidr] if rule.cidr else estate.prefix_lists[rule.prefix_list]
    return any(ip_address(address) in ip_network(cidr) for cidr in cidrs)


def _within(port: int, first: int | None, last: int | None) -> bool:
    return first is None or last is None or first <= port <= last


def acl_lets(acl: Acl, egress: bool, port: int, address: str) -> bool:
    """The verdict of the entry with the lowest number that matches this one TCP packet."""
    best = None
    for entry in acl.entries:
        if entry.egress != egress or entry.protocol not in ("-1", "6"):
            continue
        if ip_address(address) not in ip_network(entry.cidr):
            continue
        if entry.protocol == "6" and not _within(port, entry.from_port, entry.to_port):
            continue
        if best is None or entry.number < best.number:
            best = entry
    return best is not None and best.allow


def route_leads(table: RouteTable, address: str) -> str:
    """'yes', 'no' or '?' for this one packet between two interfaces of one VPC."""
    best, length = None, -1
    for route in table.routes:
        network = ip_network(route.destination)
        if ip_address(address) in network and network.prefixlen > length:
            best, length = route, network.prefixlen
    if best is None or (best.target == "local" and best.state == "active"):
        return "yes"
    if best.state != "active" or best.target.startswith("igw-"):
        return "no"
    return "?"


def verdict(estate: Estate, subnet: Subnet, target: Interface, port: int, sends: str) -> str:
    """The verdict of one pair. `sends`: 'moving' (ALB nodes), 'fixed' (NLB node) or 'clients'."""
    lb_groups = estate.load_balancer.security_groups
    here = str(target.private_ips[0])
    nodes = [a for n in estate.nodes if n.subnet_id == subnet.id for a in n.private_ips]
    senders = _addresses(estate) if sends == "clients" else [str(a) for a in ip_network(subnet.cidr)]
    known = [] if sends == "clients" else nodes
    lb_acl = next(a for a in estate.acls if subnet.id in a.subnet_ids)
    web_acl = next(a for a in estate.acls if target.subnet_id in a.subnet_ids)
    lb_table = next(t for t in estate.tables if subnet.id in t.subnet_ids)
    web_table = next(t for t in estate.tables if target.subnet_id in t.subnet_ids)
    ports = _border_ports(estate)
    crossing = target.subnet_id != subnet.id
    found = []

    if lb_groups and not sg_lets(estate, lb_groups, "egress", port, here, target.security_groups):
        found.append("block")
    leads = "yes"
    if crossing:
        if not acl_lets(lb_acl, True, port, here):
            found.append("block")
        leads = route_leads(lb_table, here)
        found += {"no": ["block"], "?": ["cannot_tell"], "yes": []}[leads]
        back = [acl_lets(lb_acl, False, p, here) for p in ports]
        found += [] if all(back) else ["risk"] if any(back) else ["block"]

    def groups_let(a: str) -> list[bool]:
        return [sg_lets(estate, target.security_groups, "ingress", port, a, lb_groups)]

    if leads != "?":
        found.append(_asked_for_all(sends, senders, known, groups_let))
        if crossing:
            found.append(_asked_for_all(sends, senders, known, lambda a: [acl_lets(web_acl, False, port, a)]))
            found.append(
                _asked_for_all(
                    sends, senders, known, lambda a: [acl_lets(web_acl, True, p, a) for p in ports]
                )
            )
            if sends != "clients":
                found.append(_routes_back(sends, senders, known, web_table))
    for worst in ("block", "cannot_tell", "risk"):
        if worst in found:
            return worst
    return "allow"


def _asked_for_all(
    sends: str, senders: list[str], known: list[str], passes: Callable[[str], list[bool]]
) -> str:
    each = {sender: passes(sender) for sender in senders}
    if all(all(p) for p in each.values()):
        return "allow"
    if not any(any(p) for p in each.values()):
        return "block"
    return _in_part(sends, known, [p for p in each.values() if not any(p)] != [], each)


def _in_part(sends: str, known: list[str], some_shut_out: bool, each: dict[str, list[bool]]) -> str:
    if sends == "clients":
        public = [p for sender, p in each.items() if _is_public(sender)]
        if all(all(p) for p in public):
            return "allow"
        if not any(any(p) for p in public):
            return "block"
    if any(not any(each[node]) for node in known):
        return "block"
    if sends == "fixed" and known and all(all(each[node]) for node in known):
        return "allow"
    if known or not some_shut_out or sends == "moving":
        return "risk"
    return "cannot_tell"


def _routes_back(sends: str, senders: list[str], known: list[str], table: RouteTable) -> str:
    ways = {sender: route_leads(table, sender) for sender in senders}
    if set(ways.values()) == {"yes"}:
        return "allow"
    if "no" not in ways.values():
        return "cannot_tell"
    if set(ways.values()) == {"no"}:
        return "block"
    return _in_part(sends, known, True, {s: [way != "no"] for s, way in ways.items()})


def _is_public(address: str) -> bool:
    """The clients of an internet-facing load balancer have such addresses."""
    return not any(ip_address(address) in ip_network(cidr) for cidr in PRIVATE)


def _border_ports(estate: Estate) -> list[int]:
    """The ports answers may go to, one on either side of every border."""
    edges = {1024, 65535}
    for acl in estate.acls:
        for entry in acl.entries:
            for edge in (entry.from_port, entry.to_port):
                edges |= {edge - 1, edge, edge + 1} if edge is not None else set()
    return sorted(p for p in edges if 1024 <= p <= 65535)


def _addresses(estate: Estate) -> list[str]:
    """Addresses that stand for the whole internet: those at and beside the border of every CIDR named."""
    cidrs = {e.cidr for acl in estate.acls for e in acl.entries}
    cidrs |= {r.cidr for g in estate.security_groups for r in g.rules if r.cidr}
    cidrs |= {c for cs in estate.prefix_lists.values() for c in cs}
    numbers = {0, 2**32 - 1}
    for cidr in (*cidrs, *PRIVATE):
        first, last = int(ip_network(cidr)[0]), int(ip_network(cidr)[-1])
        numbers |= {first - 1, first, last, last + 1}
    return [str(ip_address(n)) for n in sorted(numbers) if 0 <= n < 2**32]
