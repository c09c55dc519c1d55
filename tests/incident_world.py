"""A small world for tests of the use cases: a runbook with two checks, fakes of the clock, AWS and Slack."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from bot.core.alarms.history import AlarmMetrics
from bot.core.checks import Case, Check, Kind, Readings
from bot.core.digest import DigestReading
from bot.core.evidence import Alarm, AlarmMetric, Evidence, InstanceStatuses, LoadBalancerMetrics, Series
from bot.core.incident import Incident
from bot.core.message import say
from bot.core.model import Finding, LoadBalancer, LoadBalancerType, Scope, Status, Unread, Window
from bot.core.ports import (
    AlarmReader,
    Arrived,
    Clock,
    Delivery,
    DigestReader,
    EvidenceReader,
    Inventory,
    InventoryReading,
    OutboxMessage,
    Rendered,
    Renderer,
)
from bot.core.runbook import Runbook
from bot.incidents import Incidents, OpenRequest
from bot.store import inventory
from bot.store.unit import PostgresStore

NOW = datetime(2026, 11, 21, 14, 10, tzinfo=UTC)
SHOP = LoadBalancer(
    name="shop-prod",
    type=LoadBalancerType.APPLICATION,
    arn="arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop-prod/1",
    dns_name="Shop-Prod-1.eu-west-1.elb.amazonaws.com",
    region="eu-west-1",
    account="123456789012",
    dimension="app/shop-prod/1",
)
RUNBOOK = Runbook.model_validate(
    {
        "id": "book",
        "title": "An Application Load Balancer cannot connect",
        "load_balancer_types": ["application"],
        "error_metric": "TargetConnectionErrorCount",
        "intro": "Intro.",
        "hypotheses": [],
        "steps": [
            {
                "kind": "question",
                "id": "infra",
                "title": "Infrastructure",
                "ask": "Changed?",
                "signal": "infra",
            },
            {"kind": "check", "id": "load", "check": "request_load", "title": "Request load", "why": "Why."},
            {
                "kind": "check",
                "id": "status",
                "check": "status_checks",
                "title": "Status checks",
                "why": "Why.",
            },
            {"kind": "conclusion", "id": "end", "title": "Judgement", "text": "Judge."},
        ],
        "advice": "Advice.",
    }
)
OTHER_RUNBOOK = RUNBOOK.model_copy(
    update={"id": "network", "title": "A Network Load Balancer", "load_balancer_types": ("network",)}
)


def a_check(check_id: str, kind: Kind, judge: Callable[[Case], Finding] | None = None) -> Check:
    def passes(case: Case) -> Finding:
        return case.finding(Status.PASS, say("Looks normal."))

    return Check(
        id=check_id,
        title=check_id,
        asks="?",
        needs=(kind,),
        judge=judge or passes,
        signals=(),
        console="metrics",
        command=lambda scope: "aws",
    )


CHECKS = {
    "request_load": a_check("request_load", LoadBalancerMetrics),
    "status_checks": a_check("status_checks", InstanceStatuses),
}


class FakeClock(Clock):
    """Shows what the test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


class FakeAlarmReader(AlarmReader):
    """Answers with what the test gave it; remembers which metrics were asked for."""

    def __init__(self, alarms: tuple[Alarm, ...] | Unread = (), *series: Series) -> None:
        self.found = alarms
        self.series = series
        self.unread: Unread | None = None
        self.asked: list[AlarmMetric] = []

    def alarms(self, region: str) -> tuple[Alarm, ...] | Unread:
        return self.found

    def history(self, region: str, metrics: Sequence[AlarmMetric], now: datetime) -> AlarmMetrics | Unread:
        self.asked += metrics
        window = Window(start=now - timedelta(days=14), end=now)
        return self.unread or AlarmMetrics(window=window, series=self.series)


