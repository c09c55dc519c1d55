"""The time in which a change may have set off the errors, and whether CloudTrail can tell about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.checks import Case
from bot.core.connection_errors import ConnectionErrors, visible_errors
from bot.core.evidence import BaselineMetrics, Changes, LoadBalancerMetrics
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Message, say
from bot.core.model import Unread, Window

BEFORE_ONSET = timedelta(minutes=15)
"""A change counts as before the errors from here on (DOMAIN.md section 10)."""
BEFORE_ALARM = timedelta(minutes=30)
TRAIL_LAG = timedelta(minutes=15)
"""How late CloudTrail may show an event: until then 'nothing found' is unknown (DOMAIN.md section 6)."""


@dataclass(frozen=True)
class Suspect:
    """`reference` is the first elevated minute of the connection errors when `exact`, else the alarm."""

    reference: datetime
    window: Window
    exact: bool

    def was_read(self, changes: Changes | Unread) -> bool:
        """CloudTrail's answer covers the whole of it, so that finding nothing means something."""
        if isinstance(changes, Unread):
            return False
        # The newest come first: of a list that was cut short, the oldest are missing.
        reached = changes.complete or any(change.at < self.window.start for change in changes.changes)
        return (
            reached
            and changes.window.start <= self.window.start
            and changes.window.end >= self.window.end
            and changes.read_at >= self.window.end + TRAIL_LAG
        )

    def distance(self, at: datetime) -> Message:
        """'3 min before the first error'"""
        ahead = self.reference - at
        if not self.exact:
            return say("{span} before the alarm", span=ahead)
        if ahead <= timedelta():
            return say("in the minute of the first error")
        return say("{span} before the first error", span=ahead)


def suspect_time(case: Case) -> Suspect:
    """From 15 min before the first elevated minute through that minute.

    While the onset is unknown (metrics unread, or no errors above the usual), the 30 min before the alarm.
    """
    errors = _errors(case)
    if isinstance(errors, Unread) or errors.onset is None:
        alarm_at = case.scope.alarm_at
        return Suspect(alarm_at, Window(start=alarm_at - BEFORE_ALARM, end=alarm_at), exact=False)
    # The period in which the errors began counts whole: within it nothing can be ordered.
    window = Window(start=errors.onset - BEFORE_ONSET, end=errors.onset + errors.line.step)
    return Suspect(errors.onset, window, exact=True)


def _errors(case: Case) -> ConnectionErrors | Unread:
    metrics = case.get(LoadBalancerMetrics)
    if isinstance(metrics, Unread):
        return metrics
    return visible_errors(LoadBalancerSeries(case.scope, metrics, case.get(BaselineMetrics)))
