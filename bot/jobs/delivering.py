"""Shows in Slack what the outbox wants shown: one lane at a time, in order, each message by one writer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Engine

from bot.core import work
from bot.core.errors import TransientError
from bot.core.incident import Incident
from bot.core.ports import Delivery, OutboxMessage, RefusedError, Renderer
from bot.core.showing import HEADLINE
from bot.core.work import Defer
from bot.incidents import Incidents
from bot.store import incidents as rows
from bot.store import outbox

log = structlog.get_logger(__name__)
# Slack advises about one update of a message per 3 s (SLACK.md, rate tiers).
PAUSE = timedelta(seconds=3)
RETRY = timedelta(seconds=5)


@dataclass(frozen=True)
class _Due:
    message: OutboxMessage
    incident: Incident | None


class Delivering:
    """One `drain` is one job. A lane is an incident's thread, or a channel's digests."""

    def __init__(
        self,
        database: Engine,
        incidents: Incidents,
        renderer: Renderer,
        delivery: Delivery,
        defer: Defer,
        pause: timedelta = PAUSE,
    ) -> None:
        self._database = database
        self._incidents = incidents
        self._renderer = renderer
        self._delivery = delivery
        self._defer = defer
        self._pause = pause

    def drain(self, lane: str) -> None:
        """Shows everything that is behind and may be shown now; looks again later for the rest."""
        while True:
            due, wait = self._next(lane)
            if due is None:
                break
            try:
                self._show(due)
            except TransientError as error:
                wait = self._put_off(due.message, error)
                break
        if wait is not None:
            with self._database.begin() as connection:
                self._defer(connection, work.deliver_later(lane, wait))

    def remove_copies(self, older_than: timedelta) -> int:
        """Deletes second copies of messages whose post had no reply; how many."""
        with self._database.begin() as connection:
            doubtful = outbox.doubtful(connection, older_than)
        removed = 0
        for (channel, thread_ts), kept in _by_thread(doubtful).items():
            try:
                removed += self._delivery.remove_copies(channel, thread_ts, kept)
            except (TransientError, RefusedError) as error:
                log.info("copies not looked for", channel=channel, why=str(error))
                continue
            with self._database.begin() as connection:
                for message_id in kept:
                    outbox.certain(connection, message_id)
        return removed

    def _next(self, lane: str) -> tuple[_Due | None, timedelta | None]:
        """The first message that may be shown now, or in how long one may; (None, None) when none is behind.

        The message is read before the incident: what is shown is at least as new as the version noted.
        """
        with self._database.begin() as connection:
            behind = outbox.pending(connection, lane, self._pause)
            for pending in behind:
                message = pending.message
                if pending.wait_s > 0 or _lacks_its_thread(message):
                    continue
                incident = rows.load(connection, message.incident_id) if message.incident_id else None
                if not message.ts:
                    doubtful = outbox.posting(connection, message)
                    message = message.model_copy(update={"doubtful": doubtful})
                return _Due(message, incident), None
        waits = [pending.wait_s for pending in behind if pending.wait_s > 0]
        return None, timedelta(seconds=min(waits)) if waits else None

    def _show(self, due: _Due) -> None:
        message = due.message
        try:
            ts = self._delivery.show(message, self._renderer.render(message, due.incident))
        except TransientError:
            raise
        except RefusedError as error:
            log.warning(
                "Slack refused a message", incident=message.incident_id, key=message.key, why=str(error)
            )
            self._give_up(message, str(error))
        except Exception as error:
            log.exception("showing a message broke", incident=message.incident_id, key=message.key)
            self._give_up(message, type(error).__name__)
        else:
            with self._database.begin() as connection:
                outbox.shown(connection, message, ts)
                if message.key == HEADLINE and message.incident_id and not message.ts:
                    rows.set_thread(connection, message.incident_id, ts)

    def _give_up(self, message: OutboxMessage, why: str) -> None:
        with self._database.begin() as connection:
            outbox.refused(connection, message.id, why)
        if message.incident_id:
            self._incidents.tell_refusal(message.incident_id, message.key, why)

    def _put_off(self, message: OutboxMessage, error: TransientError) -> timedelta:
        """How long the lane waits. Who is told to slow down knows that nothing was posted."""
        log.info("Slack was not ready", incident=message.incident_id, key=message.key, why=str(error))
        told = error.retry_after_s is not None
        wait = timedelta(seconds=error.retry_after_s) if error.retry_after_s is not None else RETRY
        with self._database.begin() as connection:
            outbox.put_off(connection, message, wait, not_posted=told)
        return wait


def _lacks_its_thread(message: OutboxMessage) -> bool:
    """A message of an incident whose headline could not be posted: it must not land in the channel."""
    return message.incident_id is not None and message.key != HEADLINE and not message.thread_ts


def _by_thread(messages: tuple[OutboxMessage, ...]) -> Mapping[tuple[str, str], dict[int, str]]:
    threads: dict[tuple[str, str], dict[int, str]] = {}
    for message in messages:
        threads.setdefault((message.channel, message.thread_ts), {})[message.id] = message.ts
    return threads
