"""What a network ACL lets through: numbered entries, the first match wins (DOMAIN.md section 4).

Network ACLs are stateless, so the way back is asked for separately, over all ports an answer may use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.evidence import Acl, AclEntry
from bot.core.paths.addresses import Interval, Range, Reach, cidr_range, joined, split

IMPLICIT_DENY = 32767
_PROTOCOLS = {6: ("-1", "6", "tcp"), 17: ("-1", "17", "udp")}


@dataclass(frozen=True)
class AclAnswer:
    """What becomes of packets between a range of addresses and a range of ports.

    `denied_by` is the number of the entry that refuses the first refused packet (32767: none allows it),
    0 when all pass. `open_ports` pass for at least one address. `shut_out`: some address has no port open.
    """

    reach: Reach
    denied_by: int
    open_ports: tuple[Interval, ...]
    shut_out: bool


def answer(acl: Acl, *, egress: bool, addresses: Range, ports: Interval, protocol: int) -> AclAnswer:
    """The ACL's answer for TCP (6) or UDP (17) packets; `ports` are destination ports."""
    entries = _relevant(acl, egress, addresses, protocol)
    rows = split(addresses.interval, (cidr_range(e.cidr).interval for e in entries))
    columns = split(ports, (_ports(e) for e in entries))
    table = [[_first_match(entries, row, column) for column in columns] for row in rows]
    deciding = [entry for row in table for entry in row]
    return AclAnswer(
        reach=_reach(deciding),
        denied_by=next((_number(e) for e in deciding if not _allows(e)), 0),
        open_ports=joined([c for i, c in enumerate(columns) if any(_allows(row[i]) for row in table)]),
        shut_out=any(not any(map(_allows, row)) for row in table),
    )


def _relevant(acl: Acl, egress: bool, addresses: Range, protocol: int) -> list[AclEntry]:
    return sorted(
        (
            e
            for e in acl.entries
            if e.egress == egress
            and e.protocol in _PROTOCOLS[protocol]
            and cidr_range(e.cidr).meets(addresses)
        ),
        key=lambda e: e.number,
    )


def _first_match(entries: Sequence[AclEntry], row: Interval, column: Interval) -> AclEntry | None:
    for entry in entries:
        low, high = _ports(entry)
        addresses = cidr_range(entry.cidr)
        if addresses.low <= row[0] <= addresses.high and low <= column[0] <= high:
            return entry
    return None


def _ports(entry: AclEntry) -> Interval:
    if entry.protocol == "-1" or entry.from_port is None or entry.to_port is None:
        return 0, 65535
    return entry.from_port, entry.to_port


def _allows(entry: AclEntry | None) -> bool:
    return entry is not None and entry.allow


def _number(entry: AclEntry | None) -> int:
    return entry.number if entry else IMPLICIT_DENY


def _reach(deciding: Sequence[AclEntry | None]) -> Reach:
    allowed = sum(map(_allows, deciding))
    if allowed == len(deciding):
        return Reach.ALL
    return Reach.SOME if allowed else Reach.NONE
