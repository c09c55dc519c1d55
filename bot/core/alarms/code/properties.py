"""An alarm plan as the parameters of PutMetricAlarm and PutAnomalyDetector.

AWS::CloudWatch::Alarm takes the same names, so every generator starts from here (DOMAIN.md section 8).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from bot.core.alarms.plan import AlarmPlan, Band, Share, Static
from bot.core.evidence import AlarmMetric

Tree: TypeAlias = dict[str, Any]
"""Nested dicts, lists and scalars under AWS's names, in the order to show them."""

METRIC, REQUESTS, BAND, RESULT = "m1", "m2", "band", "breach"
PLAIN_STATISTICS = frozenset({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})


def alarm_properties(plan: AlarmPlan) -> Tree:
    """The parameters of PutMetricAlarm."""
    return {
        "AlarmName": plan.name,
        **({"AlarmDescription": plan.description} if plan.description else {}),
        **_watched(plan),
        **_threshold(plan),
        "EvaluationPeriods": plan.periods,
        "DatapointsToAlarm": plan.datapoints,
        "TreatMissingData": str(plan.missing),
        **({"AlarmActions": list(plan.alarm_actions)} if plan.alarm_actions else {}),
        **({"OKActions": list(plan.ok_actions)} if plan.ok_actions else {}),
    }


def detector_properties(plan: AlarmPlan) -> Tree | None:
    """The properties of AWS::CloudWatch::AnomalyDetector; None for a plan without a band."""
    band = plan.test
    if not isinstance(band, Band):
        return None
    configuration = {
        **({"ExcludedTimeRanges": [
            {"StartTime": _time(w.start), "EndTime": _time(w.end)} for w in band.excluded
        ]} if band.excluded else {}),
        **({"MetricTimeZone": band.time_zone} if band.time_zone else {}),
    }  # fmt: skip
    return {
        **_metric(plan.metric),
        "Stat": plan.metric.statistic,
        **({"Configuration": configuration} if configuration else {}),
    }


def _watched(plan: AlarmPlan) -> Tree:
    metric = plan.metric
    if isinstance(plan.test, Band):
        expression = f"ANOMALY_DETECTION_BAND({METRIC}, {number(plan.test.width)})"
        # Both return data: the alarm compares the one with the other.
        return {"Metrics": [_query(METRIC, metric, returned=True), _expression(BAND, expression, "Expected")]}
    if not plan.test.filled:
        extended = metric.statistic not in PLAIN_STATISTICS
        return {
            **_metric(metric),
            "ExtendedStatistic" if extended else "Statistic": metric.statistic,
            "Period": metric.period_s,
        }
    queries = [_query(METRIC, metric)]
    if plan.test.share:
        queries.append(_query(REQUESTS, plan.test.share.of))
        expression = _with_share(plan.test, plan.test.share)
        return {"Metrics": [*queries, _expression(RESULT, expression, "1 while it breaches")]}
    return {"Metrics": [*queries, _expression(RESULT, f"FILL({METRIC},0)", metric.name)]}


def _with_share(test: Static, share: Share) -> str:
    """1 or 0. Multiplied rather than divided, so that a minute without requests is no division by zero."""
    count = f"FILL({METRIC},0)>={number(test.threshold)}"
    enough = f"FILL({REQUESTS},0)>={number(share.floor)}"
    part = f"100*FILL({METRIC},0)>={number(share.percent)}*FILL({REQUESTS},0)"
    return f"IF(({count}) OR (({enough}) AND ({part})),1,0)"


def _threshold(plan: AlarmPlan) -> Tree:
    if isinstance(plan.test, Band):
        return {"ComparisonOperator": str(plan.test.sides), "ThresholdMetricId": BAND}
    threshold = 1.0 if plan.test.share else plan.test.threshold
    return {"ComparisonOperator": str(plan.test.comparison), "Threshold": _short(threshold)}


def _query(ident: str, metric: AlarmMetric, *, returned: bool = False) -> Tree:
    stat = {"Metric": _metric(metric), "Period": metric.period_s, "Stat": metric.statistic}
    return {"Id": ident, "MetricStat": stat, "ReturnData": returned}


def _expression(ident: str, expression: str, label: str) -> Tree:
    return {"Id": ident, "Expression": expression, "Label": label, "ReturnData": True}


def _metric(metric: AlarmMetric) -> Tree:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}


def _short(value: float) -> float | int:
    return int(value) if value == int(value) else value


def number(value: float) -> str:
    """8 rather than 8.0, and never 1e+06, which metric math does not read."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _time(at: datetime) -> str:
    """As AWS::CloudWatch::AnomalyDetector wants it: no zone, UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%S")
