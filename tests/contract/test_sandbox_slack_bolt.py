"""Plays the sandbox workspace with a real slack_bolt App, over Socket Mode and over signed HTTP."""

import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.sandbox.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Driver, FaultKind, SandboxSlack, Settings
from bot.sandbox.slack.driver import Person
from bot.sandbox.slack.settings import Shortcut

Body = dict[str, Any]
BALANCERS = ("shop-prod", "pay-edge", "search-int")
SETTINGS = Settings(
    ack_timeout_s=0.6,
    event_retry_delays_s=(0.0, 0.05, 0.05),
    file_ready_delay_s=0.05,
    shortcuts=(Shortcut("note", "Add to timeline", "message"),),
)


def plain(text: str) -> Body:
    return {"type": "plain_text", "text": text}


def button(text: str, action_id: str) -> Body:
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": "v1"}


def open_view(channel: str) -> Body:
    select = {"type": "external_select", "action_id": "lb", "min_query_length": 0}
    note = {"type": "plain_text_input", "action_id": "note", "max_length": 20}
    return {
        "type": "modal",
        "callback_id": "open",
        "private_metadata": channel,
        "notify_on_close": True,
        "title": plain("Open an incident"),
        "submit": plain("Open"),
        "blocks": [
            {"type": "input", "block_id": "lb", "label": plain("Load balancer"), "element": select},
            {"type": "input", "block_id": "note", "optional": True, "label": plain("Note"), "element": note},
        ],
    }


class Recorder:
    """The app under test: what a bot does in its first minute, and what it heard."""

    def __init__(self, client: WebClient) -> None:
        self.events: list[tuple[str, str]] = []
        self.closed: list[Body] = []
        self.actions: list[Body] = []
        self.app = App(client=client, signing_secret=SIGNING_SECRET, process_before_response=True)
        app = self.app
        app.command("/alb-incident")(self.command)
        app.options("lb")(self.options)
        app.view("open")(self.submitted)
        app.view_closed("open")(self.was_closed)
        app.action("look")(self.look)
        app.action("private")(self.private)
        app.action("silent")(lambda: None)
        app.action("pick")(self.pick)
        app.shortcut("note")(self.note)
        app.event("app_mention")(self.mentioned)
        app.event("app_home_opened")(self.home)
        app.event("message")(lambda ack: ack())
        app.event("reaction_added")(self.reaction)
        app.use(self.count_events)

    def count_events(self, body: Body, context: Any, request: BoltRequest, next: Any) -> None:
        if body.get("type") == "event_callback":
            retry = (request.headers.get("x-slack-retry-num") or ["0"])[0]
            self.events.append((body["event"]["type"], retry))
        next()

    def command(self, ack: Any, body: Body, client: WebClient) -> None:
        if body["text"] == "help":
            ack(text="Say /alb-incident", response_type="ephemeral")
            return
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=open_view(body["channel_id"]))

    def options(self, ack: Any, payload: Body) -> None:
        names = [name for name in BALANCERS if payload["value"] in name]
        ack(options=[{"text": plain(name), "value": name} for name in names])

    def submitted(self, ack: Any, view: Body, client: WebClient) -> None:
        chosen = view["state"]["values"]["lb"]["lb"]["selected_option"]["value"]
        if chosen == "pay-edge":
            ack(response_action="errors", errors={"lb": "It already has an incident."})
            return
        ack()
        client.chat_postMessage(
            channel=view["private_metadata"],
            text=f"Incident on {chosen}",
            blocks=[
                {"type": "section", "text": {"type": "mrkdwn", "text": f"*{chosen}*"}},
                {
                    "type": "actions",
                    "elements": [
                        button("Look", "look"),
                        button("Private", "private"),
                        button("Silent", "silent"),
                        {"type": "users_select", "action_id": "pick"},
                    ],
                },
            ],
        )

    def look(self, ack: Any, body: Body, client: WebClient) -> None:
        ack()
        self.actions.append(body)
        where = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        client.chat_update(**where, text="Looked", blocks=body["message"]["blocks"])
        client.files_upload_v2(
            channel=where["channel"],
            thread_ts=where["ts"],
            content=b"png",
            filename="chart.png",
            title="Chart",
        )

    def private(self, ack: Any, respond: Any) -> None:
        ack()
        respond(text="Only for you", replace_original=False)

    def pick(self, ack: Any, body: Body) -> None:
        ack()
        self.actions.append(body)

    def note(self, ack: Any, shortcut: Body, client: WebClient) -> None:
        ack()
        message = shortcut["message"]
        client.chat_postMessage(
            channel=shortcut["channel"]["id"], thread_ts=message["ts"], text=f"Noted: {message['text']}"
        )

    def mentioned(self, event: Body, say: Any) -> None:
        say(text=f"Hello <@{event['user']}>", thread_ts=event["ts"])

    def home(self, event: Body, client: WebClient) -> None:
        blocks = [{"type": "header", "text": plain("Your load balancers")}]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    def reaction(self) -> None:
        return None

    def was_closed(self, ack: Any, body: Body) -> None:
        ack()
        self.closed.append(body)


