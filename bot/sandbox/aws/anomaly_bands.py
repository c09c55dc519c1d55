"""ANOMALY_DETECTION_BAND for trained detectors: mean and deviation of the same time on earlier days.

CloudWatch's model is not public; this one only has the same shape, limits and answers. Two results carry the
id of the one expression, as for every expression that yields an array.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from bot.sandbox.aws.errors import validation
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.metric_queries import Computed, series_key
from bot.sandbox.aws.metrics import Grid, grid_for
from bot.sandbox.aws.noise import Floats

DAYS = 14
DAY_S = 86_400
_BAND = re.compile(r"\s*ANOMALY_DETECTION_BAND\(\s*(\w+)\s*(?:,\s*([\d.]+)\s*)?\)\s*")


def is_band(query: Mapping[str, Any]) -> bool:
    """True for a query that asks for a band."""
    return bool(_BAND.fullmatch(query.get("Expression") or ""))


def trained_detector(
    namespace: str, metric: str, dims: Mapping[str, str], stat: str = "Sum"
) -> dict[str, Any]:
    """A detector as DescribeAnomalyDetectors shows one that has learned its two weeks."""
    pairs = [{"Name": name, "Value": value} for name, value in dims.items()]
    single = {"Namespace": namespace, "MetricName": metric, "Dimensions": pairs, "Stat": stat}
    return {"SingleMetricAnomalyDetector": single, "StateValue": "TRAINED"}


def band_edges(
    estate: Estate, band: Mapping[str, Any], params: Mapping[str, Any], *, readable: bool
) -> tuple[Computed, Computed]:
    """High and low edge of one expression; without points while no trained detector watches the metric."""
    found = _BAND.fullmatch(band["Expression"])
    watched = next((q for q in params["MetricDataQueries"] if found and q["Id"] == found[1]), None)
    if found is None or watched is None or "MetricStat" not in watched:
        raise validation("ANOMALY_DETECTION_BAND takes the id of a metric")
    grid = grid_for(params["StartTime"], params["EndTime"], watched["MetricStat"]["Period"], estate.now())
    known = readable and _trained(estate, watched["MetricStat"])
    middle, spread = _model(estate, watched["MetricStat"], grid) if known else _nothing(grid)
    away = float(found[2] or 2) * spread
    label = band.get("Label") or watched["MetricStat"]["Metric"]["MetricName"]
    return Computed(grid, middle + away, f"{label} High"), Computed(grid, middle - away, f"{label} Low")


def _trained(estate: Estate, stat: Mapping[str, Any]) -> bool:
    key = _key(stat["Metric"])
    with estate.lock:
        return any(
            detector["StateValue"] == "TRAINED"
            and _key(detector.get("SingleMetricAnomalyDetector") or detector) == key
            and (detector.get("SingleMetricAnomalyDetector") or detector).get("Stat") == stat["Stat"]
            for detector in estate.anomaly_detectors
        )


def _key(metric: Mapping[str, Any]) -> object:
    return series_key(metric["Namespace"], metric["MetricName"], metric.get("Dimensions") or [])


def _model(estate: Estate, stat: Mapping[str, Any], grid: Grid) -> tuple[Floats, Floats]:
    """Mean and standard deviation over the same time of the days before, NaN without any."""
    metric = stat["Metric"]
    key = series_key(metric["Namespace"], metric["MetricName"], metric.get("Dimensions") or [])
    days = [
        estate.metrics.read(key, stat["Stat"], Grid(grid.start - d * DAY_S, grid.period_s, grid.length))
        for d in range(1, DAYS + 1)
    ]
    values = np.stack(days)
    known = ~np.isnan(values)
    number = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / number
    spread = np.sqrt(np.where(known, (values - mean) ** 2, 0.0).sum(axis=0) / number)
    seen = known.any(axis=0)
    return np.where(seen, mean, np.nan), np.where(seen, spread, np.nan)


def _nothing(grid: Grid) -> tuple[Floats, Floats]:
    return np.full(grid.length, np.nan), np.full(grid.length, np.nan)
