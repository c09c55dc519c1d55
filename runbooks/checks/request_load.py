"""Request load: is it usual for this hour, did load or response time rise first, do the errors follow it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from bot.core.change_graph import GRAPH_KINDS, changes_to_mark
from bot.core.checks import Case, Check, unread_summary
from bot.core.chosen_statistic import choice_notes
from bot.core.comparison import Comparison, chart, compare, elevated_during
from bot.core.connection_errors import ConnectionErrors, visible_errors
from bot.core.evidence import BaselineMetrics, Changes, LoadBalancerMetrics
from bot.core.load_balancer_series import ACTION, REQUEST_METRIC, LoadBalancerSeries
from bot.core.message import Code, Message, say
from bot.core.metric_command import requests_command
from bot.core.model import (
    Finding,
    LoadBalancerType,
    Moment,
    MomentKind,
    Signal,
    Status,
    Unread,
    UnreadReason,
)
from bot.core.other_days import errors_on_other_days, requests_on_other_days
from bot.core.series import MINUTE, Line
from bot.core.stats import Baseline, change_point

LATENCY = {LoadBalancerType.APPLICATION: "TargetResponseTime", LoadBalancerType.CLASSIC: "Latency"}


@dataclass(frozen=True)
class Load:
    """The load balancer's requests (`metric`, `line`), what is usual, and how every load series compares.

    `all` are the requests as a whole and per target of each group: losing targets raises the latter alone.
    `complete`: those per target could be read, where the type has them.
    """

    metric: str
    line: Line
    usual: Baseline | None
    comparison: Comparison
    all: tuple[tuple[Line, Baseline, Comparison], ...]
    complete: bool

    def per_minute(self, errors: ConnectionErrors) -> float:
        """The typical requests a minute while the errors lasted."""
        values = [value for _, value in errors.during(self.line).known]
        return median(values) / (self.line.step / MINUTE) if values else 0.0

    @property
    def leads(self) -> bool:
        return any(found.leads for _, _, found in self.all)

    def is_elevated(self, errors: ConnectionErrors) -> bool:
        return any(elevated_during(line, errors, usual) for line, usual, _ in self.all)


def judge(case: Case) -> Finding:
    """WARN: load or response time rose first. PASS: not. UNKNOWN: nothing is usual."""
    series = LoadBalancerSeries.of(case)
    errors = visible_errors(series)
    if isinstance(errors, Unread):
        return case.finding(Status.UNKNOWN, unread_summary([errors]), unread=[errors])
    load = _load(series, errors)
    if isinstance(load, Unread):
        return case.finding(Status.UNKNOWN, unread_summary([load]), unread=[load])
    signals = (*_load_signals(errors, load), *_late_answers(series, errors))
    return case.finding(
        _status(load, signals),
        _summary(errors, load),
        details=[
            *_details(load, signals),
            *_other_days(series, errors, load),
            *choice_notes(series, load.metric),
        ],
        numbers=_numbers(errors, load),
        signals=signals,
        moments=_moments(load),
        chart=chart(
            say("Connection errors and requests"),
            case.scope,
            errors,
            [(load.metric, "Count", load.line)],
            changes_to_mark(case),
        ),
    )


def _load(series: LoadBalancerSeries, errors: ConnectionErrors) -> Load | Unread:
    metric = REQUEST_METRIC[series.scope.load_balancer.type]
    line = series.known(metric)
    if line is None:
        return Unread(reason=UnreadReason.NOT_FOUND, action=ACTION, detail=f"{metric} in most minutes")
    usual = series.usual(metric)
    found = compare(line, errors, usual)
    whole = [(line, usual, found)] if usual else []
    is_network = series.scope.load_balancer.type is LoadBalancerType.NETWORK
    complete = is_network or not (series.groups_unread and series.groups_exist)
    return Load(metric, line, usual, found, (*whole, *_per_target(series, errors)), complete)


def _per_target(
    series: LoadBalancerSeries, errors: ConnectionErrors
) -> Iterator[tuple[Line, Baseline, Comparison]]:
    name = "RequestCountPerTarget"
    for dimensions in series.groups(name):
        line, usual = series.known(name, dimensions), series.usual(name, dimensions)
        if line and usual:
            yield line, usual, compare(line, errors, usual)


# Signals ----------------------------------------------------------------------------------------------------


def _load_signals(errors: ConnectionErrors, load: Load) -> Iterator[Signal]:
    """Nothing when nothing is known to be usual, or when what was not read could have risen."""
    flat = not load.is_elevated(errors)
    if not load.all or not (load.complete or load.leads):
        return
    if flat:
        because = say("Requests stayed at their usual level.")
    elif load.leads and not load.comparison.leads:
        because = say("Requests per target rose at or before the first error: there were fewer targets.")
    elif load.leads:
        because = say("Requests rose above their usual level at or before the first error.")
    else:
        because = say("Requests rose, but not before the errors.")
    yield Signal(id="load_flat", holds=flat, because=because)
    if errors.episode:
        yield Signal(id="load_elevated_before_errors", holds=load.leads, because=because)


def _late_answers(series: LoadBalancerSeries, errors: ConnectionErrors) -> Iterator[Signal]:
    """The slowest one per cent of answers before the errors; a Network load balancer does not time them."""
    name = LATENCY.get(series.scope.load_balancer.type)
    if not name or not errors.episode:
        return
    line, usual = series.known(name, statistic="p99"), series.usual(name, statistic="p99")
    if line is None or usual is None:
        return
    found = compare(line, errors, usual)
    because = (
        say("{metric} p99 rose at or before the first error.", metric=Code(text=name))
        if found.leads
        else say("{metric} p99 did not rise before the errors.", metric=Code(text=name))
    )
    yield Signal(id="response_time_elevated_before", holds=found.leads, because=because)


# What is shown ----------------------------------------------------------------------------------------------


def _status(load: Load, signals: tuple[Signal, ...]) -> Status:
    if any(signal.holds for signal in signals if signal.id != "load_flat"):
        return Status.WARN
    return Status.PASS if load.all and load.complete else Status.UNKNOWN


def _summary(errors: ConnectionErrors, load: Load) -> Message:
    per_minute = round(load.per_minute(errors))
    if not load.usual:
        return say("{n} requests a minute; nothing to compare them with.", n=per_minute)
    scale = load.line.step / MINUTE
    low, high = round(load.usual.low / scale), round(load.usual.high / scale)
    if elevated_during(load.line, errors, load.usual):
        level = say("{n} requests a minute, above the usual {low}-{high}.", n=per_minute, low=low, high=high)
    elif load.usual.week:
        level = say(
            "{n} requests a minute, usual for this hour ({low}-{high}).", n=per_minute, low=low, high=high
        )
    else:
        level = say("{n} requests a minute, as before ({low}-{high}).", n=per_minute, low=low, high=high)
    if not errors.episode:
        return level
    return say("{level} {follows}", level=level, follows=load.comparison.sentence)


def _details(load: Load, signals: tuple[Signal, ...]) -> Iterator[Message]:
    yield from (signal.because for signal in signals if signal.id != "load_elevated_before_errors")
    if not load.complete:
        yield say("Requests per target were not read: fewer targets would not show.")
    if load.usual and load.usual.week:
        yield say("Usual is measured over the same hours of the last seven days.")
    elif load.usual:
        yield say("Usual is measured over the minutes before the window: the last week could not be used.")


def _other_days(series: LoadBalancerSeries, errors: ConnectionErrors, load: Load) -> Iterator[Message]:
    yield from requests_on_other_days(series, load.metric, load.line, errors)
    yield from errors_on_other_days(series, errors)


def _numbers(errors: ConnectionErrors, load: Load) -> dict[str, float | int | str | None]:
    return {
        "requests_per_minute": round(load.per_minute(errors)),
        "usual_median": load.usual.median if load.usual else None,
        "usual_mad": load.usual.mad if load.usual else None,
        **load.comparison.numbers,
    }


def _moments(load: Load) -> Iterator[Moment]:
    """Where the level changed by half or more; smaller changes are the day's own rhythm."""
    change = change_point(load.line)
    if not change or not change.before or 2 / 3 < change.after / change.before < 1.5:
        return
    before, after = round(change.before), round(change.after)
    message = (
        say("requests rose from {before} to {after}", before=before, after=after)
        if after > before
        else say("requests fell from {before} to {after}", before=before, after=after)
    )
    yield Moment(at=change.at, kind=MomentKind.LOAD, message=message, key="load")


CHECK = Check(
    id="request_load",
    title="Request load",
    asks="Did the request rate or the response time rise before the errors, and do the errors follow it?",
    needs=(LoadBalancerMetrics,),
    uses=(BaselineMetrics, Changes, *GRAPH_KINDS),
    judge=judge,
    signals=(
        "load_flat",
        "load_elevated_before_errors",
        "response_time_elevated_before",
    ),
    console="metrics",
    command=requests_command,
)
