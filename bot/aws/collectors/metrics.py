"""Metrics of the load balancer, its groups and its targets, and what is usual at these hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.aws.collector import Source
from bot.aws.collectors.metric_catalogue import (
    BASELINE,
    CATALOGUE,
    ERROR_METRIC,
    MOVING,
    WHOLE,
    Metric,
    instance_queries,
    queries,
)
from bot.aws.metric_data import finest_period_s, published, read_series
from bot.core.evidence import (
    BaselineMetrics,
    Instances,
    LevelHistory,
    LoadBalancerMetrics,
    Series,
    TargetGroup,
    TargetGroups,
    TargetMetrics,
)
from bot.core.model import Unread, Window

BEFORE = timedelta(minutes=60)
"""Read before the window too: onset, lag and what was usual need it."""
JUDGED_PERIOD_S = 60
"""Whatever period was chosen to look at: an hour that has not ended has no point, so an alarm in it would
look like silence, and nothing inside a longer period can be put in order."""
BASELINE_DAYS = 7
BASELINE_PERIOD_S = 300
HISTORY_DAYS = 14
AROUND = timedelta(minutes=30)
"""Read on either side of the window's hours: the same time of day includes its neighbours."""


def read_load_balancer_metrics(source: Source) -> LoadBalancerMetrics:
    """All metrics of the catalogue for this type, from an hour before the window.

    Without target groups (unread) the load balancer's own metrics are still read.
    """
    lb, scope = source.load_balancer, source.scope
    wide = scope.window.widened(BEFORE)
    period_s = finest_period_s(JUDGED_PERIOD_S, wide.start, source.now)
    window = published(wide, period_s, source.now)
    asked = queries(CATALOGUE[lb.type], lb, _groups(source), period_s)
    if scope.statistic != "Sum":
        asked += queries([Metric(ERROR_METRIC[lb.type], (scope.statistic,), (WHOLE,))], lb, (), period_s)
    return LoadBalancerMetrics(window=window, series=read_series(source.api, asked, window))


def read_target_metrics(source: Source) -> TargetMetrics:
    """The instances' own metrics, from an hour before the window."""
    scope = source.scope
    wide = scope.window.widened(BEFORE)
    period_s = finest_period_s(JUDGED_PERIOD_S, wide.start, source.now)
    window = published(wide, period_s, source.now)
    asked = [query for one in source[Instances].instances for query in instance_queries(one, period_s)]
    return TargetMetrics(window=window, series=read_series(source.api, asked, window))


def read_baseline_metrics(source: Source) -> BaselineMetrics:
    """The main metrics of the same hours of the previous seven days, in periods of 5 minutes or coarser.

    One contiguous stretch is asked for, because seven separate ones are seven calls; of it only the
    window's own hours are kept. `window` is the whole stretch.
    """
    hours = source.scope.window
    days = [timedelta(days=day) for day in range(1, BASELINE_DAYS + 1)]
    stretch = Window(start=hours.start - days[-1], end=hours.end - days[0])
    period_s = finest_period_s(BASELINE_PERIOD_S, stretch.start, source.now)
    window = published(stretch, period_s, source.now)
    lb = source.load_balancer
    asked = queries(BASELINE[lb.type], lb, _groups(source), period_s)
    same_hours = [Window(start=hours.start - day, end=hours.end - day) for day in days]
    series = read_series(source.api, asked, window)
    return BaselineMetrics(window=window, series=tuple(_only(one, same_hours) for one in series))


def read_level_history(source: Source) -> LevelHistory:
    """The moving levels of these hours of the previous 14 days, in one contiguous stretch like the baseline.

    The period is a multiple of the present's, so that the present can be laid on the same grid.
    """
    hours = source.scope.window.widened(AROUND, AROUND)
    days = [timedelta(days=day) for day in range(1, HISTORY_DAYS + 1)]
    stretch = Window(start=hours.start - days[-1], end=hours.end - days[0])
    period_s = finest_period_s(BASELINE_PERIOD_S, stretch.start, source.now)
    window = published(stretch, period_s, source.now)
    lb = source.load_balancer
    same_hours = [Window(start=hours.start - day, end=hours.end - day) for day in days]
    series = read_series(source.api, queries(MOVING[lb.type], lb, (), period_s), window)
    return LevelHistory(window=window, series=tuple(_only(one, same_hours) for one in series))


def _groups(source: Source) -> tuple[TargetGroup, ...]:
    groups = source.get(TargetGroups)
    return () if isinstance(groups, Unread) else groups.groups


def _only(series: Series, windows: list[Window]) -> Series:
    """The series without the periods that share no time with any of the windows."""
    period = timedelta(seconds=series.period_s)
    kept = tuple((at, value) for at, value in series.points if _meets(at, at + period, windows))
    return series.model_copy(update={"points": kept})


def _meets(start: datetime, end: datetime, windows: list[Window]) -> bool:
    return any(start < window.end and window.start < end for window in windows)
