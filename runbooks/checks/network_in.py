"""NetworkIn of the targets: did more traffic than usual reach them, before or with the errors?"""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.change_graph import GRAPH_KINDS, changes_to_mark
from bot.core.checks import Case, Check, unread_summary
from bot.core.chosen_statistic import gauge_note
from bot.core.comparison import Comparison, chart, compare, elevated_during
from bot.core.connection_errors import ConnectionErrors, visible_errors
from bot.core.evidence import BaselineMetrics, Changes, LoadBalancerMetrics, TargetMetrics
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Message, say
from bot.core.metric_command import instance_command
from bot.core.model import Finding, Signal, Status, Unread
from bot.core.other_days import errors_on_other_days
from bot.core.series import Line, added, coarsened
from bot.core.stats import Baseline
from bot.core.target_series import (
    TargetLines,
    nothing_read,
    read_targets,
    resolution_limit,
    silent_targets,
)

METRIC = "NetworkIn"
MB = 1e6


def judge(case: Case) -> Finding:
    """WARN: above the usual. PASS: not. UNKNOWN: a target is missing in the sum, or nothing is usual."""
    series = LoadBalancerSeries.of(case)
    errors = visible_errors(series)
    if isinstance(errors, Unread):
        return case.finding(Status.UNKNOWN, unread_summary([errors]), unread=[errors])
    targets = read_targets(case, errors, METRIC, "Sum")
    if not targets.lines:
        summary, unread = nothing_read(METRIC, targets)
        return case.finding(Status.UNKNOWN, summary, unread=unread)
    together = added(_on_one_grid(targets))
    usual = targets.usual(together)
    elevated = elevated_during(together, errors, usual) if usual else None
    found = compare(together, errors, usual)
    return case.finding(
        _status(elevated, targets),
        _summary(together, usual, elevated, errors),
        details=[
            *_details(targets, errors, found),
            *errors_on_other_days(series, errors),
            *gauge_note(case.scope, METRIC, "Sum"),
        ],
        numbers=found.numbers,
        signals=_signals(elevated, targets),
        chart=chart(
            say("Connection errors and NetworkIn of all targets"),
            case.scope,
            errors,
            [(METRIC, "Bytes", together)],
            changes_to_mark(case),
        ),
        unread=targets.unread,
    )


def _on_one_grid(targets: TargetLines) -> list[Line]:
    """Targets with detailed monitoring are summed up to the five minutes of those without."""
    step = targets.step()
    coarsest = next(line for line in targets.lines.values() if line.step == step)
    return [
        line if line.step == step else coarsened(line, coarsest.start, step)
        for line in targets.lines.values()
    ]


def _signals(elevated: bool | None, targets: TargetLines) -> Iterator[Signal]:
    """Elevated without a silent target is elevated all the more; not elevated needs all of them."""
    if elevated:
        because = say("More traffic than usual reached the targets.")
        yield Signal(id="network_in_elevated", holds=True, because=because)
    elif elevated is False and targets.complete:
        because = say("Traffic to the targets was not above the usual.")
        yield Signal(id="network_in_elevated", holds=False, because=because)


def _status(elevated: bool | None, targets: TargetLines) -> Status:
    if elevated:
        return Status.WARN
    return Status.PASS if elevated is False and targets.complete else Status.UNKNOWN


def _summary(
    together: Line, usual: Baseline | None, elevated: bool | None, errors: ConnectionErrors
) -> Message:
    inside = [value for _, value in errors.during(together).known]
    highest = round(max(inside, default=0.0) / MB, 1)
    if usual is None:
        return say("Up to {mb} MB a period reached the targets; nothing to compare it with.", mb=highest)
    before = round(usual.median / MB, 1)
    if elevated:
        return say(
            "More traffic reached the targets: up to {mb} MB a period, {usual} before.",
            mb=highest,
            usual=before,
        )
    if highest < before / 2:
        return say(
            "Less traffic reached the targets: at most {mb} MB a period, {usual} before.",
            mb=highest,
            usual=before,
        )
    return say(
        "Traffic to the targets as before: up to {mb} MB a period, {usual} before.", mb=highest, usual=before
    )


def _details(targets: TargetLines, errors: ConnectionErrors, found: Comparison) -> Iterator[Message]:
    if errors.episode:
        yield found.sentence
    if limit := resolution_limit(targets, errors):
        yield limit
    if targets.silent:
        yield silent_targets(targets)


CHECK = Check(
    id="network_in",
    title="NetworkIn of the targets",
    asks="Did more traffic than usual reach the targets?",
    needs=(TargetMetrics, LoadBalancerMetrics),
    uses=(BaselineMetrics, Changes, *GRAPH_KINDS),
    judge=judge,
    signals=("network_in_elevated",),
    console="instances",
    command=instance_command(METRIC, "Sum", 300),
)
