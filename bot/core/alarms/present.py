"""The alarm that is there now, as a plan, so that it can be back-tested beside a proposal."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.alarms.plan import AlarmPlan, Band, Comparison, Missing, Sides, Static
from bot.core.evidence import Alarm, AlarmMetric

_BAND = re.compile(r"(\w+) = ANOMALY_DETECTION_BAND\(\s*\w+\s*(?:,\s*([\d.]+)\s*)?\)")
_FILL = re.compile(r"\w+ = FILL\(\s*\w+\s*,\s*0\s*\)")
USUAL_WIDTH = 2.0
"""ANOMALY_DETECTION_BAND(m1) without a number."""


def plan_of(alarm: Alarm) -> AlarmPlan | None:
    """None for what is not replayed: composites, metric math other than a band or FILL(m1,0)."""
    if alarm.composite or len(alarm.metrics) != 1:
        return None
    try:
        return _plan(alarm)
    except ValueError:
        # A period below a minute, or a setting AWS added since: not replayed rather than replayed wrongly.
        return None


def alarms_on(metric: AlarmMetric, alarms: Iterable[Alarm]) -> tuple[Alarm, ...]:
    """The alarms that watch this very metric, of whatever statistic and period."""
    return tuple(
        alarm
        for alarm in alarms
        if any(
            (m.namespace, m.name, m.dimensions) == (metric.namespace, metric.name, metric.dimensions)
            for m in alarm.metrics
        )
    )


def _plan(alarm: Alarm) -> AlarmPlan | None:
    test = _band(alarm) if alarm.threshold_band else _static(alarm)
    if test is None:
        return None
    return AlarmPlan(
        name=alarm.name,
        metric=alarm.metrics[0],
        test=test,
        datapoints=alarm.datapoints_to_alarm,
        periods=alarm.evaluation_periods,
        missing=Missing(alarm.treat_missing),
        alarm_actions=alarm.alarm_actions,
        ok_actions=alarm.ok_actions,
    )


def _band(alarm: Alarm) -> Band | None:
    hit = _BAND.fullmatch(alarm.expression)
    return Band(width=float(hit[2] or USUAL_WIDTH), sides=Sides(alarm.comparison)) if hit else None


def _static(alarm: Alarm) -> Static | None:
    if alarm.threshold is None or (alarm.expression and not _FILL.fullmatch(alarm.expression)):
        return None
    return Static(
        comparison=Comparison(alarm.comparison), threshold=alarm.threshold, filled=bool(alarm.expression)
    )
