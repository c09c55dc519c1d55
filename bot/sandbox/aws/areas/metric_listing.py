"""CloudWatch ListMetrics: each series once, only those with points in the last two weeks (or three hours)."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from bot.sandbox.aws.errors import AwsError
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.series import Series
from bot.sandbox.aws.wire import Call

PAGE = 500
RECENT = {None: timedelta(days=14), "PT3H": timedelta(hours=3)}


def list_metrics(estate: Estate, call: Call) -> dict[str, Any]:
    """Namespace, name and dimensions of the series that match, 500 a page."""
    params = call.params
    if call.region != estate.region or call.account != estate.account_id:
        return {"Metrics": []}
    within = RECENT.get(params.get("RecentlyActive"))
    if within is None:
        raise AwsError("InvalidParameterValue", "RecentlyActive must be PT3H")
    matching = [series for series in estate.metrics.all() if _matches(series, params)]
    start = _offset(params.get("NextToken"))
    page: list[Series] = []
    position = start
    while position < len(matching) and len(page) < PAGE:
        if estate.metrics.is_active(matching[position], within):
            page.append(matching[position])
        position += 1
    answer: dict[str, Any] = {"Metrics": [_described(series) for series in page]}
    if position < len(matching):
        answer["NextToken"] = base64.urlsafe_b64encode(str(position).encode()).decode()
    return answer


def _matches(series: Series, params: Any) -> bool:
    key = series.key
    if params.get("Namespace") not in {None, key.namespace} or params.get("MetricName") not in {
        None,
        key.metric,
    }:
        return False
    own = dict(key.dimensions)
    return all(
        wanted["Name"] in own and wanted.get("Value") in {None, own[wanted["Name"]]}
        for wanted in params.get("Dimensions") or []
    )


def _described(series: Series) -> dict[str, Any]:
    return {
        "Namespace": series.key.namespace,
        "MetricName": series.key.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(series.key.dimensions)],
    }


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise AwsError("InvalidParameterValue", "Request parameter NextToken is invalid") from error
