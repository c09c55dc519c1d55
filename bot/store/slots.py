"""Due times that are taken once, however many clocks ring."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert

from bot.store.tables import slots


def take(connection: Connection, name: str, due_at: datetime) -> bool:
    """True for the one transaction that gets the slot; others wait for it to end."""
    statement = (
        insert(slots).values(name=name, due_at=due_at).on_conflict_do_nothing().returning(slots.c.name)
    )
    return connection.scalar(statement) is not None


def forget(connection: Connection, now: datetime, older_than: timedelta) -> int:
    """Removes slots so old that no clock looks back at them; how many."""
    return connection.execute(delete(slots).where(slots.c.due_at < now - older_than)).rowcount
