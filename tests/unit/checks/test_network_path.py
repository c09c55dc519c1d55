"""The network-path check: its statuses, its words and its signals."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.core.checks import run_check
from bot.core.evidence import (
    BaselineMetrics,
    Change,
    Changes,
    Evidence,
    LoadBalancerMetrics,
    NetworkAcls,
    Route,
    TargetGroupAttributes,
)
from bot.core.model import Finding, LoadBalancerType, Scope, Status
from bot.i18n import t
from runbooks.checks.network_path import CHECK
from tests.estate import EVERYWHERE, Estate
from tests.evidence_builders import (
    ALARM_AT,
    ALB_SG,
    GROUP_ARN,
    ONSET,
    WEB_SG,
    WINDOW,
    a_change,
    a_health_check,
    a_load_balancer,
    a_route_table,
    a_scope,
    a_security_group,
    a_series,
    a_target,
    a_target_group,
    an_acl,
    an_acl_entry,
    an_interface,
    at,
    inbound,
    outbound,
    readings,
    the_changes,
    unread,
)

SPLIT = (a_target_group(health_check=a_health_check("8081")),)
OPEN_OUT = outbound(None, "0.0.0.0/0")
ALB_OPEN = a_security_group(ALB_SG, OPEN_OUT)
ONLY_8081 = (ALB_OPEN, a_security_group(WEB_SG, inbound(8081, ALB_SG)))
ONLY_8080 = (ALB_OPEN, a_security_group(WEB_SG, inbound(8080, ALB_SG)))
NOTHING = (ALB_OPEN, a_security_group(WEB_SG))
LATER = ONSET + timedelta(minutes=25)


def run(estate: Estate, scope: Scope | None = None, *more: Evidence) -> Finding:
    here = scope or a_scope(estate.load_balancer, now=LATER)
    return run_check(CHECK, here, {**estate.readings(), **readings(*more)})


def said(finding: Finding) -> list[str]:
    return [t(finding.summary, "en"), *(t(d, "en") for d in finding.details)]


def signals(finding: Finding) -> dict[str, bool]:
    return {s.id: s.holds for s in finding.signals}


def revoke(when: str = "14:02:11", port: int = 8080, **parts: str) -> Change:
    source = parts.get("source", ALB_SG)
    permission = {
        "ipProtocol": "tcp",
        "fromPort": port,
        "toPort": port,
        "groups": {"items": [{"groupId": source, "userId": "111122223333"}]},
    }
    request = json.dumps({"groupId": WEB_SG, "ipPermissions": {"items": [permission]}})
    return a_change(when=at(when), request=parts.get("request", request))


def trail(*changes: Change, until: timedelta = timedelta()) -> Changes:
    return the_changes(*changes, read_at=LATER + until)


def test_a_revoked_rule_with_the_check_port_open_is_told_as_it_is() -> None:
    finding = run(Estate().but(groups=SPLIT, security_groups=ONLY_8081, changes=trail(revoke())))
    assert finding.status is Status.FAIL
    assert said(finding) == [
        "4 of 4 targets: traffic port 8080 is blocked, health-check port 8081 is open",
        "sg-0web has no inbound rule for tcp 8080 from sg-0alb."
        " It had one until 14:02 UTC, removed by role/deploy-bot. 8 of 8 paths to port 8080.",
        "That is why targets still look healthy while requests fail.",
        "16 paths evaluated: 8 blocked, 0 at risk, 0 not judged.",
    ]
    assert signals(finding) == {
        "path_blocked": True,
        "check_path_blocked": False,
        "path_risk": False,
        "network_change_before_onset": True,
        "paths_open_and_unchanged": False,
        "check_port_differs": True,
    }
    (line,) = finding.moments
    assert line.key == "change:3f2a0000-0000-0000-0000-000000000001"
    assert t(line.message, "en") == "role/deploy-bot removed tcp 8080 from sg-0web"
    assert finding.numbers["paths_blocked"] == 8


def test_an_open_network_passes() -> None:
    finding = run(Estate().but(groups=SPLIT, changes=trail()))
    assert finding.status is Status.PASS
    assert said(finding)[0] == (
        "Every path is open: 4 targets on port 8080 and health-check port 8081, from 2 zones"
    )
    assert signals(finding) == {
        "path_blocked": False,
        "check_path_blocked": False,
        "path_risk": False,
        "network_change_before_onset": False,
        "paths_open_and_unchanged": True,
        "check_port_differs": True,
    }
    assert finding.table is not None
    assert len(finding.table.rows) == 16
    assert finding.table.rows[0] == ("eu-central-1a", "i-0aaa", "8080", "traffic", "ALLOW")


@pytest.mark.parametrize(
    ("groups", "rules", "summary", "path", "check"),
    [
        (
            SPLIT,
            NOTHING,
            "4 of 4 targets: traffic port 8080 and health-check port 8081 are blocked",
            True,
            True,
        ),
        (
            SPLIT,
            ONLY_8080,
            "4 of 4 targets: health checks to port 8081 are blocked, traffic to port 8080 is not",
            False,
            True,
        ),
        ((a_target_group(),), NOTHING, "4 of 4 targets: port 8080 is blocked", True, True),
    ],
)
def test_which_port_is_blocked_is_said(
    groups: object, rules: object, summary: str, path: bool, check: bool
) -> None:
    finding = run(Estate().but(groups=groups, security_groups=rules))
    assert (finding.status, said(finding)[0]) == (Status.FAIL, summary)
    assert signals(finding)["path_blocked"] is path
    assert signals(finding)["check_path_blocked"] is check
    assert "That is why targets still look healthy while requests fail." not in said(finding)


def test_unhealthy_targets_are_no_split_port_trap() -> None:
    sick = tuple(t.model_copy(update={"state": "unhealthy"}) for t in Estate().targets)
    finding = run(Estate().but(groups=SPLIT, security_groups=ONLY_8081, targets=sick))
    assert "That is why targets still look healthy while requests fail." not in said(finding)


def one_zone_closed(subnet: str) -> Estate:
    shut = an_acl("acl-0b", [subnet], an_acl_entry(90, False), an_acl_entry(100, True, egress=True))
    return Estate().but(acls=(shut, an_acl("acl-0rest", [s for s in EVERYWHERE if s != subnet])))


def test_a_block_in_one_zone_names_the_zone() -> None:
    finding = run(one_zone_closed("subnet-web-b"))
    assert said(finding)[0] == "2 of 4 targets: in eu-central-1b, port 8080 is blocked"
    assert {s.zone for s in finding.signals if s.id == "path_blocked"} == {"eu-central-1b"}
    from_b = run(one_zone_closed("subnet-lb-b"))
    assert said(from_b)[0] == "4 of 4 targets: from eu-central-1b, port 8080 is blocked"
    assert {s.zone for s in from_b.signals if s.id == "path_blocked"} == {"eu-central-1b"}


def test_a_risk_warns() -> None:
    narrow = an_acl(
        "acl-0", EVERYWHERE, an_acl_entry(1, True), an_acl_entry(1, True, egress=True, ports=(32768, 60999))
    )
    web = an_acl_entry(2, True, egress=True, ports=(8080, 8080))
    acl = narrow.model_copy(update={"entries": (*narrow.entries, web)})
    finding = run(Estate().but(acls=(acl,), changes=trail()))
    assert finding.status is Status.WARN
    assert said(finding)[0] == "4 of 4 targets: open now, but only by chance or until an address changes"
    assert signals(finding)["path_risk"] is True
    assert "path_blocked" not in signals(finding)
    assert "paths_open_and_unchanged" not in signals(finding)


def test_one_path_that_cannot_be_judged_is_no_pass() -> None:
    lost = {i: e for i, e in Estate().interfaces.items() if i != "i-0ddd"}
    finding = run(Estate().but(interfaces=lost, changes=trail()))
    assert finding.status is Status.UNKNOWN
    assert said(finding)[0] == (
        "4 of 16 paths could not be judged, the others are open. That is no proof either way."
    )
    assert "path_blocked" not in signals(finding)
    assert "paths_open_and_unchanged" not in signals(finding)


def test_nothing_that_could_be_judged_is_unknown() -> None:
    finding = run(Estate().but(interfaces={}))
    assert finding.status is Status.UNKNOWN
    assert said(finding)[0] == "None of the 16 paths could be judged. Nothing is concluded from them."


def test_a_sure_block_counts_although_others_could_not_be_judged() -> None:
    lost = {i: e for i, e in Estate().interfaces.items() if i != "i-0ddd"}
    finding = run(Estate().but(interfaces=lost, security_groups=NOTHING))
    assert finding.status is Status.FAIL
    assert finding.numbers["paths_not_judged"] == 4


def test_a_refused_read_is_unknown() -> None:
    denied = readings(unread={NetworkAcls: unread()})
    finding = run_check(CHECK, a_scope(), {**Estate().readings(), **denied})
    assert finding.status is Status.UNKNOWN
    assert t(finding.summary, "en") == ("Not allowed: ec2:DescribeNetworkAcls. Nothing is concluded from it.")
    assert finding.signals == ()


def test_without_targets_there_is_nothing_to_judge() -> None:
    assert run(Estate().but(targets=())).status is Status.UNKNOWN
    functions = Estate().but(groups=(a_target_group(target_type="lambda"),))
    assert run(functions).status is Status.NOT_APPLICABLE


# Changes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            revoke(port=443),
            "sg-0web was changed at 14:02 UTC by role/deploy-bot (RevokeSecurityGroupIngress).",
        ),
        (revoke(source="sg-0else"), "sg-0web was changed at 14:02 UTC by role/deploy-bot"),
        (
            revoke(request='{"groupId":"sg-0web","ipPerm'),
            "sg-0web was changed at 14:02 UTC by role/deploy-bot",
        ),
        (a_change("RevokeSecurityGroupEgress"), ""),
        (a_change("AuthorizeSecurityGroupIngress"), ""),
        (a_change(error="Client.UnauthorizedOperation"), ""),
        (a_change(resources=["sg-0else"]), ""),
    ],
)
def test_only_the_rule_that_is_missing_counts_as_removed(change: Change, told: str) -> None:
    finding = run(Estate().but(security_groups=NOTHING, changes=trail(change)))
    assert "It had one until" not in said(finding)[1]
    assert told in said(finding)[1]
    assert bool(finding.moments) is bool(told)


def test_a_rule_revoked_by_its_id_is_found_in_the_answer() -> None:
    answer = {
        "revokedSecurityGroupRuleSet": {
            "items": [
                {
                    "groupId": WEB_SG,
                    "isEgress": False,
                    "ipProtocol": "tcp",
                    "fromPort": 8000,
                    "toPort": 8100,
                    "cidrIpv4": "10.0.0.0/16",
                }
            ]
        }
    }
    change = a_change(request='{"groupId":"sg-0web"}', response=json.dumps(answer))
    finding = run(Estate().but(security_groups=NOTHING, changes=trail(change)))
    assert "It had one until 14:02 UTC" in said(finding)[1]


def test_an_acl_entry_put_in_front_is_named() -> None:
    acl = an_acl("acl-0", EVERYWHERE, an_acl_entry(50, False), an_acl_entry(100, True))
    change = a_change("CreateNetworkAclEntry", resources=["acl-0"])
    finding = run(Estate().but(acls=(acl,), changes=trail(change)))
    assert "acl-0 was changed at 14:02 UTC by role/deploy-bot (CreateNetworkAclEntry)." in " ".join(
        said(finding)
    )


def test_a_dead_route_and_who_made_it() -> None:
    table = a_route_table("rtb-0main", (), ("10.0.11.0/24", "eni-0gone", "blackhole"), main=True)
    assert Route(destination="10.0.11.0/24", target="eni-0gone", state="blackhole") in table.routes
    change = a_change("ReplaceRoute", resources=["rtb-0main"])
    finding = run(Estate().but(tables=(table,), changes=trail(change)))
    assert said(finding)[0] == "2 of 4 targets: in eu-central-1a, port 8080 is blocked"
    assert "rtb-0main was changed at 14:02 UTC by role/deploy-bot (ReplaceRoute)." in said(finding)[1]


@pytest.mark.parametrize(
    ("when", "holds"),
    [("13:37", False), ("13:39", True), ("14:02", True), ("14:08", False), ("14:20", False)],
)
def test_without_metrics_the_half_hour_before_the_alarm_is_searched(when: str, holds: bool) -> None:
    finding = run(Estate().but(changes=trail(revoke(when))))
    assert signals(finding)["network_change_before_onset"] is holds


def errors_since_onset() -> tuple[Evidence, ...]:
    """No errors until 14:05, then twenty a minute; none in the week before."""
    quiet = {"LoadBalancer": a_load_balancer().dimension}
    earlier = WINDOW.start - timedelta(days=1)
    return (
        LoadBalancerMetrics(
            window=WINDOW,
            series=(
                a_series("TargetConnectionErrorCount", [None] * 30 + [20] * 20, dimensions=quiet),
                a_series("RequestCount", [4000] * 50, dimensions=quiet),
            ),
        ),
        BaselineMetrics(
            window=WINDOW,
            series=(
                a_series("TargetConnectionErrorCount", [], start=earlier, dimensions=quiet),
                a_series("RequestCount", [4000] * 60, start=earlier, dimensions=quiet),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("when", "holds"),
    [("13:45", False), ("13:50", True), ("14:02", True), ("14:05:30", True), ("14:06", False)],
)
def test_a_change_counts_up_to_fifteen_minutes_before_the_first_error(when: str, holds: bool) -> None:
    finding = run(Estate().but(changes=trail(revoke(when))), None, *errors_since_onset())
    assert signals(finding)["network_change_before_onset"] is holds


def test_the_distance_to_the_first_error_is_told() -> None:
    finding = run(Estate().but(changes=trail(revoke("14:02:11"))), None, *errors_since_onset())
    because = {s.id: t(s.because, "en") for s in finding.signals}
    assert because["network_change_before_onset"] == (
        "role/deploy-bot changed sg-0web (RevokeSecurityGroupIngress) 2 min 49 s before the first error."
    )


@pytest.mark.parametrize(
    "changes",
    [
        None,
        unread(action="cloudtrail:LookupEvents"),
        the_changes(read_at=LATER, complete=False),
        the_changes(a_change(when=at("13:50"), resources=["sg-0else"]), read_at=LATER, complete=False),
        the_changes(read_at=ALARM_AT + timedelta(minutes=14)),
        the_changes(read_at=LATER, window=WINDOW.widened(-timedelta(minutes=20))),
    ],
)
def test_finding_no_change_means_nothing_unless_everything_was_seen(changes: object) -> None:
    found = signals(run(Estate().but(changes=changes)))
    assert "network_change_before_onset" not in found
    assert "paths_open_and_unchanged" not in found


def test_a_list_cut_short_is_enough_once_it_reaches_far_enough_back() -> None:
    elsewhere = a_change(when=at("13:30"), resources=["sg-0else"])
    changes = the_changes(elsewhere, read_at=LATER, complete=False)
    assert signals(run(Estate().but(changes=changes)))["paths_open_and_unchanged"] is True


def test_another_groups_traffic_port_is_still_another_port() -> None:
    admin_arn = f"{GROUP_ARN}2"
    groups = (*SPLIT, a_target_group(arn=admin_arn, name="admin", port=8081))
    targets = (a_target("i-0aaa"), a_target("i-0aaa", 8081, group=admin_arn))
    finding = run(Estate().but(groups=groups, targets=targets))
    assert signals(finding)["check_port_differs"] is True


def test_a_repair_since_the_onset_voids_what_open_paths_prove() -> None:
    repair = a_change("AuthorizeSecurityGroupIngress", at("14:12"))
    found = signals(run(Estate().but(changes=trail(repair))))
    assert found["network_change_before_onset"] is False
    assert found["paths_open_and_unchanged"] is False


def test_open_paths_prove_nothing_about_a_window_long_past() -> None:
    scope = a_scope(now=LATER + timedelta(days=1))
    finding = run(Estate().but(changes=trail(until=timedelta(days=1))), scope)
    assert "paths_open_and_unchanged" not in signals(finding)
    assert "These are the rules as they are now, 23 h 55 min after the window ended." in said(finding)


def test_an_unread_trail_is_said_where_it_is_missed() -> None:
    denied = unread(action="cloudtrail:LookupEvents")
    finding = run(Estate().but(security_groups=NOTHING, changes=denied))
    assert "Since when is not known. Not allowed: cloudtrail:LookupEvents." in said(finding)
    assert finding.unread == (denied,)


# Types -----------------------------------------------------------------------------------------------------


def test_a_network_load_balancer_without_groups_needs_the_clients_let_in() -> None:
    nlb = Estate().but(
        load_balancer=a_load_balancer(LoadBalancerType.NETWORK, security_groups=()),
        groups=(a_target_group(protocol="TCP", health_check=a_health_check(protocol="TCP", matcher="")),),
        nodes=(
            an_interface("10.0.1.7", subnet_id="subnet-lb-a"),
            an_interface("10.0.2.7", subnet_id="subnet-lb-b"),
        ),
    )
    only_vpc = (a_security_group(WEB_SG, inbound(8080, "10.0.0.0/16")),)
    kept = run(nlb.but(security_groups=only_vpc))
    assert kept.status is Status.FAIL
    assert said(kept)[0] == "4 of 4 targets: port 8080 is blocked for requests and open for health checks"
    assert "Clients from the internet are not among them." in said(kept)[1]
    assert "That is why targets still look healthy while requests fail." in said(kept)
    some = (a_security_group(WEB_SG, inbound(8080, "10.0.0.0/16"), inbound(8080, "198.51.100.0/24")),)
    office = run(nlb.but(security_groups=some))
    assert office.status is Status.UNKNOWN
    assert "Which clients call is not known." in said(office)[1]
    off = TargetGroupAttributes(by_group={GROUP_ARN: {"preserve_client_ip.enabled": "false"}})
    assert run(nlb.but(security_groups=only_vpc, group_attributes=off)).status is Status.PASS
    assert kept.command.startswith("aws ec2 describe-network-interfaces")


def test_a_classic_load_balancer_is_judged_on_its_instance_ports() -> None:
    classic = Estate().but(
        load_balancer=a_load_balancer(LoadBalancerType.CLASSIC),
        groups=(a_target_group(arn="", health_check=a_health_check("8081")),),
        targets=(a_target("i-0aaa", group="", state="InService", zone=""),),
        security_groups=ONLY_8081,
        listeners=unread(),
    )
    finding = run(classic)
    assert said(finding)[0] == "1 of 1 targets: traffic port 8080 is blocked, health-check port 8081 is open"
    assert "The listeners were not read: only the first instance port was judged." in said(finding)
    assert "That is why targets still look healthy while requests fail." in said(finding)


def test_open_paths_of_a_classic_load_balancer_do_not_pass_while_its_other_ports_are_unread() -> None:
    classic = Estate().but(
        load_balancer=a_load_balancer(LoadBalancerType.CLASSIC),
        groups=(a_target_group(arn="", health_check=a_health_check("8080")),),
        targets=(a_target("i-0aaa", group="", state="InService", zone=""),),
        listeners=unread(action="elasticloadbalancing:DescribeLoadBalancers"),
    )
    finding = run(classic)
    assert finding.status is Status.UNKNOWN
    assert said(finding)[0] == (
        "The paths that could be judged are open. Not allowed: elasticloadbalancing:DescribeLoadBalancers."
    )
