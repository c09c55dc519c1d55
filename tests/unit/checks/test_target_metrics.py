"""CPU, NetworkIn and status checks of the targets against connection errors."""

from __future__ import annotations

import pytest

from bot.core.checks import Check
from bot.core.evidence import Instances, LoadBalancerMetrics, TargetMetrics
from bot.core.model import Finding, LoadBalancerType, Status
from runbooks.checks import cpu, network_in, status_checks
from tests.evidence_builders import a_load_balancer, a_scope, an_instance, unread
from tests.metric_builders import (
    Values,
    around,
    host_metric,
    host_metrics,
    lb_metrics,
    metric,
    run,
    signals,
    wave,
)

CHECKS = [cpu.CHECK, network_in.CHECK, status_checks.CHECK]
ERRORS = lb_metrics(None, around(None, 80))
BASIC = 5


def every_five(values: Values) -> Values:
    """What basic monitoring answers to a request for five-minute periods."""
    return values[::BASIC]


def cpu_of(*lines: Values, period_s: int = 60) -> TargetMetrics:
    return host_metrics(
        *(
            host_metric("CPUUtilization", line, instance=f"i-{n}", period_s=period_s)
            for n, line in enumerate(lines)
        )
    )


def bytes_of(*lines: Values, period_s: int = 60) -> TargetMetrics:
    return host_metrics(
        *(
            host_metric("NetworkIn", line, instance=f"i-{n}", statistic="Sum", period_s=period_s)
            for n, line in enumerate(lines)
        )
    )


def status_of(*lines: Values) -> TargetMetrics:
    return host_metrics(
        *(host_metric("StatusCheckFailed", line, instance=f"i-{n}") for n, line in enumerate(lines))
    )


def judged(check: Check, targets: TargetMetrics, errors: LoadBalancerMetrics = ERRORS) -> Finding:
    return run(check, targets, errors)


# All three


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_targets_without_metrics_are_unknown(check: Check) -> None:
    finding = judged(check, host_metrics())
    assert finding.status is Status.UNKNOWN
    assert not finding.signals


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
@pytest.mark.parametrize("kind", [TargetMetrics, LoadBalancerMetrics])
def test_refused_metrics_are_unknown(check: Check, kind: type[TargetMetrics | LoadBalancerMetrics]) -> None:
    given = ERRORS if kind is TargetMetrics else host_metrics()
    assert run(check, given, unread={kind: unread()}).status is Status.UNKNOWN


@pytest.mark.parametrize("type", list(LoadBalancerType))
@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_targets_of_every_type_of_load_balancer_are_judged(check: Check, type: LoadBalancerType) -> None:
    lb = a_load_balancer(type)
    resting = around(10, 10)
    hosts = host_metrics(
        host_metric("CPUUtilization", wave(resting, 1)),
        host_metric("NetworkIn", wave(resting, 1), statistic="Sum"),
        host_metric("StatusCheckFailed", around(0, 0)),
    )
    finding = run(check, hosts, lb_metrics(lb, around(0, 80)), scope=a_scope(lb))
    assert finding.status is Status.PASS


# CPU


@pytest.mark.parametrize(
    ("line", "status", "found"),
    [
        pytest.param(
            wave(around(30, 94, since="13:59"), 1),
            Status.FAIL,
            {"cpu_high": True, "cpu_flat": False},
            id="busy",
        ),
        pytest.param(wave(around(30, 30), 1), Status.PASS, {"cpu_high": False, "cpu_flat": True}, id="flat"),
        pytest.param(
            wave(around(20, 60), 1), Status.PASS, {"cpu_high": False, "cpu_flat": False}, id="rose below 80 %"
        ),
    ],
)
def test_cpu(line: Values, status: Status, found: dict[str, bool]) -> None:
    finding = judged(cpu.CHECK, cpu_of(wave(around(30, 30), 1), line))
    assert finding.status is status
    assert signals(finding) == found


def test_one_minute_at_eighty_per_cent_is_not_busy() -> None:
    line = wave(around(30, 30), 1)
    line[95] = 99
    assert signals(judged(cpu.CHECK, cpu_of(line)))["cpu_high"] is False


def test_a_target_without_cpu_credits_is_busy_at_any_per_cent() -> None:
    credits = host_metric(
        "CPUCreditBalance", every_five(around(200, 0.2)), instance="i-0", statistic="Minimum", period_s=300
    )
    evidence = cpu_of(around(20, 20))
    evidence = evidence.model_copy(update={"series": (*evidence.series, credits)})
    finding = judged(cpu.CHECK, evidence)
    assert signals(finding)["cpu_high"] is True
    assert "credits" in finding.summary.text


def test_a_silent_target_leaves_flat_unknown_but_not_high() -> None:
    stopped = around(30, None)
    calm = judged(cpu.CHECK, cpu_of(around(30, 30), stopped))
    busy = judged(cpu.CHECK, cpu_of(around(30, 95), stopped))
    assert (calm.status, signals(calm)) == (Status.UNKNOWN, {})
    assert signals(busy)["cpu_high"] is True


