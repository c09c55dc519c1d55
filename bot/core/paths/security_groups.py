"""Which connections security groups let through (DOMAIN.md section 4, "SG semantics").

Groups only allow; the rules of all groups on an interface count together; they are stateful, so there is
no return rule to look for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.evidence import Rule, SecurityGroup
from bot.core.paths.addresses import Range, Reach, cidr_range, coverage

PROTOCOLS = {6: frozenset({"-1", "tcp", "6"}), 17: frozenset({"-1", "udp", "17"})}
"""How rules write TCP (6) and UDP (17); '-1' is everything."""

PrefixLists = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Peer:
    """The other end of a connection as a rule sees it: its addresses, and the groups it carries."""

    addresses: Range
    groups: frozenset[str]


def rules_for(groups: Iterable[SecurityGroup], direction: str, protocol: int, port: int) -> tuple[Rule, ...]:
    """The rules of all groups for that direction ('ingress' or 'egress'), protocol and port."""
    return tuple(
        rule
        for group in groups
        for rule in group.rules
        if rule.direction == direction and _speaks_of(rule, protocol, port)
    )


def admitted(rules: Iterable[Rule], peer: Peer, prefix_lists: PrefixLists) -> Reach:
    """How many of the peer's addresses these rules let through."""
    pieces: list[Range] = []
    for rule in rules:
        if names(rule, peer):
            return Reach.ALL
        pieces.extend(_ranges(rule, prefix_lists))
    return coverage(peer.addresses, pieces)


def names(rule: Rule, peer: Peer) -> bool:
    """The rule refers to a group the peer carries.

    A reference across a peering counts only while the peering is active; AWS gives its status then.
    """
    return rule.group in peer.groups and rule.peering_status in ("", "active")


def unexpanded(rules: Iterable[Rule], prefix_lists: PrefixLists) -> tuple[str, ...]:
    """Prefix lists that rules name and whose entries were not read."""
    missing = {r.prefix_list for r in rules if r.prefix_list and r.prefix_list not in prefix_lists}
    return tuple(sorted(missing))


def _speaks_of(rule: Rule, protocol: int, port: int) -> bool:
    if rule.protocol not in PROTOCOLS[protocol]:
        return False
    if rule.protocol == "-1" or rule.from_port is None or rule.to_port is None:
        return True
    return rule.from_port <= port <= rule.to_port


def _ranges(rule: Rule, prefix_lists: PrefixLists) -> Iterator[Range]:
    if rule.cidr:
        yield cidr_range(rule.cidr)
    for cidr in prefix_lists.get(rule.prefix_list, ()):
        yield cidr_range(cidr)
