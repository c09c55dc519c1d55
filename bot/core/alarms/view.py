"""What an answer of the alarm adviser shows: the advice, what could not be read, and the picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.alarms.advise import Advice
from bot.core.alarms.backtest import KnownIncident
from bot.core.alarms.history import AlarmMetrics, Evaluated, evaluated
from bot.core.alarms.plan import AlarmPlan, Comparison, Static
from bot.core.alarms.write import AlarmWrite
from bot.core.message import Value, say
from bot.core.model import Chart, ChartBand, ChartMark, ChartSeries, Unread

MOST_POINTS = 1000
MOST_MARKS = 6


class AdviceView(Value):
    """One answer. `unread` says why figures are missing; `known` is how many incidents were known;
    `write` is the creating of the proposed alarm, None where nothing can be created."""

    advice: Advice
    unread: tuple[Unread, ...] = ()
    known: int = 0
    asked_by: str = ""
    write: AlarmWrite | None = None


def picture(plan: AlarmPlan, history: AlarmMetrics, known: Sequence[KnownIncident] = ()) -> Chart | None:
    """The metric with its band or threshold over the history; None when the metric was not read."""
    seen = evaluated(plan, history)
    if seen is None or not seen.line.known:
        return None
    shown = _telling(plan, seen)
    series = [ChartSeries(name=plan.metric.name, points=tuple((at, value) for at, value, _ in shown))]
    if isinstance(plan.test, Static):
        level = plan.test.threshold
        ends = (history.window.start, history.window.end)
        series.append(ChartSeries(name="threshold", points=tuple((at, level) for at in ends)))
    band = tuple((at, *edge) for at, _, edge in shown if edge)
    label = "" if isinstance(plan.test, Static) else f"band, width {plan.test.width:g}"
    title = say("{metric} over the last 14 days", metric=plan.metric.name)
    return Chart(
        title=title,
        series=tuple(series),
        window=history.window,
        marks=tuple(ChartMark(at=one.window.start, label=one.name) for one in known[:MOST_MARKS]),
        band=ChartBand(label=label, points=band) if band else None,
        alt=title,
    )


def _telling(
    plan: AlarmPlan, seen: Evaluated
) -> list[tuple[datetime, float | None, tuple[float, float] | None]]:
    """At most about a thousand points: of each stretch the one an alarm would look at."""
    points = seen.line.points
    edges = seen.limits or (None,) * len(points)
    each = -(-len(points) // MOST_POINTS)
    found = []
    for first in range(0, len(points), each):
        part = range(first, min(first + each, len(points)))
        known = [i for i in part if points[i][1] is not None]
        best = max(known, key=lambda i: _weight(plan, points[i][1] or 0.0, edges[i])) if known else first
        found.append((points[best][0], points[best][1], edges[best]))
    return found


def _weight(plan: AlarmPlan, value: float, edge: tuple[float, float] | None) -> float:
    if isinstance(plan.test, Static):
        falling = plan.test.comparison in (Comparison.BELOW, Comparison.AT_MOST)
        return -value if falling else value
    return abs(value - sum(edge) / 2) if edge else value
