"""Metric queries and expressions computed from the store: shared by GetMetricData and the alarms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from bot.sandbox.aws.errors import AwsError, validation
from bot.sandbox.aws.metric_math import evaluate, names_in
from bot.sandbox.aws.metrics import Grid, MetricStore, grid_for
from bot.sandbox.aws.noise import Floats
from bot.sandbox.aws.series import SeriesKey


@dataclass(frozen=True)
class Computed:
    """One query's values on its grid."""

    grid: Grid
    values: Floats
    label: str


def series_key(namespace: str, metric: str, pairs: Sequence[Mapping[str, str]]) -> SeriesKey:
    """AWS's identity of a series; the order of dimensions does not matter."""
    return SeriesKey(namespace, metric, frozenset((pair["Name"], pair["Value"]) for pair in pairs or []))


def compute(
    store: MetricStore,
    now: datetime,
    queries: Sequence[Mapping[str, Any]],
    start: datetime,
    end: datetime,
    *,
    readable: bool = True,
    settled: bool = False,
) -> dict[str, Computed]:
    """Every query's values by id. Raises AwsError for expressions that cannot be computed."""
    done: dict[str, Computed] = {}
    for query in (q for q in queries if "MetricStat" in q):
        stat, metric = query["MetricStat"], query["MetricStat"]["Metric"]
        grid = grid_for(start, end, stat["Period"], now)
        key = series_key(metric["Namespace"], metric["MetricName"], metric.get("Dimensions") or [])
        known = readable and stat.get("Unit") in {None, store.unit(key)}
        values = (
            store.read(key, stat["Stat"], grid, settled=settled) if known else np.full(grid.length, np.nan)
        )
        done[query["Id"]] = Computed(grid, values, query.get("Label") or metric["MetricName"])
    waiting = [q for q in queries if "Expression" in q]
    while waiting:
        ready = [q for q in waiting if names_in(q["Expression"]) <= done.keys()]
        if not ready:
            raise validation("The expressions refer to each other in a circle")
        for query in ready:
            done[query["Id"]] = _expression(now, query, done)
        waiting = [q for q in waiting if q not in ready]
    return done


def alarm_points(
    store: MetricStore,
    now: Callable[[], datetime],
    definition: Mapping[str, Any],
    start: datetime,
    end: datetime,
) -> tuple[list[int], Floats]:
    """Period starts (epoch seconds) and values an alarm looks at between two instants."""
    queries = definition.get("Metrics") or [_single(definition)]
    watched = next((q["Id"] for q in queries if q.get("ReturnData", True)), queries[0]["Id"])
    computed = compute(store, now(), queries, start, end, settled=True)[watched]
    return computed.grid.stamps, computed.values


def _single(definition: Mapping[str, Any]) -> dict[str, Any]:
    metric = {name: definition[name] for name in ("Namespace", "MetricName")}
    stat = definition.get("Statistic") or definition["ExtendedStatistic"]
    whole = {**metric, "Dimensions": definition.get("Dimensions", [])}
    return {"Id": "watched", "MetricStat": {"Metric": whole, "Period": definition["Period"], "Stat": stat}}


def _expression(now: datetime, query: Mapping[str, Any], done: Mapping[str, Computed]) -> Computed:
    used = [done[name] for name in sorted(names_in(query["Expression"]))]
    grids = {part.grid for part in used}
    if len(grids) != 1:
        raise AwsError(
            "NotImplemented", "The sandbox does not emulate expressions over several periods.", 501
        )
    grid = grids.pop()
    shown = np.array([1.0 if stamp <= now.timestamp() else 0.0 for stamp in grid.stamps])
    same = {name: part.values for name, part in done.items() if part.grid == grid}
    return Computed(grid, evaluate(query["Expression"], same, shown), query.get("Label") or query["Id"])
