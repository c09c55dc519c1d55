"""Which alarms watch a load balancer, and what of their definition is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.aws.collectors.alarms import composite_alarm, metric_alarm, transition, watching

LB, GROUP = "app/shop-prod/0a1b2c3d4e5f6071", "targetgroup/web/0f1e2d3c4b5a6978"
METRIC = {"Namespace": "AWS/ApplicationELB", "MetricName": "TargetConnectionErrorCount"}


def raw(name: str, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{name}"
    return {"AlarmName": name, "AlarmArn": arn, "StateValue": "OK", **more}


def dimensions(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def stat(id: str, **dims: str) -> dict[str, Any]:
    metric = {**METRIC, "Dimensions": dimensions(**dims)}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}


PLAIN = metric_alarm(
    raw("plain", **METRIC, Dimensions=dimensions(LoadBalancer=LB), Statistic="Sum", Period=60)
)
OTHER = metric_alarm(
    raw("other", **METRIC, Dimensions=dimensions(LoadBalancer="app/else/1"), Statistic="Sum")
)
MATH = metric_alarm(
    raw("math", Metrics=[stat("m1", TargetGroup=GROUP), {"Id": "e1", "Expression": "FILL(m1,0)"}])
)
QUERY = metric_alarm(
    raw("query", Metrics=[{"Id": "q1", "Expression": f"SEARCH('LoadBalancer={LB}', 'Sum', 60)"}])
)
ABOVE = composite_alarm(raw("above", AlarmRule='ALARM("plain") AND OK("other")'))
TOP = composite_alarm(raw("top", AlarmRule="ALARM(above)"))
UNRELATED = composite_alarm(raw("unrelated", AlarmRule='ALARM("plain-but-longer") OR ALARM(other)'))


def test_alarms_are_kept_by_dimension_math_query_and_as_composites_of_kept_ones() -> None:
    everything = [UNRELATED, TOP, ABOVE, QUERY, MATH, OTHER, PLAIN]
    kept = {alarm.name for alarm in watching(everything, {LB, GROUP})}
    assert kept == {"plain", "math", "query", "above", "top"}


def test_metric_math_keeps_metrics_and_expressions() -> None:
    assert MATH.expression == "e1 = FILL(m1,0)"
    (metric,) = MATH.metrics
    assert (metric.name, metric.dimensions, metric.period_s) == (
        "TargetConnectionErrorCount",
        {"TargetGroup": GROUP},
        60,
    )


def test_datapoints_default_to_all_evaluation_periods_and_missing_data_to_missing() -> None:
    alarm = metric_alarm(raw("n", **METRIC, EvaluationPeriods=3, ExtendedStatistic="p99", Threshold=1.0))
    assert (alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.treat_missing) == (3, 3, "missing")
    assert alarm.metrics[0].statistic == "p99"


@pytest.mark.parametrize("data", ["", "{", "[]", '{"oldState": "OK"}'])
def test_history_without_readable_states_is_still_history(data: str) -> None:
    at = datetime(2026, 11, 20, 14, tzinfo=UTC)
    item = {"AlarmName": "a", "Timestamp": at, "HistoryItemType": "Action", "HistoryData": data}
    read = transition(item)
    assert (read.at, read.kind, read.old, read.new) == (at, "Action", "", "")


def test_a_state_update_says_from_what_to_what() -> None:
    data = '{"oldState": {"stateValue": "OK"}, "newState": {"stateValue": "ALARM"}}'
    item = {
        "AlarmName": "a",
        "Timestamp": datetime(2026, 11, 20, tzinfo=UTC),
        "HistoryItemType": "StateUpdate",
        "HistoryData": data,
    }
    assert (transition(item).old, transition(item).new) == ("OK", "ALARM")
