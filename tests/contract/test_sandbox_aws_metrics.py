"""The emulated CloudWatch answers metrics as the real one does, limits included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bot.sandbox.aws import Estate, SandboxAws

ANCHOR = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
NOW = ANCHOR + timedelta(seconds=40)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def aws() -> Iterator[SandboxAws]:
    with SandboxAws(Estate(ANCHOR, lambda: NOW, account_id="111122220001", only=["shop-prod"])) as server:
        yield server


@pytest.fixture(scope="module")
def cloudwatch(aws: SandboxAws) -> Any:
    return aws.client("cloudwatch")


@pytest.fixture(scope="module")
def lb(aws: SandboxAws) -> str:
    found = aws.client("elbv2").describe_load_balancers(Names=["shop-prod"])["LoadBalancers"][0]
    return str(found["LoadBalancerArn"].split(":loadbalancer/")[1])


@pytest.fixture(scope="module")
def group(aws: SandboxAws) -> str:
    found = aws.client("elbv2").describe_target_groups(Names=["shop-prod"])["TargetGroups"][0]
    return str(found["TargetGroupArn"].rsplit(":", 1)[1])


def query(
    metric: str, *, stat: str = "Sum", period: int = 60, name: str = "m1", **dims: str
) -> dict[str, Any]:
    pairs = [{"Name": k, "Value": v} for k, v in dims.items()]
    whole = {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": pairs}
    return {"Id": name, "MetricStat": {"Metric": whole, "Period": period, "Stat": stat}}


def read(cloudwatch: Any, *queries: dict[str, Any], start: datetime, end: datetime, **more: Any) -> Any:
    return cloudwatch.get_metric_data(
        MetricDataQueries=list(queries), StartTime=start, EndTime=end, ScanBy="TimestampAscending", **more
    )


def values(answer: Any, name: str = "m1") -> list[float]:
    return [v for r in answer["MetricDataResults"] if r["Id"] == name for v in r["Values"]]


def refusal(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def test_requests_are_counted_every_minute_and_five_minutes_add_up(cloudwatch: Any, lb: str) -> None:
    start, end = ANCHOR - 60 * MINUTE, ANCHOR - 5 * MINUTE
    fine = values(read(cloudwatch, query("RequestCount", LoadBalancer=lb), start=start, end=end))
    coarse = values(
        read(cloudwatch, query("RequestCount", period=300, LoadBalancer=lb), start=start, end=end)
    )
    assert len(fine) == 55
    assert [sum(fine[i : i + 5]) for i in range(0, 55, 5)] == coarse


def test_zones_add_up_to_the_load_balancer(cloudwatch: Any, lb: str) -> None:
    zones = [
        query("RequestCount", name=f"z{z}", LoadBalancer=lb, AvailabilityZone=f"eu-central-1{z}")
        for z in "ab"
    ]
    whole = query("RequestCount", LoadBalancer=lb)
    answer = read(cloudwatch, whole, *zones, start=ANCHOR - 30 * MINUTE, end=ANCHOR - 10 * MINUTE)
    assert [a + b for a, b in zip(values(answer, "za"), values(answer, "zb"), strict=True)] == values(answer)


def test_a_start_inside_a_period_is_rounded_down_and_the_end_is_exclusive(cloudwatch: Any, lb: str) -> None:
    start = ANCHOR - timedelta(minutes=28, seconds=13)
    answer = read(
        cloudwatch, query("RequestCount", period=300, LoadBalancer=lb), start=start, end=ANCHOR - 15 * MINUTE
    )
    stamps = answer["MetricDataResults"][0]["Timestamps"]
    assert stamps == [ANCHOR - 30 * MINUTE, ANCHOR - 25 * MINUTE, ANCHOR - 20 * MINUTE]


def test_dimensions_match_as_a_set_in_any_order(cloudwatch: Any, lb: str, group: str) -> None:
    window = {"start": ANCHOR - 30 * MINUTE, "end": ANCHOR - 20 * MINUTE}
    one = values(read(cloudwatch, query("RequestCount", LoadBalancer=lb, TargetGroup=group), **window))
    other = values(read(cloudwatch, query("RequestCount", TargetGroup=group, LoadBalancer=lb), **window))
    missing = values(read(cloudwatch, query("RequestCount", TargetGroup=group), **window))
    assert one == other
    assert missing == []


def test_a_counter_that_is_zero_has_no_points(cloudwatch: Any, lb: str) -> None:
    before = read(
        cloudwatch,
        query("TargetConnectionErrorCount", LoadBalancer=lb),
        start=ANCHOR - 60 * MINUTE,
        end=ANCHOR - 14 * MINUTE,
    )
    assert before["MetricDataResults"][0]["StatusCode"] == "Complete"
    assert values(before) == []


def test_percentiles_are_ordered(cloudwatch: Any, lb: str) -> None:
    stats = ["Minimum", "p50", "p90", "p99", "p99.9", "Maximum"]
    queries = [
        query("TargetResponseTime", stat=s, name=f"q{i}", LoadBalancer=lb) for i, s in enumerate(stats)
    ]
    answer = read(cloudwatch, *queries, start=ANCHOR - 30 * MINUTE, end=ANCHOR - 29 * MINUTE)
    row = [values(answer, f"q{i}")[0] for i in range(len(stats))]
    assert row == sorted(row)
    assert 0.02 < row[1] < row[3] < 0.5


def test_nothing_is_visible_after_now_and_the_newest_minute_is_still_filling(
    cloudwatch: Any, lb: str
) -> None:
    asked = query("RequestCount", LoadBalancer=lb)
    answer = read(cloudwatch, asked, start=ANCHOR - 5 * MINUTE, end=ANCHOR + 60 * MINUTE)
    assert answer["MetricDataResults"][0]["Timestamps"][-1] == ANCHOR - MINUTE
    newest = values(answer)
    assert newest[-1] < 0.8 * newest[-4]


def test_history_reaches_back_and_old_data_comes_only_coarse(cloudwatch: Any, lb: str) -> None:
    old = {"start": ANCHOR - timedelta(days=16), "end": ANCHOR - timedelta(days=16) + 60 * MINUTE}
    assert len(values(read(cloudwatch, query("RequestCount", period=300, LoadBalancer=lb), **old))) == 12
    assert values(read(cloudwatch, query("RequestCount", period=60, LoadBalancer=lb), **old)) == []


def test_a_ratio_is_computed_over_filled_gaps(cloudwatch: Any, lb: str) -> None:
    errors = {**query("TargetConnectionErrorCount", name="err", LoadBalancer=lb), "ReturnData": False}
    requests = {**query("RequestCount", name="req", LoadBalancer=lb), "ReturnData": False}
    ratio = {"Id": "share", "Expression": "IF(FILL(req,0)>=100,100*FILL(err,0)/req,0)"}
    answer = read(cloudwatch, errors, requests, ratio, start=ANCHOR - 15 * MINUTE, end=ANCHOR - 11 * MINUTE)
    assert values(answer, "share") == [0.0, 0.0, 100.0, 100.0]


def test_pages_are_concatenated_by_id(cloudwatch: Any, lb: str) -> None:
    window = {"start": ANCHOR - 40 * MINUTE, "end": ANCHOR - 10 * MINUTE}
    queries = [query("RequestCount", LoadBalancer=lb), query("HealthyHostCount", name="m2", LoadBalancer=lb)]
    first = read(cloudwatch, *queries, MaxDatapoints=20, **window)
    second = read(cloudwatch, *queries, MaxDatapoints=20, NextToken=first["NextToken"], **window)
    whole = read(cloudwatch, *queries, **window)
    assert first["MetricDataResults"][0]["StatusCode"] == "PartialData"
    assert values(first) + values(second) == values(whole)
    assert "NextToken" not in second


def test_a_token_does_not_fit_other_parameters(cloudwatch: Any, lb: str) -> None:
    asked = query("RequestCount", LoadBalancer=lb)
    token = read(cloudwatch, asked, MaxDatapoints=5, start=ANCHOR - 30 * MINUTE, end=ANCHOR)["NextToken"]
    params = {
        "MetricDataQueries": [asked],
        "StartTime": ANCHOR - 20 * MINUTE,
        "EndTime": ANCHOR,
        "NextToken": token,
    }
    assert refusal(cloudwatch.get_metric_data, **params) == "InvalidNextToken"


@pytest.mark.parametrize(
    "change",
    [
        {"MetricDataQueries": [query("RequestCount", name=f"m{i}") for i in range(501)]},
        {
            "MetricDataQueries": [query("RequestCount", name=f"m{i}") for i in range(80)],
            "StartTime": ANCHOR - timedelta(days=1),
        },
        {"MetricDataQueries": [query("RequestCount", name="M1")]},
        {"MetricDataQueries": [query("RequestCount"), query("RequestCount")]},
        {"MetricDataQueries": [query("RequestCount", period=90)]},
        {"MetricDataQueries": [query("RequestCount", stat="Median")]},
        {"StartTime": ANCHOR, "EndTime": ANCHOR},
        {"MetricDataQueries": [{"Id": "e1", "Expression": "nobody/2"}]},
        {"MetricDataQueries": [{"Id": "e1", "Expression": "1 +"}]},
    ],
    ids=[
        "501 queries",
        "points",
        "capital id",
        "same id",
        "period",
        "statistic",
        "range",
        "unknown id",
        "syntax",
    ],
)
def test_what_the_real_service_refuses_is_refused(cloudwatch: Any, change: dict[str, Any]) -> None:
    params = {
        "MetricDataQueries": [query("RequestCount")],
        "StartTime": ANCHOR - 3 * MINUTE,
        "EndTime": ANCHOR,
    }
    assert refusal(cloudwatch.get_metric_data, **{**params, **change}) == "ValidationError"


def test_statistics_of_one_metric_come_with_its_unit(cloudwatch: Any, lb: str) -> None:
    answer = cloudwatch.get_metric_statistics(
        Namespace="AWS/ApplicationELB",
        MetricName="TargetResponseTime",
        Dimensions=[{"Name": "LoadBalancer", "Value": lb}],
        StartTime=ANCHOR - 30 * MINUTE,
        EndTime=ANCHOR - 20 * MINUTE,
        Period=300,
        Statistics=["Average", "SampleCount"],
    )
    assert [point["Unit"] for point in answer["Datapoints"]] == ["Seconds", "Seconds"]
    assert all(point["SampleCount"] > 1000 for point in answer["Datapoints"])


def test_more_than_1440_statistics_are_refused(cloudwatch: Any, lb: str) -> None:
    assert (
        refusal(
            cloudwatch.get_metric_statistics,
            Namespace="AWS/ApplicationELB",
            MetricName="RequestCount",
            Dimensions=[{"Name": "LoadBalancer", "Value": lb}],
            StartTime=ANCHOR - timedelta(days=1, minutes=1),
            EndTime=ANCHOR,
            Period=60,
            Statistics=["Sum"],
        )
        == "InvalidParameterCombination"
    )


def test_each_metric_is_listed_once_and_only_if_it_had_points(cloudwatch: Any, lb: str) -> None:
    pages = cloudwatch.get_paginator("list_metrics").paginate(
        Namespace="AWS/ApplicationELB", Dimensions=[{"Name": "LoadBalancer", "Value": lb}]
    )
    listed = [
        (m["MetricName"], tuple((d["Name"], d["Value"]) for d in m["Dimensions"]))
        for p in pages
        for m in p["Metrics"]
    ]
    names = {name for name, _ in listed}
    assert len(listed) == len(set(listed))
    assert {"RequestCount", "TargetConnectionErrorCount", "HTTPCode_ELB_504_Count"} <= names
    assert not names & {"TargetTLSNegotiationErrorCount", "HTTPCode_ELB_502_Count"}


def test_basic_monitoring_reports_every_five_minutes(aws: SandboxAws, cloudwatch: Any) -> None:
    instances = aws.client("elb").describe_load_balancers()["LoadBalancerDescriptions"][0]["Instances"]
    asked = {
        "Namespace": "AWS/EC2",
        "Dimensions": [{"Name": "InstanceId", "Value": instances[0]["InstanceId"]}],
    }
    window = {"StartTime": ANCHOR - 60 * MINUTE, "EndTime": ANCHOR - 10 * MINUTE, "Period": 60}
    cpu = cloudwatch.get_metric_statistics(
        **asked, **window, MetricName="CPUUtilization", Statistics=["Average"]
    )
    checks = cloudwatch.get_metric_statistics(
        **asked, **window, MetricName="StatusCheckFailed", Statistics=["Maximum"]
    )
    assert len(cpu["Datapoints"]) == 10
    assert len(checks["Datapoints"]) == 50


def test_another_region_has_no_metrics(aws: SandboxAws, lb: str) -> None:
    elsewhere = aws.client("cloudwatch", region_name="us-east-1")
    answer = read(elsewhere, query("RequestCount", LoadBalancer=lb), start=ANCHOR - 9 * MINUTE, end=ANCHOR)
    assert values(answer) == []
