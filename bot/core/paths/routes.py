"""Where a route table sends packets: the longest matching prefix decides (DOMAIN.md section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.evidence import Route, RouteTable
from bot.core.paths.addresses import Range, cidr_range, split


class Way(StrEnum):
    """What becomes of a packet, as far as the route tells."""

    LOCAL = "local"
    PEERING = "peering"
    TRANSIT = "transit"
    THROUGH = "through"
    DROPPED = "dropped"


@dataclass(frozen=True)
class RouteAnswer:
    """The way for a part of the addresses asked about; `route` is None when no route matched."""

    way: Way
    route: Route | None


def answers(
    table: RouteTable, addresses: Range, prefix_lists: Mapping[str, tuple[str, ...]]
) -> list[RouteAnswer]:
    """The answers for the addresses, one per deciding route, in order of address; never empty."""
    candidates = [
        (prefix, route)
        for route in table.routes
        for prefix in _prefixes(route, prefix_lists)
        if prefix.meets(addresses)
    ]
    found: list[RouteAnswer] = []
    for low, high in split(addresses.interval, (prefix.interval for prefix, _ in candidates)):
        route = _longest(candidates, Range(addresses.version, low, high))
        answer = RouteAnswer(_way(route, addresses.version), route)
        if answer not in found:
            found.append(answer)
    return found


def unresolved(table: RouteTable, prefix_lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Prefix lists among the destinations that were not read.

    Lists that lead to a `vpce-` are those of gateway endpoints (S3, DynamoDB): public addresses, which
    no target has.
    """
    return tuple(
        route.destination
        for route in table.routes
        if route.destination.startswith("pl-")
        and route.destination not in prefix_lists
        and not route.target.startswith("vpce-")
    )


def _prefixes(route: Route, prefix_lists: Mapping[str, tuple[str, ...]]) -> list[Range]:
    if route.destination.startswith("pl-"):
        return [cidr_range(cidr) for cidr in prefix_lists.get(route.destination, ())]
    return [cidr_range(route.destination)]


def _longest(candidates: Sequence[tuple[Range, Route]], part: Range) -> Route | None:
    """The most specific route holding that part; between equals an active one."""
    matching = [(prefix, route) for prefix, route in candidates if prefix.holds(part)]
    if not matching:
        return None
    return min(matching, key=lambda m: (m[0].high - m[0].low, m[1].state != "active"))[1]


_WAYS = {"local": Way.LOCAL, "pcx": Way.PEERING, "tgw": Way.TRANSIT}
_INTERNET = ("igw", "eigw")


def _way(route: Route | None, version: int) -> Way:
    """Interfaces, NAT and VPN gateways, endpoints... lead through something whose rules are not read.

    Internet gateways drop private IPv4 addresses, and a target has no others.
    """
    if route is None or route.state != "active":
        return Way.DROPPED
    kind = route.target.partition("-")[0]
    if kind in _INTERNET and version == 4:
        return Way.DROPPED
    return _WAYS.get(kind, Way.THROUGH)
