"""The access-log check: what lines, the error counter and their absence may and may not say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.accesslog.keys import BEFORE
from bot.core.accesslog.scan import LogKind, LogScan
from bot.core.accesslog.summary import access_log, connection_log, health_check_log, minute_bounds
from bot.core.accesslog.tally import Tally
from bot.core.accesslog.values import Scanned
from bot.core.checks import run_check
from bot.core.evidence import AccessLog, LoadBalancerMetrics, Subnets
from bot.core.model import Finding, LoadBalancerType, Status, Unread, UnreadReason
from runbooks.checks.access_log import CHECK
from tests.evidence_builders import (
    ALARM_AT,
    NOW,
    WINDOW,
    a_load_balancer,
    a_scope,
    a_series,
    a_subnet,
    at,
    readings,
    unread,
)
from tests.log_lines import alb_line, classic_line

LATER = NOW + timedelta(minutes=30)
READ = Scanned(objects=12, objects_total=12, bytes=10**6, bytes_total=10**6)
REFUSED: dict[str, Any] = {"times": "-1 -1 -1", "status": "502", "target_status": "-"}
TIMED_OUT: dict[str, Any] = {"times": "-1 -1 -1", "status": "504", "target_status": "-"}
CLOSED: dict[str, Any] = {"times": "0.001 0.002 -1", "status": "502", "target_status": "-"}
SLOW: dict[str, Any] = {"times": "0.001 -1 -1", "status": "504", "target_status": "-"}
LEFT: dict[str, Any] = {"times": "0.001 -1 -1", "status": "460", "target_status": "-"}
NO_TARGET: dict[str, Any] = {"times": "-1 -1 -1", "status": "503", "target_status": "-", "target": "-"}
MINUTES = 120


def tally_of(lines: Iterable[bytes], kind: LogKind = LogKind.ALB) -> Tally:
    scan = LogScan(kind, *minute_bounds(WINDOW.widened(BEFORE)))
    scan.begin("10.0.1.15")
    scan.feed(b"".join(line + b"\n" for line in lines))
    scan.finish()
    return scan.tally


def the_log(*lines: bytes, kind: LogKind = LogKind.ALB, **how: Any) -> AccessLog:
    """The log of these lines, complete and read long after; `how` changes that."""
    settings: dict[str, Any] = {
        "window": WINDOW.widened(BEFORE),
        "read_at": LATER,
        "location": "s3://logs",
        "logged_until": LATER,
        "scanned": READ,
    }
    return access_log(tally_of(lines, kind), **{**settings, **how})


def served(n: int, clock: str = "14:06", target: str = "10.0.4.21:8080") -> list[bytes]:
    return [line(clock, target=target)] * n


def line(clock: str = "14:06", **fields: Any) -> bytes:
    return alb_line(created=f"2026-11-21T{clock}:30.000000Z", **fields)


def metrics(errors: dict[str, float], *, proven: bool = True) -> LoadBalancerMetrics:
    """TargetConnectionErrorCount by clock; `proven`: a sibling reports every minute, so others are 0."""
    window = WINDOW.widened(timedelta(hours=1))
    times: list[datetime] = [window.start + timedelta(minutes=i) for i in range(MINUTES)]
    by_time = {at(clock): value for clock, value in errors.items()}
    counter = a_series("TargetConnectionErrorCount", [by_time.get(t) for t in times], start=window.start)
    requests = a_series("RequestCount", [1000.0 if proven else None] * MINUTES, start=window.start)
    return LoadBalancerMetrics(window=window, series=(counter, requests))


def found(
    log: AccessLog | Unread, counted: LoadBalancerMetrics | Unread | None = None, **also: Any
) -> Finding:
    unread_kinds: dict[Any, Unread] = {}
    given = []
    for kind, reading in ((AccessLog, log), (LoadBalancerMetrics, counted)):
        if isinstance(reading, Unread):
            unread_kinds[kind] = reading
        elif reading is not None:
            given.append(reading)
    return run_check(
        CHECK, also.pop("scope", a_scope()), readings(*given, *also.values(), unread=unread_kinds)
    )


def signals(finding: Finding) -> dict[str, bool]:
    return {signal.id: signal.holds for signal in finding.signals}


@pytest.mark.parametrize(
    ("fields", "counted", "signal"),
    [
        (REFUSED, {"14:06": 20.0}, "refused_502"),
        (REFUSED, {"14:07": 20.0}, "refused_502"),
        (REFUSED, {}, "reset_after_dispatch_502"),
        (TIMED_OUT, {"14:06": 20.0}, "connect_timeout_504"),
        (CLOSED, {}, "reset_after_dispatch_502"),
        (SLOW, {}, "slow_504"),
        (LEFT, {}, "client_gone_460"),
        (NO_TARGET, {}, "log_no_target"),
    ],
)
def test_each_ending_has_its_signal_and_the_others_do_not_hold(
    fields: dict[str, Any], counted: dict[str, float], signal: str
) -> None:
    log = the_log(*served(100, "13:30"), *served(100), *[line(**fields)] * 20)
    endings = {
        *("refused_502", "reset_after_dispatch_502", "connect_timeout_504", "slow_504"),
        *("client_gone_460", "log_no_target"),
    }
    held = {name: holds for name, holds in signals(found(log, metrics(counted))).items() if name in endings}
    assert held == {name: name == signal for name in endings}


@pytest.mark.parametrize(
    "counted", [None, unread(action="cloudwatch:GetMetricData"), metrics({}, proven=False)]
)
def test_a_refusal_that_nothing_confirms_is_neither_a_refusal_nor_a_reset(
    counted: LoadBalancerMetrics | Unread | None,
) -> None:
    finding = found(the_log(*served(100), *[line(**REFUSED)] * 20), counted)
    assert finding.status is Status.FAIL
    assert {"refused_502", "reset_after_dispatch_502"}.isdisjoint(signals(finding))
    assert finding.numbers["refused_confirmed_lines"] == 0


def test_a_failed_tls_handshake_is_neither_refused_nor_closed() -> None:
    counted = metrics({})
    tls = a_series("TargetTLSNegotiationErrorCount", [20.0], start=at("14:06"))
    counted = counted.model_copy(update={"series": (*counted.series, tls)})
    finding = found(the_log(*served(100), *[line(**REFUSED)] * 20), counted)
    assert signals(finding)["refused_502"] is False
    assert signals(finding)["reset_after_dispatch_502"] is False
    assert "TLS" in str(finding.summary)


@pytest.mark.parametrize(("before", "then", "rose"), [(10, 10, False), (0, 10, True), (2, 10, True)])
def test_clients_that_leave_early_count_when_they_are_more_than_before(
    before: int, then: int, rose: bool
) -> None:
    usual = served(100, "13:30") + [line("13:30", **LEFT)] * before
    log = the_log(*usual, *served(100, "14:06"), *[line("14:06", **LEFT)] * then)
    assert signals(found(log, metrics({})))["client_gone_460"] is rose


def test_one_or_two_lines_say_nothing_either_way() -> None:
    assert "slow_504" not in signals(found(the_log(*served(100), *[line(**SLOW)] * 2), metrics({})))


def test_a_finding_answers_in_one_sentence_with_numbers_chart_and_moments() -> None:
    errors = [line(clock, **TIMED_OUT) for clock in ("14:07", "14:05", "14:06") for _ in range(10)]
    finding = found(the_log(*served(70), *errors))
    assert finding.status is Status.FAIL
    assert finding.summary.values["n"] == 30
    assert finding.summary.values["total"] == 100
    assert [(m.key, m.at) for m in finding.moments] == [
        ("log_first_error", at("14:05:30")),
        ("log_last_error", at("14:07:30")),
    ]
    assert finding.chart is not None
    (series,) = finding.chart.series
    values = dict(series.points)
    assert (values[at("14:05")], values[at("14:06")], values[at("14:30")]) == (10.0, 10.0, None)
    assert finding.table is not None
    assert finding.table.rows == (("*", "30", "70"), ("10.0.4.21:8080", "30", "70"))


@pytest.mark.parametrize(("got_through", "total"), [(0, True), (1, True), (20, False)])
def test_total_is_when_nearly_nothing_gets_through(got_through: int, total: bool) -> None:
    inner = [line("14:06", **TIMED_OUT)] * 40 + served(got_through, "14:06")
    edges = [line(clock, **TIMED_OUT) for clock in ("14:05", "14:07")] + served(50, "14:05")
    assert signals(found(the_log(*inner, *edges)))["connect_timeout_total"] is total


@pytest.mark.parametrize(
    ("errors", "gathered"),
    [((20, 0, 0, 0), True), ((10, 10, 0, 0), True), ((5, 5, 5, 5), False), ((2, 1, 0, 0), None)],
)
def test_errors_gather_when_half_the_targets_or_fewer_hold_most(
    errors: tuple[int, ...], gathered: bool | None
) -> None:
    targets = [f"10.0.4.{i}:8080" for i in range(4)]
    lines = [s for target in targets for s in served(10, target=target)]
    lines += [line(target=t, **TIMED_OUT) for t, n in zip(targets, errors, strict=True) for _ in range(n)]
    assert signals(found(the_log(*lines))).get("log_target_concentration") is gathered


@pytest.mark.parametrize(("clock", "serves"), [("14:06", True), ("14:09", False)])
def test_a_target_that_answers_in_the_same_minute_is_not_gone(clock: str, serves: bool) -> None:
    finding = found(the_log(*served(10, clock), *[line(**REFUSED)] * 10), metrics({"14:06": 10.0}))
    assert signals(finding)["target_serves_while_failing_log"] is serves


def test_no_5xx_in_a_whole_old_log_is_a_pass() -> None:
    finding = found(the_log(*served(100)), metrics({}))
    assert finding.status is Status.PASS
    assert signals(finding)["refused_502"] is False


@pytest.mark.parametrize(
    "how",
    [
        {"read_at": ALARM_AT + timedelta(minutes=14)},
        {"logged_until": ALARM_AT - timedelta(minutes=1)},
        {"logged_until": None, "scanned": Scanned(objects=0, objects_total=0, bytes=0, bytes_total=0)},
        {"scanned": READ.model_copy(update={"objects": 5})},
        {"scanned": READ.model_copy(update={"cut": ("a.log.gz",)})},
        {"scanned": READ.model_copy(update={"failed": ("a.log.gz",)})},
    ],
)
def test_nothing_found_in_a_fresh_or_partly_read_log_is_unknown(how: dict[str, Any]) -> None:
    finding = found(the_log(*served(100), **how), metrics({}))
    assert finding.status is Status.UNKNOWN
    assert finding.signals == ()


def test_a_log_in_an_unknown_format_is_unknown() -> None:
    finding = found(the_log(*[b"something else"] * 10, *served(1)), metrics({}))
    assert finding.status is Status.UNKNOWN


def test_an_empty_log_is_unknown() -> None:
    assert found(the_log(), metrics({})).status is Status.UNKNOWN


def test_errors_in_a_partly_read_log_count_but_absence_does_not() -> None:
    log = the_log(*served(100), *[line(**SLOW)] * 20, scanned=READ.model_copy(update={"objects": 5}))
    finding = found(log, metrics({}))
    assert finding.status is Status.FAIL
    assert signals(finding)["slow_504"] is True
    assert "connect_timeout_504" not in signals(finding)


def test_a_few_errors_among_very_many_requests_are_a_warning() -> None:
    assert found(the_log(*served(100), *[line(**SLOW)] * 4)).status is Status.WARN
    assert found(the_log(*served(6000), *[line(**SLOW)] * 5)).status is Status.WARN


@pytest.mark.parametrize("reason", [UnreadReason.DENIED, UnreadReason.NOT_ENABLED, UnreadReason.TIMEOUT])
def test_a_log_that_was_not_read_is_unknown(reason: UnreadReason) -> None:
    finding = found(unread(reason, "s3:GetObject", "access log"), metrics({"14:06": 3.0}))
    assert finding.status is Status.UNKNOWN
    assert finding.signals == ()
    assert finding.unread[0].reason is reason


def test_a_node_is_named_by_its_zone_where_its_subnet_is_known() -> None:
    subnets = Subnets(subnets=(a_subnet("subnet-lb-a", "10.0.1.0/24", "eu-central-1a"),))
    finding = found(the_log(*[line(**SLOW)] * 9, line(node="10.0.2.7", **SLOW)), subnets=subnets)
    zones = next(d for d in finding.details if "zones" in d.values)
    shown = str(zones.values["zones"])
    assert "eu-central-1a" in shown
    assert "10.0.2.7" in shown


def test_a_classic_load_balancers_errors_are_confirmed_with_its_own_counter() -> None:
    lb = a_load_balancer(LoadBalancerType.CLASSIC)
    refused = classic_line(
        at="2026-11-21T14:06:30.000000Z", times="-1 -1 -1", status="502", backend_status="0"
    )
    start = WINDOW.start
    counter = a_series(
        "BackendConnectionErrors", [None] * 31 + [9.0], start=start, dimensions={"LoadBalancerName": lb.name}
    )
    log = the_log(*[refused] * 9, kind=LogKind.CLASSIC)
    counted = LoadBalancerMetrics(window=WINDOW, series=(counter,))
    assert signals(found(log, counted, scope=a_scope(lb)))["refused_502"] is True


def test_a_network_load_balancer_has_no_such_log() -> None:
    finding = found(the_log(), scope=a_scope(a_load_balancer(LoadBalancerType.NETWORK)))
    assert finding.status is Status.NOT_APPLICABLE


def test_the_other_two_logs_are_told_where_they_were_read() -> None:
    check = b"http 2026-11-21T14:06:31.901409Z 5.0001 10.0.4.23:8080 web FAIL - TimedOut"
    connection = (
        b"2026-11-21T14:06:08.000001Z 198.51.100.8 40113 443 TLSv1.2 X - "
        b'"CN=c2.example.com" - 0A1B2C3E Failed:ClientCertUntrusted TID_05'
    )
    log = the_log(
        *served(10),
        health_checks=health_check_log(tally_of([check], LogKind.HEALTH_CHECK), READ),
        connections=connection_log(tally_of([connection], LogKind.CONNECTION), READ),
    )
    details = str(found(log, metrics({})).details)
    assert "TimedOut" in details
    assert "ClientCertUntrusted" in details


def test_the_evidence_is_kept_and_read_back_the_same() -> None:
    log = the_log(*served(3), *[line(**REFUSED)] * 2)
    assert AccessLog.model_validate_json(log.model_dump_json()) == log
