"""The sentences that say why a path is not simply open."""

from __future__ import annotations

from bot.core.message import Code, Message, many, say
from bot.core.paths.acls import IMPLICIT_DENY, AclAnswer
from bot.core.paths.flow import EPHEMERAL, Flow, SenderKind
from bot.core.paths.routes import RouteAnswer
from bot.core.paths.verdicts import Verdict


def codes(ids: tuple[str, ...]) -> list[Code]:
    return [Code(text=i) for i in ids]


def sender(flow: Flow, *, by_group: bool = False) -> Message:
    """The sender as a rule would name it: the clients, the load balancer's groups, or its subnet."""
    if by_group and flow.senders.groups:
        return say("{groups}", groups=codes(flow.senders.groups))
    if flow.senders.kind is SenderKind.CLIENTS:
        return say("the clients")
    cidr = flow.subnet.cidr if flow.address.version == 4 else flow.subnet.ipv6_cidr
    return say("{cidr} (the load balancer's subnet)", cidr=cidr)


def requests_to_target(flow: Flow) -> Message:
    return say("{port} to the target", port=flow.words)


def requests_from(flow: Flow, *, by_group: bool = False) -> Message:
    return say("{port} from {sender}", port=flow.words, sender=sender(flow, by_group=by_group))


def answers_to(flow: Flow) -> Message:
    return say("answers (ports {ports}) to {sender}", ports=interval(EPHEMERAL), sender=sender(flow))


def answers_from_target() -> Message:
    return say("answers (ports {ports}) from the target", ports=interval(EPHEMERAL))


def interval(ports: tuple[int, int]) -> str:
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"


def no_outbound_rule(groups: tuple[str, ...], what: Message) -> Message:
    return many(
        "{groups} has no outbound rule for {what}.",
        "None of {groups} has an outbound rule for {what}.",
        n=len(groups),
        groups=codes(groups),
        what=what,
    )


def inbound_rules(verdict: Verdict, reached_some: bool, groups: tuple[str, ...], flow: Flow) -> Message:
    """Why the target's security groups are an obstacle with that verdict."""
    if not reached_some:
        return many(
            "{groups} has no inbound rule for {what}.",
            "None of {groups} has an inbound rule for {what}.",
            n=len(groups),
            groups=codes(groups),
            what=requests_from(flow, by_group=True),
        )
    part = many(
        "{groups} lets {what} in from some addresses only.",
        "{groups} let {what} in from some addresses only.",
        n=len(groups),
        groups=codes(groups),
        what=requests_from(flow),
    )
    return say("{rule} {consequence}", rule=part, consequence=_of_a_part(verdict, flow))


def acl(verdict: Verdict, answer: AclAnswer, acl_id: str, egress: bool, what: Message, flow: Flow) -> Message:
    """Why a network ACL is an obstacle with that verdict."""
    if verdict is Verdict.BLOCK and not answer.open_ports:
        return _acl_denies(answer, acl_id, egress, what)
    if answer.open_ports and not answer.shut_out:
        return say(
            "{acl} lets only ports {open} through for {what}: connections may fail by chance.",
            acl=Code(text=acl_id),
            open=[interval(ports) for ports in answer.open_ports],
            what=what,
        )
    part = say("{acl} lets only a part of {what} through.", acl=Code(text=acl_id), what=what)
    return say("{rule} {consequence}", rule=part, consequence=_of_a_part(verdict, flow))


def _acl_denies(answer: AclAnswer, acl_id: str, egress: bool, what: Message) -> Message:
    values: dict[str, object] = {"acl": Code(text=acl_id), "what": what, "entry": str(answer.denied_by)}
    if answer.denied_by == IMPLICIT_DENY:
        if egress:
            return say("{acl} has no outbound entry that allows {what}.", **values)
        return say("{acl} has no inbound entry that allows {what}.", **values)
    if egress:
        return say("Outbound entry {entry} of {acl} denies {what}.", **values)
    return say("Inbound entry {entry} of {acl} denies {what}.", **values)


def _of_a_part(verdict: Verdict, flow: Flow) -> Message:
    if verdict is Verdict.BLOCK and flow.senders.kind is SenderKind.CLIENTS:
        return say("Clients from the internet are not among them.")
    if verdict is Verdict.BLOCK:
        return say("An address the load balancer uses now is not among them.")
    if verdict is Verdict.RISK:
        return say("The load balancer's addresses can change.")
    if flow.senders.kind is SenderKind.CLIENTS:
        return say("Which clients call is not known.")
    return say("The load balancer's own address there was not found.")


def route(table_id: str, answer: RouteAnswer, back: bool) -> Message:
    """What a route table does with a packet to the target, or with its answer."""
    what = say("answers to the load balancer") if back else say("packets to the target")
    values: dict[str, object] = {"table": Code(text=table_id), "what": what}
    if answer.route is None:
        return say("{table} has no route for {what}.", **values)
    values |= {"destination": answer.route.destination, "via": Code(text=answer.route.target)}
    if answer.route.state != "active":
        return say(
            "{table} drops {what}: its route {destination} to {via} is {state}.",
            state=answer.route.state,
            **values,
        )
    return say("{table} sends {what} by its route {destination} to {via}.", **values)


def beyond(table_id: str, answer: RouteAnswer, back: bool) -> Message:
    """A route that leads where nothing was read."""
    return say("{route} What lies behind was not read.", route=route(table_id, answer, back))
