"""What was accepted from Slack already, so that a repeated delivery or a double click acts once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, delete, func
from sqlalchemy.dialects.postgresql import insert

from bot.store.tables import inbox


def accept(connection: Connection, key: str) -> bool:
    """True the first time; waits for another transaction that is accepting the same key."""
    statement = insert(inbox).values(key=key, at=func.now()).on_conflict_do_nothing().returning(inbox.c.key)
    return connection.scalar(statement) is not None


def forget(connection: Connection, older_than: timedelta) -> int:
    """Removes old keys; Slack repeats a delivery for minutes, not days. Returns how many."""
    return connection.execute(delete(inbox).where(inbox.c.at < func.now() - older_than)).rowcount
