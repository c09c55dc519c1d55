"""What the handlers ask of the store: accepted deliveries, the list of load balancers, open incidents."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

from bot.core import work
from bot.core.incident import Incident
from bot.core.model import LoadBalancer
from bot.core.work import Defer
from bot.store import inbox, incidents, inventory


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
    """Accepts a pinned message: the job reads it from Slack."""

    def __init__(self, engine: Engine, defer: Defer) -> None:
        self._engine = engine
        self._defer = defer

    def accept(self, team: str, channel: str, ts: str, user: str) -> None:
        """The same message again changes nothing."""
        with self._engine.begin() as connection:
            if inbox.accept(connection, f"pin/{team}/{channel}/{ts}"):
                self._defer(connection, work.note(team, channel, ts, user))


def open_incidents(engine: Engine) -> Callable[[str], tuple[Incident, ...]]:
    """All open incidents of a workspace, newest first."""

    def find(team: str) -> tuple[Incident, ...]:
        with engine.begin() as connection:
            return incidents.find_open(connection, team)

    return find
