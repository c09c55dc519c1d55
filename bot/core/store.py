"""What the use cases keep, as Protocols; bot.store.unit is the implementation, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from bot.core.alarms.write import AlarmWrite
from bot.core.channel import Channel
from bot.core.digest import DigestReading
from bot.core.incident import Incident
from bot.core.model import LoadBalancer
from bot.core.work import Job


class IncidentRows(Protocol):
    """Incidents with their steps and moments, and the messages that show them."""

    def incident(self, incident_id: int, *, lock: bool = False) -> Incident | None:
        """The incident; with `lock` nobody else changes it until the transaction ends."""
        ...

    def new_incident(self, incident: Incident, request_key: str) -> Incident | None:
        """The incident with its id, None when one with that request key is there already."""
        ...

    def save_incident(self, before: Incident, after: Incident) -> None:
        """Writes what changed; `before` was loaded with `lock`."""
        ...

    def incident_of_request(self, team: str, request_key: str) -> Incident | None: ...

    def incident_in_thread(self, team: str, channel: str, thread_ts: str) -> Incident | None: ...

    def open_incidents(self, team: str, channel: str) -> tuple[Incident, ...]:
        """Newest first; of the whole team when `channel` is ''."""
        ...

    def incidents_about(
        self, team: str, load_balancer: LoadBalancer, since: datetime | None
    ) -> tuple[Incident, ...]:
        """Those of the team about that load balancer opened since then, oldest first."""
        ...

    def want(self, incident: Incident, keys: Iterable[tuple[str, int]]) -> None:
        """The incident's messages (key, position) must be shown anew."""
        ...


class InventoryRows(Protocol):
    """The list of load balancers as last read."""

    def load_balancers(self, said: str) -> tuple[LoadBalancer, ...]:
        """Those with that name, ARN or DNS name."""
        ...

    def load_balancer_names(self) -> tuple[str, ...]: ...

    def inventory_read_at(self) -> datetime | None:
        """None when the list was never read."""
        ...


class DigestRows(Protocol):
    """Slots, snapshots and messages of digests."""

    def take_slot(self, name: str, due_at: datetime) -> bool:
        """True for one transaction only, ever."""
        ...

    def channels_with_digest(self) -> tuple[Channel, ...]: ...

    def last_digest(self, team: str, channel: str) -> tuple[DigestReading, ...]:
        """The readings of the channel's last digest, none before the first."""
        ...

    def keep_digest(
        self, *, team: str, channel: str, key: str, readings: Iterable[DigestReading], now: datetime
    ) -> bool: ...

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
        """A message that belongs to no incident; False when the channel has one with that key already."""
        ...


class AlarmWriteRows(Protocol):
    """Alarms that may be created, and the audit log."""

    def new_alarm_write(self, write: AlarmWrite) -> AlarmWrite | None:
        """The write with its id, None when there is one with that key already."""
        ...

    def alarm_write(self, write_id: int, *, lock: bool = False) -> AlarmWrite | None: ...

    def save_alarm_write(self, write: AlarmWrite) -> None: ...

    def audit(self, *, at: datetime, write: AlarmWrite, by: str) -> None:
        """One line of the audit log; `by` '' is the bot itself."""
        ...

    def show_alarm_write(self, write: AlarmWrite) -> str:
        """The advice's message must show the write as it is now; its lane, '' without such a message."""
        ...


class Transaction(IncidentRows, InventoryRows, DigestRows, AlarmWriteRows, Protocol):
    """Everything done in it is kept together, or nothing is."""

    def channel(self, team: str, channel: str) -> Channel | None:
        """The channel's settings, None when nobody made any."""
        ...

    def put_channel(self, channel: Channel) -> None: ...

    def defer(self, job: Job) -> None:
        """The job exists if the transaction is kept."""
        ...


class Store(Protocol):
    def begin(self) -> AbstractContextManager[Transaction]:
        """A transaction, kept when the block ends well."""
        ...