class _Quiet(BaseHTTPRequestHandler):
    recorder: Recorder

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"])).decode()
        headers: dict[str, str | Sequence[str]] = {
            name.lower(): value for name, value in self.headers.items()
        }
        answer = self.recorder.app.dispatch(BoltRequest(body=raw, headers=headers))
        self.send_response(answer.status)
        for name, values in answer.headers.items():
            self.send_header(name, values[0])
        body = answer.body.encode()
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return None


Room = tuple[SandboxSlack, Driver, Recorder]


@pytest.fixture(scope="module")
def by_socket() -> Iterator[Room]:
    with SandboxSlack(SETTINGS) as sandbox, Driver(sandbox.base_url) as driver:
        recorder = Recorder(WebClient(token=BOT_TOKEN, base_url=sandbox.api_url))
        handler = SocketModeHandler(recorder.app, APP_TOKEN, ping_interval=0.2)
        handler.connect()  # type: ignore[no-untyped-call]
        driver.wait_for(lambda: driver.sockets() == 1)
        yield sandbox, driver, recorder
        handler.close()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def by_http() -> Iterator[Room]:
    with SandboxSlack(SETTINGS) as sandbox, Driver(sandbox.base_url) as driver:
        recorder = Recorder(WebClient(token=BOT_TOKEN, base_url=sandbox.api_url))
        server = HTTPServer(("127.0.0.1", 0), type("Handler", (_Quiet,), {"recorder": recorder}))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/slack/events"
        assert driver.post("verify-url", request_url=url)["ok"]
        yield sandbox, driver, recorder
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(params=["by_socket", "by_http"])
def room(request: pytest.FixtureRequest) -> Room:
    room: Room = request.getfixturevalue(request.param)
    room[1].reset()
    room[2].events.clear()
    return room


@pytest.fixture
def socket(by_socket: Room) -> Room:
    by_socket[1].reset()
    by_socket[2].events.clear()
    return by_socket


def opened(person: Person) -> Any:
    assert person.slash("/alb-incident").ok
    assert person.submit({"lb": "shop-prod"}).ok
    return person.wait_for_message("Incident on shop-prod")


def test_a_command_opens_a_modal_whose_submission_becomes_a_message_with_buttons_and_a_picture(
    room: Room,
) -> None:
    _, driver, recorder = room
    ana = driver.user("ana")
    assert ana.slash("/alb-incident shop").ok
    modal = ana.wait_for_modal("Open an incident")
    assert [option["value"] for option in ana.options(modal, "lb", "s")] == ["shop-prod", "search-int"]
    assert ana.submit({"lb": "shop-prod", "note": "red"}).ok
    message = ana.wait_for_message("Incident on shop-prod")
    assert ana.modal() is None
    assert message.labels == ["Look", "Private", "Silent"]
    assert ana.click(message, label="Look").ok
    ana.wait_for_message("Looked")
    replies = driver.wait_for(lambda: [p for p in ana.thread("incidents", message.ts) if p.files])
    assert driver.download(replies[0].files[0]["url"]) == b"png"
    assert recorder.actions[-1]["user"]["id"] == "U0ANA"
    assert recorder.actions[-1]["actions"][0]["value"] == "v1"
    assert ana.notices() == []


def test_the_app_may_refuse_a_form_and_the_modal_stays_with_its_sentence(room: Room) -> None:
    minh = room[1].user("minh")
    minh.slash("/alb-incident")
    refused = minh.submit({"lb": "pay-edge"})
    assert not refused.ok
    assert refused.errors == {"lb": "It already has an incident."}
    assert minh.modal() is not None


def test_slacks_own_form_refuses_a_missing_and_a_too_long_answer_without_asking_the_app(room: Room) -> None:
    ana = room[1].user("ana")
    ana.slash("/alb-incident")
    answer = ana.submit({"note": "x" * 21})
    assert answer.error == "form_incomplete"
    assert set(answer.errors) == {"lb", "note"}


def test_closing_a_modal_that_asks_to_be_told_tells_the_app(room: Room) -> None:
    _, driver, recorder = room
    ana = driver.user("ana")
    ana.slash("/alb-incident")
    ana.wait_for_modal()
    ana.close_modal()
    driver.wait_for(lambda: recorder.closed)
    assert ana.modal() is None


