"""Incidents of this product as trouble a back-test can be held against."""

from __future__ import annotations

from bot.core.alarms.backtest import KnownIncident
from bot.core.incident import Incident
from bot.core.model import MomentKind, Window


def known_incident(incident: Incident) -> KnownIncident:
    """From its first to its last error; from the alarm to the window's end while these are not known."""
    firsts = [m.at for m in incident.moments if m.kind is MomentKind.FIRST_ERROR]
    lasts = [m.at for m in incident.moments if m.key == "last_error"]
    start = min(firsts, default=incident.scope.alarm_at)
    end = max([*lasts, start] if lasts else [incident.scope.window.end, start])
    return KnownIncident(window=Window(start=start, end=end), name=f"#{incident.id}")
