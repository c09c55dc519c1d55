"""What the alarm adviser reads: the alarms there are, and two weeks of what they watch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from math import lcm
from typing import TypeVar

from bot.aws.api import RegionApi
from bot.aws.collectors.alarms import TYPES, alarms_of
from bot.aws.collectors.metric_catalogue import Query
from bot.aws.failures import ReadFailed
from bot.aws.metric_data import published, read_series
from bot.aws.sessions import AwsSessions
from bot.core.alarms.backtest import DAYS
from bot.core.alarms.history import AlarmMetrics
from bot.core.evidence import Alarm, AlarmMetric
from bot.core.model import Unread, Window
from bot.core.ports import AlarmReader

A = TypeVar("A")

CALLS_AT_ONCE = 4
DEADLINE_S = 60.0


class AwsAlarmReader(AlarmReader):
    """Alarms and their metrics of one account."""

    def __init__(self, sessions: AwsSessions) -> None:
        self._sessions = sessions

    def alarms(self, region: str) -> tuple[Alarm, ...] | Unread:
        """Every metric and composite alarm of the Region."""
        return self._read(region, _alarms)

    def history(self, region: str, metrics: Sequence[AlarmMetric], now: datetime) -> AlarmMetrics | Unread:
        """The two weeks before `now` of each metric at its own period."""
        return self._read(region, lambda api: read_backtest(api, metrics, now))

    def _read(self, region: str, read: Callable[[RegionApi], A]) -> A | Unread:
        with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            try:
                return read(RegionApi(self._sessions, region, pool, time.monotonic() + DEADLINE_S))
            except ReadFailed as failed:
                return failed.unread


def read_backtest(api: RegionApi, metrics: Sequence[AlarmMetric], now: datetime) -> AlarmMetrics:
    """The last 14 days of each metric, in as few GetMetricData calls as its limits allow; ReadFailed.

    20 metrics at 5 minutes are 80,640 points, so one call. Younger than 15 days, every multiple of a minute
    is kept (DOMAIN.md section 1). Each metric begins at the start of one of its own periods.
    """
    whole_s = lcm(*(metric.period_s for metric in metrics)) if metrics else 60
    stretch = Window(start=now - timedelta(days=DAYS), end=now)
    window = published(stretch, whole_s, now)
    queries = [
        Query(m.namespace, m.name, tuple(sorted(m.dimensions.items())), m.statistic, m.period_s)
        for m in metrics
    ]
    return AlarmMetrics(window=window, series=read_series(api, queries, window))


def _alarms(api: RegionApi) -> tuple[Alarm, ...]:
    pages = api.pages("cloudwatch", "describe_alarms", AlarmTypes=TYPES)
    return tuple(alarm for page in pages for alarm in alarms_of(page))
