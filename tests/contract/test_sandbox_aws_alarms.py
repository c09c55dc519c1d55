"""Alarms of the emulated account: evaluation by CloudWatch's rules, and how they are found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bot.sandbox.aws import Estate, SandboxAws
from bot.sandbox.aws.alarms import evaluate

ANCHOR = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def aws() -> Iterator[SandboxAws]:
    estate = Estate(
        ANCHOR, lambda: ANCHOR + timedelta(seconds=40), account_id="111122220005", only=["shop-prod"]
    )
    with SandboxAws(estate) as server:
        yield server


@pytest.fixture(scope="module")
def cloudwatch(aws: SandboxAws) -> Any:
    return aws.client("cloudwatch")


VECTORS = [
    ("0-X-X", "OK", "OK", "OK", "OK"),
    ("0----", "OK", "OK", "OK", "OK"),
    ("-----", "INSUFFICIENT_DATA", "kept", "ALARM", "OK"),
    ("0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("--X--", "ALARM", "kept", "ALARM", "OK"),
]


@pytest.mark.parametrize(("points", "missing", "ignore", "breaching", "not_breaching"), VECTORS)
def test_missing_data_is_treated_as_the_documentation_says(
    points: str, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    values = [{"0": 0.0, "X": 9.0}.get(point) for point in points]
    states = [
        evaluate(values, lambda v: v > 5, {"EvaluationPeriods": 3, "TreatMissingData": treat}, "kept")
        for treat in ("missing", "ignore", "breaching", "notBreaching")
    ]
    assert states == [missing, ignore, breaching, not_breaching]


def test_an_alarm_shows_its_points_and_history(cloudwatch: Any) -> None:
    alarm = cloudwatch.describe_alarms(AlarmNames=["shop-prod-target-errors"])["MetricAlarms"][0]
    assert alarm["StateValue"] == "ALARM"
    assert "3 out of the last 3 datapoints" in alarm["StateReason"]
    assert "recentDatapoints" in alarm["StateReasonData"]
    assert alarm["TreatMissingData"] == "notBreaching"
    items = cloudwatch.describe_alarm_history(AlarmName="shop-prod-target-errors")["AlarmHistoryItems"]
    assert [item["HistoryItemType"] for item in items] == ["StateUpdate", "Action"]


def test_alarms_for_a_metric_need_the_exact_dimensions(aws: SandboxAws, cloudwatch: Any) -> None:
    alarm = cloudwatch.describe_alarms(AlarmNames=["shop-prod-target-errors"])["MetricAlarms"][0]
    asked = {"Namespace": alarm["Namespace"], "MetricName": alarm["MetricName"]}
    exact = cloudwatch.describe_alarms_for_metric(**asked, Dimensions=list(reversed(alarm["Dimensions"])))
    fewer = cloudwatch.describe_alarms_for_metric(**asked, Dimensions=alarm["Dimensions"][:1])
    assert [a["AlarmName"] for a in exact["MetricAlarms"]] == ["shop-prod-target-errors"]
    assert fewer["MetricAlarms"] == []


def test_composite_alarms_appear_only_when_asked_for(cloudwatch: Any) -> None:
    rule = 'ALARM("shop-prod-target-errors") AND NOT ALARM("www-edge-target-errors")'
    cloudwatch.put_composite_alarm(AlarmName="shop-page", AlarmRule=rule)
    assert cloudwatch.describe_alarms(AlarmNames=["shop-page"])["MetricAlarms"] == []
    both = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"], AlarmNames=["shop-page"])
    assert both["CompositeAlarms"][0]["StateValue"] == "ALARM"
    children = cloudwatch.describe_alarms(ChildrenOfAlarmName="shop-page")["MetricAlarms"]
    assert {a["AlarmName"] for a in children} == {"shop-prod-target-errors", "www-edge-target-errors"}
    cloudwatch.delete_alarms(AlarmNames=["shop-page"])


def test_a_math_alarm_is_evaluated_from_its_expression(cloudwatch: Any) -> None:
    dims = cloudwatch.describe_alarms(AlarmNames=["shop-prod-target-errors"])["MetricAlarms"][0]["Dimensions"]

    def metric(name: str, metric_name: str) -> dict[str, Any]:
        whole = {"Namespace": "AWS/ApplicationELB", "MetricName": metric_name, "Dimensions": dims}
        return {"Id": name, "ReturnData": False, "MetricStat": {"Metric": whole, "Period": 60, "Stat": "Sum"}}

    share = {"Id": "share", "Expression": "100*FILL(err,0)/req", "ReturnData": True}
    cloudwatch.put_metric_alarm(
        AlarmName="shop-share",
        EvaluationPeriods=5,
        DatapointsToAlarm=3,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Metrics=[metric("err", "TargetConnectionErrorCount"), metric("req", "RequestCount"), share],
    )
    alarm = cloudwatch.describe_alarms(AlarmNames=["shop-share"])["MetricAlarms"][0]
    assert alarm["Metrics"][2]["Expression"] == "100*FILL(err,0)/req"
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    cloudwatch.set_alarm_state(AlarmName="shop-share", StateValue="ALARM", StateReason="a try")
    assert cloudwatch.describe_alarms(AlarmNames=["shop-share"])["MetricAlarms"][0]["StateValue"] == "ALARM"
    cloudwatch.delete_alarms(AlarmNames=["shop-share"])


def test_alarms_come_in_pages(cloudwatch: Any) -> None:
    pages = list(cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2}))
    names = [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]
    assert len(pages) > 1
    assert len(names) == len(set(names)) == 5
    with pytest.raises(ClientError):
        cloudwatch.describe_alarms(MaxRecords=101)


def test_an_anomaly_detector_is_remembered_untrained(cloudwatch: Any) -> None:
    single = {
        "Namespace": "AWS/NetworkELB",
        "MetricName": "TCP_Target_Reset_Count",
        "Stat": "Sum",
        "Dimensions": [{"Name": "LoadBalancer", "Value": "net/x/1"}],
    }
    cloudwatch.put_anomaly_detector(SingleMetricAnomalyDetector=single)
    found = cloudwatch.describe_anomaly_detectors(Namespace="AWS/NetworkELB")["AnomalyDetectors"]
    assert [d["StateValue"] for d in found] == ["PENDING_TRAINING"]
