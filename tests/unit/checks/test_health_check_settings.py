"""The health-check settings check: warnings, timing and signals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.checks import run_check
from bot.core.evidence import (
    Change,
    Changes,
    Evidence,
    HealthCheck,
    Listener,
    Listeners,
    LoadBalancerAttributes,
    Target,
    TargetGroup,
    TargetGroupAttributes,
    TargetGroups,
    TargetHealth,
)
from bot.core.model import Finding, LoadBalancerType, Scope, Status
from bot.i18n import t
from runbooks.checks.health_check_settings import CHECK
from tests.evidence_builders import (
    ALARM_AT,
    GROUP_ARN,
    NOW,
    ONSET,
    a_change,
    a_health_check,
    a_load_balancer,
    a_scope,
    a_target,
    a_target_group,
    at,
    readings,
    the_changes,
    unread,
)

LATER = ONSET + timedelta(minutes=25)
HEALTHY = (a_target("i-0aaa"), a_target("i-0bbb"))
MISMATCHED = tuple(
    a_target(
        id,
        state="unhealthy",
        reason="Target.ResponseCodeMismatch",
        description="Health checks failed with these codes: [301]",
    )
    for id in ("i-0aaa", "i-0bbb")
)
QUIET = the_changes(read_at=ALARM_AT)
NLB, CLB = LoadBalancerType.NETWORK, LoadBalancerType.CLASSIC


def run(
    check: HealthCheck | None = None,
    targets: tuple[Target, ...] = HEALTHY,
    *more: Evidence,
    group: TargetGroup | None = None,
    type: LoadBalancerType = LoadBalancerType.APPLICATION,
    scope: Scope | None = None,
) -> Finding:
    groups = TargetGroups(groups=(group or a_target_group(health_check=check or a_health_check()),))
    health = TargetHealth(read_at=NOW, targets=targets)
    here = scope or a_scope(a_load_balancer(type), now=LATER)
    return run_check(CHECK, here, readings(groups, health, QUIET, *more))


def attributes(**values: str) -> TargetGroupAttributes:
    return TargetGroupAttributes(by_group={GROUP_ARN: {k.replace("__", "."): v for k, v in values.items()}})


def said(finding: Finding) -> str:
    return " | ".join([t(finding.summary, "en"), *(t(d, "en") for d in finding.details)])


def signals(finding: Finding) -> dict[str, bool]:
    return {s.id: s.holds for s in finding.signals}


def test_usual_settings_pass_and_tell_how_soon_a_failure_is_found() -> None:
    finding = run()
    assert finding.status is Status.PASS
    assert t(finding.summary, "en") == (
        "HTTP /healthz on port 8080 every 30 s; a failing target is found after 1 min"
    )
    assert finding.numbers["detection_s"] == 60
    assert signals(finding) == {
        "check_port_differs_while_healthy": False,
        "all_targets_mismatch": False,
        "checks_pass_and_ports_equal": True,
    }
    assert finding.table is not None
    assert finding.table.rows == (("web", "HTTP /healthz", "traffic-port", "200", "30 / 5", "5 / 2"),)


def test_a_check_on_another_port_hides_failures() -> None:
    finding = run(a_health_check("8081"))
    assert finding.status is Status.WARN
    assert t(finding.summary, "en") == (
        "web: checks go to port 8081, traffic to port 8080. Targets can look healthy while requests fail."
    )
    assert signals(finding)["check_port_differs_while_healthy"] is True
    assert signals(finding)["checks_pass_and_ports_equal"] is False


def test_another_port_with_sick_targets_is_not_that_trap() -> None:
    sick = (a_target("i-0aaa"), a_target("i-0bbb", state="unhealthy", reason="Target.Timeout"))
    assert signals(run(a_health_check("8081"), sick))["check_port_differs_while_healthy"] is False


def test_the_traffic_port_follows_dynamic_host_ports() -> None:
    targets = (a_target("i-0aaa", 32768, health_port="32768"), a_target("i-0aaa", 49153, health_port="49153"))
    finding = run(targets=targets)
    assert finding.status is Status.PASS
    fixed = run(a_health_check("8080"), (a_target("i-0aaa", 32768),))
    assert fixed.status is Status.WARN


@pytest.mark.parametrize(
    ("check", "targets", "status", "words"),
    [
        (a_health_check(interval_s=5, timeout_s=5), HEALTHY, Status.WARN, "is not shorter than the interval"),
        (a_health_check(path="/"), HEALTHY, Status.PASS, "a redirect or a login page on /"),
        (
            a_health_check(),
            MISMATCHED,
            Status.WARN,
            "2 targets answer with a code other than 200."
            " AWS says: Health checks failed with these codes: [301].",
        ),
        (a_health_check(), MISMATCHED, Status.WARN, "get requests all the same (fail-open)"),
        (a_health_check(interval_s=300, unhealthy_threshold=10), HEALTHY, Status.PASS, "found after 50 min"),
    ],
)
def test_pitfalls(check: HealthCheck, targets: tuple[Target, ...], status: Status, words: str) -> None:
    finding = run(check, targets)
    assert finding.status is status
    assert words in said(finding)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("slow_start__duration_seconds", "120", "few requests for 2 min (slow start)"),
        ("deregistration_delay__timeout_seconds", "0", "requests in progress are cut"),
        ("stickiness__enabled", "true", "stickiness keeps clients on their target"),
        ("load_balancing__cross_zone__enabled", "false", "cross-zone is off"),
    ],
)
def test_attributes_are_told_without_a_warning(key: str, value: str, words: str) -> None:
    finding = run(None, HEALTHY, attributes(**{key: value}))
    assert finding.status is Status.PASS
    assert words in said(finding)
    assert words not in said(run(None, HEALTHY, attributes()))


def test_other_registered_ports_are_mentioned() -> None:
    finding = run(group=a_target_group(port=80))
    assert finding.status is Status.PASS
    assert "targets are registered on port 8080, the group's own is 80" in said(finding)


@pytest.mark.parametrize(
    ("targets", "type", "holds"),
    [
        (MISMATCHED, LoadBalancerType.APPLICATION, True),
        ((*MISMATCHED, a_target("i-0ccc")), LoadBalancerType.APPLICATION, False),
        (HEALTHY, LoadBalancerType.APPLICATION, False),
        (HEALTHY, NLB, False),
        ((a_target(state="unhealthy", reason="Target.FailedHealthChecks"),), NLB, None),
        ((), LoadBalancerType.APPLICATION, None),
    ],
)
def test_a_mismatch_counts_when_all_targets_have_it(
    targets: tuple[Target, ...], type: LoadBalancerType, holds: bool | None
) -> None:
    assert signals(run(None, targets, type=type)).get("all_targets_mismatch") is holds


def modified(when: str = "14:02", **parts: object) -> Change:
    name = str(parts.get("name", "ModifyTargetGroup"))
    return a_change(name, at(when), resources=[GROUP_ARN], error=str(parts.get("error", "")))


def trail(*changes: Change) -> Changes:
    return the_changes(*changes, read_at=LATER)


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        (trail(modified()), True),
        (trail(modified("13:30")), False),
        (trail(modified("14:12")), False),
        (trail(modified(error="Client.AccessDenied")), False),
        (trail(modified(name="ModifyTargetGroupAttributes")), False),
        (trail(), False),
        (the_changes(read_at=ALARM_AT + timedelta(minutes=10)), None),
        (the_changes(complete=False, read_at=LATER), None),
    ],
)
def test_a_change_just_before_the_errors_is_a_signal(changes: Changes, holds: bool | None) -> None:
    finding = run(None, HEALTHY, changes)
    assert signals(finding).get("health_check_changed_before") is holds
    assert (finding.status is Status.WARN) is bool(holds)


def test_a_change_is_told_and_put_on_the_timeline_once_for_all_checks() -> None:
    finding = run(None, HEALTHY, trail(modified()))
    assert t(finding.summary, "en") == (
        "role/deploy-bot changed the health check (ModifyTargetGroup) 6 min before the alarm."
    )
    assert [m.key for m in finding.moments] == ["change:3f2a0000-0000-0000-0000-000000000001"]


def test_health_read_now_says_nothing_about_a_window_long_past() -> None:
    finding = run(scope=a_scope(now=LATER + timedelta(days=1)))
    assert signals(finding) == {}
    assert "Settings and health are read now, 23 h 55 min after the window ended." in said(finding)


def test_refused_health_is_unknown() -> None:
    groups = TargetGroups(groups=(a_target_group(),))
    finding = run_check(CHECK, a_scope(), readings(groups, unread={TargetHealth: unread()}))
    assert finding.status is Status.UNKNOWN
    assert finding.signals == ()


def test_settings_whose_last_change_cannot_be_seen_are_told_but_do_not_pass() -> None:
    groups, health = TargetGroups(groups=(a_target_group(),)), TargetHealth(read_at=NOW, targets=HEALTHY)
    refused = unread(action="cloudtrail:LookupEvents")
    finding = run_check(CHECK, a_scope(now=LATER), readings(groups, health, unread={Changes: refused}))
    assert finding.status is Status.UNKNOWN
    assert t(finding.summary, "en") == (
        "HTTP /healthz on port 8080 every 30 s; a failing target is found after 1 min."
        " Not allowed: cloudtrail:LookupEvents."
    )
    assert finding.unread == (refused,)


def test_lambda_functions_have_no_settings_to_judge() -> None:
    assert run(group=a_target_group(target_type="lambda")).status is Status.NOT_APPLICABLE


def test_network_https_checks_may_fail_on_tls_1_3() -> None:
    https = a_health_check(protocol="HTTPS", matcher="200-399")
    sick = (a_target(state="unhealthy", reason="Target.FailedHealthChecks"), a_target("i-0bbb"))
    assert "TLS 1.3 only" in said(run(https, sick, type=NLB))
    assert "TLS 1.3 only" not in said(run(https, sick))
    assert run(https, type=NLB).status is Status.PASS


def test_network_load_balancers_keep_to_their_zone_by_default() -> None:
    read = (LoadBalancerAttributes(attributes={}), attributes())
    assert "cross-zone is off" in said(run(None, HEALTHY, *read, type=NLB))
    assert "cross-zone is off" not in said(run(type=NLB))


def classic(check: HealthCheck, *instance_ports: int) -> Finding:
    listeners = Listeners(
        listeners=tuple(Listener(protocol="HTTP", port=80, instance_port=p) for p in instance_ports)
    )
    target = (a_target(group="", state="InService", zone=""),)
    group = a_target_group(arn="", name="shop-prod", health_check=check)
    return run(None, target, listeners, group=group, type=CLB)


def test_classic_checks_one_port_for_all_listeners() -> None:
    assert classic(a_health_check("8080"), 8080).status is Status.PASS
    assert "port 8443 takes traffic and is never checked" in said(classic(a_health_check("8080"), 8080, 8443))
    assert "checks go to port 9000" in said(classic(a_health_check("9000"), 8080))
    tcp = classic(a_health_check("8080", protocol="TCP", path="", matcher=""), 8080)
    assert tcp.status is Status.PASS
    assert "the check only sees that the port is open" in said(tcp)
    assert tcp.command.startswith("aws elb describe-load-balancers")
