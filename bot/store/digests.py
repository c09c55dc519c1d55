"""Snapshots of digests: what the next one is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from bot.core.digest import DigestReading
from bot.store.tables import digests


def last(connection: Connection, team: str, channel: str) -> tuple[DigestReading, ...]:
    """The readings of the channel's last digest; none before the first."""
    readings = connection.scalar(
        select(digests.c.readings)
        .where(digests.c.team == team, digests.c.channel == channel)
        .order_by(digests.c.made_at.desc())
        .limit(1)
    )
    return tuple(DigestReading.model_validate(reading) for reading in readings or ())


def keep(
    connection: Connection,
    *,
    team: str,
    channel: str,
    key: str,
    readings: Iterable[DigestReading],
    now: datetime,
) -> bool:
    """Keeps the readings of that digest; False when it was made already."""
    statement = (
        insert(digests)
        .values(
            team=team,
            channel=channel,
            key=key,
            made_at=now,
            readings=[reading.model_dump(mode="json") for reading in readings],
        )
        .on_conflict_do_nothing()
        .returning(digests.c.key)
    )
    return connection.scalar(statement) is not None


def forget(connection: Connection, now: datetime, older_than: timedelta) -> int:
    """Removes old snapshots; how many."""
    return connection.execute(delete(digests).where(digests.c.made_at < now - older_than)).rowcount
