"""Status checks of the targets: did an instance, or the host under it, fail when connections failed?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.core.change_graph import GRAPH_KINDS, changes_to_mark
from bot.core.checks import Case, Check, unread_summary
from bot.core.chosen_statistic import gauge_note
from bot.core.comparison import chart
from bot.core.connection_errors import ConnectionErrors, visible_errors
from bot.core.evidence import BaselineMetrics, Changes, Instances, LoadBalancerMetrics, TargetMetrics
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Message, many, say
from bot.core.metric_command import instance_command
from bot.core.model import Chart, Finding, Signal, Status, Table, Unread
from bot.core.other_days import errors_on_other_days
from bot.core.status_checks import METRIC, all_zero, failures
from bot.core.target_series import TargetLines, nothing_read, read_targets, silent_targets

MOST_LINES = 3


def judge(case: Case) -> Finding:
    """FAIL: a status check failed. PASS: all read, all zero. UNKNOWN: a target was not heard."""
    series = LoadBalancerSeries.of(case)
    errors = visible_errors(series)
    if isinstance(errors, Unread):
        return case.finding(Status.UNKNOWN, unread_summary([errors]), unread=[errors])
    checks = read_targets(case, errors, METRIC, "Maximum")
    if not checks.lines:
        summary, unread = nothing_read(METRIC, checks)
        return case.finding(Status.UNKNOWN, summary, unread=unread)
    failed = failures(checks, errors)
    zero = not failed and all_zero(checks, errors)
    return case.finding(
        Status.FAIL if failed else Status.PASS if zero else Status.UNKNOWN,
        _summary(checks, failed, zero),
        details=_details(series, checks, errors),
        numbers={"targets_failed": len(failed), "targets_read": len(checks.lines)},
        signals=_signals(case, checks, failed, zero),
        chart=_chart(case, checks, errors, failed),
        table=_table(failed) if failed else None,
        unread=checks.unread,
    )


def _details(series: LoadBalancerSeries, checks: TargetLines, errors: ConnectionErrors) -> Iterator[Message]:
    if checks.silent:
        yield silent_targets(checks)
    yield from errors_on_other_days(series, errors)
    yield from gauge_note(series.scope, METRIC, "Maximum")


def _signals(case: Case, checks: TargetLines, failed: dict[str, datetime], zero: bool) -> Iterator[Signal]:
    if failed:
        because = many(
            "A status check of {n} target failed: {ids}.",
            "Status checks of {n} targets failed: {ids}.",
            n=len(failed),
            ids=", ".join(failed),
        )
        yield Signal(id="status_check_failed", holds=True, because=because)
        yield Signal(id="status_checks_zero", holds=False, because=because)
        yield from _one_zone(case, checks, failed)
    elif zero:
        because = say("No status check of a target failed.")
        yield Signal(id="status_check_failed", holds=False, because=because)
        yield Signal(id="status_checks_zero", holds=True, because=because)
        yield Signal(id="zone_status_checks_failed", holds=False, because=because)


def _one_zone(case: Case, checks: TargetLines, failed: dict[str, datetime]) -> Iterator[Signal]:
    """Two or more failed instances share a zone in which no other passed, while other zones pass."""
    instances = case.get(Instances)
    if isinstance(instances, Unread):
        return
    zones = {i.id: i.zone for i in instances.instances}
    if not checks.lines.keys() <= zones.keys():
        return
    hit = {zones[name] for name in failed}
    spared = {zones[name] for name in checks.lines if name not in failed}
    holds = len(failed) > 1 and len(hit) == 1 and bool(spared) and not hit & spared
    zone = next(iter(hit)) if holds else ""
    because = (
        say("All failed status checks are in {zone}, where none passed.", zone=zone)
        if holds
        else say("Failed status checks are not a matter of one zone.")
    )
    yield Signal(id="zone_status_checks_failed", holds=holds, because=because, zone=zone)


def _summary(checks: TargetLines, failed: dict[str, datetime], zero: bool) -> Message:
    if failed:
        return many(
            "A status check failed on {n} of {total} targets, first at {at}.",
            "Status checks failed on {n} of {total} targets, first at {at}.",
            n=len(failed),
            total=len(checks.lines) + len(checks.silent),
            at=min(failed.values()),
        )
    if zero:
        return many(
            "Status checks passed all the time on {n} target.",
            "Status checks passed all the time on {n} targets.",
            n=len(checks.lines),
        )
    return say("No failed status check was seen, but some minutes or targets are missing.")


def _chart(
    case: Case, checks: TargetLines, errors: ConnectionErrors, failed: dict[str, datetime]
) -> Chart | None:
    """A picture of the failed ones; flat zeros need none."""
    if not failed:
        return None
    shown = sorted(failed, key=lambda name: (failed[name], name))[:MOST_LINES]
    title = say("Connection errors and failed status checks")
    lines = [(name, "Count", checks.lines[name]) for name in shown]
    return chart(title, case.scope, errors, lines, changes_to_mark(case))


def _table(failed: dict[str, datetime]) -> Table:
    return Table(
        columns=(say("Target"), say("First failed status check")),
        rows=tuple((name, f"{at:%H:%M} UTC") for name, at in sorted(failed.items())),
    )


CHECK = Check(
    id="status_checks",
    title="StatusCheckFailed of the targets",
    asks="Did an instance or its host fail when connections failed?",
    needs=(TargetMetrics, LoadBalancerMetrics),
    uses=(BaselineMetrics, Changes, *GRAPH_KINDS),
    judge=judge,
    signals=("status_check_failed", "status_checks_zero", "zone_status_checks_failed"),
    console="instances",
    command=instance_command(METRIC, "Maximum", 60),
)
