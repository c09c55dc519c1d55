"""Connection errors: presence, shape, extent, codes and zones, for each type of load balancer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.evidence import BaselineMetrics, LoadBalancerMetrics, Series, TargetGroups
from bot.core.model import LoadBalancer, LoadBalancerType, MomentKind, Status
from runbooks.checks.connection_errors import CHECK
from tests.evidence_builders import ONSET, a_load_balancer, a_scope, at, unread
from tests.metric_builders import Values, around, last_week, lb_metrics, metric, run, signals, wave, week_of

ALB = a_load_balancer()
NLB = a_load_balancer(LoadBalancerType.NETWORK)
CLB = a_load_balancer(LoadBalancerType.CLASSIC)
ZONES = ("eu-central-1a", "eu-central-1b")


def codes(c502: Values = (), c504: Values = (), tls: Values = ()) -> list[Series]:
    return [
        metric(ALB, "HTTPCode_ELB_502_Count", c502),
        metric(ALB, "HTTPCode_ELB_504_Count", c504),
        metric(ALB, "TargetTLSNegotiationErrorCount", tls),
        metric(ALB, "HTTPCode_ELB_5XX_Count", c504 or c502),
    ]


def hosts(lb: LoadBalancer, healthy: float, unhealthy: float) -> list[Series]:
    return [
        metric(lb, name, around(n, n), statistic="Maximum", group=True)
        for name, n in (("HealthyHostCount", healthy), ("UnHealthyHostCount", unhealthy))
    ]


# Status


def test_no_errors_is_a_pass_only_because_requests_prove_the_zeros() -> None:
    finding = run(CHECK, lb_metrics())
    assert finding.status is Status.PASS
    assert finding.summary.text == "No connection errors in this window."
    assert signals(finding)["errors_present"] is False


def test_an_empty_series_with_nothing_beside_it_is_unknown() -> None:
    finding = run(CHECK, lb_metrics(requests=()))
    assert finding.status is Status.UNKNOWN
    assert not finding.signals


@pytest.mark.parametrize("status", ["Forbidden", "InternalError"])
def test_a_refused_series_is_unknown(status: str) -> None:
    refused = metric(ALB, "TargetConnectionErrorCount", (), status=status)
    other = lb_metrics().series[1:]
    finding = run(CHECK, lb_metrics().model_copy(update={"series": (refused, *other)}))
    assert finding.status is Status.UNKNOWN


def test_refused_metrics_are_unknown() -> None:
    assert run(CHECK, unread={LoadBalancerMetrics: unread()}).status is Status.UNKNOWN


def test_errors_fail_with_count_time_and_share() -> None:
    finding = run(CHECK, lb_metrics(None, around(None, 80)))
    assert finding.status is Status.FAIL
    assert finding.summary.values["percent"] == 8.0
    assert finding.numbers["errors_in_episode"] == 30 * 80
    assert signals(finding)["partial_failure"] is True
    assert signals(finding)["total_failure"] is False
    assert [(m.kind, m.at, m.key) for m in finding.moments] == [
        (MomentKind.FIRST_ERROR, ONSET, "first_error")
    ]


def test_errors_that_stopped_have_a_last_minute_too() -> None:
    finding = run(CHECK, lb_metrics(None, around(None, 80, until="14:09")))
    assert [(m.key, m.at) for m in finding.moments] == [("first_error", ONSET), ("last_error", at("14:08"))]
    assert signals(finding)["errors_burst"] is True


def test_three_errors_in_forty_thousand_requests_are_too_few_to_judge() -> None:
    finding = run(CHECK, lb_metrics(None, around(None, 3, until="14:06"), None, *codes()))
    assert finding.status is Status.WARN
    assert signals(finding)["fewer_than_minimum"] is True


def test_a_few_connection_errors_beside_many_502_are_enough_to_judge() -> None:
    finding = run(CHECK, lb_metrics(None, (), None, *codes(around(None, 9))))
    assert signals(finding)["fewer_than_minimum"] is False


def test_errors_that_are_there_every_day_are_not_news() -> None:
    errors = around(4, 4)
    week = last_week(
        week_of(metric(ALB, "TargetConnectionErrorCount", ()), [4] * 60),
        week_of(metric(ALB, "RequestCount", ()), [1000] * 60),
    )
    finding = run(CHECK, lb_metrics(None, errors), week)
    assert finding.status is Status.PASS
    assert signals(finding)["errors_usual_for_hour"] is True
    assert signals(finding)["errors_present"] is False


def test_errors_at_the_same_minute_of_earlier_days_recur() -> None:
    daily = [None] * 30 + [50.0] * 4 + [None] * 26
    week = last_week(
        week_of(metric(ALB, "TargetConnectionErrorCount", ()), daily),
        week_of(metric(ALB, "RequestCount", ()), [1000] * 60),
    )
    assert signals(run(CHECK, lb_metrics(None, around(None, 80)), week))["errors_recur_daily"] is True


# Extent


def test_all_requests_failing_is_total_although_the_first_minute_was_partial() -> None:
    errors = around(None, 1000)
    errors[90] = 400
    finding = run(CHECK, lb_metrics(None, errors))
    assert signals(finding)["total_failure"] is True
    assert finding.summary.text.startswith("Every connection fails")


def test_one_dead_group_is_total_although_the_load_balancer_is_not() -> None:
    group = [
        metric(ALB, "TargetConnectionErrorCount", around(None, 100), group=True),
        metric(ALB, "RequestCount", around(100, 100), group=True),
    ]
    found = signals(run(CHECK, lb_metrics(None, around(None, 100), None, *group)))
    assert found["total_failure"] is True
    assert found["partial_failure"] is False


def test_without_the_groups_nobody_knows_whether_one_of_them_fails_completely() -> None:
    refused = unread(action="elasticloadbalancing:DescribeTargetGroups")
    finding = run(CHECK, lb_metrics(None, around(None, 100)), unread={TargetGroups: refused})
    assert finding.status is Status.FAIL
    assert not {"total_failure", "partial_failure"} & signals(finding).keys()
    assert finding.unread == (refused,)


@pytest.mark.parametrize(("answered", "total"), [(0, True), (900, False)])
def test_classic_attempts_are_failures_plus_answers_of_the_targets(answered: float, total: bool) -> None:
    backend = [
        metric(CLB, f"HTTPCode_Backend_{n}XX", around(900, answered if n == 2 else 0)) for n in (2, 3, 4, 5)
    ]
    evidence = lb_metrics(CLB, around(None, 1500), None, *backend)
    finding = run(CHECK, evidence, scope=a_scope(CLB))
    assert signals(finding)["total_failure"] is total


def test_one_target_that_answers_meanwhile_serves_while_failing() -> None:
    ok = metric(ALB, "HTTPCode_Target_2XX_Count", around(900, 500))
    evidence = lb_metrics(None, around(None, 80), None, ok, *hosts(ALB, 1, 0))
    assert signals(run(CHECK, evidence))["target_serves_while_failing"] is True


def test_with_several_targets_metrics_cannot_tell_whether_the_failing_one_serves() -> None:
    ok = metric(ALB, "HTTPCode_Target_2XX_Count", around(900, 500))
    evidence = lb_metrics(None, around(None, 80), None, ok, *hosts(ALB, 4, 0))
    assert "target_serves_while_failing" not in signals(run(CHECK, evidence))


def test_no_answer_at_all_means_nothing_is_served() -> None:
    ok = metric(ALB, "HTTPCode_Target_2XX_Count", around(900, None))
    finding = run(CHECK, lb_metrics(None, around(None, 1000), None, ok))
    assert signals(finding)["target_serves_while_failing"] is False


# Codes


@pytest.mark.parametrize(
    ("c502", "c504", "refused", "silent"),
    [(80, None, True, False), (None, 80, False, True), (40, 40, False, False), (900, None, False, False)],
)
def test_codes_tell_refused_from_silent(
    c502: float | None, c504: float | None, refused: bool, silent: bool
) -> None:
    evidence = lb_metrics(None, around(None, 80), None, *codes(around(None, c502), around(None, c504)))
    found = signals(run(CHECK, evidence))
    assert (found["elb_502_dominant"], found["elb_504_dominant"]) == (refused, silent)


def test_502_without_connection_errors_were_closed_after_dispatch() -> None:
    found = signals(run(CHECK, lb_metrics(None, (), None, *codes(around(3, 3)))))
    assert found["unexplained_502"] is True
    assert found["steady_502"] is True
    assert found["connection_errors_explain_502"] is False


def test_502_that_connection_errors_account_for_are_explained() -> None:
    evidence = lb_metrics(None, around(None, 80), None, *codes(around(None, 80)))
    found = signals(run(CHECK, evidence))
    assert found["unexplained_502"] is False
    assert found["connection_errors_explain_502"] is True


def test_502_beside_tls_errors_are_not_closed_after_dispatch() -> None:
    evidence = lb_metrics(None, (), None, *codes(around(3, 3), tls=around(3, 3)))
    assert signals(run(CHECK, evidence))["unexplained_502"] is False


def test_codes_say_nothing_where_they_are_not_read() -> None:
    found = signals(run(CHECK, lb_metrics(None, around(None, 80))))
    assert not {"elb_502_dominant", "unexplained_502", "connection_errors_explain_502"} & found.keys()


# Zones


def zoned(lb: LoadBalancer, errors: tuple[float, float], requests: tuple[float, float]) -> list[Series]:
    names = (
        ("TargetConnectionErrorCount", "RequestCount")
        if lb is ALB
        else ("TCP_Target_Reset_Count", "NewFlowCount")
    )
    return [
        metric(lb, name, around(0, then) if name == names[0] else around(then, then), zone=zone)
        for name, values in zip(names, (errors, requests), strict=True)
        for zone, then in zip(ZONES, values, strict=True)
    ]


@pytest.mark.parametrize(
    ("errors", "requests", "one"),
    [
        pytest.param((90, 4), (100, 100), True, id="one zone"),
        pytest.param((50, 40), (100, 100), False, id="spread"),
        pytest.param((90, 4), (100, 2), None, id="traffic in one zone only"),
    ],
)
def test_errors_in_one_zone_or_spread(
    errors: tuple[float, float], requests: tuple[float, float], one: bool | None
) -> None:
    evidence = lb_metrics(None, around(None, sum(errors)), None, *zoned(ALB, errors, requests))
    finding = run(CHECK, evidence)
    found = signals(finding)
    assert found.get("one_zone_errors") is one
    assert found.get("errors_spread_across_zones") is (None if one is None else not one)
    assert [s.zone for s in finding.signals if s.id == "one_zone_errors"] == (
        [] if one is None else ["eu-central-1a" if one else ""]
    )


def test_a_zone_that_is_not_read_leaves_the_zones_unknown() -> None:
    evidence = lb_metrics(None, around(None, 94), None, *zoned(ALB, (90, 4), (100, 100))[:-1])
    assert "one_zone_errors" not in signals(run(CHECK, evidence))


# Network


def nlb(resets: Values, *more: Series) -> LoadBalancerMetrics:
    return lb_metrics(NLB, resets, None, *more)


def test_target_resets_have_a_usual_level() -> None:
    usual = wave(around(20, 20), 1)
    finding = run(CHECK, nlb(usual), scope=a_scope(NLB))
    assert finding.status is Status.PASS
    assert "resets by targets, not above the usual" in (finding.summary.plural or "")


def test_more_target_resets_than_usual_fail_without_claiming_failed_connections() -> None:
    finding = run(CHECK, nlb(wave(around(20, 300), 1)), scope=a_scope(NLB))
    assert finding.status is Status.FAIL
    assert not {"total_failure", "partial_failure", "elb_502_dominant"} & signals(finding).keys()
    assert any("only resets" in detail.text for detail in finding.details)


# Picture


def test_the_picture_shows_unknown_minutes_as_gaps() -> None:
    requests = around(1000, 1000)
    requests[100] = None
    finding = run(CHECK, lb_metrics(None, around(None, 80, until="14:10"), requests))
    assert finding.chart is not None
    errors, shown = finding.chart.series
    gap = ONSET + timedelta(minutes=10)
    assert dict(errors.points)[gap] is None
    assert dict(shown.points)[gap] is None
    assert shown.right_axis
    assert [mark.label for mark in finding.chart.marks] == ["first error", "alarm"]


def test_an_unread_week_does_not_hinder() -> None:
    finding = run(CHECK, lb_metrics(None, around(None, 80)), unread={BaselineMetrics: unread()})
    assert finding.status is Status.FAIL
