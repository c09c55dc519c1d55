"""One connection to be judged: who sends it, as the target's side sees the sender, and where it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from bot.core.evidence import Interface, Subnet
from bot.core.paths.addresses import Range, Reach
from bot.core.paths.verdicts import Verdict

EPHEMERAL = (1024, 65535)
"""Ports an answer may go to: what AWS recommends network ACLs to allow (DOMAIN.md section 4)."""


class SenderKind(Enum):
    """Nodes of Application and Classic load balancers come and go within their subnet; a Network load
    balancer keeps one address per zone; with the client IP kept, the target sees the clients."""

    MOVING_NODES = 1
    FIXED_NODES = 2
    CLIENTS = 3


@dataclass(frozen=True)
class Senders:
    """All addresses the connection may come from, and the groups they carry.

    `known` narrows it down: the nodes in use; of clients from the internet, the public addresses.
    """

    kind: SenderKind
    addresses: Range
    known: tuple[Range, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Flow:
    """A connection from the load balancer's `subnet` to one port of a target.

    `interface` is None when the target's network interface was not found.
    """

    subnet: Subnet
    senders: Senders
    address: Range
    interface: Interface | None
    protocol: int
    port: int

    @property
    def words(self) -> str:
        """'tcp 8080'"""
        return f"{'udp' if self.protocol == 17 else 'tcp'} {self.port}"

    @property
    def within_subnet(self) -> bool:
        """Network ACLs and route tables act only at a subnet's border."""
        return self.interface is not None and self.interface.subnet_id == self.subnet.id

    @property
    def within_vpc(self) -> bool:
        return self.interface is not None and self.interface.vpc_id == self.subnet.vpc_id


def settle(
    senders: Senders, whole: Reach, ask: Callable[[Range], Reach], *, shut_out: bool = True
) -> Verdict:
    """The verdict when rules let `whole` of the possible senders through; `ask` tells it for one of them.

    Rules that let only a part through block a node that is known to be outside it, and are a risk
    otherwise, as nodes get new addresses. Clients are blocked or allowed only if all of them are.
    `shut_out` False: every sender passes on some ports.
    """
    if whole is Reach.ALL:
        return Verdict.ALLOW
    if whole is Reach.NONE:
        return Verdict.BLOCK
    each = {ask(node) for node in senders.known}
    clients = senders.kind is SenderKind.CLIENTS
    if each == {Reach.NONE} or (Reach.NONE in each and not clients):
        return Verdict.BLOCK
    if each == {Reach.ALL} and senders.kind is not SenderKind.MOVING_NODES:
        return Verdict.ALLOW
    if not shut_out or senders.kind is SenderKind.MOVING_NODES or (each and not clients):
        return Verdict.RISK
    return Verdict.CANNOT_TELL
