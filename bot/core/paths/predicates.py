"""The six predicates of a path: each returns the obstacle it finds, or None (DOMAIN.md section 4)."""

from __future__ import annotations

from bot.core.evidence import Interface, Subnet
from bot.core.message import Code, Message, many, say
from bot.core.model import LoadBalancerType
from bot.core.paths import wording
from bot.core.paths.addresses import Interval, Range, Reach
from bot.core.paths.flow import EPHEMERAL, Flow, settle
from bot.core.paths.network import Network
from bot.core.paths.routes import RouteAnswer, Way, answers, unresolved
from bot.core.paths.security_groups import Peer, admitted, unexpanded
from bot.core.paths.verdicts import Obstacle, Predicate, Verdict


def load_balancer_groups(network: Network, flow: Flow) -> Obstacle | None:
    """1: a security group of the load balancer has an outbound rule to the target.

    A Network load balancer without security groups lets everything out.
    """
    ids = network.load_balancer.security_groups
    if not ids and network.load_balancer.type is not LoadBalancerType.NETWORK:
        return unread(Predicate.LOAD_BALANCER_GROUP, (network.load_balancer.name,))
    rules = network.rules(ids, "egress", flow.protocol, flow.port)
    peer = Peer(flow.address, frozenset(flow.interface.security_groups if flow.interface else ()))
    if not ids or admitted(rules, peer, network.prefix_lists) is Reach.ALL:
        return None
    # Which groups a target carries is unknown while its interface is: a rule may refer to one of them.
    maybe = () if flow.interface else tuple(sorted({rule.group for rule in rules if rule.group}))
    if doubts := network.unread_groups(ids) + unexpanded(rules, network.prefix_lists) + maybe:
        return unread(Predicate.LOAD_BALANCER_GROUP, doubts)
    reason = wording.no_outbound_rule(ids, wording.requests_to_target(flow))
    return Obstacle(Predicate.LOAD_BALANCER_GROUP, Verdict.BLOCK, reason, ids, egress=True)


def load_balancer_acl(network: Network, flow: Flow) -> Obstacle | None:
    """2: the network ACL of the load balancer's subnet lets packets out to the target's port."""
    what, ports = wording.requests_to_target(flow), (flow.port, flow.port)
    return _acl(network, flow, Predicate.LOAD_BALANCER_ACL, flow.subnet.id, True, flow.address, ports, what)


def load_balancer_route(network: Network, flow: Flow) -> Obstacle | None:
    """3: the route table of the load balancer's subnet leads to the target."""
    return _route(network, flow, Predicate.LOAD_BALANCER_ROUTE, flow.subnet, flow.address, back=False)


def target_acl(network: Network, flow: Flow, interface: Interface) -> Obstacle | None:
    """4: the network ACL of the target's subnet lets the senders in to the port."""
    what, ports = wording.requests_from(flow), (flow.port, flow.port)
    subnet, senders = interface.subnet_id, flow.senders.addresses
    return _acl(network, flow, Predicate.TARGET_ACL, subnet, False, senders, ports, what)


def target_groups(network: Network, flow: Flow, interface: Interface) -> Obstacle | None:
    """5: a security group of the target has an inbound rule for the senders."""
    ids = interface.security_groups
    rules = network.rules(ids, "ingress", flow.protocol, flow.port)
    carried = frozenset(flow.senders.groups)

    def reach(addresses: Range) -> Reach:
        return admitted(rules, Peer(addresses, carried), network.prefix_lists)

    whole = reach(flow.senders.addresses)
    if whole is Reach.ALL:
        return None
    if not ids:
        return unread(Predicate.TARGET_GROUP, (interface.id,))
    if doubts := network.unread_groups(ids) + unexpanded(rules, network.prefix_lists):
        return unread(Predicate.TARGET_GROUP, doubts)
    verdict = settle(flow.senders, whole, reach)
    if verdict is Verdict.ALLOW:
        return None
    reason = wording.inbound_rules(verdict, whole is Reach.SOME, ids, flow)
    return Obstacle(Predicate.TARGET_GROUP, verdict, reason, ids)


def answer_leaves_target(network: Network, flow: Flow, interface: Interface) -> Obstacle | None:
    """6: the network ACL of the target's subnet lets answers out to the senders."""
    what = wording.answers_to(flow)
    subnet, senders = interface.subnet_id, flow.senders.addresses
    return _acl(network, flow, Predicate.RETURN, subnet, True, senders, EPHEMERAL, what)


