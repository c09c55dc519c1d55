"""The handlers' services as fakes that remember, and Slack's payloads as small functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.advice import AdviceRequest
from bot.core.alarms.advise import check_metric
from bot.core.alarms.form import plan_from
from bot.core.errors import UserError
from bot.core.incident import Choice, Incident
from bot.core.message import say
from bot.core.model import LoadBalancer
from bot.incidents import Incidents, OpenRequest
from bot.slack.identity import Identity
from bot.slack.people import Facts, Group
from handlers.register import make_app
from handlers.services import Pin, Services
from tests.evidence_builders import NOW, a_load_balancer
from tests.slack_samples import CONTENT, an_incident

TEAM, CHANNEL, ANA = "T0SANDBOX", "C0INCIDENTS", "U0ANA"


class FakeIncidents(Incidents):
    """Remembers what was asked of it; `refusal` is what it answers instead."""

    def __init__(self) -> None:
        self.done: list[tuple[object, ...]] = []
        self.incidents: list[Incident] = [an_incident()]
        self.refusal: Exception | None = None
        self.languages: dict[str, str] = {}

    def _did(self, *what: object) -> Incident:
        if self.refusal:
            raise self.refusal
        self.done.append(what)
        return self.incidents[0] if self.incidents else an_incident()

    def open(self, request: OpenRequest) -> Incident:
        return self._did("open", request)

    def answer(
        self, incident_id: int, step_id: str, version: int, choice: Choice, note: str, user: str
    ) -> Incident:
        return self._did("answer", incident_id, step_id, version, choice, note, user)

    def ask(self, incident_id: int, step_id: str, version: int, whom: str, user: str) -> Incident:
        return self._did("ask", incident_id, step_id, version, whom, user)

    def run_check(
        self, incident_id: int, step_id: str, version: int, user: str, fresh: bool = False
    ) -> Incident:
        return self._did("run_check", incident_id, step_id, version, user, fresh)

    def run_rest(self, incident_id: int, user: str) -> Incident:
        return self._did("run_rest", incident_id, user)

    def change_window(
        self,
        incident_id: int,
        alarm_at: datetime,
        window: timedelta,
        statistic: str,
        period_s: int,
        user: str,
    ) -> Incident:
        return self._did("change_window", incident_id, alarm_at, window, statistic, period_s, user)

    def note(self, incident_id: int, text: str, user: str, at: datetime, key: str) -> Incident:
        return self._did("note", incident_id, text, user, at, key)

    def take_over(self, incident_id: int, user: str) -> Incident:
        return self._did("take_over", incident_id, user)

    def confirm_cause(self, incident_id: int, cause: str, user: str) -> Incident:
        return self._did("confirm_cause", incident_id, cause, user)

    def resolve(self, incident_id: int, summary: str, user: str) -> Incident:
        return self._did("resolve", incident_id, summary, user)

    def get(self, incident_id: int) -> Incident:
        for incident in self.incidents:
            if incident.id == incident_id:
                return incident
        raise UserError(say("This incident is not here any more."))

    def open_in(self, team: str, channel: str) -> tuple[Incident, ...]:
        return tuple(i for i in self.incidents if i.channel == channel)

    def in_thread(self, team: str, channel: str, thread_ts: str) -> Incident | None:
        return next((i for i in self.incidents if i.thread_ts == thread_ts), None)

    def language(self, team: str, channel: str) -> str:
        if self.refusal and not isinstance(self.refusal, UserError):
            raise self.refusal
        return self.languages.get(channel, "en")

    def set_language(self, team: str, channel: str, language: str) -> None:
        self.languages[channel] = language


class FakeDigests:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def run_now(self, team: str, channel: str, request_key: str = "") -> None:
        self.asked.append((team, channel, request_key))


class FakeAlarms:
    """Knows shop-prod; remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[AdviceRequest, str]] = []

    def subject(self, load_balancer: str, metric: str = "") -> tuple[LoadBalancer, str]:
        lb = a_load_balancer()
        chosen = metric or "TargetConnectionErrorCount"
        check_metric(lb, chosen)
        return lb, chosen

    def ask(self, request: AdviceRequest, key: str) -> None:
        if request.form:
            plan_from(a_load_balancer(), request.form)
        self.asked.append((request, key))


