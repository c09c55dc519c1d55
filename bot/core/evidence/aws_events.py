"""What AWS says of itself: Health events and zones taken out of service."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from bot.core.evidence.base import Evidence
from bot.core.message import Value
from bot.core.model import Window


class HealthEvent(Value):
    """One event of AWS Health. `category` is issue or scheduledChange, `status` open, closed or upcoming.

    `scope` is PUBLIC or ACCOUNT_SPECIFIC; `entities` are the account's affected resources, if it names any.
    """

    arn: str
    service: str
    code: str
    category: str
    status: str
    scope: str
    zone: str = ""
    start: datetime
    end: datetime | None = None
    description: str = ""
    entities: tuple[str, ...] = ()


class HealthEvents(Evidence):
    """Events of this Region that overlap `window`. `complete` is False when a limit cut the list short."""

    actions: ClassVar = (
        "health:DescribeEvents",
        "health:DescribeEventDetails",
        "health:DescribeAffectedEntities",
    )
    window: Window
    read_at: datetime
    complete: bool
    events: tuple[HealthEvent, ...]


class ZonalShift(Value):
    """Traffic moved away from a zone: by AWS on its own (`automatic`), or by somebody for this resource."""

    automatic: bool
    away_from: str
    start: datetime
    end: datetime | None = None
    status: str
    comment: str = ""


class ZonalShifts(Evidence):
    actions: ClassVar = ("arc-zonal-shift:ListZonalShifts", "arc-zonal-shift:ListAutoshifts")
    shifts: tuple[ZonalShift, ...]
