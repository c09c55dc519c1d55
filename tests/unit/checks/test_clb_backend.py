"""Backend connection errors of a Classic load balancer: failed requests, or only its own health checks."""

from __future__ import annotations

import pytest

from bot.core.evidence import Evidence, LoadBalancerMetrics, Series, TargetHealth
from bot.core.model import Finding, LoadBalancerType, Status
from runbooks.checks.clb_backend import CHECK
from tests.evidence_builders import NOW, a_load_balancer, a_scope, a_target
from tests.metric_builders import WIDE, Values, around, metric, run, signals

CLB = a_load_balancer(LoadBalancerType.CLASSIC)


def judged(
    errors: float | None,
    *more: Evidence,
    requests: Values | None = None,
    failed: float | None = None,
    out: float | None = 0,
    left_out: str = "",
) -> Finding:
    series: list[Series] = [
        metric(CLB, "BackendConnectionErrors", around(None, errors)),
        metric(CLB, "RequestCount", around(500, 500) if requests is None else requests),
        metric(CLB, "HTTPCode_ELB_5XX", around(None, failed)),
        metric(CLB, "HTTPCode_Backend_5XX", around(None, None)),
        metric(CLB, "HealthyHostCount", around(3, 2), statistic="Minimum"),
        metric(CLB, "UnHealthyHostCount", around(0, out), statistic="Maximum"),
    ]
    kept = tuple(s for s in series if s.name != left_out)
    return run(CHECK, LoadBalancerMetrics(window=WIDE, series=kept), *more, scope=a_scope(CLB))


@pytest.mark.parametrize(
    ("errors", "failed", "out", "status", "only_checks"),
    [
        (None, None, 0, Status.PASS, False),
        (8, None, 1, Status.WARN, True),
        (8, None, 0, Status.WARN, False),
        (80, 25, 0, Status.FAIL, False),
        (80, 25, 1, Status.FAIL, False),
    ],
)
def test_requests_failed_or_only_health_checks(
    errors: float | None, failed: float | None, out: float, status: Status, only_checks: bool
) -> None:
    finding = judged(errors, failed=failed, out=out)
    assert finding.status is status
    assert signals(finding) == {"health_check_only_errors": only_checks}


def test_errors_without_any_request_are_health_checks() -> None:
    finding = judged(8, requests=around(None, None), out=0)
    assert signals(finding) == {"health_check_only_errors": True}
    assert "no requests" in finding.summary.text


@pytest.mark.parametrize("left_out", ["HTTPCode_ELB_5XX", "UnHealthyHostCount"])
def test_without_the_failures_or_the_hosts_nothing_is_concluded(left_out: str) -> None:
    finding = judged(8, out=1, left_out=left_out)
    assert finding.status is Status.UNKNOWN
    assert not finding.signals


def test_more_errors_than_requests_are_explained() -> None:
    finding = judged(800, failed=100)
    assert any("More errors than requests" in detail.text for detail in finding.details)


def test_the_instances_out_of_service_are_named() -> None:
    targets = (a_target("i-0aaa", state="InService"), a_target("i-0bbb", state="OutOfService"))
    finding = judged(8, TargetHealth(read_at=NOW, targets=targets), out=1)
    (named,) = [d for d in finding.details if "Out of service now" in d.text]
    assert "i-0bbb" in str(named.values)
    assert "i-0aaa" not in str(named.values)


def test_slower_answers_are_shown_with_the_usual() -> None:
    p99 = metric(CLB, "Latency", around(0.2, 4.0), statistic="p99")
    series = (
        metric(CLB, "BackendConnectionErrors", around(None, 80)),
        metric(CLB, "HTTPCode_ELB_5XX", around(None, 25)),
        metric(CLB, "HealthyHostCount", around(3, 3), statistic="Minimum"),
        p99,
    )
    finding = run(CHECK, LoadBalancerMetrics(window=WIDE, series=series), scope=a_scope(CLB))
    assert any(d.values.get("highest") == 4.0 for d in finding.details)
