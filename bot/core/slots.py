"""Due times of a daily digest and of regular work: calendar arithmetic without a clock (pure)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def daily_slots(hour: int, time_zone: str, since: datetime, until: datetime) -> tuple[datetime, ...]:
    """The UTC times in (since, until] at which a digest of that local hour is due, exactly one per local day.

    Where the clock skips the hour in spring, it is due when the clock goes on; where the hour comes twice in
    autumn, the first time. ZoneInfoNotFoundError for an unknown zone.
    """
    zone = ZoneInfo(time_zone)
    day = since.astimezone(zone).date() - timedelta(days=1)
    last = until.astimezone(zone).date()
    slots: dict[datetime, None] = {}
    while day <= last:
        # fold=0 reads a skipped hour with the offset before the gap, which is the moment the gap ends, and
        # a repeated one as its first. A whole skipped day gives the next day's slot, so each is kept once.
        due = datetime.combine(day, time(hour), zone).astimezone(UTC)
        if since < due <= until:
            slots[due] = None
        day += timedelta(days=1)
    return tuple(slots)


def regular_slot(every: timedelta, now: datetime) -> datetime:
    """The newest multiple of `every` (since 1970, UTC) that is not after `now`."""
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return start + every * ((now - start) // every)
