"""The network path, one fact at a time."""

from __future__ import annotations

import pytest

from bot.core.evidence import Listener, Listeners, LoadBalancerAttributes, TargetGroupAttributes
from bot.core.model import LoadBalancerType
from bot.core.paths import Path, Predicate, Purpose, Verdict
from bot.i18n import t
from tests.estate import EVERYWHERE, SUBNETS, TARGETS, Estate
from tests.evidence_builders import (
    ALB_SG,
    GROUP_ARN,
    WEB_SG,
    a_health_check,
    a_load_balancer,
    a_route_table,
    a_security_group,
    a_subnet,
    a_target,
    a_target_group,
    an_acl,
    an_acl_entry,
    an_interface,
    inbound,
    outbound,
    unread,
)

OPEN_OUT = outbound(None, "0.0.0.0/0")
ALB_OPEN = a_security_group(ALB_SG, OPEN_OUT)
LB_SIDE, WEB_SIDE = EVERYWHERE[:2], EVERYWHERE[2:]
ALLOW_REST = (an_acl_entry(200, True), an_acl_entry(200, True, egress=True))
ONE = (a_target("i-0aaa"),)


def web(*rules: object) -> tuple[object, ...]:
    return (ALB_OPEN, a_security_group(WEB_SG, *rules))  # type: ignore[arg-type]


def verdicts(paths: tuple[Path, ...], purpose: Purpose = Purpose.TRAFFIC) -> set[str]:
    return {p.verdict.value for p in paths if p.purpose is purpose}


def why(paths: tuple[Path, ...]) -> str:
    """The reason of the first path that is not open."""
    return next(t(p.obstacle.reason, "en") for p in paths if p.obstacle)


def test_an_open_network_is_allowed_from_every_zone_to_every_target() -> None:
    paths = Estate().paths()
    assert len(paths) == 2 * 4 * 2
    assert {p.verdict for p in paths} == {Verdict.ALLOW}


def test_a_missing_rule_blocks_traffic_while_the_check_port_stays_open() -> None:
    group = a_target_group(health_check=a_health_check("8081"))
    paths = Estate().but(groups=(group,), security_groups=web(inbound(8081, ALB_SG))).paths()
    assert verdicts(paths) == {"block"}
    assert verdicts(paths, Purpose.CHECK) == {"allow"}
    assert why(paths) == "sg-0web has no inbound rule for tcp 8080 from sg-0alb."


def test_a_load_balancer_group_without_outbound_rule_blocks_first() -> None:
    groups = (a_security_group(ALB_SG, outbound(443, "0.0.0.0/0")), a_security_group(WEB_SG))
    paths = Estate().but(security_groups=groups).paths()
    assert {p.obstacle.predicate for p in paths if p.obstacle} == {Predicate.LOAD_BALANCER_GROUP}
    assert why(paths) == "sg-0alb has no outbound rule for tcp 8080 to the target."


def test_one_zones_acl_blocks_only_that_zones_paths() -> None:
    closed = an_acl("acl-0b", ["subnet-web-b"], an_acl_entry(90, False, ports=(8080, 8080)), *ALLOW_REST)
    rest = an_acl("acl-0default", [*LB_SIDE, "subnet-web-a"])
    paths = Estate().but(acls=(closed, rest)).paths()
    blocked = {p.target for p in paths if p.verdict is Verdict.BLOCK}
    assert blocked == {"i-0ccc", "i-0ddd"}
    assert (
        why(paths)
        == "Inbound entry 90 of acl-0b denies tcp 8080 from 10.0.1.0/24 (the load balancer's subnet)."
    )


def test_an_acl_does_not_act_inside_a_subnet() -> None:
    shut = an_acl("acl-0shut", EVERYWHERE, an_acl_entry(1, False), an_acl_entry(1, False, egress=True))
    together = {"i-0aaa": an_interface("10.0.1.10", subnet_id="subnet-lb-a")}
    paths = Estate().but(acls=(shut,), targets=ONE, interfaces=together).paths()
    assert {p.zone: p.verdict for p in paths} == {
        "eu-central-1a": Verdict.ALLOW,
        "eu-central-1b": Verdict.BLOCK,
    }