def test_five_minute_data_cannot_clear_a_shorter_burst() -> None:
    burst = lb_metrics(None, around(None, 80, until="14:08"))
    finding = judged(cpu.CHECK, cpu_of(every_five(wave(around(30, 30), 1)), period_s=300), burst)
    assert finding.status is Status.UNKNOWN
    assert any("a short peak would not show" in detail.text for detail in finding.details)


def test_five_minute_data_says_that_it_cannot_order_more_closely() -> None:
    finding = judged(cpu.CHECK, cpu_of(every_five(wave(around(30, 95), 1)), period_s=300))
    assert finding.status is Status.FAIL
    assert any("nothing closer than that can be ordered" in detail.text for detail in finding.details)


# NetworkIn


@pytest.mark.parametrize(
    ("line", "status", "holds"),
    [(around(2e6, 5e6, since="14:00"), Status.WARN, True), (around(2e6, 2e6), Status.PASS, False)],
)
def test_network_in(line: Values, status: Status, holds: bool) -> None:
    finding = judged(network_in.CHECK, bytes_of(wave(line, 1e4), wave(line, 2e4)))
    assert finding.status is status
    assert signals(finding) == {"network_in_elevated": holds}


def test_targets_with_basic_and_detailed_monitoring_are_summed_on_five_minutes() -> None:
    detailed = host_metric("NetworkIn", around(1e6, 4e6), instance="i-0", statistic="Sum")
    basic = host_metric(
        "NetworkIn", every_five(around(5e6, 20e6)), instance="i-1", statistic="Sum", period_s=300
    )
    finding = judged(network_in.CHECK, host_metrics(detailed, basic))
    assert signals(finding) == {"network_in_elevated": True}
    assert finding.chart is not None
    assert max(value or 0 for _, value in finding.chart.series[1].points) == 40e6


def test_a_missing_target_makes_usual_traffic_unknown() -> None:
    finding = judged(network_in.CHECK, bytes_of(around(2e6, 2e6), around(2e6, None)))
    assert finding.status is Status.UNKNOWN
    assert not finding.signals


def test_traffic_with_nothing_before_it_is_not_compared() -> None:
    finding = judged(network_in.CHECK, bytes_of(around(None, 2e6, since="13:40")))
    assert finding.status is Status.UNKNOWN


# Status checks


def test_a_failed_status_check_fails_and_is_listed() -> None:
    finding = judged(status_checks.CHECK, status_of(around(0, 0), around(0, 1, since="14:02", until="14:07")))
    assert finding.status is Status.FAIL
    assert signals(finding) == {"status_check_failed": True, "status_checks_zero": False}
    assert finding.table is not None
    assert finding.table.rows == (("i-1", "14:02 UTC"),)


def test_status_checks_that_passed_all_the_time() -> None:
    finding = judged(status_checks.CHECK, status_of(around(0, 0), around(0, 0)))
    assert finding.status is Status.PASS
    assert signals(finding)["status_checks_zero"] is True


def test_a_failure_long_before_is_another_story() -> None:
    early = around(0, 1, since="13:00", until="13:10")
    assert judged(status_checks.CHECK, status_of(early)).status is Status.PASS


def test_an_instance_that_reports_nothing_is_not_zero() -> None:
    finding = judged(status_checks.CHECK, status_of(around(0, 0), around(0, None)))
    assert finding.status is Status.UNKNOWN
    assert not finding.signals


@pytest.mark.parametrize(("zone_of_the_third", "holds"), [("b", True), ("a", False)])
def test_failures_of_a_whole_zone(zone_of_the_third: str, holds: bool) -> None:
    instances = Instances(
        instances=tuple(an_instance(f"i-{n}", zone=z) for n, z in enumerate(("a", "a", zone_of_the_third)))
    )
    hosts = status_of(around(0, 1), around(0, 1), around(0, 0))
    finding = run(status_checks.CHECK, hosts, ERRORS, instances)
    assert signals(finding)["zone_status_checks_failed"] is holds


def test_a_forbidden_target_is_named_as_unread() -> None:
    refused = host_metric("StatusCheckFailed", (), instance="i-9", status="Forbidden")
    evidence = host_metrics(host_metric("StatusCheckFailed", around(0, 0)), refused)
    finding = judged(status_checks.CHECK, evidence)
    assert finding.status is Status.UNKNOWN
    assert [u.detail for u in finding.unread] == ["StatusCheckFailed"]


def test_errors_that_are_unknown_make_the_comparison_unknown() -> None:
    dark = LoadBalancerMetrics(
        window=ERRORS.window, series=(metric(a_load_balancer(), "TargetConnectionErrorCount", ()),)
    )
    for check, hosts in ((cpu.CHECK, cpu_of(around(9, 9))), (status_checks.CHECK, status_of(around(0, 0)))):
        assert judged(check, hosts, dark).status is Status.UNKNOWN
