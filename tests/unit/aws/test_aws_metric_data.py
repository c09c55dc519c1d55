"""GetMetricData's limits, pages and retention."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.aws.collectors.metric_catalogue import Query
from bot.aws.failures import ReadFailed
from bot.aws.metric_data import MAX_POINTS, MAX_QUERIES, finest_period_s, published, read_series
from bot.core.model import UnreadReason, Window
from tests.unit.aws.canned_api import CannedApi

NOW = datetime(2026, 11, 20, 14, 30, 20, tzinfo=UTC)
HOUR = Window(start=datetime(2026, 11, 20, 13, tzinfo=UTC), end=datetime(2026, 11, 20, 14, tzinfo=UTC))


def some_queries(count: int, period_s: int = 60) -> list[Query]:
    return [Query("AWS/EC2", f"Metric{i}", (("InstanceId", "i-0"),), "Sum", period_s) for i in range(count)]


def silent(params: dict[str, Any]) -> list[dict[str, Any]]:
    """One page: every query complete, without points."""
    return [{"MetricDataResults": [result(query["Id"]) for query in params["MetricDataQueries"]]}]


def result(id: str, points: dict[datetime, float] | None = None, status: str = "Complete") -> dict[str, Any]:
    points = points or {}
    return {"Id": id, "Timestamps": [*points], "Values": [*points.values()], "StatusCode": status}


@given(st.integers(0, 1600), st.sampled_from([60, 300]), st.integers(1, 15 * 24))
def test_every_call_keeps_to_500_queries_and_the_points_limit(count: int, period_s: int, hours: int) -> None:
    window = Window(start=HOUR.start, end=HOUR.start + timedelta(hours=hours))
    api = CannedApi(get_metric_data=silent)
    queries = some_queries(count, period_s)
    series = read_series(api, queries, window)
    assert [one.name for one in series] == [query.name for query in queries]
    for _, params in api.asked:
        asked = params["MetricDataQueries"]
        assert len(asked) <= MAX_QUERIES
        assert len(asked) * hours * 3600 // period_s <= MAX_POINTS
        assert len({query["Id"] for query in asked}) == len(asked)


def test_501_short_series_take_two_calls() -> None:
    api = CannedApi(get_metric_data=silent)
    read_series(api, some_queries(501), HOUR)
    assert [len(params["MetricDataQueries"]) for _, params in api.asked] == [500, 1]


def test_a_series_cut_by_pages_is_put_together_by_its_id() -> None:
    at = [HOUR.start + timedelta(minutes=i) for i in range(4)]
    pages = [
        {"MetricDataResults": [result("q1", {at[2]: 3.0}), result("q0", {at[0]: 1.0}, "PartialData")]},
        {"MetricDataResults": [result("q0", {at[1]: 2.0, at[3]: 4.0})]},
    ]
    first, second = read_series(CannedApi(get_metric_data=lambda _: pages), some_queries(2), HOUR)
    assert first.points == ((at[0], 1.0), (at[1], 2.0), (at[3], 4.0))
    assert (first.status, second.status) == ("Complete", "Complete")
    assert second.points == ((at[2], 3.0),)


def test_what_cloudwatch_says_about_a_series_is_kept() -> None:
    said = result("q0", status="Forbidden") | {"Messages": [{"Code": "Forbidden", "Value": "no access"}]}
    api = CannedApi(get_metric_data=lambda _: [{"MetricDataResults": [said]}])
    (series,) = read_series(api, some_queries(1), HOUR)
    assert (series.status, series.message) == ("Forbidden", "Forbidden: no access")


@pytest.mark.parametrize(
    ("days", "wanted_s", "kept_s"),
    [
        (0, 60, 60),
        (15, 60, 60),
        (16, 60, 300),
        (16, 360, 600),
        (63, 60, 300),
        (64, 60, 3600),
        (455, 60, 3600),
    ],
)
def test_the_period_follows_the_age_of_the_start(days: int, wanted_s: int, kept_s: int) -> None:
    assert finest_period_s(wanted_s, NOW - timedelta(days=days), NOW) == kept_s


def test_beyond_455_days_nothing_is_kept() -> None:
    with pytest.raises(ReadFailed) as caught:
        finest_period_s(60, NOW - timedelta(days=456), NOW)
    assert caught.value.unread.reason is UnreadReason.TOO_OLD


def test_minutes_not_yet_published_are_left_out() -> None:
    window = published(Window(start=HOUR.start, end=NOW + timedelta(hours=1)), 60, NOW)
    assert (window.start, window.end) == (HOUR.start, datetime(2026, 11, 20, 14, 28, tzinfo=UTC))


def test_periods_begin_on_the_periods_own_boundaries() -> None:
    start = HOUR.start + timedelta(minutes=3)
    window = published(Window(start=start, end=start + timedelta(minutes=30)), 300, NOW)
    assert (window.start.minute, window.end.minute) == (0, 30)


def test_no_query_is_no_call() -> None:
    api = CannedApi(get_metric_data=silent)
    assert read_series(api, [], HOUR) == ()
    assert api.asked == []
