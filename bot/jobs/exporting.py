"""Makes the case file of an incident from what was read for it, and puts it into the thread."""

from __future__ import annotations

import secrets

from sqlalchemy import Engine

from bot.cases import shared_case
from bot.core import work
from bot.core.answers import human_signals
from bot.core.casefile import dump_case
from bot.incidents import Incidents
from bot.store import evidence, outbox, queue
from runbooks import Content

# After every other message of the thread.
LAST = 10_000


class Exporting:
    """One `export` is one job; the same key again posts nothing new."""

    def __init__(self, database: Engine, incidents: Incidents, content: Content) -> None:
        self._database = database
        self._incidents = incidents
        self._content = content

    def export(self, incident_id: int, key: str) -> None:
        """The evidence of the incident's present window, with names replaced, as the message `key`."""
        incident = self._incidents.get(incident_id)
        human = human_signals(incident, self._content.runbooks[incident.runbook])
        with self._database.begin() as connection:
            readings = evidence.known(connection, incident_id, incident.scope)
        confirmed = incident.confirmed_cause if incident.confirmed_cause in self._cause_ids() else ""
        case = shared_case(incident.scope, readings, self._content, secrets.token_bytes(16), human, confirmed)
        lane = work.incident_lane(incident_id)
        with self._database.begin() as connection:
            if outbox.add(
                connection,
                team=incident.team,
                channel=incident.channel,
                locale=incident.locale,
                key=key,
                lane=lane,
                payload={"name": f"incident-{incident_id}", "content": dump_case(case)},
                incident_id=incident_id,
                position=LAST,
            ):
                queue.defer(connection, work.deliver(lane))

    def _cause_ids(self) -> frozenset[str]:
        """A cause in a person's own words may name anything, so it stays out of the file."""
        return frozenset(cause.id for cause in self._content.causes)
