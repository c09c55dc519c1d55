"""Two weeks of the metrics an alarm watches, and what an alarm plan makes of each point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.core.alarms.bands import band_limits
from bot.core.alarms.evaluate import Limits, Mark, State, band_marks, replay, rule_of, static_marks
from bot.core.alarms.plan import AlarmPlan, Band
from bot.core.evidence import AlarmMetric, MetricsEvidence, Series
from bot.core.series import Line, align


class AlarmMetrics(MetricsEvidence):
    """The series that alarms watch, at the alarms' own periods, over the two weeks of a back-test."""

    def line(self, metric: AlarmMetric) -> Line | None:
        """The metric on the grid of its period; None when it was not read, or not completely."""
        series = next((s for s in self.series if _is_of(s, metric)), None)
        return align(series, self.window) if series and series.status == "Complete" else None


@dataclass(frozen=True)
class Evaluated:
    """An alarm plan held against a line: a mark and a state for each of its points."""

    line: Line
    marks: tuple[Mark, ...]
    states: tuple[State, ...]
    limits: Limits = ()

    def evaluated_at(self, index: int) -> datetime:
        """When the state is reached: the period must have ended. Publishing adds a minute or two."""
        return self.line.start + (index + 1) * self.line.step


def evaluated(plan: AlarmPlan, history: AlarmMetrics) -> Evaluated | None:
    """The plan's states over the history; None when a series it needs was not read."""
    line = history.line(plan.metric)
    if line is None:
        return None
    if isinstance(plan.test, Band):
        edges = band_limits(line, plan.test.width, plan.test.excluded)
        return _with_states(plan, line, band_marks(plan.test, line.values, edges), edges)
    requests = None
    if plan.test.share:
        requests = history.line(plan.test.share.of)
        if requests is None:
            return None
    counts = [requests.at(at) for at, _ in line.points] if requests else ()
    return _with_states(plan, line, static_marks(plan.test, line.values, counts), ())


def _with_states(plan: AlarmPlan, line: Line, marks: Iterable[Mark], edges: Limits) -> Evaluated:
    """What lies before the first band is not evaluated: our history begins there, the metric does not."""
    found = tuple(marks)
    first = next((i for i, edge in enumerate(edges) if edge is not None), len(edges))
    states = replay(found[first:], rule_of(plan), State.INSUFFICIENT_DATA)
    return Evaluated(line, found, (State.INSUFFICIENT_DATA,) * first + tuple(states), edges)


def _is_of(series: Series, metric: AlarmMetric) -> bool:
    return (
        series.namespace == metric.namespace
        and series.name == metric.name
        and series.dimensions == metric.dimensions
        and series.statistic == metric.statistic
        and series.period_s == metric.period_s
    )
