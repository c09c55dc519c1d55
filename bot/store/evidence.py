"""Readings of an incident: what was read once is shared by every check that looks at the same stretch."""

from __future__ import annotations

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from bot.core.checks import Kind, Readings
from bot.core.evidence import KIND_BY_NAME, Evidence
from bot.core.model import Scope, Unread
from bot.store.tables import evidence


def window_key(scope: Scope) -> str:
    """What a reading depends on: another window, statistic or period needs another reading."""
    window = scope.window
    return f"{window.start.isoformat()}/{window.end.isoformat()}/{scope.statistic}/{scope.period_s}"


def known(connection: Connection, incident_id: int, scope: Scope) -> dict[Kind, Evidence | Unread]:
    """What was read already. A kind that could not be read is not among them: it is tried again."""
    rows = connection.execute(
        select(evidence.c.kind, evidence.c.reading).where(
            evidence.c.incident_id == incident_id, evidence.c.window_key == window_key(scope)
        )
    )
    kinds = {row.kind: row.reading for row in rows if row.kind in KIND_BY_NAME}
    return {KIND_BY_NAME[name]: KIND_BY_NAME[name].model_validate(reading) for name, reading in kinds.items()}


def keep(connection: Connection, incident_id: int, scope: Scope, readings: Readings) -> None:
    """Keeps what could be read; a newer reading replaces an older one."""
    rows = [
        {
            "incident_id": incident_id,
            "window_key": window_key(scope),
            "kind": kind.__name__,
            "reading": reading.model_dump(mode="json"),
            "read_at": func.now(),
        }
        for kind, reading in sorted(readings.items(), key=lambda item: item[0].__name__)
        if isinstance(reading, Evidence)
    ]
    if rows:
        statement = insert(evidence).values(rows)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["incident_id", "window_key", "kind"],
                set_={"reading": statement.excluded.reading, "read_at": statement.excluded.read_at},
            )
        )
