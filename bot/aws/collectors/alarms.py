"""The alarms that watch the load balancer, and what they did."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, timedelta
from typing import Any

from bot.aws.api import utc
from bot.aws.collector import Source
from bot.core.evidence import Alarm, AlarmHistory, AlarmMetric, Alarms, AlarmTransition, TargetGroups

BEFORE = timedelta(minutes=60)
TYPES = ["MetricAlarm", "CompositeAlarm"]


def read_alarms(source: Source) -> Alarms:
    """Metric alarms on the load balancer or its groups, metric math included, and composites above them.

    DescribeAlarmsForMetric would omit metric math and composites (DOMAIN.md section 8).
    """
    everything = [
        alarm
        for page in source.api.pages("cloudwatch", "describe_alarms", AlarmTypes=TYPES)
        for alarm in alarms_of(page)
    ]
    watched = {source.load_balancer.dimension, *(g.dimension for g in source[TargetGroups].groups)} - {""}
    return Alarms(alarms=tuple(sorted(watching(everything, watched), key=lambda alarm: alarm.name)))


def read_alarm_history(source: Source) -> AlarmHistory:
    """State changes, edits and actions of those alarms from an hour before the window, oldest first."""
    window = source.scope.window

    def history(alarm: Alarm) -> list[AlarmTransition]:
        items = source.api.all(
            "cloudwatch",
            "describe_alarm_history",
            "AlarmHistoryItems",
            AlarmName=alarm.name,
            AlarmTypes=TYPES,
            StartDate=window.start - BEFORE,
            EndDate=window.end,
        )
        return [transition(item) for item in items]

    found = [t for ts in source.api.each(history, source[Alarms].alarms) for t in ts]
    return AlarmHistory(transitions=tuple(sorted(found, key=lambda t: (t.at, t.alarm, t.kind))))


def alarms_of(page: Mapping[str, Any]) -> list[Alarm]:
    """The metric and composite alarms of one page of DescribeAlarms."""
    return [
        *(metric_alarm(raw) for raw in page.get("MetricAlarms", ())),
        *(composite_alarm(raw) for raw in page.get("CompositeAlarms", ())),
    ]


def watching(alarms: Collection[Alarm], watched: Collection[str]) -> list[Alarm]:
    """The alarms whose metrics carry one of these dimension values, and composites over any of those."""
    kept = [alarm for alarm in alarms if not alarm.composite and watches(alarm, watched)]
    composites = [alarm for alarm in alarms if alarm.composite]
    # A composite may stand above another composite, so look until nothing new is found.
    while above := [one for one in composites if one not in kept and _names_any(one, kept)]:
        kept += above
    return kept


def watches(alarm: Alarm, watched: Collection[str]) -> bool:
    """True when a metric, or a query in the metric math, is about one of these dimension values."""
    values = {value for metric in alarm.metrics for value in metric.dimensions.values()}
    return not values.isdisjoint(watched) or any(one in alarm.expression for one in watched if "/" in one)


def _names_any(composite: Alarm, alarms: Iterable[Alarm]) -> bool:
    quoted = {quote + name + quote for a in alarms for name in (a.name, a.arn) for quote in ('"', "'")}
    bare = {f"({name})" for a in alarms for name in (a.name, a.arn)}
    return any(name in composite.expression for name in quoted | bare)


def metric_alarm(raw: Mapping[str, Any]) -> Alarm:
    """An element of MetricAlarms as a value."""
    queries = raw.get("Metrics", ())
    single = [_single_metric(raw)] if raw.get("MetricName") else []
    expressions = [f"{query['Id']} = {query['Expression']}" for query in queries if query.get("Expression")]
    return Alarm(
        **_shared(raw),
        metrics=(*single, *(_query_metric(q["MetricStat"]) for q in queries if q.get("MetricStat"))),
        expression="; ".join(expressions),
        threshold=raw.get("Threshold"),
        threshold_band=raw.get("ThresholdMetricId", ""),
        comparison=raw.get("ComparisonOperator", ""),
        evaluation_periods=raw.get("EvaluationPeriods", 0),
        # Absent means all of them: M of N with M = N.
        datapoints_to_alarm=raw.get("DatapointsToAlarm") or raw.get("EvaluationPeriods", 0),
        treat_missing=raw.get("TreatMissingData") or "missing",
    )


def composite_alarm(raw: Mapping[str, Any]) -> Alarm:
    """An element of CompositeAlarms as a value."""
    return Alarm(**_shared(raw), composite=True, expression=raw.get("AlarmRule", ""))


def _shared(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": raw["AlarmName"],
        "arn": raw["AlarmArn"],
        "state": raw["StateValue"],
        "state_reason": raw.get("StateReason", ""),
        "state_reason_data": raw.get("StateReasonData", ""),
        "state_since": utc(raw.get("StateTransitionedTimestamp") or raw.get("StateUpdatedTimestamp")),
        "configured_at": utc(raw.get("AlarmConfigurationUpdatedTimestamp")),
        "actions_enabled": raw.get("ActionsEnabled", True),
        "alarm_actions": tuple(raw.get("AlarmActions", ())),
        "ok_actions": tuple(raw.get("OKActions", ())),
    }


def _single_metric(raw: Mapping[str, Any]) -> AlarmMetric:
    return AlarmMetric(
        namespace=raw["Namespace"],
        name=raw["MetricName"],
        dimensions=_dimensions(raw),
        statistic=raw.get("Statistic") or raw.get("ExtendedStatistic", ""),
        period_s=raw.get("Period", 0),
    )


def _query_metric(stat: Mapping[str, Any]) -> AlarmMetric:
    metric = stat["Metric"]
    return AlarmMetric(
        namespace=metric.get("Namespace", ""),
        name=metric.get("MetricName", ""),
        dimensions=_dimensions(metric),
        statistic=stat["Stat"],
        period_s=stat["Period"],
    )


def _dimensions(raw: Mapping[str, Any]) -> dict[str, str]:
    return {d["Name"]: d["Value"] for d in raw.get("Dimensions", ())}


def transition(raw: Mapping[str, Any]) -> AlarmTransition:
    """An element of AlarmHistoryItems; old and new state come from its JSON, '' when it has none."""
    states = _states(raw.get("HistoryData", ""))
    return AlarmTransition(
        alarm=raw["AlarmName"],
        at=raw["Timestamp"].astimezone(UTC),
        kind=raw["HistoryItemType"],
        summary=raw.get("HistorySummary", ""),
        old=states.get("oldState", ""),
        new=states.get("newState", ""),
    )


def _states(text: str) -> dict[str, str]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    sides = {side: document.get(side) for side in ("oldState", "newState")}
    return {
        side: str(state.get("stateValue", "")) for side, state in sides.items() if isinstance(state, dict)
    }
