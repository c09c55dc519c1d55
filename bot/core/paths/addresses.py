"""Ranges of addresses and ports: reading CIDR blocks, overlap, and splitting where rules begin or end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_network
from itertools import pairwise
from typing import TypeAlias

Interval: TypeAlias = tuple[int, int]
"""Both ends included."""


class Reach(StrEnum):
    """How much of a range rules let through."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Range:
    """The addresses from `low` to `high`, both included, as numbers, of IP version 4 or 6."""

    version: int
    low: int
    high: int

    @property
    def interval(self) -> Interval:
        return self.low, self.high

    @property
    def first(self) -> str:
        """The first address as text."""
        return str(IPv4Address(self.low) if self.version == 4 else IPv6Address(self.low))

    def meets(self, other: Range) -> bool:
        """Some address is in both."""
        return self.version == other.version and self.low <= other.high and other.low <= self.high

    def holds(self, other: Range) -> bool:
        """Every address of the other is in this one."""
        return self.version == other.version and self.low <= other.low and other.high <= self.high


@lru_cache(maxsize=8192)
def cidr_range(cidr: str) -> Range:
    """The range of a CIDR block; a bare address is a range of one. ValueError when it is neither."""
    network = ip_network(cidr, strict=False)
    return Range(network.version, int(network.network_address), int(network.broadcast_address))


def split(space: Interval, pieces: Iterable[Interval]) -> list[Interval]:
    """The space cut at every border of the pieces, so that each part is wholly in or out of each piece."""
    low, high = space
    starts = {low}
    for first, last in pieces:
        if low < first <= high:
            starts.add(first)
        if low <= last < high:
            starts.add(last + 1)
    ordered = [*sorted(starts), high + 1]
    return [(a, b - 1) for a, b in pairwise(ordered)]


def without(space: Range, holes: Iterable[Range]) -> tuple[Range, ...]:
    """The parts of the space that are in none of the holes."""
    met = [hole for hole in holes if hole.meets(space)]
    parts = [Range(space.version, *part) for part in split(space.interval, (h.interval for h in met))]
    return tuple(part for part in parts if not any(hole.holds(part) for hole in met))


def coverage(space: Range, pieces: Iterable[Range]) -> Reach:
    """How much of the space the union of the pieces covers."""
    met = sorted(piece.interval for piece in pieces if piece.meets(space))
    if not met:
        return Reach.NONE
    reached = space.low - 1
    for first, last in met:
        if first > reached + 1:
            return Reach.SOME
        reached = max(reached, last)
    return Reach.ALL if reached >= space.high else Reach.SOME


def joined(intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    """Neighbouring and overlapping intervals as one, in order."""
    result: list[Interval] = []
    for first, last in sorted(intervals):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return tuple(result)
