"""CloudWatch's own bands: whose detectors count, how wide, and how two edges under one id are told apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.aws.collector import Source
from bot.aws.collectors.anomaly_bands import read_anomaly_bands
from bot.core.evidence import Alarm, AlarmMetric, Alarms, AnomalyBands
from bot.core.model import LoadBalancerType
from tests.evidence_builders import NOW, WINDOW, a_load_balancer, a_scope, at, readings
from tests.unit.aws.canned_api import CannedApi

NLB = a_load_balancer(LoadBalancerType.NETWORK)
FLOWS = "NewFlowCount"
OWN = [{"Name": "LoadBalancer", "Value": NLB.dimension}]
LATER = NOW + timedelta(hours=1)


def detector(
    metric: str = FLOWS,
    state: str = "TRAINED",
    stat: str = "Sum",
    dimensions: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    single = {"MetricName": metric, "Stat": stat, "Dimensions": OWN if dimensions is None else dimensions}
    return {"SingleMetricAnomalyDetector": single, "StateValue": state}


def edge(label: str, *values: float) -> dict[str, Any]:
    stamps = [at("14:00") + timedelta(minutes=5 * i) for i in range(len(values))]
    return {"Id": "band0", "Label": label, "Timestamps": stamps, "Values": list(values)}


def read(
    detectors: list[dict[str, Any]], pages: list[list[dict[str, Any]]], *alarms: Alarm
) -> tuple[AnomalyBands, CannedApi]:
    api = CannedApi(
        describe_anomaly_detectors=lambda params: [{"AnomalyDetectors": detectors}],
        get_metric_data=lambda params: [{"MetricDataResults": results} for results in pages],
    )
    source = Source(api, a_scope(NLB, window=WINDOW), readings(Alarms(alarms=alarms)), LATER)
    return read_anomaly_bands(source), api


@pytest.mark.parametrize("labels", [("NewFlowCount High", "NewFlowCount Low"), ("expected", "expected")])
def test_the_two_edges_are_told_apart_by_label_or_order(labels: tuple[str, str]) -> None:
    found, _ = read([detector()], [[edge(labels[0], 9.0, 8.0), edge(labels[1], 1.0, 2.0)]])
    (band,) = found.bands
    assert [(low, high) for _, low, high in band.points] == [(1.0, 9.0), (2.0, 8.0)]


def test_edges_on_different_pages_are_put_together() -> None:
    found, _ = read([detector()], [[edge("High", 9.0)], [edge("Low", 1.0)]])
    assert [(low, high) for _, low, high in found.bands[0].points] == [(1.0, 9.0)]


def test_one_edge_alone_is_no_band() -> None:
    found, _ = read([detector()], [[edge("High", 9.0)]])
    assert found.bands[0].points == ()


@pytest.mark.parametrize(
    "other",
    [
        detector("ProcessedBytes"),
        detector(stat="Average"),
        detector(dimensions=[*OWN, {"Name": "AvailabilityZone", "Value": "eu-central-1a"}]),
    ],
)
def test_detectors_of_something_else_are_not_asked(other: dict[str, Any]) -> None:
    found, api = read([other], [])
    assert found == AnomalyBands()
    assert [operation for operation, _ in api.asked] == ["describe_anomaly_detectors"]


@pytest.mark.parametrize("state", ["PENDING_TRAINING", "TRAINED_INSUFFICIENT_DATA"])
def test_a_detector_that_still_learns_is_named_without_a_band(state: str) -> None:
    found, _ = read([detector(state=state)], [])
    assert found == AnomalyBands(training=(FLOWS,))


@pytest.mark.parametrize(("expression", "width"), [("b = ANOMALY_DETECTION_BAND(m1, 8)", 8), ("", 2)])
def test_the_band_is_as_wide_as_the_alarms(expression: str, width: float) -> None:
    watched = AlarmMetric(
        namespace="AWS/NetworkELB", name=FLOWS, dimensions={}, statistic="Sum", period_s=300
    )
    alarm = Alarm(name="flows", arn="arn", state="OK", metrics=(watched,), expression=expression)
    found, api = read([detector()], [[edge("High", 9.0), edge("Low", 1.0)]], alarm)
    (asked,) = [params for operation, params in api.asked if operation == "get_metric_data"]
    assert found.bands[0].width == width
    assert asked["MetricDataQueries"][1]["Expression"] == f"ANOMALY_DETECTION_BAND(m0, {width})"
