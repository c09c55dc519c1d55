"""The bands CloudWatch's own anomaly detectors expect the load balancer's metrics in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.aws.collector import Source
from bot.aws.collectors.metric_catalogue import MOVING, NAMESPACES, whole_dimensions
from bot.aws.metric_data import finest_period_s, published
from bot.core.evidence import Alarms, AnomalyBand, AnomalyBands
from bot.core.model import Unread, Window

PERIOD_S = 300
WIDTH = 2.0
"""CloudWatch's own default, in standard deviations."""
STATISTIC = "Sum"
_WIDTH = re.compile(r"ANOMALY_DETECTION_BAND\(\s*\w+\s*,\s*([\d.]+)\s*\)")


def read_anomaly_bands(source: Source) -> AnomalyBands:
    """Bands of the metrics whose level moves; a detector of another statistic or dimension is not theirs.

    A band is as wide as in the alarm on that metric, where there is one.
    """
    lb = source.load_balancer
    moving = {metric.name for metric in MOVING[lb.type]}
    states = {name: state for name, state in _detectors(source) if name in moving}
    trained = sorted(name for name, state in states.items() if state == "TRAINED")
    return AnomalyBands(
        bands=_bands(source, [(name, _width(name, source.get(Alarms))) for name in trained])
        if trained
        else (),
        training=tuple(sorted(states.keys() - set(trained))),
    )


def _detectors(source: Source) -> Iterable[tuple[str, str]]:
    """(metric, state) of detectors on the load balancer as a whole."""
    lb = source.load_balancer
    dimensions = _dimensions(source)
    found = source.api.all(
        "cloudwatch",
        "describe_anomaly_detectors",
        "AnomalyDetectors",
        Namespace=NAMESPACES[lb.type],
        Dimensions=dimensions,
    )
    for detector in found:
        # Older answers carry the metric beside the detector instead of inside it.
        single = detector.get("SingleMetricAnomalyDetector") or detector
        if single.get("Stat") == STATISTIC and single.get("Dimensions") == dimensions:
            yield single.get("MetricName", ""), detector.get("StateValue", "")


def _width(metric: str, alarms: Alarms | Unread) -> float:
    if isinstance(alarms, Unread):
        return WIDTH
    for alarm in alarms.alarms:
        written = _WIDTH.search(alarm.expression)
        if written and any(one.name == metric for one in alarm.metrics):
            return float(written[1])
    return WIDTH


def _bands(source: Source, wanted: Sequence[tuple[str, float]]) -> tuple[AnomalyBand, ...]:
    scope = source.scope
    period_s = finest_period_s(PERIOD_S, scope.window.start, source.now)
    window = published(scope.window, period_s, source.now)
    edges = _edges(source, wanted, window, period_s)
    return tuple(
        AnomalyBand(metric=metric, width=width, period_s=period_s, points=_points(edges[f"band{i}"]))
        for i, (metric, width) in enumerate(wanted)
    )


def _edges(
    source: Source, wanted: Sequence[tuple[str, float]], window: Window, period_s: int
) -> dict[str, list[dict[datetime, float]]]:
    """By query: one series per edge. Both come under the query's id (unverified: their labels)."""
    pages = source.api.pages(
        "cloudwatch",
        "get_metric_data",
        MetricDataQueries=[
            query for i, one in enumerate(wanted) for query in _queries(source, i, one, period_s)
        ],
        StartTime=window.start,
        EndTime=window.end,
        ScanBy="TimestampAscending",
    )
    edges: dict[str, dict[str, dict[datetime, float]]] = {f"band{i}": {} for i in range(len(wanted))}
    for page in pages:
        for result in page["MetricDataResults"]:
            stamps = (stamp.astimezone(UTC) for stamp in result["Timestamps"])
            points = edges[result["Id"]].setdefault(_edge(result, page["MetricDataResults"]), {})
            points.update(zip(stamps, result["Values"], strict=True))
    return {id: list(both.values()) for id, both in edges.items()}


def _edge(result: Mapping[str, Any], page: Sequence[Mapping[str, Any]]) -> str:
    """What tells the two edges apart: their label, or their order where both have the same."""
    same = [one for one in page if (one["Id"], one.get("Label")) == (result["Id"], result.get("Label"))]
    order = next(i for i, one in enumerate(same) if one is result)
    return f"{result.get('Label', '')}#{order}"


def _queries(source: Source, i: int, wanted: tuple[str, float], period_s: int) -> list[dict[str, Any]]:
    name, width = wanted
    namespace = NAMESPACES[source.load_balancer.type]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": _dimensions(source)}
    stat = {"Metric": metric, "Period": period_s, "Stat": STATISTIC}
    return [
        {"Id": f"m{i}", "MetricStat": stat, "ReturnData": False},
        {"Id": f"band{i}", "Expression": f"ANOMALY_DETECTION_BAND(m{i}, {width:g})"},
    ]


def _dimensions(source: Source) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in whole_dimensions(source.load_balancer)]


def _points(edges: list[dict[datetime, float]]) -> tuple[tuple[datetime, float, float], ...]:
    """Where both edges are known, whichever comes first; nothing when there are not two."""
    if len(edges) != 2:
        return ()
    one, other = edges
    return tuple(
        (at, min(one[at], other[at]), max(one[at], other[at])) for at in sorted(one.keys() & other.keys())
    )
