"""A statistic or period somebody chose to look at: shown, explained, and never the base of a verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.checks import Check
from bot.core.evidence import LoadBalancerMetrics, Series, TargetMetrics
from bot.core.load_balancer_series import whole
from bot.core.model import Finding, Status, Window
from bot.i18n import t
from runbooks.checks.connection_errors import CHECK as CONNECTION_ERRORS
from runbooks.checks.cpu import CHECK as CPU
from runbooks.checks.first_line import CHECK as FIRST_LINE
from runbooks.checks.network_in import CHECK as NETWORK_IN
from runbooks.checks.request_load import CHECK as REQUEST_LOAD
from runbooks.checks.status_checks import CHECK as STATUS_CHECKS
from tests.evidence_builders import ONSET, WINDOW, a_load_balancer, a_scope, a_series
from tests.metric_builders import (
    around,
    host_metric,
    host_metrics,
    lb_metrics,
    metric,
    run,
    signals,
    wave,
)

ALB = a_load_balancer()
NODES = metric(ALB, "TargetConnectionErrorCount", around(None, 1), statistic="Average")
METRICS = lb_metrics(None, around(None, 80), wave(around(1000, 1000)), NODES)
HOSTS: TargetMetrics = host_metrics(
    host_metric("CPUUtilization", wave(around(20, 20))),
    host_metric("NetworkIn", wave(around(1e6, 1e6)), statistic="Sum"),
    host_metric("StatusCheckFailed", around(0, 0)),
)
CHECKS = (CONNECTION_ERRORS, FIRST_LINE, REQUEST_LOAD, CPU, NETWORK_IN, STATUS_CHECKS)


def judged(check: Check, statistic: str) -> Finding:
    return run(check, METRICS, HOSTS, scope=a_scope(statistic=statistic))


def notes(finding: Finding) -> list[str]:
    return [text for detail in finding.details if "is judged by its" in (text := t(detail, "en"))]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_the_verdict_does_not_depend_on_the_chosen_statistic_and_it_is_said_once(check: Check) -> None:
    usual, chosen = judged(check, "Sum"), judged(check, "Average")
    assert (chosen.status, chosen.signals) == (usual.status, usual.signals)
    assert notes(usual) == []
    assert len(notes(chosen)) == 1


def test_a_counter_says_why_the_statistic_misleads() -> None:
    assert notes(judged(CONNECTION_ERRORS, "Average")) == [
        "TargetConnectionErrorCount is judged by its Sum: by Average each load-balancer node counts for"
        " itself, which misleads."
    ]


def test_the_chosen_statistic_is_drawn_beside_the_sum() -> None:
    chart = judged(CONNECTION_ERRORS, "Average").chart
    assert chart is not None
    names = [series.name for series in chart.series]
    assert names == ["TargetConnectionErrorCount", "TargetConnectionErrorCount (Average)", "requests"]


def test_a_peak_of_a_target_is_its_maximum_whatever_was_chosen() -> None:
    assert notes(judged(CPU, "Minimum")) == [
        "CPUUtilization is judged by its Maximum, not by the chosen Minimum."
    ]
    assert notes(judged(CPU, "Maximum")) == []


def coarse(period_s: int, usual: float | None, then: float, name: str) -> Series:
    """Around an hour before to an hour after the onset, in periods of that length."""
    start = ONSET.replace(minute=0) - timedelta(hours=12)
    values = [
        then if start + timedelta(seconds=i * period_s) >= ONSET.replace(minute=0) else usual
        for i in range(13 * 3600 // period_s)
    ]
    return a_series(
        name, values, start=start, namespace="AWS/ApplicationELB", dimensions=whole(ALB), period_s=period_s
    )


@pytest.mark.parametrize(("period_s", "sustained"), [(300, True), (3600, None)])
def test_a_longer_period_is_judged_but_an_hour_in_one_point_is_neither_burst_nor_sustained(
    period_s: int, sustained: bool | None
) -> None:
    hour = ONSET.replace(minute=0)
    read = Window(start=hour - timedelta(hours=11), end=hour + timedelta(hours=1))
    series = (
        coarse(period_s, None, 400, "TargetConnectionErrorCount"),
        coarse(period_s, 5000, 5000, "RequestCount"),
    )
    evidence = LoadBalancerMetrics(window=read, series=series)
    scope = a_scope(window=WINDOW.widened(timedelta(hours=2)), period_s=period_s)
    finding = run(CONNECTION_ERRORS, evidence, scope=scope)
    assert finding.status is Status.FAIL
    assert signals(finding).get("errors_sustained") is sustained
    assert signals(finding).get("errors_burst") is (False if sustained else None)


def test_a_chosen_hour_is_said_not_to_be_what_was_judged() -> None:
    finding = run(CONNECTION_ERRORS, METRICS, scope=a_scope(period_s=3600))
    assert "It is judged in periods of 1 min, not of 1 h: those would hide when it began." in [
        t(detail, "en") for detail in finding.details
    ]
