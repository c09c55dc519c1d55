"""Back-test: calls and seconds for 14 days at 5 minutes of 20 metrics, against the emulated account.

`python -m tests.bench.backtest`. The emulation shares this machine's cores, so the seconds are an upper bound
for our side; the number of calls is the one AWS would be asked for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bot.aws.backtest import AwsAlarmReader
from bot.aws.inventory import AwsInventory
from bot.aws.sessions import AwsSessions
from bot.core.alarms.backtest import DAYS, backtest
from bot.core.alarms.natures import NATURES, metric_of
from bot.core.alarms.plan import AlarmPlan, Band, Missing, Sides, Static
from bot.core.evidence import AlarmMetric
from bot.core.model import Unread
from bot.sandbox.aws.estate import REGION, Estate
from bot.sandbox.aws.server import SandboxAws

METRICS, PERIOD_S = 20, 300
NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
KEYS = {"AWS_ACCESS_KEY_ID": "AKIABENCH", "AWS_SECRET_ACCESS_KEY": "bench"}


def main() -> None:
    with _account() as (server, sessions):
        metrics = _metrics(sessions)
        reader = AwsAlarmReader(sessions)
        server.calls.clear()
        began = time.perf_counter()
        history = reader.history(REGION, metrics, NOW)
        read_s = time.perf_counter() - began
        if isinstance(history, Unread):
            raise SystemExit(f"could not read: {history}")
        calls = server.calls.counts["cloudwatch:GetMetricData"]
        began = time.perf_counter()
        tested = [backtest(_static(metric), history) for metric in metrics]
        static_s = time.perf_counter() - began
        began = time.perf_counter()
        tested.append(backtest(_band(metrics[0]), history))
        band_s = time.perf_counter() - began
    points = sum(len(series.points) for series in history.series)
    print(
        f"back-test: {METRICS} metrics x {DAYS} days x {PERIOD_S} s, {points:,} points, "
        f"in {calls} GetMetricData call{'s' if calls > 1 else ''}, {read_s:.1f} s; "
        f"replayed: {METRICS} static alarms {static_s:.2f} s, one band {band_s:.2f} s"
    )
    if calls > 2 or len(metrics) != METRICS or None in tested:
        raise SystemExit("more than two calls, or something was not read")


@contextmanager
def _account() -> Iterator[tuple[SandboxAws, AwsSessions]]:
    os.environ.update(KEYS)
    server = SandboxAws(Estate(anchor=NOW, now=lambda: NOW))
    try:
        yield server, AwsSessions([REGION], endpoint_url=server.start())
    finally:
        server.stop()


def _metrics(sessions: AwsSessions) -> list[AlarmMetric]:
    """The first twenty the adviser knows, over the account's load balancers."""
    found = [
        metric_of(lb, name, nature.statistic, PERIOD_S)
        for lb in AwsInventory(sessions).load_balancers().load_balancers
        for name, nature in NATURES[lb.type].items()
    ]
    found.sort(key=lambda metric: metric.name != "TCP_Target_Reset_Count")
    return found[:METRICS]


def _static(metric: AlarmMetric) -> AlarmPlan:
    test = Static(threshold=10)
    return AlarmPlan(
        name="x", metric=metric, test=test, datapoints=3, periods=5, missing=Missing.NOT_BREACHING
    )


def _band(metric: AlarmMetric) -> AlarmPlan:
    return AlarmPlan(name="x", metric=metric, test=Band(width=8, sides=Sides.BOTH), datapoints=3, periods=3)


if __name__ == "__main__":
    main()
