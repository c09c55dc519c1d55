"""Metrics: series of points, and the bands CloudWatch expects them in."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from bot.core.evidence.base import Evidence
from bot.core.message import Value
from bot.core.model import Window


class Series(Value):
    """One metric's points, oldest first: (period start UTC, value). Missing minutes are simply absent.

    `status` is GetMetricData's: Complete, PartialData, InternalError or Forbidden; `message` is what it
    said about the series, '' mostly.
    """

    namespace: str
    name: str
    dimensions: dict[str, str]
    statistic: str
    period_s: int
    unit: str = ""
    status: str = "Complete"
    message: str = ""
    points: tuple[tuple[datetime, float], ...]


class MetricsEvidence(Evidence):
    """Series over `window`; the still filling newest period is already dropped."""

    actions: ClassVar = ("cloudwatch:GetMetricData",)
    window: Window
    series: tuple[Series, ...]

    def find(self, name: str, statistic: str = "", **dimensions: str) -> tuple[Series, ...]:
        """Series of that metric whose dimensions include the given ones."""
        return tuple(
            s
            for s in self.series
            if s.name == name
            and (not statistic or s.statistic == statistic)
            and dimensions.items() <= s.dimensions.items()
        )


class LoadBalancerMetrics(MetricsEvidence):
    """The load balancer's and its target groups' metrics over the incident's window."""


class TargetMetrics(MetricsEvidence):
    """The targets' own metrics (EC2 instances) over the incident's window."""


class BaselineMetrics(MetricsEvidence):
    """The load balancer's main metrics from the same hours of the previous seven days."""


class LevelHistory(MetricsEvidence):
    """Metrics whose normal level moves, from these hours of the previous 14 days and a little around.

    Sums over 5 minutes or coarser. `window` is the whole stretch.
    """


class AnomalyBand(Value):
    """CloudWatch's band of one metric: (period start UTC, low, high), `width` standard deviations wide."""

    metric: str
    width: float
    period_s: int
    points: tuple[tuple[datetime, float, float], ...]


class AnomalyBands(Evidence):
    """Bands of trained anomaly detectors over the window, of the load balancer's metrics as a whole (Sum).

    `training` names metrics whose detector has not learned enough yet. Neither: no detector exists.
    """

    actions: ClassVar = ("cloudwatch:DescribeAnomalyDetectors", "cloudwatch:GetMetricData")
    bands: tuple[AnomalyBand, ...] = ()
    training: tuple[str, ...] = ()
