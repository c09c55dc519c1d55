"""CloudWatch GetMetricData and GetMetricStatistics, with the service's limits (DOMAIN.md section 1)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from bot.sandbox.aws.anomaly_bands import band_edges, is_band
from bot.sandbox.aws.errors import AwsError, validation
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.metric_math import names_in
from bot.sandbox.aws.metric_queries import Computed, compute, series_key
from bot.sandbox.aws.metrics import STATISTICS, Grid, as_datetime, check_period, grid_for
from bot.sandbox.aws.noise import Floats
from bot.sandbox.aws.wire import Call

MAX_QUERIES = 500
MAX_POINTS = 100_800
MAX_STATISTICS_POINTS = 1_440
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,10})?|100(\.0+)?)")


def get_metric_data(estate: Estate, call: Call) -> dict[str, Any]:
    """Values per query, newest first unless told otherwise, in pages of MaxDatapoints."""
    params = call.params
    queries = list(params.get("MetricDataQueries") or [])
    _check(params, queries)
    own = call.region == estate.region and call.account == estate.account_id
    bands = [query for query in queries if is_band(query)]
    plain = [query for query in queries if query not in bands]
    computed = compute(
        estate.metrics, estate.now(), plain, params["StartTime"], params["EndTime"], readable=own
    )
    ascending = params.get("ScanBy", "TimestampDescending") == "TimestampAscending"
    epoch = call.protocol == "json"
    returned = [(query, computed[query["Id"]]) for query in plain if query.get("ReturnData", True)]
    returned += [(q, edge) for q in bands for edge in band_edges(estate, q, params, readable=own)]
    results = [_result(query, one, ascending, epoch) for query, one in returned]
    page, token = _page(results, params)
    return {"MetricDataResults": page, "Messages": [], **({"NextToken": token} if token else {})}


def get_metric_statistics(estate: Estate, call: Call) -> dict[str, Any]:
    """Points of one metric, in no particular order; at most 1,440."""
    params = call.params
    plain, extended = params.get("Statistics") or [], params.get("ExtendedStatistics") or []
    if not plain and not extended:
        raise AwsError("MissingParameter", "Must specify either Statistics or ExtendedStatistics")
    for statistic in (*plain, *extended):
        _check_statistic(statistic)
    check_period(params["Period"])
    _check_range(params)
    grid = grid_for(params["StartTime"], params["EndTime"], params["Period"], estate.now())
    asked = int((params["EndTime"] - params["StartTime"]).total_seconds() // params["Period"])
    if asked > MAX_STATISTICS_POINTS:
        raise AwsError(
            "InvalidParameterCombination",
            (
                f"You have requested up to {asked:,} datapoints, which exceeds the limit of 1,440. "
                "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
            ),
        )
    key = series_key(params["Namespace"], params["MetricName"], params.get("Dimensions") or [])
    own = call.region == estate.region and params.get("Unit") in {None, estate.metrics.unit(key)}
    values = {s: estate.metrics.read(key, s, grid) if own else _nothing(grid) for s in (*plain, *extended)}
    points = []
    for i in range(grid.length):
        if np.isnan(next(iter(values.values()))[i]):
            continue
        point: dict[str, Any] = {"Timestamp": as_datetime(grid.stamps[i]), "Unit": estate.metrics.unit(key)}
        point.update({s: float(values[s][i]) for s in plain})
        if extended:
            point["ExtendedStatistics"] = {s: float(values[s][i]) for s in extended}
        points.append(point)
    return {"Label": params["MetricName"], "Datapoints": points}


def _check(params: Mapping[str, Any], queries: list[Mapping[str, Any]]) -> None:
    if not queries or len(queries) > MAX_QUERIES:
        raise validation("The collection MetricDataQueries must have between 1 and 500 items")
    _check_range(params)
    ids = [query.get("Id", "") for query in queries]
    if len(set(ids)) != len(ids):
        raise validation("The values for parameter id in MetricDataQueries are not unique.")
    for query in queries:
        _check_query(query, set(ids))
    if not any(query.get("ReturnData", True) for query in queries):
        raise validation("At least one query must have ReturnData set to true")
    span_s = (params["EndTime"] - params["StartTime"]).total_seconds()
    points = sum(-(-span_s // _period(query)) for query in queries if "MetricStat" in query)
    if points > MAX_POINTS or (params.get("MaxDatapoints") or 0) > MAX_POINTS:
        raise validation(
            f"You have requested up to {int(points):,} datapoints, which exceeds the limit of {MAX_POINTS:,}."
        )


def _check_range(params: Mapping[str, Any]) -> None:
    if params["StartTime"] >= params["EndTime"]:
        raise validation("The parameter StartTime must be less than the parameter EndTime.")


def _check_query(query: Mapping[str, Any], ids: set[str]) -> None:
    if not _ID.fullmatch(query.get("Id", "")):
        raise validation(
            f"The value '{query.get('Id')}' for parameter Id is not matching "
            "the expected pattern ^[a-z][a-zA-Z0-9_]*$"
        )
    if ("MetricStat" in query) == ("Expression" in query):
        raise validation("Each query must contain either a MetricStat or an Expression")
    if "Expression" in query:
        unknown = names_in(query["Expression"]) - ids
        if unknown:
            raise validation(f"Error in expression '{query['Id']}': Undefined variable {sorted(unknown)[0]}")
        return
    check_period(query["MetricStat"]["Period"])
    _check_statistic(query["MetricStat"]["Stat"])


def _check_statistic(statistic: str) -> None:
    if statistic not in STATISTICS and not _PERCENTILE.fullmatch(statistic):
        raise validation(f"The value {statistic} for parameter Stat is not supported.")


def _period(query: Mapping[str, Any]) -> int:
    return int(query["MetricStat"]["Period"])


def _nothing(grid: Grid) -> Floats:
    return np.full(grid.length, np.nan)


def _result(query: Mapping[str, Any], computed: Computed, ascending: bool, epoch: bool) -> dict[str, Any]:
    present = np.flatnonzero(~np.isnan(computed.values))
    order = present if ascending else present[::-1]
    stamps = (computed.grid.start + order * computed.grid.period_s).tolist()
    return {
        "Id": query["Id"],
        "Label": computed.label,
        "Timestamps": stamps if epoch else [as_datetime(stamp) for stamp in stamps],
        "Values": computed.values[order].tolist(),
        "StatusCode": "Complete",
    }


def _page(
    results: list[dict[str, Any]], params: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], str | None]:
    room = params.get("MaxDatapoints") or MAX_POINTS
    index, offset = _read_token(params)
    page: list[dict[str, Any]] = []
    while index < len(results) and (room > 0 or not results[index]["Values"]):
        result = results[index]
        stop = min(offset + room, len(result["Values"]))
        whole = stop == len(result["Values"])
        page.append(
            {
                **result,
                "Timestamps": result["Timestamps"][offset:stop],
                "Values": result["Values"][offset:stop],
                "StatusCode": "Complete" if whole else "PartialData",
            }
        )
        room -= stop - offset
        index, offset = (index + 1, 0) if whole else (index, stop)
    return page, _token(params, index, offset) if index < len(results) else None


def _fingerprint(params: Mapping[str, Any]) -> str:
    same = {k: v for k, v in params.items() if k != "NextToken"}
    return hashlib.blake2b(json.dumps(same, sort_keys=True, default=str).encode(), digest_size=8).hexdigest()


def _token(params: Mapping[str, Any], index: int, offset: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([_fingerprint(params), index, offset]).encode()).decode()


def _read_token(params: Mapping[str, Any]) -> tuple[int, int]:
    if not params.get("NextToken"):
        return 0, 0
    try:
        fingerprint, index, offset = json.loads(base64.urlsafe_b64decode(params["NextToken"]))
    except ValueError as error:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.") from error
    if fingerprint != _fingerprint(params):
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    return int(index), int(offset)