@pytest.mark.parametrize(
    ("answers", "expected"),
    [((1024, 65535), "allow"), ((32768, 60999), "risk"), ((443, 443), "block")],
)
def test_answers_need_the_whole_ephemeral_range(answers: tuple[int, int], expected: str) -> None:
    acl = an_acl(
        "acl-0web", WEB_SIDE, an_acl_entry(100, True), an_acl_entry(100, True, egress=True, ports=answers)
    )
    paths = Estate().but(acls=(acl, an_acl("acl-0lb", LB_SIDE))).paths()
    assert verdicts(paths) == {expected}


def test_the_ports_that_do_work_are_named() -> None:
    entry = an_acl_entry(100, True, egress=True, ports=(32768, 60999))
    acl = an_acl("acl-0web", WEB_SIDE, an_acl_entry(100, True), entry)
    paths = Estate().but(acls=(acl, an_acl("acl-0lb", LB_SIDE))).paths()
    assert "lets only ports 32768-60999 through for answers (ports 1024-65535)" in why(paths)


def test_a_blackhole_route_blocks_and_says_which() -> None:
    table = a_route_table("rtb-0main", (), ("10.0.11.0/24", "eni-0gone", "blackhole"), main=True)
    paths = Estate().but(tables=(table,)).paths()
    assert {p.target for p in paths if p.verdict is Verdict.BLOCK} == {"i-0aaa", "i-0bbb"}
    assert (
        why(paths)
        == "rtb-0main drops packets to the target: its route 10.0.11.0/24 to eni-0gone is blackhole."
    )


def test_an_appliance_on_the_way_is_not_judged() -> None:
    table = a_route_table("rtb-0main", (), ("10.0.11.0/24", "vpce-0gwlb"), main=True)
    paths = Estate().but(tables=(table,), targets=ONE, security_groups=web()).paths()
    assert verdicts(paths) == {"cannot_tell"}


def test_an_unread_route_table_hides_nothing_that_is_known() -> None:
    assert verdicts(Estate().but(tables=()).paths()) == {"cannot_tell"}
    assert verdicts(Estate().but(tables=(), security_groups=web()).paths()) == {"block"}


PEER_SUBNET = a_subnet("subnet-peer", "172.16.1.0/24", vpc_id="vpc-0peer")


def peered(to_peer: tuple[str, ...], back: tuple[str, ...]) -> Estate:
    return Estate().but(
        groups=(a_target_group(target_type="ip"),),
        targets=(a_target("172.16.1.10", zone="all"),),
        interfaces={"172.16.1.10": an_interface("172.16.1.10", subnet_id="subnet-peer", vpc_id="vpc-0peer")},
        subnets=(*SUBNETS, PEER_SUBNET),
        acls=(an_acl("acl-0all", [*EVERYWHERE, "subnet-peer"]),),
        security_groups=web(inbound(8080, "10.0.0.0/16")),
        tables=(
            a_route_table("rtb-0main", (), to_peer, main=True),  # type: ignore[arg-type]
            a_route_table("rtb-0peer", ["subnet-peer"], back, vpc_id="vpc-0peer", vpc_cidr="172.16.0.0/16"),  # type: ignore[arg-type]
        ),
    )


def test_peering_needs_a_route_on_both_sides() -> None:
    forth, back = ("172.16.0.0/16", "pcx-0p"), ("10.0.0.0/16", "pcx-0p")
    assert verdicts(peered(forth, back).paths()) == {"allow"}
    assert verdicts(peered(forth, ("192.0.2.0/24", "pcx-0p")).paths()) == {"block"}
    assert verdicts(peered(("172.16.0.0/16", "pcx-0p", "blackhole"), back).paths()) == {"block"}


def test_a_transit_gateway_leads_where_nothing_was_read() -> None:
    paths = peered(("172.16.0.0/16", "tgw-0t"), ("10.0.0.0/16", "tgw-0t")).paths()
    assert verdicts(paths) == {"cannot_tell"}


def test_a_private_target_is_never_behind_the_internet_gateway() -> None:
    paths = peered(("0.0.0.0/0", "igw-0i"), ("10.0.0.0/16", "pcx-0p")).paths()
    assert verdicts(paths) == {"block"}


