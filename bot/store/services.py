"""What the handlers ask of the store: accepted deliveries, the list of load balancers, open incidents."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Engine

from bot.core import work
from bot.core.incident import Incident
from bot.core.model import LoadBalancer
from bot.store import inbox, incidents, inventory, queue


class Pinned(Protocol):
    """A message somebody marked with 📌."""

    @property
    def team(self) -> str: ...

    @property
    def channel(self) -> str: ...

    @property
    def ts(self) -> str: ...

    @property
    def user(self) -> str: ...


class StoredInbox:
    """Accepts each delivery once, durably."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def accept(self, key: str) -> bool:
        with self._engine.begin() as connection:
            return inbox.accept(connection, key)


class StoredLoadBalancers:
    """The list as last read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def listed(self, containing: str, limit: int) -> tuple[LoadBalancer, ...]:
        with self._engine.begin() as connection:
            return inventory.listed(connection, containing, limit)


class StoredPins:
    """Accepts a pinned message; a job reads it from Slack."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def accept(self, pin: Pinned) -> None:
        """The same message again changes nothing."""
        with self._engine.begin() as connection:
            if inbox.accept(connection, f"pin/{pin.team}/{pin.channel}/{pin.ts}"):
                queue.defer(connection, work.note(pin.team, pin.channel, pin.ts, pin.user))


class StoredOpenIncidents:
    """All open incidents of a workspace, newest first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, team: str) -> tuple[Incident, ...]:
        with self._engine.begin() as connection:
            return incidents.find_open(connection, team)