def answer_enters_load_balancer(network: Network, flow: Flow) -> Obstacle | None:
    """6: the network ACL of the load balancer's subnet lets answers from the target in."""
    what = wording.answers_from_target()
    return _acl(network, flow, Predicate.RETURN, flow.subnet.id, False, flow.address, EPHEMERAL, what)


def answer_finds_back(network: Network, flow: Flow, interface: Interface) -> Obstacle | None:
    """6: the route table of the target's subnet leads back to the load balancer's subnet."""
    subnet = network.subnets.get(interface.subnet_id)
    if subnet is None:
        return unread(Predicate.RETURN, (interface.subnet_id,))
    return _route(network, flow, Predicate.RETURN, subnet, flow.senders.addresses, back=True)


def unread(predicate: Predicate, resources: tuple[str, ...]) -> Obstacle:
    """An obstacle for something the verdict would rest on, had it been read."""
    reason = many(
        "{resources} was not read.",
        "{resources} were not read.",
        n=len(resources),
        resources=wording.codes(resources),
    )
    return Obstacle(predicate, Verdict.CANNOT_TELL, reason, resources)


def _acl(
    network: Network,
    flow: Flow,
    predicate: Predicate,
    subnet_id: str,
    egress: bool,
    addresses: Range,
    ports: Interval,
    what: Message,
) -> Obstacle | None:
    acl = network.acls.get(subnet_id)
    if acl is None:
        reason = say("The network ACL of {subnet} was not read.", subnet=Code(text=subnet_id))
        return Obstacle(predicate, Verdict.CANNOT_TELL, reason, (subnet_id,), egress)

    def reach(part: Range) -> Reach:
        return network.acl_answer(
            acl, egress=egress, addresses=part, ports=ports, protocol=flow.protocol
        ).reach

    answer = network.acl_answer(acl, egress=egress, addresses=addresses, ports=ports, protocol=flow.protocol)
    if answer.reach is Reach.ALL:
        return None
    if addresses == flow.address:
        # One address: a part let through is a part of the ports.
        verdict = Verdict.BLOCK if answer.reach is Reach.NONE else Verdict.RISK
    else:
        verdict = settle(flow.senders, answer.reach, reach, shut_out=answer.shut_out)
    if verdict is Verdict.ALLOW:
        return None
    reason = wording.acl(verdict, answer, acl.id, egress, what, flow)
    return Obstacle(predicate, verdict, reason, (acl.id,), egress, answer.denied_by)


def _route(
    network: Network, flow: Flow, predicate: Predicate, subnet: Subnet, addresses: Range, *, back: bool
) -> Obstacle | None:
    table = network.table(subnet)
    if table is None:
        reason = say("The route table of {subnet} was not read.", subnet=Code(text=subnet.id))
        return Obstacle(predicate, Verdict.CANNOT_TELL, reason, (subnet.id,))
    found = answers(table, addresses, network.prefix_lists)
    if any(a.way is not Way.LOCAL for a in found) and (lists := unresolved(table, network.prefix_lists)):
        return unread(predicate, (table.id, *lists))
    judged = [(verdict, a) for a in found if (verdict := _judge(a, flow)) is not Verdict.ALLOW]
    if not judged:
        return None
    blocked = [a for verdict, a in judged if verdict is Verdict.BLOCK]
    if not blocked:
        return Obstacle(
            predicate, Verdict.CANNOT_TELL, wording.beyond(table.id, judged[0][1], back), (table.id,)
        )
    whole = Reach.NONE if len(blocked) == len(found) else Reach.SOME

    def reach(part: Range) -> Reach:
        ways = [_judge(a, flow) for a in answers(table, part, network.prefix_lists)]
        return Reach.NONE if Verdict.BLOCK in ways else Reach.ALL

    verdict = settle(flow.senders, whole, reach)
    if verdict is Verdict.ALLOW:
        return None
    return Obstacle(predicate, verdict, wording.route(table.id, blocked[0], back), (table.id,))


def _judge(answer: RouteAnswer, flow: Flow) -> Verdict:
    """A VPC always routes its own addresses; peering leads to another VPC and nowhere else."""
    if answer.way is Way.LOCAL or (answer.route is None and flow.within_vpc):
        return Verdict.ALLOW
    if answer.way is Way.DROPPED:
        return Verdict.BLOCK
    if answer.way is Way.PEERING and flow.interface and not flow.within_vpc:
        return Verdict.ALLOW
    return Verdict.CANNOT_TELL
