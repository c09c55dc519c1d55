"""The edges the use cases and jobs reach through: clock, AWS, Slack. Fakes in tests subclass these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.core.alarms.history import AlarmMetrics
from bot.core.alarms.plan import AlarmPlan
from bot.core.alarms.write import Made
from bot.core.checks import Kind, Readings
from bot.core.digest import DigestReading
from bot.core.evidence import Alarm, AlarmMetric, Evidence
from bot.core.incident import Incident
from bot.core.message import Value
from bot.core.model import LoadBalancer, Scope, Unread, Window


class OutboxMessage(Value):
    """One message Slack must show, as delivery needs it.

    `id` goes into the message's metadata as `entry_id`. `ts` is '' until it was posted; `thread_ts` is ''
    for a message of the channel itself. `version` is the version to show. `doubtful` means an earlier post
    may have arrived although its reply was lost: look for `id` in the channel or thread before posting.
    `payload` is what the message shows when that is not derived from an incident (a digest).
    """

    id: int
    team: str
    channel: str
    thread_ts: str = ""
    ts: str = ""
    key: str
    version: int
    locale: str
    incident_id: int | None = None
    doubtful: bool = False
    payload: dict[str, Any] = {}


class RenderedFile(Value):
    """A file to upload; `alt` describes it for people who cannot see it."""

    name: str
    content: bytes
    title: str
    alt: str = ""


class Rendered(Value):
    """A message as Slack takes it: blocks, the plain text that stands for them, and perhaps a file."""

    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    file: RenderedFile | None = None


class RefusedError(Exception):
    """Slack will never take this message (archived channel, invalid blocks): it is not tried again."""


class InventoryReading(Value):
    """The load balancers of every configured account and region; `unread` are the places not read."""

    load_balancers: tuple[LoadBalancer, ...]
    unread: tuple[Unread, ...] = ()


class Clock(Protocol):
    """What time it is; the sandbox runs it fast."""

    def now(self) -> datetime: ...


class Arrived(Protocol):
    """Hears of each reading as it comes, in the thread that called `read`."""

    def __call__(self, kind: Kind, reading: Evidence | Unread, /) -> None: ...


class EvidenceReader(Protocol):
    """AWS, read-only."""

    def read(self, kinds: Sequence[Kind], scope: Scope, known: Readings, arrived: Arrived, /) -> Readings:
        """Every kind in `kinds`, each read once, as Evidence or Unread, and what they are built on.

        `known` was read before: it is not read again and may be built upon.
        """
        ...


class Inventory(Protocol):
    """The list of load balancers."""

    def load_balancers(self) -> InventoryReading: ...


class DigestReader(Protocol):
    """The daily reading of all load balancers, one per account and region."""

    def read_day(self, window: Window, now: datetime) -> tuple[DigestReading, ...]: ...


class AlarmReader(Protocol):
    """The alarms there are, and two weeks of what they watch."""

    def alarms(self, region: str) -> tuple[Alarm, ...] | Unread:
        """Every alarm of the Region."""
        ...

    def history(self, region: str, metrics: Sequence[AlarmMetric], now: datetime) -> AlarmMetrics | Unread:
        """The two weeks before `now` of each metric at its own period."""
        ...


class WriteRefused(Exception):
    """AWS, or what is there already, does not let us; the text says why."""


class AlarmWriter(Protocol):
    """AWS, creating and removing alarms: the only writing there is. Every method raises WriteRefused."""

    def would_make(self, region: str, plan: AlarmPlan) -> Made:
        """What `create` would add; WriteRefused when an alarm of that name is there and not ours."""
        ...

    def create(self, region: str, plan: AlarmPlan, made: Made) -> None:
        """The alarm, and its detector if that is to be made; again is harmless."""
        ...

    def undo(self, region: str, plan: AlarmPlan, made: Made) -> None:
        """Removes what was made, and nothing else; again is harmless."""
        ...


class Renderer(Protocol):
    """Turns a row of the outbox into what Slack takes; pure. `incident` is None for a message without one."""

    def render(self, message: OutboxMessage, incident: Incident | None) -> Rendered: ...


class Delivery(Protocol):
    """Slack, writing. TransientError: try again later. RefusedError: never."""

    def show(self, message: OutboxMessage, rendered: Rendered) -> str:
        """Posts the message, or edits it when it has a `ts`; returns its ts.

        A file cannot be edited: the new one is posted and the old message deleted.
        """
        ...

    def remove_copies(self, channel: str, thread_ts: str, kept: Mapping[int, str]) -> int:
        """Deletes messages whose entry_id is in `kept` (outbox id -> ts) but whose ts differs; how many."""
        ...


class SaidMessage(Protocol):
    """A message of a person as plain text; `key` makes it one note however often it is marked."""

    @property
    def at(self) -> datetime: ...

    @property
    def author(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def thread_ts(self) -> str: ...

    @property
    def key(self) -> str: ...


class MessageReader(Protocol):
    """Slack, reading one message; None when it is not there any more."""

    def __call__(self, channel: str, ts: str) -> SaidMessage | None: ...