class FakeAlarmWrites:
    """Remembers the clicks."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int, str]] = []

    def request(self, write_id: int, user: str) -> None:
        self.done.append(("request", write_id, user))

    def approve(self, write_id: int, user: str) -> None:
        self.done.append(("approve", write_id, user))

    def undo(self, write_id: int, user: str) -> None:
        self.done.append(("undo", write_id, user))


class FakeLoadBalancers:
    names = ("api-prod", "shop-dev", "shop-prod", "prod-shop")

    def listed(self, containing: str, limit: int) -> Sequence[LoadBalancer]:
        return [a_load_balancer(name=n) for n in self.names if containing.lower() in n][:limit]


class FakeInbox:
    """Remembers keys in memory; `broken` is a database that is away."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.broken = False

    def accept(self, key: str) -> bool:
        if self.broken:
            raise OSError("the database is away")
        fresh = key not in self.keys
        self.keys.add(key)
        return fresh


class FakePins:
    def __init__(self) -> None:
        self.pins: list[Pin] = []
        self.broken = False

    def accept(self, pin: Pin) -> None:
        if self.broken:
            raise OSError("the database is away")
        self.pins.append(pin)


class FakePeople:
    """Ana is in Berlin; nobody else is known until they are looked up."""

    def __init__(self) -> None:
        self.facts: dict[str, Facts] = {ANA: Facts("en-US", "Europe/Berlin")}
        self.to_find: dict[str, Facts] = {"U0MINH": Facts("vi-VN", "Asia/Ho_Chi_Minh")}

    def known(self, user: str) -> Facts | None:
        return self.facts.get(user)

    def look_up(self, user: str) -> Facts | None:
        if user in self.to_find:
            self.facts[user] = self.to_find[user]
        return self.facts.get(user)

    def groups(self, containing: str = "", limit: int = 100) -> Sequence[Group]:
        groups = (Group("S0INFRA", "infra-team", "Infrastructure"), Group("S0APP", "app-team", "Application"))
        return [g for g in groups if containing in g.handle]

    def refresh_groups(self) -> None: ...


@dataclass(frozen=True)
class FixedClock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


class RecordingClient(WebClient):
    """Slack's client without Slack: keeps the calls. Bolt copies clients, so copies share the list."""

    calls: list[tuple[str, dict[str, Any]]] = []

    def api_call(self, api_method: str, **arguments: Any) -> SlackResponse:
        given = arguments.get("json") or arguments.get("params") or {}
        self.calls.append((api_method, given))
        return SlackResponse(
            client=self,
            http_verb="POST",
            api_url=api_method,
            req_args={},
            data={"ok": True},
            headers={},
            status_code=200,
        )


