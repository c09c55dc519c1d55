"""The answer about a path: a verdict, and the rule or missing rule it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from bot.core.message import Message


class Verdict(StrEnum):
    """What becomes of a new connection on a path.

    RISK: it may work by chance, or only until an address changes. CANNOT_TELL: part of the way is unread.
    """

    ALLOW = "allow"
    BLOCK = "block"
    RISK = "risk"
    CANNOT_TELL = "cannot_tell"


class Predicate(IntEnum):
    """The six places that can stop a connection, numbered as in DOMAIN.md section 4."""

    LOAD_BALANCER_GROUP = 1
    LOAD_BALANCER_ACL = 2
    LOAD_BALANCER_ROUTE = 3
    TARGET_ACL = 4
    TARGET_GROUP = 5
    RETURN = 6


class Purpose(StrEnum):
    """What the connection is for."""

    TRAFFIC = "traffic"
    CHECK = "check"


@dataclass(frozen=True)
class Obstacle:
    """Why a path is not simply open.

    `resources` are the security groups, network ACL or route table that decide; `egress` is the direction
    of the rule or entry; `entry` is the number of a network ACL's entry, 32767 when none allows.
    """

    predicate: Predicate
    verdict: Verdict
    reason: Message
    resources: tuple[str, ...] = ()
    egress: bool = False
    entry: int = 0


@dataclass(frozen=True)
class Path:
    """One pair: from the load balancer's subnet in `zone` to a port of a target.

    `group` is the target group's ARN; `address` and `target_zone` are '' when unknown (`all`: outside the
    VPC); `protocol` is 'tcp' or 'udp'.
    `obstacle` is the deciding one, None when the verdict is ALLOW.
    """

    zone: str
    subnet: str
    group: str
    target: str
    address: str
    target_zone: str
    port: int
    purpose: Purpose
    protocol: str
    verdict: Verdict
    obstacle: Obstacle | None = None
