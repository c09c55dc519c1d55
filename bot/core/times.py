"""Reading times and lengths as people type them, and placing the window around an alarm (pure)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from bot.core.errors import UserError
from bot.core.message import say
from bot.core.model import Window

_UNITS = {"m": 60, "h": 3600, "d": 86400}


def parse_length(text: str) -> timedelta:
    """'60m', '2h', '1d' or plain minutes '60'; UserError for anything else."""
    hit = re.fullmatch(r"(\d{1,6})\s*([mhd]?)", text.strip().lower())
    if not hit:
        raise UserError(say("I cannot read {text} as a length. Write it like 60m or 2h.", text=text))
    return timedelta(seconds=int(hit[1]) * _UNITS[hit[2] or "m"])


def parse_moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    """An ISO 8601 time, or HH:MM meaning the latest such time not after `now` in `zone`.

    An ISO time without a zone is in `zone`. Returns an aware time in the zone of `now`. UserError otherwise.
    """
    text = text.strip()
    if hit := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text):
        local = now.astimezone(zone).replace(hour=int(hit[1]), minute=int(hit[2]), second=0, microsecond=0)
        # A time later than the present minute is yesterday's: people report what has happened.
        if local > now:
            local -= timedelta(days=1)
        return local.astimezone(now.tzinfo)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            say("I cannot read {text} as a time. Write it like 14:05 or 2026-11-20T14:05:00Z.", text=text)
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(now.tzinfo)


def window_around(alarm_at: datetime, length: timedelta, now: datetime) -> Window:
    """Half of `length` before the alarm and half after, on whole minutes, cut at `now`.

    An alarm fires minutes after its cause, so the half before holds the onset; the half after shows
    whether it went on.
    """
    at = alarm_at.replace(second=0, microsecond=0)
    end = min(at + length / 2, now)
    return Window(start=at - length / 2, end=end.replace(second=0, microsecond=0))
