"""Application log: what speaks of a restart, what is new, and when silence means something."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.applog.tally import AppLogTally
from bot.core.evidence import AppLog
from bot.core.model import Finding, Status, Unread, UnreadReason, Window
from bot.i18n import t
from runbooks.checks.application_log import CHECK
from tests.evidence_builders import NOW, ONSET, at, unread
from tests.metric_builders import around, lb_metrics, run, signals

WINDOW = Window(start=ONSET - timedelta(minutes=27), end=NOW)
ERRORS = lb_metrics(None, around(None, 80))
CALM = (("13:40", "INFO pool ok"), ("14:06", "INFO pool ok"))


def logged(
    *lines: tuple[str, str],
    complete: bool = True,
    compared: bool = True,
    unread: tuple[Unread, ...] = (),
) -> AppLog:
    tally = AppLogTally(WINDOW)
    for clock, text in lines:
        tally.add(at(clock), "web-1", text)
    return AppLog(
        window=WINDOW,
        read_at=NOW,
        groups=("/app/shop",),
        lines=tally.lines,
        bytes=1_000,
        complete=complete,
        compared=compared,
        minutes=tally.minutes,
        messages=tally.messages,
        hints=tally.hints,
        unread=unread,
    )


def judged(log: AppLog) -> Finding:
    return run(CHECK, log, ERRORS)


def said(finding: Finding) -> str:
    return " ".join(t(message, "en") for message in (finding.summary, *finding.details))


@pytest.mark.parametrize(
    ("line", "status", "what"),
    [
        ("bind: Address already in use", Status.FAIL, "its port could not be opened"),
        ("Out of memory: Killed process 2214 (java)", Status.FAIL, "out of memory"),
        ("panic: nil map", Status.FAIL, "it crashed"),
        ("received SIGTERM", Status.WARN, "it was stopped"),
        ("INFO listening on 8080", Status.WARN, "it started"),
    ],
)
def test_a_sign_of_a_restart_is_quoted_with_its_host_and_time(line: str, status: Status, what: str) -> None:
    finding = judged(logged(*CALM, ("14:04", line)))
    assert t(finding.summary, "en") == f"web-1 at 14:04 UTC, {what}: {line}"
    assert finding.status is status
    assert signals(finding)["app_log_restart"] is True
    assert signals(finding)["app_log_quiet"] is False
    assert [m.at for m in finding.moments] == [at("14:04")]


def test_a_restart_long_before_the_errors_is_another_story() -> None:
    finding = judged(logged(*CALM, ("13:45", "INFO listening on 8080")))
    assert finding.status is Status.PASS
    assert signals(finding)["app_log_restart"] is False


def test_an_error_the_hour_before_did_not_have_is_new() -> None:
    finding = judged(
        logged(*CALM, ("14:05", "ERROR pool of 10 exhausted"), ("14:06", "ERROR pool of 9 exhausted"))
    )
    assert finding.status is Status.FAIL
    assert "did not have: ERROR pool of 10 exhausted" in t(finding.summary, "en")
    assert signals(finding) == {
        "app_log_restart": False,
        "app_log_errors_new": True,
        "app_log_quiet": False,
    }
    assert finding.table
    assert finding.table.rows == (("2", "0", "14:05:00 UTC", "ERROR pool of 10 exhausted"),)


def test_an_error_that_was_there_before_only_warns() -> None:
    finding = judged(logged(*CALM, ("13:10", "ERROR cache 1"), ("14:05", "ERROR cache 2")))
    assert finding.status is Status.WARN
    assert t(finding.summary, "en") == "1 error line, not new."
    assert signals(finding)["app_log_errors_new"] is False


def test_without_the_hour_before_nothing_is_called_new() -> None:
    finding = judged(logged(*CALM, ("14:05", "ERROR cache 2"), compared=False))
    assert finding.status is Status.WARN
    assert "app_log_errors_new" not in signals(finding)


def test_a_quiet_log_passes() -> None:
    finding = judged(logged(*CALM))
    assert finding.status is Status.PASS
    assert t(finding.summary, "en") == "No error and no restart in 2 lines."
    assert signals(finding) == {
        "app_log_restart": False,
        "app_log_errors_new": False,
        "app_log_quiet": True,
    }


@pytest.mark.parametrize(
    "log",
    [
        logged(),
        logged(("13:10", "INFO before")),
        logged(*CALM, complete=False),
        logged(*CALM, unread=(unread(action="logs:FilterLogEvents"),)),
    ],
)
def test_no_error_in_what_was_not_wholly_read_is_unknown(log: AppLog) -> None:
    finding = judged(log)
    assert finding.status is Status.UNKNOWN
    assert finding.signals == ()


def test_5xx_of_static_files_are_counted_apart() -> None:
    line = '10.0.0.1 - - "GET /app.css HTTP/1.1" 503 12'
    finding = judged(logged(*CALM, ("14:05", line), ("14:06", "WARN 502 GET /cart")))
    assert (finding.numbers["lines_5xx"], finding.numbers["static_5xx"]) == (2, 1)
    assert "1 5xx for a static file" in said(finding)


def test_the_chart_has_gaps_where_nothing_was_logged() -> None:
    chart = judged(logged(*CALM, ("14:05", "ERROR x"))).chart
    assert chart
    points = dict(chart.series[0].points)
    assert (points[at("14:05")], points[at("14:06")], points[at("14:07")]) == (1.0, 0.0, None)


def test_a_log_group_nobody_named_is_unknown_and_says_how_to_name_it() -> None:
    missing = unread(UnreadReason.NOT_ENABLED, "logs:FilterLogEvents", "tag shop-prod with x=NAME")
    finding = run(CHECK, unread={AppLog: missing})
    assert finding.status is Status.UNKNOWN
    assert "tag shop-prod with x=NAME" in t(finding.summary, "en")
