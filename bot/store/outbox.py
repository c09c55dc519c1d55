"""The outbox: which messages Slack must show, at which version, and what happened to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from bot.core.incident import Incident
from bot.core.ports import OutboxMessage
from bot.core.work import incident_lane
from bot.store.tables import incidents, messages

_BEHIND = and_(messages.c.shown_version < messages.c.wanted_version, messages.c.refused == "")

# As text because it is on the path of every click: a list of rows would be compiled anew each time. A new
# version may be acceptable where an older one was refused.
_WANT = text(
    """
    INSERT INTO messages (incident_id, lane, team, channel, locale, key, position)
    SELECT :incident_id, :lane, :team, :channel, :locale, wanted.key, wanted.position
    FROM unnest(CAST(:keys AS text[]), CAST(:positions AS integer[])) AS wanted (key, position)
    ON CONFLICT (incident_id, key)
    DO UPDATE SET wanted_version = messages.wanted_version + 1, refused = ''
    """
)


@dataclass(frozen=True)
class Pending:
    """A message that is behind, and in how many seconds it may be shown again (0 = now)."""

    message: OutboxMessage
    wait_s: float


def want(connection: Connection, incident: Incident, keys: Iterable[tuple[str, int]]) -> None:
    """The incident's messages (key, position) must be shown anew; those that never were are created."""
    wanted = list(keys)
    if wanted:
        connection.execute(
            _WANT,
            {
                "incident_id": incident.id,
                "lane": incident_lane(incident.id),
                "team": incident.team,
                "channel": incident.channel,
                "locale": incident.locale,
                "keys": [key for key, _ in wanted],
                "positions": [position for _, position in wanted],
            },
        )


def add(
    connection: Connection,
    *,
    team: str,
    channel: str,
    locale: str,
    key: str,
    lane: str,
    payload: dict[str, Any],
    incident_id: int | None = None,
    position: int = 0,
) -> bool:
    """A message with a payload, of a channel or of a thread; False when that key is there already."""
    statement = (
        insert(messages)
        .values(
            lane=lane,
            position=position,
            key=key,
            team=team,
            channel=channel,
            locale=locale,
            payload=payload,
            incident_id=incident_id,
        )
        .on_conflict_do_nothing()
        .returning(messages.c.id)
    )
    return connection.scalar(statement) is not None


def pending(connection: Connection, lane: str, pause: timedelta) -> tuple[Pending, ...]:
    """The lane's messages that are behind, in the order to show them.

    Between two versions of one message lies `pause`, by the database's clock.
    """
    # greatest() passes over nulls, and a message never shown has none of these times.
    not_before = func.greatest(messages.c.shown_at + pause, messages.c.not_before)
    wait = func.extract("epoch", not_before - func.clock_timestamp())
    wait_s = func.greatest(0, func.coalesce(wait, 0))
    statement = (
        _selected(wait_s.label("wait_s"))
        .where(messages.c.lane == lane, _BEHIND)
        .order_by(messages.c.position)
    )
    return tuple(Pending(_message(row), float(row.wait_s)) for row in connection.execute(statement))


def posting(connection: Connection, message: OutboxMessage) -> bool:
    """Notes that a first post begins; True when one began before and nobody knows how it ended."""
    before = connection.execute(
        select(messages.c.posting_at, messages.c.doubtful).where(messages.c.id == message.id)
    ).one()
    doubtful = bool(before.doubtful or before.posting_at)
    connection.execute(
        update(messages)
        .where(messages.c.id == message.id)
        .values(posting_at=func.clock_timestamp(), doubtful=doubtful)
    )
    return doubtful


def shown(connection: Connection, message: OutboxMessage, ts: str) -> None:
    """Slack shows `message.version` at `ts`."""
    connection.execute(
        update(messages)
        .where(messages.c.id == message.id)
        .values(
            ts=ts, shown_version=message.version, shown_at=func.clock_timestamp(), posting_at=None, refused=""
        )
    )


def put_off(connection: Connection, message: OutboxMessage, wait: timedelta, *, not_posted: bool) -> None:
    """Nothing of the message's lane is shown for that long; `not_posted`: Slack said it did not take it."""
    lane = select(messages.c.lane).where(messages.c.id == message.id).scalar_subquery()
    connection.execute(
        update(messages)
        .where(messages.c.lane == lane, _BEHIND)
        .values(not_before=func.clock_timestamp() + wait)
    )
    if not_posted:
        connection.execute(update(messages).where(messages.c.id == message.id).values(posting_at=None))


def refused(connection: Connection, message_id: int, why: str) -> None:
    """Slack will never take it; kept for people to see."""
    connection.execute(
        update(messages).where(messages.c.id == message_id).values(refused=why or "?", posting_at=None)
    )


def lanes_behind(connection: Connection, older_than: timedelta) -> tuple[str, ...]:
    """Lanes with a message that has been behind for a while: their job was lost, or never came."""
    last = func.greatest(messages.c.shown_at, messages.c.posting_at, messages.c.not_before)
    quiet = or_(last.is_(None), last < func.clock_timestamp() - older_than)
    return tuple(connection.scalars(select(messages.c.lane).where(_BEHIND, quiet).distinct()))


def doubtful(connection: Connection, older_than: timedelta) -> tuple[OutboxMessage, ...]:
    """Shown messages that may have a second copy, after the time a late one needs to appear."""
    statement = _selected().where(
        messages.c.doubtful,
        messages.c.ts != "",
        messages.c.shown_at < func.clock_timestamp() - older_than,
    )
    return tuple(_message(row) for row in connection.execute(statement))


def certain(connection: Connection, message_id: int) -> None:
    """Copies were looked for and removed."""
    connection.execute(update(messages).where(messages.c.id == message_id).values(doubtful=False))


def _selected(*more: Any) -> Any:
    thread = func.coalesce(incidents.c.thread_ts, "").label("thread_ts")
    return select(messages, thread, *more).select_from(
        messages.outerjoin(incidents, incidents.c.id == messages.c.incident_id)
    )


def _message(row: Row[Any]) -> OutboxMessage:
    return OutboxMessage(
        id=row.id,
        team=row.team,
        channel=row.channel,
        # The headline is the thread's first message, so it is not in it.
        thread_ts="" if row.key == "headline" else row.thread_ts,
        ts=row.ts,
        key=row.key,
        version=row.wanted_version,
        locale=row.locale,
        incident_id=row.incident_id,
        doubtful=row.doubtful,
        payload=row.payload,
    )