class FakeReader(EvidenceReader):
    """Reads empty evidence at once, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken: Exception | None = None
        self.slow: dict[Kind, threading.Event] = {}

    def read(self, kinds: Sequence[Kind], scope: Scope, known: Readings, arrived: Arrived, /) -> Readings:
        self.asked += [kind.__name__ for kind in kinds]
        if self.broken:
            raise self.broken
        done: dict[Kind, Evidence | Unread] = dict(known)
        for kind in kinds:
            if kind in self.slow:
                self.slow[kind].wait(20)
            done[kind] = empty(kind, scope)
            arrived(kind, done[kind])
        return done


def empty(kind: Kind, scope: Scope) -> Evidence:
    if kind is InstanceStatuses:
        return InstanceStatuses(statuses=())
    return LoadBalancerMetrics(window=scope.window, series=())


class FakeInventory(Inventory):
    """Whatever the test says there is."""

    def __init__(self, *load_balancers: LoadBalancer, unread: tuple[Unread, ...] = ()) -> None:
        self.reading = InventoryReading(load_balancers=load_balancers, unread=unread)

    def load_balancers(self) -> InventoryReading:
        return self.reading


class FakeDigestReader(DigestReader):
    """The same readings for every day."""

    def __init__(self, *readings: DigestReading) -> None:
        self.readings = readings

    def read_day(self, window: Window, now: datetime) -> tuple[DigestReading, ...]:
        return self.readings


class PlainRenderer(Renderer):
    """The key, and what of the incident matters to the tests."""

    def render(self, message: OutboxMessage, incident: Incident | None) -> Rendered:
        if incident is None:
            return Rendered(text=message.key)
        done = ",".join(step.step_id for step in incident.steps if step.finding or step.answer)
        return Rendered(text=f"{message.key} [{done}]")


class FakeSlack(Delivery):
    """Keeps what it shows; a scripted error is raised once, before or after the message arrived."""

    def __init__(self) -> None:
        self.posts: list[tuple[int, str, str]] = []
        self.texts: dict[str, str] = {}
        self.errors: list[Exception] = []
        self.loses_reply = False
        self.calls = 0

    def show(self, message: OutboxMessage, rendered: Rendered) -> str:
        self.calls += 1
        if self.errors and not self.loses_reply:
            raise self.errors.pop(0)
        ts = message.ts
        if message.doubtful and not ts:
            ts = next((seen for entry, seen, _ in self.posts if entry == message.id), "")
        if not ts:
            ts = f"{len(self.posts) + 1}.0"
            self.posts.append((message.id, ts, message.thread_ts))
        self.texts[ts] = rendered.text
        if self.errors:
            raise self.errors.pop(0)
        return ts

    def remove_copies(self, channel: str, thread_ts: str, kept: Mapping[int, str]) -> int:
        copies = [post for post in self.posts if post[0] in kept and kept[post[0]] != post[1]]
        self.posts = [post for post in self.posts if post not in copies]
        return len(copies)

    @property
    def shown(self) -> list[str]:
        """What a reader sees, in order of posting."""
        return [self.texts[ts] for _, ts, _ in self.posts]


def incidents_on(engine: Engine, clock: Clock | None = None, **options: object) -> Incidents:
    """The use cases on that database, with SHOP in the inventory."""
    with engine.begin() as connection:
        inventory.replace(connection, [SHOP], NOW - timedelta(minutes=4), complete=False)
    return Incidents(
        PostgresStore(engine),
        clock or FakeClock(),
        {"book": RUNBOOK, "network": OTHER_RUNBOOK},
        CHECKS,
        (),
        **options,  # type: ignore[arg-type]
    )


def a_request(**changes: object) -> OpenRequest:
    """A request to open an incident for SHOP."""
    values: dict[str, object] = {"team": "T", "channel": "C", "user": "ana", "load_balancer": "shop-prod"}
    return OpenRequest(**{**values, **changes})  # type: ignore[arg-type]