def test_a_target_outside_the_account_is_judged_on_the_load_balancers_side_only() -> None:
    elsewhere = peered(("172.16.0.0/16", "pcx-0p"), ("10.0.0.0/16", "pcx-0p")).but(interfaces={})
    assert verdicts(elsewhere.paths()) == {"cannot_tell"}
    shut = elsewhere.but(security_groups=(a_security_group(ALB_SG, outbound(443, "0.0.0.0/0")),))
    assert verdicts(shut.paths()) == {"block"}


def test_an_instance_that_was_not_found_cannot_be_told() -> None:
    assert verdicts(Estate().but(interfaces={}).paths()) == {"cannot_tell"}


def test_a_self_reference_helps_only_when_both_carry_the_group() -> None:
    shared = a_security_group("sg-0shared", inbound(None, "sg-0shared"), OPEN_OUT)
    lb = a_load_balancer(security_groups=("sg-0shared",))
    both = {i: e.model_copy(update={"security_groups": ("sg-0shared",)}) for i, e in TARGETS.items()}
    groups = (shared, a_security_group(WEB_SG))
    assert verdicts(Estate().but(load_balancer=lb, security_groups=groups, interfaces=both).paths()) == {
        "allow"
    }
    assert verdicts(Estate().but(load_balancer=lb, security_groups=groups).paths()) == {"block"}


def test_a_group_that_was_not_read_might_allow() -> None:
    assert verdicts(Estate().but(security_groups=(ALB_OPEN,)).paths()) == {"cannot_tell"}


@pytest.mark.parametrize(
    ("lists", "expected"),
    [({"pl-0": ("10.0.0.0/22",)}, "allow"), ({"pl-0": ("10.9.0.0/22",)}, "block"), ({}, "cannot_tell")],
)
def test_prefix_lists_count_by_their_entries(lists: dict[str, tuple[str, ...]], expected: str) -> None:
    paths = Estate().but(security_groups=web(inbound(8080, "pl-0")), prefix_lists=lists).paths()
    assert verdicts(paths) == {expected}


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [((), "risk"), (("10.0.1.20",), "risk"), (("10.0.1.20", "10.0.1.21"), "block")],
)
def test_a_rule_for_single_node_addresses_is_a_risk_until_one_is_outside(
    nodes: tuple[str, ...], expected: str
) -> None:
    estate = Estate().but(
        load_balancer=a_load_balancer(zones=[("eu-central-1a", "subnet-lb-a")]),
        security_groups=web(inbound(8080, "10.0.1.20/32")),
        nodes=tuple(an_interface(ip, subnet_id="subnet-lb-a") for ip in nodes),
    )
    assert verdicts(estate.paths()) == {expected}


@pytest.mark.parametrize(("protocol", "expected"), [("tcp", "allow"), ("6", "allow"), ("udp", "block")])
def test_rules_may_write_the_protocol_as_a_number(protocol: str, expected: str) -> None:
    assert verdicts(Estate().but(security_groups=web(inbound(8080, ALB_SG, protocol))).paths()) == {expected}


def test_an_ipv6_group_is_judged_by_ipv6_rules_only() -> None:
    six = {"i-0aaa": an_interface("10.0.11.10", ipv6=["2001:db8:0:11::a"])}
    table = a_route_table("rtb-0main", (), ("2001:db8::/56", "local"), main=True)
    acl = an_acl(
        "acl-0six",
        EVERYWHERE,
        an_acl_entry(100, True, cidr="::/0"),
        an_acl_entry(100, True, egress=True, cidr="::/0"),
    )
    estate = Estate().but(
        groups=(a_target_group(ip_address_type="ipv6"),),
        targets=ONE,
        interfaces=six,
        tables=(table,),
        acls=(acl,),
        security_groups=(
            a_security_group(ALB_SG, outbound(None, "::/0")),
            a_security_group(WEB_SG, inbound(8080, "2001:db8:0:1::/64")),
        ),
    )
    assert {p.zone: p.verdict for p in estate.paths() if p.purpose is Purpose.TRAFFIC} == {
        "eu-central-1a": Verdict.ALLOW,
        "eu-central-1b": Verdict.BLOCK,
    }
    assert verdicts(estate.but(security_groups=web(inbound(8080, "10.0.0.0/8"))).paths()) == {"block"}


