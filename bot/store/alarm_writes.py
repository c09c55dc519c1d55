"""Alarms that may be created from Slack, and the audit log of who did what to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, cast, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.core.alarms.write import AlarmWrite
from bot.store.tables import alarm_audit, alarm_writes, messages


def add(connection: Connection, write: AlarmWrite) -> AlarmWrite | None:
    """The write with its id; None when there is one for that key already."""
    statement = (
        upsert(alarm_writes)
        .values(team=write.team, key=write.key, value=write.model_dump(mode="json"))
        .on_conflict_do_nothing()
        .returning(alarm_writes.c.id)
    )
    found = connection.scalar(statement)
    return write.model_copy(update={"id": found}) if found else None


def load(connection: Connection, write_id: int, *, lock: bool = False) -> AlarmWrite | None:
    statement = select(alarm_writes.c.value).where(alarm_writes.c.id == write_id)
    value = connection.scalar(statement.with_for_update() if lock else statement)
    return AlarmWrite.model_validate({**value, "id": write_id}) if value else None


def save(connection: Connection, write: AlarmWrite) -> None:
    value = write.model_dump(mode="json")
    connection.execute(update(alarm_writes).where(alarm_writes.c.id == write.id).values(value=value))


def audit(connection: Connection, *, at: datetime, write: AlarmWrite, by: str) -> None:
    """One line of the log, never changed; `by` '' is the bot itself."""
    connection.execute(
        insert(alarm_audit).values(
            at=at,
            write_id=write.id,
            team=write.team,
            by=by,
            state=write.state,
            alarm=write.plan.name,
            region=write.load_balancer.region,
            account=write.load_balancer.account,
            why=write.why,
        )
    )


def show(connection: Connection, write: AlarmWrite) -> str:
    """The advice's message shows the write as it is now; returns its lane, '' when there is none."""
    value = cast(literal(write.model_dump(mode="json"), JSONB), JSONB)
    payload = func.jsonb_set(messages.c.payload, cast(["write"], ARRAY(TEXT)), value)
    statement = (
        update(messages)
        .where(
            messages.c.team == write.team,
            messages.c.channel == write.channel,
            messages.c.key == f"alarm:text:{write.key}",
        )
        .values(payload=payload, wanted_version=messages.c.wanted_version + 1, refused="")
        .returning(messages.c.lane)
    )
    return connection.scalar(statement) or ""
