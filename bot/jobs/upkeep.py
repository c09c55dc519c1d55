"""Keeps the list of load balancers, and puts right what killed processes left behind."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import Engine

from bot.core import work
from bot.core.ports import Clock, Inventory
from bot.core.work import Defer
from bot.jobs.delivering import Delivering
from bot.store import digests, inbox, incidents, inventory, outbox, slots

log = structlog.get_logger(__name__)
# A lost reply's message appears in Slack within seconds, or never.
COPIES_APPEAR_WITHIN = timedelta(seconds=60)
BEHIND_FOR = timedelta(seconds=10)
# Longer than a run of checks may take.
RUNNING_FOR = timedelta(minutes=2)
INBOX_KEPT = timedelta(days=2)
SLOTS_KEPT = timedelta(days=30)
DIGESTS_KEPT = timedelta(days=90)


class Upkeep:
    """Each method is a job, safe to run at any time and by several workers."""

    def __init__(
        self, database: Engine, clock: Clock, inventory: Inventory, delivering: Delivering, defer: Defer
    ) -> None:
        self._database = database
        self._clock = clock
        self._inventory = inventory
        self._delivering = delivering
        self._defer = defer

    def refresh_inventory(self) -> None:
        """Reads the list; places that could not be read keep what was known of them."""
        reading = self._inventory.load_balancers()
        for unread in reading.unread:
            log.warning("list of load balancers incomplete", reason=unread.reason, action=unread.action)
        with self._database.begin() as connection:
            inventory.replace(
                connection, reading.load_balancers, self._clock.now(), complete=not reading.unread
            )

    def sweep(self, copies_appear_within: timedelta = COPIES_APPEAR_WITHIN) -> None:
        """Jobs again for messages that are behind and checks that hang; copies and old rows go."""
        now = self._clock.now()
        with self._database.begin() as connection:
            for lane in outbox.lanes_behind(connection, BEHIND_FOR):
                self._defer(connection, work.deliver(lane))
            for incident_id, steps in incidents.hanging(connection, now - RUNNING_FOR).items():
                self._defer(connection, work.check(incident_id, steps))
            inbox.forget(connection, INBOX_KEPT)
            slots.forget(connection, now, SLOTS_KEPT)
            digests.forget(connection, now, DIGESTS_KEPT)
        self._delivering.remove_copies(copies_appear_within)
