"""An alarm's definition as a value, present or proposed: the metric, the test, and M of N."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from bot.core.evidence import AlarmMetric
from bot.core.message import Value
from bot.core.model import Window

LONGEST = timedelta(days=1)
"""Period times evaluation periods may not exceed it (DOMAIN.md section 8)."""
MAX_EXCLUDED = 10
NAME_LENGTH, DESCRIPTION_LENGTH = 255, 1024


class Missing(StrEnum):
    """TreatMissingData, in AWS's words."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class Comparison(StrEnum):
    """ComparisonOperator of a static threshold, in AWS's words."""

    ABOVE = "GreaterThanThreshold"
    AT_LEAST = "GreaterThanOrEqualToThreshold"
    BELOW = "LessThanThreshold"
    AT_MOST = "LessThanOrEqualToThreshold"


class Sides(StrEnum):
    """ComparisonOperator of a band, in AWS's words."""

    UPPER = "GreaterThanUpperThreshold"
    LOWER = "LessThanLowerThreshold"
    BOTH = "LessThanLowerOrGreaterThanUpperThreshold"


class Share(Value):
    """Also breaching: at least `percent` of `of`, where that counts at least `floor` in the period.

    Without the floor one error at night is 100 %.
    """

    of: AlarmMetric
    percent: float = Field(gt=0, le=100)
    floor: float = Field(ge=1)


class Static(Value):
    """A fixed threshold. `filled`: the alarm is on FILL(m1,0), a missing point is a 0."""

    kind: Literal["static"] = "static"
    comparison: Comparison = Comparison.AT_LEAST
    threshold: float = Field(allow_inf_nan=False)
    filled: bool = False
    share: Share | None = None

    @model_validator(mode="after")
    def _a_share_only_rises(self) -> Self:
        if self.share and not (self.filled and self.comparison is Comparison.AT_LEAST):
            raise ValueError("a share goes with a filled metric and an at-least threshold")
        return self


class Band(Value):
    """ANOMALY_DETECTION_BAND(m1, width). `excluded` is left out of training; `time_zone` '' is UTC."""

    kind: Literal["band"] = "band"
    width: float = Field(gt=0, le=100, allow_inf_nan=False)
    sides: Sides = Sides.BOTH
    excluded: tuple[Window, ...] = Field(default=(), max_length=MAX_EXCLUDED)
    time_zone: str = ""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name and name not in available_timezones():
            raise ValueError(f"no time zone {name}")
        return name


class AlarmPlan(Value):
    """ALARM when `datapoints` (M) of the newest `periods` (N) points breach the test."""

    name: str = Field(min_length=1, max_length=NAME_LENGTH)
    description: str = Field(default="", max_length=DESCRIPTION_LENGTH)
    metric: AlarmMetric
    test: Annotated[Static | Band, Field(discriminator="kind")]
    datapoints: int = Field(ge=1)
    periods: int = Field(ge=1)
    missing: Missing = Missing.MISSING
    alarm_actions: tuple[str, ...] = ()
    ok_actions: tuple[str, ...] = ()

    @field_validator("name", "description")
    @classmethod
    def _printable(cls, text: str) -> str:
        # They end up inside generated code, where a line break or a direction mark would not be seen.
        return "".join(character for character in text if character.isprintable())

    @model_validator(mode="after")
    def _within_the_limits(self) -> Self:
        if self.datapoints > self.periods:
            raise ValueError("datapoints may not exceed periods")
        if self.metric.period_s < 60 or self.metric.period_s % 60:
            raise ValueError("the period is a multiple of 60 seconds")
        if self.metric.period_s * self.periods > LONGEST.total_seconds():
            raise ValueError("period times periods may not exceed a day")
        return self

    @property
    def period(self) -> timedelta:
        return timedelta(seconds=self.metric.period_s)
