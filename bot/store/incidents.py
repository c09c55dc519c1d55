"""Incidents: one row, with its steps and moments in their own tables."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from bot.core.incident import Incident, StepState
from bot.core.message import Value
from bot.core.model import LoadBalancer, Moment
from bot.store.engine import utc
from bot.store.tables import incidents, moments, steps

# The fields of an incident that are columns of its own row; its id is given by the database.
_COLUMNS = tuple(c.name for c in incidents.columns if c.name not in ("id", "request_key"))

# Built once: these are on the path of every click.
_INCIDENT = select(incidents).where(incidents.c.id == bindparam("id"))
_LOCKED_INCIDENT = _INCIDENT.with_for_update()
# One round trip for both, as JSON: it becomes a value at once.
_PARTS = text(
    """
    SELECT
      (SELECT jsonb_agg(to_jsonb(s) - CAST('{incident_id,position}' AS text[]) ORDER BY s.position)
       FROM steps s WHERE s.incident_id = :id) AS steps,
      (SELECT jsonb_agg(to_jsonb(m) - 'incident_id' ORDER BY m.at, m.key)
       FROM moments m WHERE m.incident_id = :id) AS moments
    """
)
_UPDATE_STEP = update(steps).where(
    steps.c.incident_id == bindparam("of_incident"), steps.c.step_id == bindparam("of_step")
)
_NEW_MOMENT = insert(moments)
_PUT_MOMENT = _NEW_MOMENT.on_conflict_do_update(
    index_elements=["incident_id", "key"],
    set_={name: _NEW_MOMENT.excluded[name] for name in ("at", "kind", "by", "message")},
)


def insert_new(connection: Connection, incident: Incident, request_key: str) -> Incident | None:
    """The incident with its id, or None when one with that request key is there already."""
    statement = (
        insert(incidents)
        .values({name: _written(getattr(incident, name)) for name in _COLUMNS})
        .values(request_key=request_key)
        .on_conflict_do_nothing()
        .returning(incidents.c.id)
    )
    incident_id = connection.scalar(statement)
    if incident_id is None:
        return None
    stored = incident.model_copy(update={"id": incident_id})
    connection.execute(
        insert(steps),
        [{**_step_row(stored, s), "position": n} for n, s in enumerate(stored.steps)],
    )
    connection.execute(insert(moments), [_moment_row(stored, m) for m in stored.moments])
    return stored


def load(connection: Connection, incident_id: int, *, lock: bool = False) -> Incident | None:
    """The incident, its row locked until the transaction ends when `lock`."""
    row = connection.execute(_LOCKED_INCIDENT if lock else _INCIDENT, {"id": incident_id}).one_or_none()
    return _incident(connection, row) if row else None


def find_by_request(connection: Connection, team: str, request_key: str) -> Incident | None:
    """The incident that request opened."""
    return _only(connection, incidents.c.team == team, incidents.c.request_key == request_key)


def find_in_thread(connection: Connection, team: str, channel: str, thread_ts: str) -> Incident | None:
    """The incident talked about in that thread."""
    return _only(
        connection,
        incidents.c.team == team,
        incidents.c.channel == channel,
        incidents.c.thread_ts == thread_ts,
    )


def find_open(connection: Connection, team: str, channel: str = "") -> tuple[Incident, ...]:
    """Open incidents of the channel, or of the whole team, newest first."""
    where = [incidents.c.team == team, incidents.c.state == "open"]
    if channel:
        where.append(incidents.c.channel == channel)
    rows = connection.execute(select(incidents).where(*where).order_by(incidents.c.id.desc())).all()
    return tuple(_incident(connection, row) for row in rows)


def find_about(
    connection: Connection, team: str, load_balancer: LoadBalancer, since: datetime | None
) -> tuple[Incident, ...]:
    """The team's incidents about that load balancer opened since then, oldest first."""
    about = incidents.c.scope["load_balancer"]
    where = [
        incidents.c.team == team,
        about["dimension"].astext == load_balancer.dimension,
        about["region"].astext == load_balancer.region,
        about["account"].astext == load_balancer.account,
    ]
    if since:
        where.append(incidents.c.opened_at >= since)
    rows = connection.execute(select(incidents).where(*where).order_by(incidents.c.id)).all()
    return tuple(_incident(connection, row) for row in rows)


def save(connection: Connection, before: Incident, after: Incident) -> None:
    """Writes what changed; the row must be locked by this transaction."""
    changed = {
        name: _written(value) for name in _COLUMNS if (value := getattr(after, name)) != getattr(before, name)
    }
    if changed:
        connection.execute(update(incidents).where(incidents.c.id == after.id).values(changed))
    for step in after.steps:
        if step != before.step(step.step_id):
            row = _step_row(after, step)
            where = {"of_incident": row.pop("incident_id"), "of_step": row.pop("step_id")}
            connection.execute(_UPDATE_STEP, {**row, **where})
    _save_moments(connection, before, after)


def set_thread(connection: Connection, incident_id: int, thread_ts: str) -> None:
    """The headline's timestamp: the thread people talk in."""
    connection.execute(update(incidents).where(incidents.c.id == incident_id).values(thread_ts=thread_ts))


def hanging(connection: Connection, before: datetime) -> dict[int, dict[str, int]]:
    """Steps that have been running since before then: incident id -> step id -> version."""
    rows = connection.execute(
        select(steps.c.incident_id, steps.c.step_id, steps.c.version)
        .where(steps.c.status == "running", steps.c.at < before)
        .order_by(steps.c.incident_id, steps.c.position)
    )
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.incident_id, {})[row.step_id] = row.version
    return found


def _save_moments(connection: Connection, before: Incident, after: Incident) -> None:
    old = {m.key: m for m in before.moments}
    new = {m.key: m for m in after.moments}
    gone = [key for key in old if key not in new]
    if gone:
        connection.execute(delete(moments).where(moments.c.incident_id == after.id, moments.c.key.in_(gone)))
    rows = [_moment_row(after, m) for m in after.moments if old.get(m.key) != m]
    if rows:
        connection.execute(_PUT_MOMENT, rows)


def _only(connection: Connection, *where: Any) -> Incident | None:
    row = connection.execute(select(incidents).where(*where)).first()
    return _incident(connection, row) if row else None


def _written(value: object) -> Any:
    """A field as its column takes it."""
    match value:
        case Value():
            return value.model_dump(mode="json")
        case StrEnum():
            return value.value
        case _:
            return value


def _step_row(incident: Incident, step: StepState) -> dict[str, Any]:
    return {
        "incident_id": incident.id,
        "step_id": step.step_id,
        "status": step.status.value,
        "version": step.version,
        "asked": step.asked,
        "by": step.by,
        "at": step.at,
        "answer": _json(step.answer),
        "finding": _json(step.finding),
    }


def _moment_row(incident: Incident, moment: Moment) -> dict[str, Any]:
    return {
        "incident_id": incident.id,
        "key": moment.key,
        "at": moment.at,
        "kind": moment.kind.value,
        "by": moment.by,
        "message": _json(moment.message),
    }


def _json(value: Value | None) -> dict[str, Any] | None:
    return value.model_dump(mode="json") if value is not None else None


def _incident(connection: Connection, row: Row[Any]) -> Incident:
    parts = connection.execute(_PARTS, {"id": row.id}).one()
    own = {name: utc(v) if isinstance(v, datetime) else v for name, v in row._mapping.items()}
    own.pop("request_key")
    return Incident.model_validate({**own, "steps": parts.steps, "moments": parts.moments or ()})
