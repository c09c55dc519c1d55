"""Access log: how did the requests end, on which targets, and does the counter confirm it?"""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.accesslog.reading import ERRORS, FEW_ERRORS, LogReading
from bot.core.accesslog.report import chart, details, meaning, moments, part_read, table
from bot.core.accesslog.signature import Signature
from bot.core.checks import Case, Check
from bot.core.evidence import AccessLog, LoadBalancerMetrics, Subnets
from bot.core.message import Code, Message, many, say
from bot.core.model import Finding, LoadBalancerType, Scope, Signal, Status

NOTABLE_SHARE = 0.001
LIKE_THEM = {
    Signature.CONNECT_TIMEOUT: "connect_timeout_504",
    Signature.SLOW: "slow_504",
    Signature.CLIENT_GONE: "client_gone_460",
    Signature.NO_TARGET: "log_no_target",
}


def judge(case: Case) -> Finding:
    """FAIL: 5xx lines that matter. WARN: a few. UNKNOWN: none, but that proves nothing. PASS: none."""
    reading = LogReading(case[AccessLog], case.scope, case.get(LoadBalancerMetrics))
    status, summary = _answer(reading)
    return case.finding(
        status,
        summary,
        details=details(reading, case.get(Subnets)),
        numbers=_numbers(reading),
        signals=_signals(reading),
        moments=moments(reading),
        chart=chart(reading) if reading.errors else None,
        table=table(reading) if reading.errors else None,
        unread=reading.log.unread,
    )


def _answer(reading: LogReading) -> tuple[Status, Message]:
    if not reading.errors:
        return _no_errors(reading)
    telling = reading.errors >= FEW_ERRORS and reading.errors >= NOTABLE_SHARE * reading.lines
    summary = say(
        "{n} of {total} requests ended in 5xx, mostly: {what}.",
        n=reading.errors,
        total=reading.lines,
        what=meaning(reading),
    )
    return (Status.FAIL if telling else Status.WARN), summary


def _no_errors(reading: LogReading) -> tuple[Status, Message]:
    """Nothing found: only a log that is complete, understood and old enough says that nothing was there."""
    log = reading.log
    if not log.scanned.objects_total:
        return Status.UNKNOWN, say(
            "No log file was delivered for this time to {place}.", place=Code(text=log.location)
        )
    if reading.mostly_malformed:
        return Status.UNKNOWN, many(
            "{n} line of the log is not in a known format.",
            "{n} lines of the log are not in a known format.",
            n=log.malformed,
        )
    if not log.scanned.complete:
        return Status.UNKNOWN, say("No 5xx so far: {part}", part=part_read(reading))
    if reading.too_fresh:
        return Status.UNKNOWN, say("No 5xx so far, but logs arrive 5 to 15 minutes late.")
    if not reading.lines:
        return Status.UNKNOWN, say("The log has no request of this time.")
    return Status.PASS, many("No 5xx in {n} request.", "No 5xx in {n} requests.", n=reading.lines)


def _signals(reading: LogReading) -> Iterator[Signal]:
    yield from _refusal_signals(reading)
    for signature, signal in LIKE_THEM.items():
        n = reading.counts.get(signature, 0)
        holds = _holds(reading, n)
        if signature is Signature.CLIENT_GONE and holds:
            # Some clients always leave early.
            holds = reading.elevated(signature)
        if holds is not None:
            yield Signal(id=signal, holds=holds, because=_counted(signature, n))
    total = reading.timeouts_total()
    if total is not None:
        yield Signal(
            id="connect_timeout_total",
            holds=total,
            because=say("While connects timed out, nearly no request got through.")
            if total
            else say("While connects timed out, other requests got through."),
        )
    yield from _target_signals(reading)


def _refusal_signals(reading: LogReading) -> Iterator[Signal]:
    """A refusal counts when the counter moved in its minute; with it at 0 the target had accepted."""
    refusals = reading.refusals
    closed = reading.counts.get(Signature.RESET, 0) + refusals.silent
    for signal, n, because in (
        ("refused_502", refusals.confirmed, _confirmed(refusals.confirmed)),
        ("reset_after_dispatch_502", closed, _closed(closed)),
    ):
        holds = _holds(reading, n)
        if holds or (holds is False and not refusals.unconfirmed):
            yield Signal(id=signal, holds=holds, because=because)


