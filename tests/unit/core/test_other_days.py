"""The same time of day on earlier days: how often, of how many days that were read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.core.evidence import Evidence
from bot.core.model import Finding
from bot.i18n import t
from runbooks.checks.cpu import CHECK as CPU
from runbooks.checks.request_load import CHECK as REQUEST_LOAD
from tests.evidence_builders import a_load_balancer
from tests.metric_builders import (
    around,
    host_metric,
    host_metrics,
    last_week,
    lb_metrics,
    metric,
    run,
    wave,
    week_of,
)

ALB = a_load_balancer()
NOW = lb_metrics(None, around(None, 80), wave(around(4000, 4000)))
REQUESTS = [4000.0] * 60
QUIET: list[float | None] = [None] * 60
"""Minutes in which requests were reported and errors were not: proven zeros."""
BAD: list[float | None] = [*[None] * 30, *[80.0] * 30]


def week(errors: Sequence[Sequence[float | None]], requests: Sequence[Sequence[float]]) -> Evidence:
    return last_week(
        week_of(metric(ALB, "TargetConnectionErrorCount", ()), *errors),
        week_of(metric(ALB, "RequestCount", ()), *requests),
    )


def said(finding: Finding) -> list[str]:
    return [t(detail, "en") for detail in finding.details]


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ([QUIET], "No such errors at this time of day on the last 7 days."),
        ([BAD, *[QUIET] * 6], "Such errors also came at this time of day on 1 of the last 7 days."),
    ],
)
def test_errors_of_earlier_days_are_counted_at_the_same_time(
    errors: list[list[float | None]], words: str
) -> None:
    assert words in said(run(REQUEST_LOAD, NOW, week(errors, [REQUESTS])))


def test_every_correlation_says_it() -> None:
    cpu = host_metrics(host_metric("CPUUtilization", around(20, 20)))
    finding = run(CPU, NOW, cpu, week([QUIET], [REQUESTS]))
    assert "No such errors at this time of day on the last 7 days." in said(finding)


def test_requests_of_earlier_days_tell_whether_the_hour_is_always_busy() -> None:
    days = [REQUESTS, [1000.0] * 60, *[REQUESTS] * 5]
    found = said(run(REQUEST_LOAD, NOW, week([QUIET], days)))
    assert "As many requests at this time of day on 6 of the last 7 days." in found


def test_two_days_are_too_few_to_call_it_daily() -> None:
    nothing: list[float] = []
    found = said(run(REQUEST_LOAD, NOW, week([QUIET], [REQUESTS, REQUESTS, *[nothing] * 5])))
    assert "Only 2 earlier days could be read: too few to say whether this happens every day." in found


def test_without_the_week_nothing_is_said_about_it() -> None:
    assert not any("day" in one for one in said(run(REQUEST_LOAD, NOW)))
