"""CPU of the targets: were they busy, or out of CPU credits, when connections failed?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.core.change_graph import GRAPH_KINDS, changes_to_mark
from bot.core.checks import Case, Check, unread_summary
from bot.core.chosen_statistic import gauge_note
from bot.core.comparison import chart, compare, elevated_during, run_of
from bot.core.connection_errors import ConnectionErrors, visible_errors
from bot.core.evidence import BaselineMetrics, Changes, LoadBalancerMetrics, TargetMetrics
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Code, Message, say
from bot.core.metric_command import instance_command
from bot.core.model import Finding, Signal, Status, Unread
from bot.core.other_days import errors_on_other_days
from bot.core.series import Line
from bot.core.target_series import (
    TargetLines,
    nothing_read,
    read_targets,
    resolution_limit,
    silent_targets,
)

METRIC = "CPUUtilization"
HIGH_PERCENT = 80
NO_CREDITS = 1
MOST_LINES = 3
BEFORE = timedelta(minutes=5)


def judge(case: Case) -> Finding:
    """FAIL: a target was at 80 % or out of credits. PASS: none. UNKNOWN: not all targets were heard."""
    series = LoadBalancerSeries.of(case)
    errors = visible_errors(series)
    if isinstance(errors, Unread):
        return case.finding(Status.UNKNOWN, unread_summary([errors]), unread=[errors])
    cpus = read_targets(case, errors, METRIC, "Maximum")
    if not cpus.lines:
        summary, unread = nothing_read(METRIC, cpus)
        return case.finding(Status.UNKNOWN, summary, unread=unread)
    broke = _without_credits(case, errors)
    peaks = sorted(((_peak(line, errors), name) for name, line in cpus.lines.items()), reverse=True)
    signals = tuple(_signals(cpus, errors, broke, peaks))
    status = _status(signals)
    return case.finding(
        status,
        _summary(status, peaks, broke),
        details=[
            *_details(cpus, errors, peaks[0][1]),
            *errors_on_other_days(series, errors),
            *gauge_note(case.scope, METRIC, "Maximum"),
        ],
        numbers={"peak_percent": round(peaks[0][0], 1), "busiest": peaks[0][1]},
        signals=signals,
        chart=chart(
            say("Connection errors and CPU of the busiest targets"),
            case.scope,
            errors,
            [(name, "Percent", cpus.lines[name]) for _, name in peaks[:MOST_LINES]],
            changes_to_mark(case),
        ),
        unread=cpus.unread,
    )


def _peak(line: Line, errors: ConnectionErrors) -> float:
    """The highest level held for two minutes (or one five-minute period) from shortly before the errors."""
    values = [value for _, value in line.within(errors.stretch.widened(BEFORE)).known]
    run = run_of(line)
    held = [min(values[i : i + run]) for i in range(len(values) - run + 1)]
    return max(held or values, default=0.0)


def _without_credits(case: Case, errors: ConnectionErrors) -> tuple[str, ...]:
    """Burstable targets that had used up their CPU credits: they are throttled below any 80 %."""
    credits = read_targets(case, errors, "CPUCreditBalance", "Minimum").lines
    return tuple(
        name
        for name, line in credits.items()
        if any(v <= NO_CREDITS for _, v in line.within(errors.stretch.widened(BEFORE)).known)
    )


def _signals(
    cpus: TargetLines, errors: ConnectionErrors, broke: tuple[str, ...], peaks: list[tuple[float, str]]
) -> Iterator[Signal]:
    high = peaks[0][0] >= HIGH_PERCENT or bool(broke)
    hides_peaks = bool(errors.episode) and errors.stretch.length < cpus.step()
    if high:
        yield Signal(id="cpu_high", holds=True, because=_busy(peaks, broke))
        yield Signal(id="cpu_flat", holds=False, because=_busy(peaks, broke))
    elif cpus.complete and not hides_peaks:
        because = say("CPU of the busiest target peaked at {peak} %.", peak=round(peaks[0][0]))
        yield Signal(id="cpu_high", holds=False, because=because)
        baselines = {name: cpus.usual(line) for name, line in cpus.lines.items()}
        if all(baselines.values()):
            rose = any(
                usual and elevated_during(cpus.lines[name], errors, usual)
                for name, usual in baselines.items()
            )
            yield Signal(id="cpu_flat", holds=not rose, because=because)


def _busy(peaks: list[tuple[float, str]], broke: tuple[str, ...]) -> Message:
    if broke:
        return say("{target} had no CPU credits left.", target=Code(text=broke[0]))
    return say("CPU of {target} reached {peak} %.", target=Code(text=peaks[0][1]), peak=round(peaks[0][0]))


def _status(signals: tuple[Signal, ...]) -> Status:
    for signal in signals:
        if signal.id == "cpu_high":
            return Status.FAIL if signal.holds else Status.PASS
    return Status.UNKNOWN


def _summary(status: Status, peaks: list[tuple[float, str]], broke: tuple[str, ...]) -> Message:
    if status is Status.FAIL:
        return _busy(peaks, broke)
    peak = round(peaks[0][0])
    if status is Status.PASS:
        return say(
            "CPU stayed below {limit} %: the busiest target peaked at {peak} %.",
            limit=HIGH_PERCENT,
            peak=peak,
        )
    return say("CPU peaked at {peak} % where it was measured, but not all of it could be seen.", peak=peak)


def _details(cpus: TargetLines, errors: ConnectionErrors, busiest: str) -> Iterator[Message]:
    line = cpus.lines[busiest]
    if errors.episode:
        yield compare(line, errors, cpus.usual(line)).sentence
    if limit := resolution_limit(cpus, errors):
        yield limit
    if cpus.silent:
        yield silent_targets(cpus)


CHECK = Check(
    id="cpu",
    title="CPUUtilization of the targets",
    asks="Were the targets busy when connections failed?",
    needs=(TargetMetrics, LoadBalancerMetrics),
    uses=(BaselineMetrics, Changes, *GRAPH_KINDS),
    judge=judge,
    signals=("cpu_high", "cpu_flat"),
    console="instances",
    command=instance_command(METRIC, "Maximum", 300),
)
