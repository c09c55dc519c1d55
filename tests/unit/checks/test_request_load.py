"""Request load against connection errors: usual, leading, following, and what cannot be told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.evidence import Changes, Evidence, Series, TargetGroups
from bot.core.message import Message
from bot.core.model import LoadBalancerType, MomentKind, Status
from bot.i18n import t
from runbooks.checks.request_load import CHECK
from tests.estate import Estate
from tests.evidence_builders import ONSET, a_change, a_load_balancer, a_scope, the_changes, unread
from tests.metric_builders import Values, around, last_week, lb_metrics, metric, run, signals, wave, week_of

ALB = a_load_balancer()
CLB = a_load_balancer(LoadBalancerType.CLASSIC)
NLB = a_load_balancer(LoadBalancerType.NETWORK)


def slow(values: Values) -> Series:
    return metric(ALB, "TargetResponseTime", values, statistic="p99")


def test_usual_load_passes_and_says_that_errors_do_not_follow() -> None:
    finding = run(CHECK, lb_metrics(None, around(None, 80), wave(around(4000, 4000))))
    assert finding.status is Status.PASS
    assert signals(finding) == {"load_flat": True, "load_elevated_before_errors": False}
    assert finding.numbers["shared_points"] is not None


def test_usual_is_the_same_hour_of_last_week_when_it_was_read() -> None:
    requests = metric(ALB, "RequestCount", ())
    week = last_week(week_of(requests, [3900, 4000, 4100] * 20))
    finding = run(CHECK, lb_metrics(None, around(None, 80), wave(around(4000, 4000))), week)
    level = finding.summary.values["level"]
    assert isinstance(level, Message)
    assert level.text == "{n} requests a minute, usual for this hour ({low}-{high})."
    assert (level.values["low"], level.values["high"]) == (3900, 4100)


def test_a_busy_hour_that_is_busy_every_day_is_usual() -> None:
    week = last_week(week_of(metric(ALB, "RequestCount", ()), [9000] * 60))
    finding = run(CHECK, lb_metrics(None, around(None, 80), around(4000, 9000, since="13:35")), week)
    assert signals(finding)["load_flat"] is True


def test_steady_requests_prove_nothing_while_those_per_target_are_unread() -> None:
    refused = unread(action="elasticloadbalancing:DescribeTargetGroups")
    metrics = lb_metrics(None, around(None, 80), wave(around(4000, 4000)))
    finding = run(CHECK, metrics, unread={TargetGroups: refused})
    assert finding.status is Status.UNKNOWN
    assert signals(finding) == {}
    assert finding.unread == (refused,)
    rising = lb_metrics(None, around(None, 80), wave(around(1000, 2400, since="13:59")))
    assert run(CHECK, rising, unread={TargetGroups: refused}).status is Status.WARN


def test_load_that_rises_first_is_elevated_before_errors() -> None:
    requests = wave(around(1000, 2400, since="13:59"))
    finding = run(CHECK, lb_metrics(None, around(None, 80), requests))
    assert finding.status is Status.WARN
    assert signals(finding) == {"load_flat": False, "load_elevated_before_errors": True}
    assert [(m.kind, m.message.values["after"]) for m in finding.moments] == [(MomentKind.LOAD, 2400)]


def test_load_that_rises_after_the_errors_is_retries_not_the_cause() -> None:
    finding = run(CHECK, lb_metrics(None, around(None, 80), wave(around(1000, 2400, since="14:10"))))
    assert signals(finding) == {"load_flat": False, "load_elevated_before_errors": False}


def test_load_per_target_counts_when_targets_are_lost() -> None:
    per_target = metric(ALB, "RequestCountPerTarget", around(250, 900, since="14:02"), group=True)
    evidence = lb_metrics(None, around(None, 80), wave(around(1000, 1000)), per_target)
    assert signals(run(CHECK, evidence))["load_elevated_before_errors"] is True


def test_one_noisy_minute_is_not_elevated_load() -> None:
    requests = wave(around(1000, 1000))
    requests[85] = 2600
    assert signals(run(CHECK, lb_metrics(None, around(None, 80), requests)))["load_flat"] is True


@pytest.mark.parametrize(("since", "holds"), [("14:00", True), ("14:12", False)])
def test_response_time_counts_when_it_rises_first(since: str, holds: bool) -> None:
    p99 = slow(wave(around(0.2, 3.0, since=since), 0.01))
    evidence = lb_metrics(None, around(None, 80), wave(around(1000, 1000)), p99)
    assert signals(run(CHECK, evidence))["response_time_elevated_before"] is holds


def test_without_errors_only_the_level_is_judged() -> None:
    finding = run(CHECK, lb_metrics(None, (), wave(around(1000, 1000))))
    assert finding.status is Status.PASS
    assert signals(finding) == {"load_flat": True}


def test_requests_that_are_mostly_missing_are_unknown() -> None:
    requests = around(None, None)
    requests[100] = 1000
    assert run(CHECK, lb_metrics(None, around(None, 80), requests)).status is Status.UNKNOWN


def test_with_nothing_to_compare_with_nothing_is_concluded() -> None:
    requests = around(None, 1000, since="13:35")
    finding = run(CHECK, lb_metrics(None, around(None, 80), requests))
    assert finding.status is Status.UNKNOWN
    assert not finding.signals
    assert "nothing to compare" in finding.summary.text


def test_when_no_connection_failed_the_load_balancers_own_5xx_are_what_load_is_held_against() -> None:
    """A full surge queue answers 503 and never tries a connection."""
    turned_away = metric(CLB, "HTTPCode_ELB_5XX", around(None, 200))
    evidence = lb_metrics(CLB, (), wave(around(500, 1600, since="14:00")), turned_away)
    finding = run(CHECK, evidence, scope=a_scope(CLB))
    assert signals(finding)["load_elevated_before_errors"] is True


def test_network_flows_are_the_load_of_a_network_load_balancer() -> None:
    evidence = lb_metrics(NLB, wave(around(20, 300), 1), wave(around(1000, 2400, since="14:00")))
    finding = run(CHECK, evidence, scope=a_scope(NLB))
    assert signals(finding)["load_elevated_before_errors"] is True
    assert "response_time_elevated_before" not in signals(finding)


def test_the_picture_holds_errors_and_requests_on_two_axes() -> None:
    finding = run(CHECK, lb_metrics(None, around(None, 80), wave(around(1000, 1000))))
    assert finding.chart is not None
    assert [(s.name, s.right_axis) for s in finding.chart.series] == [
        ("TargetConnectionErrorCount", False),
        ("RequestCount", True),
    ]
    assert finding.chart.marks[0].at == ONSET


def test_the_picture_marks_this_load_balancers_own_changes_nearest_to_the_first_error() -> None:
    metrics = lb_metrics(None, around(None, 80), wave(around(1000, 1000)))
    known = [e for e in Estate().readings().values() if isinstance(e, Evidence)]
    changes = [
        a_change(when=ONSET - timedelta(minutes=minutes), id=f"e{minutes}") for minutes in (2, 3, 5, 20, 45)
    ]
    elsewhere = a_change(when=ONSET, id="other", resources=["sg-0other"])
    failed = a_change(when=ONSET, id="failed", error="Client.UnauthorizedOperation")
    finding = run(CHECK, metrics, *known, the_changes(*changes, elsewhere, failed))
    assert finding.chart is not None
    marked = [mark.at for mark in finding.chart.marks if mark.label == "RevokeSecurityGroupIngress"]
    assert marked == [ONSET - timedelta(minutes=minutes) for minutes in (5, 3, 2)]
    assert t(finding.chart.alt, "en") == (
        "TargetConnectionErrorCount, RequestCount over the window; errors begin at 14:05 UTC."
        " Changes: RevokeSecurityGroupIngress at 14:00 UTC, RevokeSecurityGroupIngress at 14:02 UTC,"
        " RevokeSecurityGroupIngress at 14:03 UTC."
    )


def test_a_trail_that_cannot_be_read_leaves_the_picture_without_marks_and_is_named() -> None:
    refused = unread(action="cloudtrail:LookupEvents")
    finding = run(CHECK, lb_metrics(None, around(None, 80)), unread={Changes: refused})
    assert finding.chart is not None
    assert [mark.label for mark in finding.chart.marks] == ["first error", "alarm"]
    assert finding.unread == (refused,)
