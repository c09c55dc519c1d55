"""The use cases of creating an alarm from Slack: ask, approve, undo, and the job that does it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from bot.core import work
from bot.core.alarms.write import (
    AlarmWrite,
    WriteState,
    approved,
    done,
    failed,
    requested,
    undo_asked,
)
from bot.core.errors import UserError
from bot.core.incident import IncidentState
from bot.core.message import say
from bot.core.ports import AlarmWriter, Clock, WriteRefused
from bot.core.store import Store, Transaction
from bot.incidents import Incidents


class AlarmWrites:
    """`writer` None: writing is off. Every step is in the audit log, with who and when."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        incidents: Incidents,
        writer: AlarmWriter | None,
        allowed: Collection[str] = (),
    ) -> None:
        self._store = store
        self._clock = clock
        self._incidents = incidents
        self._writer = writer
        self._allowed = frozenset(allowed)

    def request(self, write_id: int, user: str) -> AlarmWrite:
        now = self._clock.now()
        return self._move(write_id, user, lambda write: requested(write, user, now, self._allowed))

    def approve(self, write_id: int, user: str) -> AlarmWrite:
        now = self._clock.now()
        return self._move(write_id, user, lambda write: approved(write, user, now))

    def undo(self, write_id: int, user: str) -> AlarmWrite:
        return self._move(write_id, user, lambda write: undo_asked(write, user))

    def run(self, write_id: int) -> None:
        """Creates or removes; running twice does it once. What it will add is kept before it begins."""
        with self._store.begin() as kept:
            write = _there(kept.alarm_write(write_id))
        if write.state not in (WriteState.CREATING, WriteState.UNDOING):
            return
        try:
            write = self._written(write)
        except WriteRefused as refused:
            why = str(refused)
            self._move(write_id, "", lambda now_there: failed(now_there, why))
            return
        # Told before it is ended: a job that was killed in between tells it again, under the same key.
        self._tell_incident(done(write))
        self._move(write_id, "", done)

    def _written(self, write: AlarmWrite) -> AlarmWrite:
        if self._writer is None:
            raise WriteRefused("creating alarms is off")
        region = write.load_balancer.region
        made = write.made or self._writer.would_make(region, write.plan)
        write = self._keep(write.model_copy(update={"made": made}))
        if write.state is WriteState.CREATING:
            self._writer.create(region, write.plan, made)
        else:
            self._writer.undo(region, write.plan, made)
        return write

    def _keep(self, write: AlarmWrite) -> AlarmWrite:
        with self._store.begin() as kept:
            kept.save_alarm_write(write)
        return write

    def _move(self, write_id: int, user: str, transition: Callable[[AlarmWrite], AlarmWrite]) -> AlarmWrite:
        """One transaction: lock, transition, save, audit, the message again, and the job if there is one."""
        with self._store.begin() as kept:
            before = _there(kept.alarm_write(write_id, lock=True))
            after = transition(before)
            if after != before:
                kept.save_alarm_write(after)
                self._follow_up(kept, after, user, self._clock.now())
        return after

    def _follow_up(self, kept: Transaction, write: AlarmWrite, user: str, now: datetime) -> None:
        kept.audit(at=now, write=write, by=user)
        lane = kept.show_alarm_write(write)
        if lane:
            kept.defer(work.deliver(lane))
        if write.state in (WriteState.CREATING, WriteState.UNDOING):
            kept.defer(work.write_alarm(write.id))

    def _tell_incident(self, write: AlarmWrite) -> None:
        """The newest open incident about that load balancer has it in its timeline."""
        now = self._clock.now()
        with self._store.begin() as kept:
            about = kept.incidents_about(write.team, write.load_balancer, None)
        still_open = [one for one in about if one.state is IncidentState.OPEN]
        if still_open:
            created = write.state is WriteState.CREATED
            text = f"{'Created' if created else 'Removed'} the alarm {write.plan.name}"
            by = write.approved_by if created else write.undone_by
            self._incidents.note(
                still_open[-1].id, text, by, now, f"alarm/{write.id}/{write.approved_at}/{write.state}"
            )


def _there(write: AlarmWrite | None) -> AlarmWrite:
    if write is None:
        raise UserError(say("This proposal is not here any more."))
    return write
