"""The verdicts: every pair through the six predicates in order, and which obstacle decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.core.evidence import Interface, Target, TargetGroup
from bot.core.message import Code, Message, say
from bot.core.model import Zone
from bot.core.paths import predicates
from bot.core.paths.flow import Flow, SenderKind
from bot.core.paths.network import Network
from bot.core.paths.pairs import (
    UDP,
    Connection,
    Registration,
    Settings,
    connections,
    is_sent_to,
    possible_senders,
)
from bot.core.paths.verdicts import Obstacle, Path, Predicate, Verdict

_RANK = {Verdict.RISK: 1, Verdict.CANNOT_TELL: 2, Verdict.BLOCK: 3}


def evaluate_paths(
    network: Network, groups: Iterable[TargetGroup], targets: Iterable[Target], settings: Settings
) -> tuple[Path, ...]:
    """One Path per enabled zone, target and port, for traffic and for health checks.

    Draining targets get no new connections and Lambda functions have no network path: neither is judged.
    """
    by_arn = {group.arn: group for group in groups if group.target_type != "lambda"}
    return tuple(
        path
        for target in targets
        if target.state != "draining" and (group := by_arn.get(target.group))
        for path in _paths(network, Registration.of(network, group, target), settings)
    )


def _paths(network: Network, registration: Registration, settings: Settings) -> Iterator[Path]:
    wanted = list(connections(registration, settings))
    for zone in network.load_balancer.zones:
        sent = is_sent_to(network.load_balancer, settings, zone, registration)
        if sent is False:
            continue
        for connection in wanted:
            obstacle = _pair(network, settings, registration, zone, connection)
            if obstacle and not sent:
                obstacle = _cannot_tell(say("Whether this zone sends to the target's zone was not read."))
            yield _path(registration, zone, connection, obstacle)


def _path(registration: Registration, zone: Zone, connection: Connection, obstacle: Obstacle | None) -> Path:
    return Path(
        zone=zone.name,
        subnet=zone.subnet_id,
        group=registration.group.arn,
        target=registration.target.id,
        address=registration.address.first if registration.address else "",
        target_zone=registration.zone,
        port=connection.port,
        purpose=connection.purpose,
        protocol="udp" if connection.protocol == UDP else "tcp",
        verdict=obstacle.verdict if obstacle else Verdict.ALLOW,
        obstacle=obstacle,
    )


def _pair(
    network: Network, settings: Settings, registration: Registration, zone: Zone, connection: Connection
) -> Obstacle | None:
    """The deciding obstacle of one pair; when senders are in doubt, only what holds for all of them."""
    address, interface = registration.address, registration.interface
    if address is None:
        return _elsewhere()
    subnet = network.subnets.get(zone.subnet_id)
    if subnet is None:
        return predicates.unread(Predicate.LOAD_BALANCER_ROUTE, (zone.subnet_id,))
    found = [
        deciding(network, Flow(subnet, senders, address, interface, connection.protocol, connection.port))
        for senders in possible_senders(network, settings, registration.group, subnet, connection.purpose)
    ]
    if not found:
        return _cannot_tell(say("{subnet} has no IPv6 addresses.", subnet=Code(text=subnet.id)))
    if len({o.verdict if o else Verdict.ALLOW for o in found}) > 1:
        return _cannot_tell(say("Whether targets see the clients' addresses was not read."))
    return found[0]


def deciding(network: Network, flow: Flow) -> Obstacle | None:
    """The obstacle the verdict rests on, None when the path is open.

    A sure block outweighs an unread part, and that a risk; among equals the first on the way decides.
    """
    return max(obstacles(network, flow), key=lambda o: _RANK[o.verdict], default=None)


def obstacles(network: Network, flow: Flow) -> Iterator[Obstacle]:
    """All obstacles, in the order of the predicates.

    Without the target's interface only the load balancer's side is judged. The same holds beyond a
    gateway or appliance on the way, which may change the sender's address.
    """
    way_out = None if flow.within_subnet else predicates.load_balancer_route(network, flow)
    near = [predicates.load_balancer_groups(network, flow)]
    if not flow.within_subnet:
        near += [predicates.load_balancer_acl(network, flow), way_out]
    yield from (o for o in near if o)
    if flow.interface is None:
        yield _elsewhere()
    elif not (way_out and way_out.verdict is Verdict.CANNOT_TELL and network.table(flow.subnet)):
        yield from _far_side(network, flow, flow.interface)
    if not flow.within_subnet and (inbound := predicates.answer_enters_load_balancer(network, flow)):
        yield inbound


def _far_side(network: Network, flow: Flow, interface: Interface) -> Iterator[Obstacle]:
    asked = [predicates.target_groups]
    if not flow.within_subnet:
        asked = [predicates.target_acl, predicates.target_groups, predicates.answer_leaves_target]
        if flow.senders.kind is not SenderKind.CLIENTS:
            # Answers to kept client addresses go back through the node that sent them, whatever the routes.
            asked.append(predicates.answer_finds_back)
    yield from (o for predicate in asked if (o := predicate(network, flow, interface)))


def _elsewhere() -> Obstacle:
    return _cannot_tell(
        say("The target's network interface was not found in this account: its side of the path is unread.")
    )


def _cannot_tell(reason: Message) -> Obstacle:
    return Obstacle(Predicate.TARGET_GROUP, Verdict.CANNOT_TELL, reason)
