"""What an alarm plan does over an incident, minute by minute, from the metrics already read for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.core.alarms.backtest import Firing
from bot.core.alarms.evaluate import Mark, MofN, State, rule_of, state_after, static_marks
from bot.core.alarms.natures import NATURES, Kind
from bot.core.alarms.plan import AlarmPlan, Band, Static
from bot.core.alarms.present import plan_of
from bot.core.alarms.proposals import default_plan
from bot.core.evidence import Alarm, AlarmMetric, MetricsEvidence
from bot.core.load_balancer_series import NAMESPACE, whole
from bot.core.model import LoadBalancer, Window
from bot.core.series import Line, align

FROM_NOW_ALONE = frozenset({Kind.ERRORS, Kind.ANY, Kind.CEILING, Kind.FLOOR})
"""Kinds whose proposal rests on no earlier days; the others take two weeks of history."""
_PARTS: dict[str, Callable[[Iterable[float]], float]] = {"Sum": sum, "Maximum": max, "Minimum": min}
"""Statistics of a longer period that follow from those of its minutes; averages and percentiles do not."""


class NoReplay(Enum):
    """Why nothing is claimed of an alarm."""

    COMPOSITE = auto()
    MATH = auto()
    BAND = auto()
    SETTING = auto()
    NOT_READ = auto()
    PERIOD = auto()
    TOO_LONG = auto()
    STATE_BEFORE = auto()


@dataclass(frozen=True)
class Replay:
    """The stretches in ALARM in the window; `since_before`: the first of them had begun earlier.

    `seen` is what could be replayed: up to the newest point that was read.
    """

    seen: Window
    firings: tuple[Firing, ...]
    since_before: bool

    @property
    def new(self) -> tuple[Firing, ...]:
        return self.firings[1:] if self.since_before else self.firings

    @property
    def fired_at(self) -> datetime | None:
        """When it first goes into ALARM in the window."""
        return self.new[0].start if self.new else None


@dataclass(frozen=True)
class _Rolling:
    """The values of the metric's period before each step's end; `stride` is the period in steps."""

    line: Line
    stride: int


def replay_of(alarm: Alarm, metrics: MetricsEvidence, window: Window) -> Replay | NoReplay:
    """The live alarm over the window; `metrics` begin before it, for the points that are looked back at."""
    if alarm.composite:
        return NoReplay.COMPOSITE
    if alarm.threshold_band:
        return NoReplay.BAND
    plan = plan_of(alarm)
    if plan is None:
        return NoReplay.MATH if alarm.expression or len(alarm.metrics) != 1 else NoReplay.SETTING
    return replay_plan(plan, metrics, window)


def replay_plan(plan: AlarmPlan, metrics: MetricsEvidence, window: Window) -> Replay | NoReplay:
    """A plan with a fixed threshold. CloudWatch evaluates it every minute over a sliding window."""
    test = plan.test
    if isinstance(test, Band):
        return NoReplay.BAND
    points = _rolling(plan.metric, metrics)
    if isinstance(points, NoReplay):
        return points
    counts: Sequence[float | None] = ()
    if test.share:
        requests = _rolling(test.share.of, metrics)
        if isinstance(requests, NoReplay):
            return requests
        counts = [requests.line.at(at) for at, _ in points.line.points]
    return _over(static_marks(test, points.line.values, counts), points, plan, window)


def proposal_for(alarm: Alarm, lb: LoadBalancer) -> AlarmPlan | None:
    """The adviser's usual plan, on what the alarm watches: the load balancer, or a group or zone of it.

    None when that takes earlier days, or is what the alarm is.
    """
    there = plan_of(alarm)
    nature = NATURES[lb.type].get(there.metric.name) if there else None
    if there is None or nature is None or nature.kind not in FROM_NOW_ALONE:
        return None
    if there.metric.namespace != NAMESPACE[lb.type] or not is_of(there.metric, lb):
        return None
    proposed = _narrowed(default_plan(lb, there.metric.name), there.metric.dimensions)
    return None if _settings(there) == _settings(proposed) else proposed


def is_of(metric: AlarmMetric, lb: LoadBalancer) -> bool:
    """Restricted to the load balancer, or further."""
    return whole(lb).items() <= metric.dimensions.items()


def _narrowed(plan: AlarmPlan, dimensions: dict[str, str]) -> AlarmPlan:
    """The same plan on a part of the load balancer; a share is of the same part."""
    test = plan.test
    if isinstance(test, Static) and test.share:
        of = test.share.of.model_copy(update={"dimensions": dimensions})
        test = test.model_copy(update={"share": test.share.model_copy(update={"of": of})})
    metric = plan.metric.model_copy(update={"dimensions": dimensions})
    return plan.model_copy(update={"metric": metric, "test": test})


def line_of(metric: AlarmMetric, metrics: MetricsEvidence) -> Line | None:
    """The very series, missing points missing; None when it was not read, or not completely.

    Of the shortest period that was read: a longer one is made of it.
    """
    for one in metrics.series:
        same = (one.namespace, one.name, one.statistic) == (metric.namespace, metric.name, metric.statistic)
        if same and one.dimensions == metric.dimensions and one.status == "Complete":
            return align(one, metrics.window)
    return None


def _settings(plan: AlarmPlan) -> tuple[object, ...]:
    return plan.metric, plan.test, plan.datapoints, plan.periods, plan.missing


def _rolling(metric: AlarmMetric, metrics: MetricsEvidence) -> _Rolling | NoReplay:
    """A period has a point when any of its minutes has one, as in CloudWatch."""
    line = line_of(metric, metrics)
    if line is None:
        return NoReplay.NOT_READ
    each, rest = divmod(timedelta(seconds=metric.period_s), line.step)
    if each == 1 and not rest:
        return _Rolling(line, 1)
    combine = _PARTS.get(metric.statistic)
    if combine is None or rest or not each:
        return NoReplay.PERIOD
    parts = [_known(line.values[max(0, i - each + 1) : i + 1]) for i in range(len(line.values))]
    return _Rolling(Line(line.start, line.step, tuple(combine(p) if p else None for p in parts)), each)


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _over(marks: Sequence[Mark], points: _Rolling, plan: AlarmPlan, window: Window) -> Replay | NoReplay:
    """Only where the state before the reading began makes no difference to the window."""
    line, rule = points.line, rule_of(plan)
    first = (window.start - line.start) // line.step
    last = min(len(marks), (window.end - line.start) // line.step)
    if first >= last:
        return NoReplay.NOT_READ
    if first < rule.reach * points.stride:
        return NoReplay.TOO_LONG
    quiet, loud = (
        _in_alarm(marks[:last], rule, points.stride, before)[first - last - 1 :]
        for before in (State.OK, State.ALARM)
    )
    if quiet != loud:
        return NoReplay.STATE_BEFORE
    seen = Window(start=line.start + first * line.step, end=line.start + last * line.step)
    return Replay(seen, tuple(_firings(quiet, seen.start, line.step)), quiet[0])


def _in_alarm(marks: Sequence[Mark], rule: MofN, stride: int, before: State) -> list[bool]:
    """After each point that has everything before it that is looked back at: the unread is not missing."""
    found = []
    for index in range(rule.reach * stride - 1, len(marks)):
        oldest = index - (rule.reach - 1) * stride
        before = state_after(marks[oldest : index + 1 : stride], rule, before)
        found.append(before is State.ALARM)
    return found


def _firings(on: Sequence[bool], start: datetime, step: timedelta) -> Iterable[Firing]:
    """`on` at `start` and after every step: a state is reached when its period has ended."""
    since: datetime | None = None
    for index, one in enumerate(on):
        at = start + index * step
        if one and since is None:
            since = at
        elif since is not None and not one:
            yield Firing(start=since, end=at)
            since = None
    if since is not None:
        yield Firing(start=since, end=None)
