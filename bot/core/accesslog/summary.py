"""From counts to evidence: what an access log says, in the order it is shown (pure)."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from bot.core.accesslog.signature import UNREACHABLE
from bot.core.accesslog.tally import OTHER, KeptLine, Names, Row, Tally
from bot.core.accesslog.values import (
    CheckedTarget,
    ConnectionLog,
    HealthCheckLog,
    LogLine,
    LogMinute,
    LogNames,
    LogTarget,
    Scanned,
)
from bot.core.evidence import AccessLog
from bot.core.model import Unread, Window

SHOWN = 20
_UNREACHABLE = frozenset(signature.value for signature in UNREACHABLE)


def minute_bounds(window: Window) -> tuple[str, str]:
    """The window as whole minutes, half-open, as lines are compared: '2026-11-21T13:35'."""
    end = window.end.astimezone(UTC)
    if end != end.replace(second=0, microsecond=0):
        end += timedelta(minutes=1)
    return f"{window.start.astimezone(UTC):%Y-%m-%dT%H:%M}", f"{end:%Y-%m-%dT%H:%M}"


def access_log(
    tally: Tally,
    *,
    window: Window,
    read_at: datetime,
    location: str,
    logged_until: datetime | None,
    scanned: Scanned,
    health_checks: HealthCheckLog | None = None,
    connections: ConnectionLog | None = None,
    unread: tuple[Unread, ...] = (),
) -> AccessLog:
    """The evidence; `logged_until` is the end of the newest interval that was delivered."""
    return AccessLog(
        window=window,
        read_at=read_at,
        location=location,
        logged_until=logged_until,
        scanned=scanned,
        lines=tally.lines,
        malformed=tally.malformed,
        outside=tally.outside,
        approximate=tally.approximate,
        minutes=_minutes(tally.rows),
        targets=_targets(tally),
        groups=names(tally.groups),
        nodes=names(tally.nodes),
        paths=names(tally.paths),
        error_reasons=names(tally.reasons),
        first=tuple(_line(line) for line in tally.first),
        last=tuple(_line(line) for line in tally.last),
        health_checks=health_checks,
        connections=connections,
        unread=unread,
    )


def health_check_log(tally: Tally, scanned: Scanned) -> HealthCheckLog:
    """The health-check log's counts, targets that failed most first."""
    targets = [
        CheckedTarget(
            target=target,
            group=group,
            passes=checks.passes,
            fails=dict(sorted(checks.fails.items())),
            first_fail=_time(checks.first_fail),
            last_fail=_time(checks.last_fail),
        )
        for (group, target), checks in sorted(tally.checks.items())
    ]
    targets.sort(key=lambda t: -sum(t.fails.values()))
    return HealthCheckLog(
        scanned=scanned, lines=tally.lines, malformed=tally.malformed, targets=tuple(targets)
    )


def connection_log(tally: Tally, scanned: Scanned) -> ConnectionLog:
    """The connection log's counts."""
    return ConnectionLog(
        scanned=scanned, lines=tally.lines, malformed=tally.malformed, verify=names(tally.handshakes)
    )


def names(counted: Names) -> LogNames:
    """The commonest names."""
    lines, other = counted.commonest(SHOWN)
    return LogNames(lines=lines, other=other)


def _minutes(rows: dict[Row, int]) -> tuple[LogMinute, ...]:
    alike: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for row, n in rows.items():
        alike[row.minute, row.status, row.target_status, row.signature] += n
    return tuple(
        LogMinute(
            minute=_time(minute), status=status, target_status=target_status, signature=signature, lines=n
        )
        for (minute, status, target_status, signature), n in sorted(alike.items())
    )


def _targets(tally: Tally) -> tuple[LogTarget, ...]:
    """Every target, those with most errors first."""
    errors: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    unreachable: dict[str, set[str]] = defaultdict(set)
    served: dict[str, int] = defaultdict(int)
    for row, n in tally.rows.items():
        if row.target not in ("", "-", OTHER):
            errors[row.target][row.signature] += n
            if row.signature in _UNREACHABLE:
                unreachable[row.target].add(row.minute)
    for (_, target), n in tally.served.items():
        served[target] += n
    found = [
        LogTarget(
            target=target,
            errors=dict(sorted(errors[target].items())) if target in errors else {},
            served=served.get(target, 0),
            minutes_unreachable=len(unreachable.get(target, ())),
            minutes_serving=sum((minute, target) in tally.served for minute in unreachable.get(target, ())),
        )
        for target in sorted({*errors, *served})
    ]
    return tuple(sorted(found, key=lambda t: -sum(t.errors.values())))


def _line(kept: KeptLine) -> LogLine:
    at = _time(kept.created)
    if at is None:
        raise ValueError("an error line without a time was kept")
    return LogLine(at=at, signature=kept.signature, target=kept.target, text=kept.text)


def _time(logged: str) -> datetime | None:
    """A logged time, to the minute or finer ('' for none); of a second, six digits are kept."""
    if not logged:
        return None
    whole, _, fraction = logged.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}" if fraction else whole).replace(tzinfo=UTC)
