"""The evaluator against the packet-by-packet reference, over generated rules."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.evidence import AclEntry, Rule, TargetGroupAttributes
from bot.core.model import LoadBalancerType
from bot.core.paths import Purpose, acls, routes
from bot.core.paths.addresses import Reach, cidr_range
from bot.core.paths.security_groups import Peer, admitted, rules_for
from tests.estate import Estate
from tests.evidence_builders import (
    ALB_SG,
    GROUP_ARN,
    WEB_SG,
    a_load_balancer,
    a_route_table,
    a_rule,
    a_security_group,
    a_subnet,
    a_target,
    a_target_group,
    an_acl,
    an_acl_entry,
    an_interface,
)
from tests.path_reference import acl_lets, route_leads, sg_lets, verdict

CIDRS = (
    "0.0.0.0/0",
    "10.0.0.0/16",
    "10.0.0.0/28",
    "10.0.0.0/29",
    "10.0.0.0/30",
    "10.0.0.4/30",
    "10.0.0.5/32",
    "10.0.0.8/29",
    "10.0.0.9/32",
    "192.0.2.0/24",
)
PORTS = (
    None,
    (8080, 8080),
    (8081, 8081),
    (8000, 8090),
    (1024, 65535),
    (32768, 60999),
    (1024, 32767),
    (0, 65535),
)
LISTS = {"pl-0near": ("10.0.0.0/30", "10.0.0.4/30"), "pl-0far": ("192.0.2.0/24",)}
LB_SUBNET, WEB_SUBNET = "10.0.0.0/29", "10.0.0.8/29"

cidrs = st.sampled_from(CIDRS)
generous = st.one_of(st.just("0.0.0.0/0"), cidrs)
ports = st.sampled_from(PORTS)


def rules(direction: str) -> st.SearchStrategy[Rule]:
    return st.builds(
        a_rule,
        st.just(direction),
        ports,
        st.one_of(generous, st.sampled_from((ALB_SG, WEB_SG, "sg-0else", *LISTS))),
        protocol=st.sampled_from(("tcp", "6", "udp", "icmp")),
        peering_status=st.sampled_from(("", "", "active", "deleted")),
    )


entries = st.builds(
    an_acl_entry,
    st.integers(1, 9),
    st.booleans(),
    egress=st.booleans(),
    cidr=generous,
    ports=ports,
    protocol=st.sampled_from(("", "", "17")),
)
OPEN = (an_acl_entry(20, True), an_acl_entry(20, True, egress=True))
acl_entries = st.lists(entries, max_size=6, unique_by=lambda e: (e.egress, e.number))
# Mostly open at the end, or hardly any path would get past its first rule.
mostly_open = st.tuples(acl_entries, st.sampled_from((OPEN, OPEN, ()))).map(lambda both: [*both[0], *both[1]])
OUT = a_rule("egress", None, "0.0.0.0/0")
egress = st.one_of(st.just([OUT]), st.lists(rules("egress"), min_size=1, max_size=3))
route_lists = st.lists(
    st.tuples(
        cidrs,
        st.sampled_from(("local", "igw-0i", "tgw-0t", "eni-0appliance", "pcx-0p")),
        st.sampled_from(("active", "active", "blackhole")),
    ),
    max_size=4,
    unique_by=lambda r: r[0],
).map(lambda rs: [r for r in rs if r[0] != "10.0.0.0/16"])


@given(st.lists(rules("ingress"), max_size=5), st.sampled_from((8080, 8081, 443)), cidrs)
def test_security_groups_admit_the_union_of_their_rules(rs: list[Rule], port: int, peers: str) -> None:
    estate = Estate().but(
        security_groups=(a_security_group("sg-1", *rs[:2]), a_security_group("sg-2", *rs[2:])),
        prefix_lists=LISTS,
    )
    reach = admitted(
        rules_for(estate.security_groups, "ingress", 6, port),
        Peer(cidr_range(peers), frozenset({ALB_SG})),
        LISTS,
    )
    asked = [sg_lets(estate, ("sg-1", "sg-2"), "ingress", port, a, (ALB_SG,)) for a in _samples(peers)]
    assert reach is _reach(asked)


@given(acl_entries, st.booleans(), cidrs, st.sampled_from(((8080, 8080), (1024, 65535))))
def test_the_first_matching_acl_entry_decides(
    es: list[AclEntry], egress: bool, addresses: str, asked_ports: tuple[int, int]
) -> None:
    acl = an_acl("acl-1", (), *es)
    answer = acls.answer(acl, egress=egress, addresses=cidr_range(addresses), ports=asked_ports, protocol=6)
    borders = {edge + d for p in PORTS if p for edge in p for d in (-1, 0, 1)} | set(asked_ports)
    some_ports = [p for p in borders if asked_ports[0] <= p <= asked_ports[1]]
    passed = {(a, p): acl_lets(acl, egress, p, a) for a in _samples(addresses) for p in some_ports}
    assert answer.reach is _reach(passed.values())
    assert {p for _, p in (k for k, ok in passed.items() if ok)} == {
        p for p in some_ports if any(low <= p <= high for low, high in answer.open_ports)
    }
    assert (answer.denied_by == 0) == all(passed.values())


@given(route_lists, cidrs)
def test_the_longest_prefix_decides(rs: list[tuple[str, str, str]], addresses: str) -> None:
    table = a_route_table("rtb-1", (), *rs)
    found = routes.answers(table, cidr_range(addresses), {})
    words = {
        routes.Way.LOCAL: "yes",
        routes.Way.DROPPED: "no",
        routes.Way.PEERING: "?",
        routes.Way.TRANSIT: "?",
        routes.Way.THROUGH: "?",
    }
    assert {"yes" if a.route is None else words[a.way] for a in found} == {
        route_leads(table, a) for a in _samples(addresses)
    }


def _samples(cidr: str) -> list[str]:
    """Addresses of the block at and beside the border of every CIDR in use."""
    block = ip_network(cidr)
    named = [ip_network(c) for c in (*CIDRS, *LISTS["pl-0near"], *LISTS["pl-0far"])]
    near = {int(n[i]) + d for n in named for i in (0, -1) for d in (-1, 0, 1)}
    edges = {int(block[0]), int(block[-1])}
    return [str(ip_address(n)) for n in near | edges if int(block[0]) <= n <= int(block[-1])]


def _reach(passed: object) -> Reach:
    answers = list(passed)  # type: ignore[call-overload]
    return Reach.ALL if all(answers) else Reach.SOME if any(answers) else Reach.NONE


@st.composite
def estates(draw: st.DrawFn) -> tuple[Estate, str]:
    """One zone, one target, few rules; and who sends."""
    sends = draw(st.sampled_from(("moving", "moving", "fixed", "clients")))
    kind = LoadBalancerType.APPLICATION if sends == "moving" else LoadBalancerType.NETWORK
    has_groups = sends == "moving" or draw(st.booleans())
    web = draw(st.sampled_from(("subnet-web", "subnet-web", "subnet-lb")))
    acl_of_lb = an_acl("acl-lb", ["subnet-lb"], *draw(mostly_open))
    acl_of_web = an_acl("acl-web", ["subnet-web"], *draw(mostly_open))
    node = an_interface(draw(st.sampled_from(("10.0.0.5", "10.0.0.2"))), subnet_id="subnet-lb")
    return Estate().but(
        load_balancer=a_load_balancer(
            kind, zones=[("eu-central-1a", "subnet-lb")], security_groups=(ALB_SG,) if has_groups else ()
        ),
        groups=(a_target_group(protocol="TCP" if kind is LoadBalancerType.NETWORK else "HTTP"),),
        targets=(a_target("i-0aaa"),),
        interfaces={"i-0aaa": an_interface("10.0.0.9" if web == "subnet-web" else "10.0.0.3", subnet_id=web)},
        nodes=draw(st.sampled_from(((), (node,)))),
        security_groups=(
            a_security_group(ALB_SG, *draw(egress)),
            a_security_group(WEB_SG, *draw(st.lists(rules("ingress"), min_size=1, max_size=3))),
        ),
        prefix_lists=LISTS,
        acls=(acl_of_lb, acl_of_web),
        tables=(
            a_route_table("rtb-lb", ["subnet-lb"], *draw(route_lists)),
            a_route_table("rtb-web", ["subnet-web"], *draw(route_lists)),
        ),
        subnets=(a_subnet("subnet-lb", LB_SUBNET), a_subnet("subnet-web", WEB_SUBNET)),
        group_attributes=TargetGroupAttributes(
            by_group={GROUP_ARN: {"preserve_client_ip.enabled": str(sends == "clients").lower()}}
        ),
    ), sends


@settings(max_examples=600, deadline=None)
@given(estates())
def test_every_verdict_is_what_the_packets_say(drawn: tuple[Estate, str]) -> None:
    estate, sends = drawn
    by_purpose = {path.purpose: path for path in estate.paths()}
    subnet, target = estate.subnets[0], estate.interfaces["i-0aaa"]
    nodes_send = "fixed" if sends == "clients" else sends
    assert by_purpose[Purpose.TRAFFIC].verdict == verdict(estate, subnet, target, 8080, sends)
    assert by_purpose[Purpose.CHECK].verdict == verdict(estate, subnet, target, 8080, nodes_send)
