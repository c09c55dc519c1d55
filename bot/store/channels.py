"""Settings of channels; a channel nobody configured has the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from bot.core.channel import Channel
from bot.store.engine import utc
from bot.store.tables import channels


def get(connection: Connection, team: str, channel: str) -> Channel | None:
    """The channel's settings, None when nobody made any."""
    where = (channels.c.team == team, channels.c.channel == channel)
    row = connection.execute(select(channels).where(*where)).mappings().one_or_none()
    return _channel(row) if row else None


def put(connection: Connection, channel: Channel) -> None:
    """Stores the settings."""
    row = channel.model_dump()
    connection.execute(
        insert(channels).values(row).on_conflict_do_update(index_elements=["team", "channel"], set_=row)
    )


def with_digest(connection: Connection) -> tuple[Channel, ...]:
    """Every channel whose digest is on."""
    rows = connection.execute(
        select(channels).where(channels.c.digest_on).order_by(channels.c.team, channels.c.channel)
    )
    return tuple(_channel(row) for row in rows.mappings())


def _channel(row: Mapping[Any, Any]) -> Channel:
    since = row["digest_since"]
    return Channel.model_validate({**row, "digest_since": utc(since) if since else None})