def nlb(lb_groups: tuple[str, ...] = (), attributes: dict[str, str] | None = None, **parts: object) -> Estate:
    """A Network load balancer with nodes 10.0.1.7 and 10.0.2.7, keeping the client IP unless told."""
    return Estate().but(
        load_balancer=a_load_balancer(LoadBalancerType.NETWORK, security_groups=lb_groups),
        groups=(a_target_group(protocol="TCP", health_check=a_health_check(protocol="TCP", matcher="")),),
        group_attributes=TargetGroupAttributes(by_group={GROUP_ARN: attributes or {}}),
        nodes=(
            an_interface("10.0.1.7", subnet_id="subnet-lb-a"),
            an_interface("10.0.2.7", subnet_id="subnet-lb-b"),
        ),
        **parts,
    )


NODE_RULES = (inbound(8080, "10.0.1.7/32"), inbound(8080, "10.0.2.7/32"))
NOT_KEPT = {"preserve_client_ip.enabled": "false"}


@pytest.mark.parametrize(
    ("lb_groups", "attributes", "rules", "traffic", "check"),
    [
        ((ALB_SG,), {}, (inbound(8080, ALB_SG),), "allow", "allow"),
        ((ALB_SG,), {}, NODE_RULES, "block", "allow"),
        ((ALB_SG,), NOT_KEPT, (inbound(8080, ALB_SG),), "allow", "allow"),
        ((ALB_SG,), NOT_KEPT, NODE_RULES, "allow", "allow"),
        ((), {}, (inbound(8080, "0.0.0.0/0"),), "allow", "allow"),
        ((), {}, (inbound(8080, "198.51.100.0/24"),), "cannot_tell", "block"),
        ((), {}, (inbound(8080, "sg-0client"),), "block", "block"),
        ((), NOT_KEPT, NODE_RULES, "allow", "allow"),
        ((), NOT_KEPT, (inbound(8080, "198.51.100.0/24"),), "block", "block"),
        ((), NOT_KEPT, (inbound(8080, ALB_SG),), "block", "block"),
    ],
)
def test_network_load_balancers_four_cases(
    lb_groups: tuple[str, ...],
    attributes: dict[str, str],
    rules: tuple[object, ...],
    traffic: str,
    check: str,
) -> None:
    paths = nlb(lb_groups, attributes, security_groups=web(*rules)).paths()
    assert (verdicts(paths), verdicts(paths, Purpose.CHECK)) == ({traffic}, {check})


def test_a_target_acl_sees_the_clients_when_their_address_is_kept() -> None:
    vpc_only = an_acl(
        "acl-0web",
        WEB_SIDE,
        an_acl_entry(100, True, cidr="10.0.0.0/16"),
        an_acl_entry(100, True, egress=True),
    )
    acls = (vpc_only, an_acl("acl-0lb", LB_SIDE))
    rules = web(inbound(8080, "0.0.0.0/0"))
    assert verdicts(nlb(acls=acls, security_groups=rules).paths()) == {"block"}
    assert verdicts(nlb(acls=acls, security_groups=rules, attributes=NOT_KEPT).paths()) == {"allow"}


def test_unread_attributes_leave_the_sender_in_doubt_only_where_it_matters() -> None:
    lost = {"group_attributes": unread(action="elasticloadbalancing:DescribeTargetGroupAttributes")}
    open_to_all = nlb(security_groups=web(inbound(8080, "0.0.0.0/0"))).but(**lost)
    nodes_only = nlb(security_groups=web(*NODE_RULES)).but(**lost)
    assert verdicts(open_to_all.paths()) == {"allow"}
    assert verdicts(nodes_only.paths()) == {"cannot_tell"}


def test_clients_of_an_internal_load_balancer_may_have_any_address() -> None:
    inside = nlb(security_groups=web(*NODE_RULES))
    lb = inside.load_balancer.model_copy(update={"scheme": "internal"})
    assert verdicts(inside.paths()) == {"block"}
    assert verdicts(inside.but(load_balancer=lb).paths()) == {"cannot_tell"}


