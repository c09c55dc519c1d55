"""The use cases of the digest: make it now, make it at its slot, configure it. Once per channel and slot."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core import work
from bot.core.channel import Channel
from bot.core.digest_view import compose
from bot.core.errors import UserError
from bot.core.message import say
from bot.core.model import Window
from bot.core.ports import Clock, DigestReader
from bot.core.slots import daily_slots, regular_slot
from bot.core.store import Store

DAY = timedelta(hours=24)
# A digest that is this late is not worth reading: the next one says more.
LATE = timedelta(hours=6)
INVENTORY_EVERY = timedelta(minutes=15)
SWEEP_EVERY = timedelta(minutes=1)


class Digests:
    """`post` is the job; everything else is one short transaction."""

    def __init__(self, store: Store, clock: Clock, reader: DigestReader, *, language: str = "en") -> None:
        self._store = store
        self._clock = clock
        self._reader = reader
        self._language = language

    def settings(self, team: str, channel: str) -> Channel:
        """The channel's settings, the defaults when nobody made any."""
        with self._store.begin() as kept:
            return kept.channel(team, channel) or self._default(team, channel)

    def configure(self, team: str, channel: str, hour: int, time_zone: str, on: bool) -> Channel:
        """The channel's daily digest at that local hour, from its next time on; UserError for nonsense.

        What is configured already stays: a clock that starts again still owes what was due meanwhile.
        """
        if not 0 <= hour <= 23:
            raise UserError(say("The hour must be between 0 and 23, not {hour}.", hour=hour))
        try:
            ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise UserError(
                say("I do not know the time zone {zone}. Write it like Europe/Berlin.", zone=time_zone)
            ) from None
        with self._store.begin() as kept:
            before = kept.channel(team, channel) or self._default(team, channel)
            if (before.digest_hour, before.time_zone, before.digest_on) == (hour, time_zone, on):
                return before
            changes = {
                "digest_hour": hour,
                "time_zone": time_zone,
                "digest_on": on,
                "digest_since": self._clock.now(),
            }
            after = before.model_copy(update=changes)
            kept.put_channel(after)
        return after

    def run_now(self, team: str, channel: str, request_key: str = "") -> None:
        """A digest out of turn; the same request again makes no second one."""
        now = self._clock.now()
        with self._store.begin() as kept:
            key = f"digest:now:{request_key or now.isoformat()}"
            kept.defer(work.post_digest(team, channel, key, now))

    def ring(self) -> None:
        """Defers what is due by now: digests, reading the list of load balancers, the sweep.

        Any number of clocks may ring at once; each due time is taken by one of them.
        """
        now = self._clock.now()
        with self._store.begin() as kept:
            if kept.take_slot("sweep", regular_slot(SWEEP_EVERY, now)):
                kept.defer(work.sweep())
            if kept.take_slot("inventory", regular_slot(INVENTORY_EVERY, now)):
                kept.defer(work.refresh_inventory())
            watching = kept.channels_with_digest()
        for channel in watching:
            self._take_slots(channel, now)

    def post(self, team: str, channel: str, key: str, due_at: str) -> None:
        """Reads AWS, composes, and puts the message and the snapshot into one transaction.

        `key` is this digest's name: a job that runs twice, or two jobs for one slot, post once. `due_at` is
        an ISO time, the end of the day looked at.
        """
        end = datetime.fromisoformat(due_at)
        readings = self._reader.read_day(Window(start=end - DAY, end=end), self._clock.now())
        lane = f"digest/{team}/{channel}"
        with self._store.begin() as kept:
            settings = kept.channel(team, channel) or self._default(team, channel)
            view = compose(readings, kept.last_digest(team, channel), end)
            if kept.add_message(
                team=team,
                channel=channel,
                locale=settings.locale,
                key=key,
                lane=lane,
                payload=view.model_dump(mode="json"),
            ):
                kept.keep_digest(
                    team=team, channel=channel, key=key, readings=readings, now=self._clock.now()
                )
                kept.defer(work.deliver(lane))

    def _take_slots(self, channel: Channel, now: datetime) -> None:
        since = max(now - LATE, channel.digest_since or now - LATE)
        for due_at in daily_slots(channel.digest_hour, channel.time_zone, since, now):
            with self._store.begin() as kept:
                if kept.take_slot(f"digest/{channel.team}/{channel.channel}", due_at):
                    key = f"digest:{due_at.isoformat()}"
                    kept.defer(work.post_digest(channel.team, channel.channel, key, due_at))

    def _default(self, team: str, channel: str) -> Channel:
        return Channel(team=team, channel=channel, locale=self._language)
