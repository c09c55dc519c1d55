"""Target health: states and reasons now, the history from host counts, and fail-open said loudly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from bot.core.evidence import Instances, LoadBalancerMetrics, Series, Target, TargetGroups, TargetHealth
from bot.core.message import Message
from bot.core.model import LoadBalancerType, Status
from bot.i18n import t
from runbooks.checks.target_health import CHECK
from tests.evidence_builders import (
    NOW,
    WINDOW,
    a_load_balancer,
    a_scope,
    a_target,
    a_target_group,
    an_instance,
    at,
    unread,
)
from tests.metric_builders import Values, around, lb_metrics, metric, run, signals

ALB = a_load_balancer()
GROUPS = TargetGroups(groups=(a_target_group(),))


def health(*targets: Target, read_at: datetime = NOW) -> TargetHealth:
    return TargetHealth(read_at=read_at, targets=targets)


def four(*states: tuple[str, str]) -> TargetHealth:
    """Four targets; the given (state, reason) for the first of them, healthy for the others."""
    given = [*states, *[("healthy", "")] * (4 - len(states))]
    return health(*(a_target(f"i-{n}", state=s, reason=r) for n, (s, r) in enumerate(given)))


def hosts(healthy: Values, unhealthy: Values, type: LoadBalancerType = ALB.type) -> list[Series]:
    lb = a_load_balancer(type)
    return [
        metric(lb, name, values, statistic=statistic, group=True)
        for name, values in (("HealthyHostCount", healthy), ("UnHealthyHostCount", unhealthy))
        for statistic in ("Minimum", "Maximum")
    ]


def then(healthy: Values, unhealthy: Values, *more: Series) -> LoadBalancerMetrics:
    return lb_metrics(None, around(None, 80), None, *hosts(healthy, unhealthy), *more)


STEADY = then(around(4, 4), around(0, 0))


def test_healthy_targets_pass_and_say_when() -> None:
    finding = run(CHECK, four(), STEADY, GROUPS)
    assert finding.status is Status.PASS
    assert finding.summary.plural == "All {n} targets are healthy, now and at the time of the errors."
    found = signals(finding)
    assert found["all_healthy_now"]
    assert not found["failed_health_checks"]
    assert not found["fail_open"]
    assert not found["host_count_dip"]


def test_refused_health_is_unknown() -> None:
    assert run(CHECK, unread={TargetHealth: unread()}).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("reason", "signal"),
    [
        ("Target.FailedHealthChecks", "failed_health_checks"),
        ("Target.Timeout", "target_timeout"),
        ("Target.InvalidState", "target_invalid_state"),
        ("Elb.InternalError", "elb_internal_error"),
    ],
)
def test_reason_codes_are_aws_words_and_signals(reason: str, signal: str) -> None:
    finding = run(CHECK, four(("unhealthy", reason)), STEADY, GROUPS)
    assert finding.status is Status.FAIL
    assert finding.summary.values["reasons"] == f"{reason} (1)"
    assert [s.id for s in finding.signals if s.id in signal] == [signal]
    assert signals(finding)[signal] is True
    assert finding.table is not None
    assert finding.table.rows[0][-1] == reason


def test_when_all_fail_all_receive_traffic_and_that_comes_first() -> None:
    finding = run(CHECK, four(*[("unhealthy", "Target.Timeout")] * 4), GROUPS)
    assert finding.status is Status.FAIL
    assert "so all of them receive traffic" in finding.summary.text
    assert signals(finding)["fail_open"] is True


def test_a_classic_load_balancer_does_not_fail_open() -> None:
    out = [a_target(f"i-{n}", group="", state="OutOfService", reason="Instance") for n in range(2)]
    finding = run(CHECK, health(*out), scope=a_scope(a_load_balancer(LoadBalancerType.CLASSIC)))
    assert finding.status is Status.FAIL
    assert "503" in finding.summary.text
    assert "fail_open" not in signals(finding)
    assert "failed_health_checks" not in signals(finding)


def test_classic_instances_in_service_are_healthy() -> None:
    classic = a_load_balancer(LoadBalancerType.CLASSIC)
    finding = run(CHECK, health(a_target(group="", state="InService")), scope=a_scope(classic))
    assert finding.numbers["healthy"] == 1
    assert signals(finding)["all_healthy_now"]


def test_healthy_now_does_not_pass_while_the_counts_of_then_are_unread() -> None:
    finding = run(
        CHECK, four(), GROUPS, unread={LoadBalancerMetrics: unread(action="cloudwatch:GetMetricData")}
    )
    assert finding.status is Status.UNKNOWN
    assert t(finding.summary, "en") == (
        "4 of 4 targets are healthy now; their health of then could not be reconstructed."
    )
    assert [one.action for one in finding.unread] == ["cloudwatch:GetMetricData"]


def test_no_target_at_all_fails() -> None:
    finding = run(CHECK, health(), STEADY, GROUPS)
    assert finding.status is Status.FAIL
    assert "No target is registered" in finding.summary.text


@pytest.mark.parametrize("state", ["initial", "draining"])
def test_targets_that_come_or_go_are_a_warning(state: str) -> None:
    finding = run(CHECK, four((state, "Elb.RegistrationInProgress")), STEADY, GROUPS)
    assert finding.status is Status.WARN
    assert signals(finding)["targets_draining_or_initial"] is True


# Then


def test_a_dip_of_healthy_targets_during_the_errors_is_remembered() -> None:
    finding = run(CHECK, four(), then(around(4, 2, until="14:15"), around(0, 2, until="14:15")), GROUPS)
    assert finding.status is Status.WARN
    assert signals(finding)["host_count_dip"] is True
    assert [(m.at, m.message.values["healthy"]) for m in finding.moments] == [
        (WINDOW.start, 4),
        (at("14:05"), 2),
        (at("14:15"), 4),
    ]


def test_a_dip_long_before_the_errors_is_another_story() -> None:
    early = then(around(4, 2, "13:00", "13:05"), around(0, 2, "13:00", "13:05"))
    assert signals(run(CHECK, four(), early, GROUPS))["host_count_dip"] is False


def test_no_healthy_target_then_is_a_failure_although_all_are_healthy_now() -> None:
    ok = metric(ALB, "HTTPCode_Target_2XX_Count", around(900, 900))
    finding = run(CHECK, four(), then(around(4, 0, until="14:15"), around(0, 4, until="14:15"), ok), GROUPS)
    assert finding.status is Status.FAIL
    assert signals(finding)["fail_open"] is True
    assert signals(finding)["serves_while_unhealthy"] is True


def test_health_now_says_nothing_about_a_past_window() -> None:
    later = health(
        a_target(state="unhealthy", reason="Target.Timeout"),
        a_target("i-0bbb"),
        read_at=WINDOW.end + timedelta(hours=3),
    )
    finding = run(CHECK, later, GROUPS)
    assert "target_timeout" not in signals(finding)
    assert any("says nothing about the incident" in detail.text for detail in finding.details)


def test_all_healthy_after_a_past_window_without_history_is_unknown() -> None:
    later = health(a_target(), read_at=WINDOW.end + timedelta(hours=3))
    finding = run(CHECK, later, GROUPS)
    assert finding.status is Status.UNKNOWN
    assert not finding.signals or "all_healthy_now" not in signals(finding)


def test_a_group_with_unknown_counts_leaves_the_history_unknown() -> None:
    finding = run(CHECK, four(), then(around(4, None, since="13:35"), around(0, 0)), GROUPS)
    assert not {"host_count_dip", "fail_open"} & signals(finding).keys()
    assert any("could not be reconstructed" in detail.text for detail in finding.details)


# Zones


@pytest.mark.parametrize(
    ("zones", "one"), [(("a", "a"), True), (("a", "b"), False), (("", "a"), None), (("all",), None)]
)
def test_targets_in_one_zone(zones: Iterable[str], one: bool | None) -> None:
    finding = run(CHECK, health(*(a_target(f"i-{z}", zone=z) for z in zones)))
    assert signals(finding).get("targets_in_one_zone") is one


@pytest.mark.parametrize(
    ("override", "holds"), [("zonal_shift_active", True), ("no_override", False), ("", None)]
)
def test_a_zonal_shift_is_seen_on_its_targets(override: str, holds: bool | None) -> None:
    finding = run(CHECK, health(a_target(override=override)))
    assert signals(finding).get("zonal_shift_active") is holds


@pytest.mark.parametrize(
    ("zones", "mixed"), [(("a", "a", "b"), True), (("a", "b", "b"), False), (("a", "", "b"), None)]
)
def test_failing_targets_beside_healthy_ones_are_not_their_zones_fault(
    zones: tuple[str, ...], mixed: bool | None
) -> None:
    """The first target fails; instance targets have their zone from EC2."""
    states = ("unhealthy", "healthy", "healthy")
    targets = [a_target(f"i-{n}", zone="", state=state) for n, state in enumerate(states)]
    instances = Instances(instances=tuple(an_instance(f"i-{n}", zone=zone) for n, zone in enumerate(zones)))
    assert signals(run(CHECK, health(*targets), instances)).get("zone_partly_works") is mixed


def test_every_sentence_has_all_its_values() -> None:
    finding = run(CHECK, four(("unhealthy", "Target.Timeout")), STEADY, GROUPS)
    for said in (finding.summary, *finding.details, *(s.because for s in finding.signals)):
        assert isinstance(said, Message)
        (said.text if said.values.get("n") == 1 else said.plural or said.text).format(**said.values)