def test_udp_groups_are_judged_by_udp_rules_and_checked_over_tcp() -> None:
    group = a_target_group(protocol="UDP", health_check=a_health_check("8081", protocol="TCP", matcher=""))
    rules = web(inbound(8080, "0.0.0.0/0", "udp"), inbound(8081, "10.0.0.0/16"))
    paths = nlb(security_groups=rules).but(groups=(group,)).paths()
    assert {(p.protocol, p.port, p.verdict) for p in paths} == {
        ("udp", 8080, Verdict.ALLOW),
        ("tcp", 8081, Verdict.ALLOW),
    }


def pairs(estate: Estate) -> set[tuple[str, str]]:
    return {(p.zone[-1], p.target) for p in estate.paths()}


SAME_ZONE = {("a", "i-0aaa"), ("a", "i-0bbb"), ("b", "i-0ccc"), ("b", "i-0ddd")}


def test_network_load_balancers_keep_to_their_zone_unless_told() -> None:
    rules = web(inbound(8080, "0.0.0.0/0"))
    crossing = LoadBalancerAttributes(attributes={"load_balancing.cross_zone.enabled": "true"})
    assert pairs(nlb(security_groups=rules)) == SAME_ZONE
    assert len(pairs(nlb(security_groups=rules, load_balancer_attributes=crossing))) == 8


def test_application_load_balancers_cross_zones_unless_the_group_overrides_it() -> None:
    own = TargetGroupAttributes(by_group={GROUP_ARN: {"load_balancing.cross_zone.enabled": "false"}})
    inherited = TargetGroupAttributes(
        by_group={GROUP_ARN: {"load_balancing.cross_zone.enabled": "use_load_balancer_configuration"}}
    )
    assert pairs(Estate().but(group_attributes=own)) == SAME_ZONE
    assert len(pairs(Estate().but(group_attributes=inherited))) == 8


def test_a_block_across_zones_is_not_claimed_while_cross_zone_is_unread() -> None:
    closed = an_acl("acl-0b", ["subnet-web-b"], an_acl_entry(90, False, cidr="10.0.1.0/24"), *ALLOW_REST)
    rest = an_acl("acl-0default", [*LB_SIDE, "subnet-web-a"])
    paths = Estate().but(acls=(closed, rest), group_attributes=unread()).paths()
    assert verdicts(paths) == {"allow", "cannot_tell"}


def test_classic_load_balancers_use_the_instance_ports_of_their_listeners() -> None:
    listeners = Listeners(
        listeners=(
            Listener(protocol="HTTP", port=80, instance_protocol="HTTP", instance_port=8080),
            Listener(protocol="TCP", port=443, instance_protocol="TCP", instance_port=8443),
        )
    )
    classic = Estate().but(
        load_balancer=a_load_balancer(LoadBalancerType.CLASSIC),
        groups=(a_target_group(arn="", health_check=a_health_check("8080")),),
        targets=(a_target("i-0aaa", group=""),),
        listeners=listeners,
        load_balancer_attributes=LoadBalancerAttributes(
            attributes={"CrossZoneLoadBalancing.Enabled": "true"}
        ),
    )
    found = {(p.purpose.value, p.port, p.verdict.value) for p in classic.paths()}
    assert found == {("traffic", 8080, "allow"), ("traffic", 8443, "block"), ("check", 8080, "allow")}
    assert {p.port for p in classic.but(listeners=unread()).paths()} == {8080}


def test_dynamic_host_ports_are_the_registered_ones() -> None:
    targets = (a_target("i-0aaa", 32768), a_target("i-0aaa", 49153))
    rules = web(inbound((32768, 40000), ALB_SG))
    paths = Estate().but(targets=targets, security_groups=rules).paths()
    assert {(p.port, p.verdict.value) for p in paths} == {(32768, "allow"), (49153, "block")}


def test_draining_targets_and_lambda_functions_have_no_paths() -> None:
    assert Estate().but(targets=(a_target(state="draining"),)).paths() == ()
    assert Estate().but(groups=(a_target_group(target_type="lambda"),)).paths() == ()


def test_disabled_health_checks_have_no_paths() -> None:
    group = a_target_group(health_check=a_health_check(enabled=False))
    assert {p.purpose for p in Estate().but(groups=(group,)).paths()} == {Purpose.TRAFFIC}