@dataclass
class Desk:
    """A Bolt app on fakes. `later` work waits until `catch_up()`, as if the ack had been sent first."""

    incidents: FakeIncidents = field(default_factory=FakeIncidents)
    digests: FakeDigests = field(default_factory=FakeDigests)
    alarms: FakeAlarms = field(default_factory=FakeAlarms)
    alarm_writes: FakeAlarmWrites = field(default_factory=FakeAlarmWrites)
    inbox: FakeInbox = field(default_factory=FakeInbox)
    pins: FakePins = field(default_factory=FakePins)
    people: FakePeople = field(default_factory=FakePeople)
    waiting: list[Callable[[], None]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.services = Services(
            incidents=self.incidents,
            digests=self.digests,
            alarms=self.alarms,
            alarm_writes=self.alarm_writes,
            load_balancers=FakeLoadBalancers(),
            inbox=self.inbox,
            pins=self.pins,
            people=self.people,
            open_incidents=lambda team: self.incidents.incidents,
            content=CONTENT,
            clock=FixedClock(),
            workspace_url="https://acme.slack.com/",
            later=self.waiting.append,
        )
        RecordingClient.calls = self.calls
        identity = Identity(TEAM, "https://acme.slack.com/", "B0INCIDENT", "U0INCIDENT")
        self.app: App = make_app(RecordingClient(token="xoxb-test"), "", identity, self.services)
        # Bolt makes a client of its own class for each request; here it must be the recording one.
        self.app._init_context = self._with_recording(self.app._init_context)  # type: ignore[assignment,method-assign]

    def start_over(self) -> None:
        """Every fake as it was when it was made."""
        for fake in (
            self.incidents,
            self.digests,
            self.alarms,
            self.alarm_writes,
            self.inbox,
            self.pins,
            self.people,
        ):
            vars(fake).clear()
            vars(fake).update(vars(type(fake)()))
        self.waiting.clear()
        self.calls.clear()

    def _with_recording(self, init: Callable[[BoltRequest], None]) -> Callable[[BoltRequest], None]:
        def wrapped(request: BoltRequest) -> None:
            init(request)
            request.context["client"] = RecordingClient(token="xoxb-test")

        return wrapped

    def send(self, payload: dict[str, Any]) -> BoltResponse:
        """A payload over Socket Mode."""
        return self.app.dispatch(BoltRequest(mode="socket_mode", body=payload))

    def catch_up(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()

    def called(self, method: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == method]

    def told(self) -> str:
        """What was said privately off the ack path."""
        self.catch_up()
        return " ".join(str(arguments.get("text")) for arguments in self.called("chat.postEphemeral"))

    def command(self, text: str, user: str = ANA, trigger: str = "1.2.3") -> str:
        """The private answer in the ack."""
        answer = self.send(a_command(text, user, trigger))
        assert answer.status == 200
        return str(json.loads(answer.body).get("text")) if answer.body else ""

    def view(self) -> dict[str, Any]:
        """The modal that was opened last."""
        self.catch_up()
        view = self.called("views.open")[-1]["view"]
        return dict(json.loads(view) if isinstance(view, str) else view)


def a_command(text: str, user: str = ANA, trigger: str = "1.2.3") -> dict[str, Any]:
    return {
        "command": "/alb-incident",
        "text": text,
        "team_id": TEAM,
        "channel_id": CHANNEL,
        "user_id": user,
        "trigger_id": trigger,
    }


def a_click(action_id: str, value: str, user: str = ANA, action_ts: str = "1795270000.1") -> dict[str, Any]:
    """A button in an incident's thread, without a response_url so that answers are ephemerals."""
    return {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": user, "team_id": TEAM},
        "channel": {"id": CHANNEL},
        "container": {"type": "message", "message_ts": "1795269001.1", "thread_ts": "1795269000.000100"},
        "message": {"ts": "1795269001.1", "thread_ts": "1795269000.000100"},
        "trigger_id": f"t.{action_ts}",
        "actions": [
            {
                "type": "button",
                "action_id": action_id,
                "block_id": "b",
                "value": value,
                "action_ts": action_ts,
            }
        ],
    }


def a_submission(callback_id: str, metadata: str, values: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """`values` by block id, each the one element's state."""
    return {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": ANA, "team_id": TEAM},
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": callback_id,
            "private_metadata": metadata,
            "blocks": [{"type": "input", "block_id": name} for name in values],
            "state": {"values": {name: {"value": given} for name, given in values.items()}},
        },
    }


def an_event(kind: str, event_id: str = "Ev1", **event: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "event_id": event_id,
        "event": {"type": kind, "user": ANA, **event},
    }


def signed(secret: str, payload: dict[str, Any], timestamp: str) -> tuple[str, dict[str, str]]:
    """A form body and the headers Slack would send with it."""
    from slack_sdk.signature import SignatureVerifier

    body = urlencode(payload)
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return body, {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": str(signature),
    }