def test_an_ack_with_text_and_a_response_url_are_seen_only_by_the_person_who_asked(room: Room) -> None:
    driver = room[1]
    ana, lan = driver.user("ana"), driver.user("lan")
    ana.slash("/alb-incident help")
    assert ana.wait_for_message("Say /alb-incident").is_ephemeral
    ana.click(opened(ana), label="Private")
    assert ana.wait_for_message("Only for you").is_ephemeral
    assert "Only for you" not in lan.text()


def test_choosing_a_user_arrives_as_that_users_id_with_the_message_state(room: Room) -> None:
    _, driver, recorder = room
    ana = driver.user("ana")
    message = opened(ana)
    assert ana.choose(message, "pick", "minh").ok
    body = recorder.actions[-1]
    assert body["actions"][0]["selected_user"] == "U0MINH"
    (state,) = (block["pick"] for block in body["state"]["values"].values())
    assert state["selected_user"] == "U0MINH"


def test_a_message_shortcut_brings_the_message_to_the_app(room: Room) -> None:
    lan = room[1].user("lan")
    said = lan.say("rolling back")
    assert lan.shortcut("note", said).ok
    lan.wait_for_message("Noted: rolling back", thread_ts=said.ts)


def test_a_mention_reaches_the_app_once_and_is_answered_in_the_thread(room: Room) -> None:
    _, driver, recorder = room
    sam = driver.user("sam")
    said = sam.say("@alb_incident are you there?")
    sam.wait_for_message("Hello <@U0SAM>", thread_ts=said.ts)
    assert [kind for kind, _ in recorder.events].count("app_mention") == 1


def test_opening_the_home_tab_lets_the_app_publish_it(room: Room) -> None:
    ana = room[1].user("ana")
    ana.open_home()
    room[1].wait_for(ana.home)
    home = ana.home()
    assert home is not None
    assert home.blocks[0]["text"]["text"] == "Your load balancers"


def test_a_lost_event_is_retried_with_its_number_but_a_lost_click_is_not(socket: Room) -> None:
    _, driver, recorder = socket
    ana = driver.user("ana")
    message = opened(ana)
    before = len(recorder.actions)
    driver.fault(FaultKind.NO_DELIVERY, "interactive")
    driver.fault(FaultKind.NO_DELIVERY, "events_api")
    assert ana.click(message, label="Look").error == "timeout"
    assert "didn't respond in time" in ana.notices()[-1]
    ana.react(message, "eyes")
    driver.wait_for(lambda: ("reaction_added", "1") in recorder.events)
    assert len(recorder.actions) == before


def test_an_event_may_arrive_twice_when_told_to(socket: Room) -> None:
    _, driver, recorder = socket
    ana = driver.user("ana")
    message = opened(ana)
    recorder.events.clear()
    driver.fault(FaultKind.DUPLICATE_DELIVERY, "events_api")
    ana.react(message, "eyes")
    driver.wait_for(lambda: [kind for kind, _ in recorder.events].count("reaction_added") == 2 or None)


def test_a_click_the_app_never_acknowledges_shows_the_person_that_it_failed(socket: Room) -> None:
    ana = socket[1].user("ana")
    assert not ana.click(opened(ana), label="Silent").ok
    assert ana.notices() == ["ALB Incident didn't respond in time. Please try again."]


def test_after_a_refresh_the_client_reconnects_and_clicks_work_again(socket: Room) -> None:
    sandbox, driver, _ = socket
    ana = driver.user("ana")
    message = opened(ana)
    before = sandbox.sandbox.sockets.opened
    driver.disconnect()
    driver.wait_for(lambda: sandbox.sandbox.sockets.opened > before and driver.sockets() == 1)
    assert ana.click(message, label="Private").ok


def test_a_command_in_a_thread_or_an_unknown_one_is_refused_as_slack_does(socket: Room) -> None:
    driver = socket[1]
    ana = driver.user("ana")
    said = ana.say("look")
    refused = driver.post("send", user="ana", channel="incidents", text="/alb-incident", thread_ts=said.ts)
    assert refused["error"] == "not_in_threads"
    assert ana.slash("/nonsense").error == "unknown_command"


def test_without_an_app_the_person_is_told_that_the_bot_is_not_connected() -> None:
    with SandboxSlack(SETTINGS) as sandbox, Driver(sandbox.base_url) as driver:
        assert driver.user("ana").slash("/alb-incident").error == "no_app"
        assert "not connected" in driver.user("ana").notices()[0]
