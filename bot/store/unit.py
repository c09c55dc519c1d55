"""The use cases' transaction on PostgreSQL: each method is one query of its aggregate's module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from bot.core.alarms.write import AlarmWrite
from bot.core.channel import Channel
from bot.core.digest import DigestReading
from bot.core.incident import Incident
from bot.core.model import LoadBalancer
from bot.core.store import Store, Transaction
from bot.core.work import Job
from bot.store import alarm_writes, channels, digests, incidents, inventory, outbox, queue, slots


class PostgresStore(Store):
    """Transactions on one engine; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        with self._engine.begin() as connection:
            yield _Transaction(connection)


@dataclass(frozen=True)
class _Transaction(Transaction):
    connection: Connection

    def incident(self, incident_id: int, *, lock: bool = False) -> Incident | None:
        return incidents.load(self.connection, incident_id, lock=lock)

    def new_incident(self, incident: Incident, request_key: str) -> Incident | None:
        return incidents.insert_new(self.connection, incident, request_key)

    def save_incident(self, before: Incident, after: Incident) -> None:
        incidents.save(self.connection, before, after)

    def incident_of_request(self, team: str, request_key: str) -> Incident | None:
        return incidents.find_by_request(self.connection, team, request_key)

    def incident_in_thread(self, team: str, channel: str, thread_ts: str) -> Incident | None:
        return incidents.find_in_thread(self.connection, team, channel, thread_ts)

    def open_incidents(self, team: str, channel: str) -> tuple[Incident, ...]:
        return incidents.find_open(self.connection, team, channel)

    def incidents_about(
        self, team: str, load_balancer: LoadBalancer, since: datetime | None
    ) -> tuple[Incident, ...]:
        return incidents.find_about(self.connection, team, load_balancer, since)

    def want(self, incident: Incident, keys: Iterable[tuple[str, int]]) -> None:
        outbox.want(self.connection, incident, keys)

    def load_balancers(self, said: str) -> tuple[LoadBalancer, ...]:
        return inventory.find(self.connection, said)

    def load_balancer_names(self) -> tuple[str, ...]:
        return inventory.names(self.connection)

    def inventory_read_at(self) -> datetime | None:
        return inventory.read_at(self.connection)

    def take_slot(self, name: str, due_at: datetime) -> bool:
        return slots.take(self.connection, name, due_at)

    def channels_with_digest(self) -> tuple[Channel, ...]:
        return channels.with_digest(self.connection)

    def last_digest(self, team: str, channel: str) -> tuple[DigestReading, ...]:
        return digests.last(self.connection, team, channel)

    def keep_digest(
        self, *, team: str, channel: str, key: str, readings: Iterable[DigestReading], now: datetime
    ) -> bool:
        return digests.keep(self.connection, team=team, channel=channel, key=key, readings=readings, now=now)

    def add_message(
        self,
        *,
        team: str,
        channel: str,
        locale: str,
        key: str,
        lane: str,
        payload: dict[str, Any],
        position: int = 0,
    ) -> bool:
        return outbox.add(
            self.connection,
            team=team,
            channel=channel,
            locale=locale,
            key=key,
            lane=lane,
            payload=payload,
            position=position,
        )

    def new_alarm_write(self, write: AlarmWrite) -> AlarmWrite | None:
        return alarm_writes.add(self.connection, write)

    def alarm_write(self, write_id: int, *, lock: bool = False) -> AlarmWrite | None:
        return alarm_writes.load(self.connection, write_id, lock=lock)

    def save_alarm_write(self, write: AlarmWrite) -> None:
        alarm_writes.save(self.connection, write)

    def audit(self, *, at: datetime, write: AlarmWrite, by: str) -> None:
        alarm_writes.audit(self.connection, at=at, write=write, by=by)

    def show_alarm_write(self, write: AlarmWrite) -> str:
        return alarm_writes.show(self.connection, write)

    def channel(self, team: str, channel: str) -> Channel | None:
        return channels.get(self.connection, team, channel)

    def put_channel(self, channel: Channel) -> None:
        channels.put(self.connection, channel)

    def defer(self, job: Job) -> None:
        queue.defer(self.connection, job)
