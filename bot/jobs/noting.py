"""Turns a message somebody marked with 📌 into a note of the incident in whose thread it is."""

from __future__ import annotations

import structlog

from bot.core.errors import UserError
from bot.core.ports import MessageReader, RefusedError
from bot.incidents import Incidents

log = structlog.get_logger(__name__)


class Noting:
    """One `note` is one job; the same message twice is one note."""

    def __init__(self, incidents: Incidents, read: MessageReader) -> None:
        self._incidents = incidents
        self._read = read

    def note(self, team: str, channel: str, ts: str, user: str) -> None:
        """A message in no incident's thread belongs to the channel's only open incident, if there is one."""
        try:
            said = self._read(channel, ts)
        except RefusedError as refused:
            log.warning("a pinned message cannot be read", channel=channel, why=str(refused))
            return
        if said is None or not said.text:
            return
        incident = self._incidents.in_thread(team, channel, said.thread_ts)
        if incident is None:
            open_here = self._incidents.open_in(team, channel)
            if len(open_here) != 1:
                log.info("a pinned message belongs to no incident", channel=channel)
                return
            incident = open_here[0]
        try:
            self._incidents.note(incident.id, said.text, said.author or user, said.at, said.key)
        except UserError as refused:
            log.info("a pinned message was not noted", incident=incident.id, why=str(refused))