def _confirmed(n: int) -> Message:
    return many(
        "{n} line of a refused connection (502) that the error counter confirms",
        "{n} lines of refused connections (502) that the error counter confirms",
        n=n,
    )


def _closed(n: int) -> Message:
    return many(
        "{n} line of a target that closed after it had accepted (502)",
        "{n} lines of targets that closed after they had accepted (502)",
        n=n,
    )


def _holds(reading: LogReading, lines: int) -> bool | None:
    """A few lines say nothing either way, and none says something only where absence counts."""
    if lines >= FEW_ERRORS:
        return True
    return False if not lines and reading.absence_counts else None


def _counted(signature: Signature, n: int) -> Message:
    match signature:
        case Signature.CONNECT_TIMEOUT:
            return many("{n} connect timeout (504)", "{n} connect timeouts (504)", n=n)
        case Signature.SLOW:
            return many("{n} reply too late (504)", "{n} replies too late (504)", n=n)
        case Signature.NO_TARGET:
            return many("{n} request without a target (503)", "{n} requests without a target (503)", n=n)
        case _:
            return many("{n} client left early (460)", "{n} clients left early (460)", n=n)


def _target_signals(reading: LogReading) -> Iterator[Signal]:
    gathered = reading.gathered_on()
    if gathered is not None:
        yield Signal(
            id="log_target_concentration",
            holds=2 * len(gathered) <= len(reading.log.targets),
            because=many(
                "{n} of {total} targets holds at least 80 % of the 5xx",
                "{n} of {total} targets hold at least 80 % of the 5xx",
                n=len(gathered),
                total=len(reading.log.targets),
            ),
        )
    share = reading.serving_share()
    if share is not None and not reading.log.approximate:
        yield Signal(
            id="target_serves_while_failing_log",
            holds=share >= 0.5,
            because=say(
                "In {percent} % of the minutes in which a target could not be reached, it also answered.",
                percent=round(100 * share),
            ),
        )


def _numbers(reading: LogReading) -> dict[str, float | int | str | None]:
    log, refusals = reading.log, reading.refusals
    return {
        "lines": reading.lines,
        "errors_5xx": reading.errors,
        **{f"{signature.value}_lines": reading.counts.get(signature, 0) for signature in ERRORS},
        "client_gone_460_lines": reading.counts.get(Signature.CLIENT_GONE, 0),
        "refused_confirmed_lines": refusals.confirmed,
        "malformed_lines": log.malformed,
        "outside_lines": log.outside,
        "scanned_bytes": log.scanned.bytes,
        "delivered_bytes": log.scanned.bytes_total,
        "scanned_files": log.scanned.objects,
        "delivered_files": log.scanned.objects_total,
    }


def command(scope: Scope) -> str:
    """Lists the log files of the window's day; they are then read with zcat."""
    lb = scope.load_balancer
    day = f"{scope.window.start:%Y/%m/%d}"
    return f"aws s3 ls s3://BUCKET/PREFIX/AWSLogs/{lb.account}/elasticloadbalancing/{lb.region}/{day}/"


CHECK = Check(
    id="access_log",
    title="Access log",
    asks="How did the failing requests end, and on which targets?",
    needs=(AccessLog,),
    uses=(LoadBalancerMetrics, Subnets),
    judge=judge,
    signals=(
        "refused_502",
        "connect_timeout_504",
        "connect_timeout_total",
        "reset_after_dispatch_502",
        "slow_504",
        "client_gone_460",
        "log_target_concentration",
        "log_no_target",
        "target_serves_while_failing_log",
    ),
    console="access_log",
    command=command,
    load_balancer_types=frozenset({LoadBalancerType.APPLICATION, LoadBalancerType.CLASSIC}),
)
