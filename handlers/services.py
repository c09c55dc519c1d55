"""What handlers need from the rest: Protocols, so that tests pass fakes and bot.app wires the real ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.advice import AdviceRequest
from bot.core.incident import Incident
from bot.core.model import LoadBalancer
from bot.core.ports import Clock
from bot.incidents import Incidents
from bot.slack.blocks.content import Content
from bot.slack.people import Facts, Group


@dataclass(frozen=True)
class Pin:
    """A message somebody marked with 📌: it becomes a note of the incident of its thread or channel."""

    team: str
    channel: str
    ts: str
    user: str


class Digests(Protocol):
    """The digest on request; bot.digests.Digests is one."""

    def run_now(self, team: str, channel: str, request_key: str = "") -> None:
        """Posts a digest in that channel soon; the same request again makes no second one."""
        ...


class Alarms(Protocol):
    """The alarm adviser; bot.advice.AlarmAdvice is one."""

    def subject(self, load_balancer: str, metric: str = "") -> tuple[LoadBalancer, str]:
        """The load balancer meant, and the metric or its type's main one; UserError for an unknown one."""
        ...

    def ask(self, request: AdviceRequest, key: str) -> None:
        """Posts the advice soon; the same key again posts nothing new. UserError for impossible values."""
        ...


class AlarmWrites(Protocol):
    """Creating alarms; bot.alarm_writes.AlarmWrites is one. UserError where the click cannot count."""

    def request(self, write_id: int, user: str) -> object: ...

    def approve(self, write_id: int, user: str) -> object: ...

    def undo(self, write_id: int, user: str) -> object: ...


class LoadBalancers(Protocol):
    """The list of load balancers as last read; never AWS itself."""

    def listed(self, containing: str, limit: int) -> Sequence[LoadBalancer]: ...


class Inbox(Protocol):
    """What was accepted from Slack already."""

    def accept(self, key: str) -> bool:
        """Durably; True only the first time."""
        ...


class Pins(Protocol):
    """Durable acceptance of a pin: reading the message from Slack is a job's work."""

    def accept(self, pin: Pin) -> None:
        """The same pin again changes nothing."""
        ...


class People(Protocol):
    """bot.slack.people.SlackPeople is one; reading never calls Slack, `look_up` and `refresh_groups` do."""

    def known(self, user: str) -> Facts | None: ...

    def look_up(self, user: str) -> Facts | None: ...

    def groups(self, containing: str = "", limit: int = 100) -> Sequence[Group]: ...

    def refresh_groups(self) -> None: ...


class OpenIncidents(Protocol):
    def __call__(self, team: str) -> Sequence[Incident]:
        """All open incidents of a workspace, newest first."""
        ...


@dataclass(frozen=True)
class Services:
    """Everything a handler may use. `later` runs work after the ack in threads of its own, so
    that it never takes one from a listener (`ThreadPoolExecutor(...).submit`)."""

    incidents: Incidents
    digests: Digests
    alarms: Alarms
    alarm_writes: AlarmWrites
    load_balancers: LoadBalancers
    inbox: Inbox
    pins: Pins
    people: People
    open_incidents: OpenIncidents
    content: Content
    clock: Clock
    workspace_url: str
    later: Callable[[Callable[[], None]], object]
