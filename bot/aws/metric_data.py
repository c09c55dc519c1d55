"""GetMetricData in as few calls as its limits allow, and the rules of what CloudWatch still keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.aws.api import RegionApi
from bot.aws.collectors.metric_catalogue import Query
from bot.aws.failures import ReadFailed
from bot.core.evidence import Series
from bot.core.model import Unread, UnreadReason, Window

ACTION = "cloudwatch:GetMetricData"
MAX_QUERIES = 500
MAX_POINTS = 100_800
PUBLICATION_LAG = timedelta(minutes=2)
"""A minute that ended less than this ago may be missing or incomplete; it would look like silence."""
KEPT = ((timedelta(days=15), 60), (timedelta(days=63), 300), (timedelta(days=455), 3600))


@dataclass
class _Answer:
    """What the pages said of one query so far."""

    points: list[tuple[datetime, float]] = field(default_factory=list)
    status: str = "Complete"
    messages: list[str] = field(default_factory=list)


def finest_period_s(wanted_s: int, start: datetime, now: datetime) -> int:
    """The wanted period, rounded up to a multiple of what is kept at that age (DOMAIN.md section 1).

    A too fine period returns no points at all. ReadFailed(TOO_OLD) when nothing is kept.
    """
    for age, kept_s in KEPT:
        if now - start <= age:
            return -(-wanted_s // kept_s) * kept_s
    raise ReadFailed(Unread(reason=UnreadReason.TOO_OLD, action=ACTION, detail="metrics of 455 days"))


def published(window: Window, period_s: int, now: datetime) -> Window:
    """The whole periods of the window that are published and no longer filling; ReadFailed(TOO_FRESH)."""
    start, end = floor(window.start, period_s), floor(min(window.end, now - PUBLICATION_LAG), period_s)
    if start >= end:
        raise ReadFailed(
            Unread(reason=UnreadReason.TOO_FRESH, action=ACTION, detail="metrics of this window")
        )
    return Window(start=start, end=end)


def read_series(api: RegionApi, queries: Sequence[Query], window: Window) -> tuple[Series, ...]:
    """One series per query, in their order, oldest point first; batches are read at the same time.

    The window is half-open: StartTime is inclusive, EndTime exclusive. ReadFailed.
    """
    per_batch = api.each(lambda batch: _read(api, batch, window), list(_batched(queries, window)))
    return tuple(series for batch in per_batch for series in batch)


def floor(at: datetime, period_s: int) -> datetime:
    """The start of the period this moment is in, UTC."""
    stamp = int(at.timestamp())
    return datetime.fromtimestamp(stamp - stamp % period_s, UTC)


def _batched(queries: Iterable[Query], window: Window) -> Iterator[list[Query]]:
    """At most 500 queries and 100,800 estimated points a call; points count even where a series is sparse."""
    batch: list[Query] = []
    points = 0
    for query in queries:
        cost = -(-int(window.length.total_seconds()) // query.period_s)
        if batch and (len(batch) == MAX_QUERIES or points + cost > MAX_POINTS):
            yield batch
            batch, points = [], 0
        batch.append(query)
        points += cost
    if batch:
        yield batch


def _read(api: RegionApi, batch: Sequence[Query], window: Window) -> list[Series]:
    answers = {f"q{i}": _Answer() for i in range(len(batch))}
    pages = api.pages(
        "cloudwatch",
        "get_metric_data",
        MetricDataQueries=[_query(id, query) for id, query in zip(answers, batch, strict=True)],
        StartTime=window.start,
        EndTime=window.end,
        ScanBy="TimestampAscending",
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            _add(answers[result["Id"]], result)
    return [_series(query, answer) for query, answer in zip(batch, answers.values(), strict=True)]


def _query(id: str, query: Query) -> dict[str, Any]:
    metric = {
        "Namespace": query.namespace,
        "MetricName": query.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions],
    }
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": query.period_s, "Stat": query.statistic}}


def _add(answer: _Answer, result: dict[str, Any]) -> None:
    stamps = (stamp.astimezone(UTC) for stamp in result["Timestamps"])
    answer.points += zip(stamps, result["Values"], strict=True)
    # A series cut by a page is PartialData until its last page, so the last word counts.
    answer.status = result.get("StatusCode", "Complete")
    answer.messages += [f"{m.get('Code', '')}: {m.get('Value', '')}" for m in result.get("Messages", ())]


def _series(query: Query, answer: _Answer) -> Series:
    return Series(
        namespace=query.namespace,
        name=query.name,
        dimensions=dict(query.dimensions),
        statistic=query.statistic,
        period_s=query.period_s,
        unit=query.unit,
        status=answer.status,
        message="; ".join(answer.messages),
        points=tuple(sorted(answer.points)),
    )
