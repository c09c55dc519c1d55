"""What every scenario says about itself, so that tests and pages can list them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.aws.fleet import Fleet


@dataclass(frozen=True)
class Scenario:
    """One incident: ``card`` reads like its alarm, ``alarm_minutes`` counts from the anchor (negative).

    ``cause`` is the id of the expected cause, None where the right answer is that nothing can be named;
    ``verdict`` is ``likely``, ``probable``, ``cannot_tell`` or ``no_incident``; ``why`` cites DOMAIN.md.
    """

    id: str
    title: str
    card: str
    load_balancer: str
    alarm_minutes: int
    cause: str | None
    verdict: str
    why: str
    build: Callable[[Fleet], None]

    def alarm_at(self, anchor: datetime) -> datetime:
        """When the alarm fired in an estate with this anchor."""
        return anchor.replace(second=0, microsecond=0) + timedelta(minutes=self.alarm_minutes)
