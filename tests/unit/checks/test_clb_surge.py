"""The surge queue: empty, in use, full, spilling over, and what was not read."""

from __future__ import annotations

import pytest

from bot.core.evidence import LoadBalancerMetrics
from bot.core.model import Finding, LoadBalancerType, Status
from runbooks.checks.clb_surge import CHECK
from tests.evidence_builders import a_load_balancer, a_scope, at
from tests.metric_builders import WIDE, Values, around, metric, run, signals

CLB = a_load_balancer(LoadBalancerType.CLASSIC)


def judged(queue: Values, spilled: Values, reported: Values | None = None) -> Finding:
    counts = around(3, 3) if reported is None else reported
    series = (
        metric(CLB, "SurgeQueueLength", queue, statistic="Maximum"),
        metric(CLB, "SpilloverCount", spilled),
        metric(CLB, "HealthyHostCount", counts, statistic="Minimum"),
    )
    return run(CHECK, LoadBalancerMetrics(window=WIDE, series=series), scope=a_scope(CLB))


@pytest.mark.parametrize(
    ("waiting", "away", "status", "full", "spilled"),
    [
        (None, None, Status.PASS, False, False),
        (300, None, Status.WARN, False, False),
        (1023, None, Status.WARN, False, False),
        (1024, None, Status.FAIL, True, False),
        (1024, 90, Status.FAIL, True, True),
    ],
)
def test_the_queue_and_what_it_turned_away(
    waiting: float | None, away: float | None, status: Status, full: bool, spilled: bool
) -> None:
    finding = judged(around(None, waiting), around(None, away))
    assert finding.status is status
    assert signals(finding) == {"surge_queue_full": full, "spillover": spilled}


def test_silence_is_zero_only_where_host_counts_prove_it() -> None:
    finding = judged(around(None, None), around(None, None), reported=around(None, None))
    assert finding.status is Status.UNKNOWN
    assert not finding.signals


def test_turned_away_requests_are_on_the_timeline() -> None:
    (moment,) = judged(around(None, 1024), around(None, 90, since="14:08")).moments
    assert moment.at == at("14:08")


def test_it_says_that_no_instance_logs_a_request_that_was_turned_away() -> None:
    details = judged(around(None, 1024), around(None, 90)).details
    assert any("no instance logs them" in detail.text for detail in details)
