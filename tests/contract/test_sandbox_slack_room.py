"""What surrounds the sandbox workspace: keeping its state, its panel, its stream, and who may reach it."""

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from slack_sdk import WebClient

from bot.sandbox.slack import BOT_TOKEN, Card, Driver, SandboxSlack, Settings
from bot.sandbox.slack.driver import RefusedError


class Clock:
    """A wall clock that the host moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


class Panel:
    """A host's side panel: one alarm, and a clock that can be moved."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.sandbox: SandboxSlack | None = None

    def status(self) -> str:
        return f"{self.clock():%H:%M} UTC"

    def cards(self) -> Sequence[Card]:
        return [Card("alarm", "Security group rule removed"), Card("hour", "One hour later", group="Clock")]

    def press(self, card_id: str, user_id: str) -> str | None:
        if card_id == "hour":
            self.clock.at += timedelta(hours=1)
            return None
        assert self.sandbox is not None
        self.sandbox.workspace.post_as_integration("alerts", "AWS CloudWatch", "ALARM shop-prod")
        return f"Alarm posted for {user_id}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[SandboxSlack]:
    panel = Panel(clock)
    with SandboxSlack(Settings(now=clock), panel) as sandbox:
        panel.sandbox = sandbox
        yield sandbox


@pytest.fixture
def driver(sandbox: SandboxSlack) -> Iterator[Driver]:
    with Driver(sandbox.base_url) as driver:
        yield driver


def test_a_restart_starts_where_it_was(tmp_path: Path) -> None:
    settings = Settings(state_path=tmp_path / "slack.json", file_ready_delay_s=0)
    with SandboxSlack(settings) as first, Driver(first.base_url) as driver:
        slack = WebClient(token=BOT_TOKEN, base_url=first.api_url)
        said = driver.user("ana").say("kept")
        driver.user("ana").upload(b"png", "a.png", thread_ts=said.ts)
        driver.user("lan").react(said, "eyes")
        slack.chat_postEphemeral(channel="C0INCIDENTS", user="U0ANA", text="gone")
    with SandboxSlack(settings) as second, Driver(second.base_url) as driver:
        (again,) = driver.user("ana").messages()
        assert (again.text, again.reactions) == ("kept", {"eyes": 1})
        (_, reply) = driver.user("ana").thread("incidents", said.ts)
        assert driver.download(reply.files[0]["url"]) == b"png"
        assert driver.user("ana").say("later").ts > said.ts


def test_the_state_file_is_written_soon_after_a_change_and_never_half(tmp_path: Path) -> None:
    path = tmp_path / "slack.json"
    with SandboxSlack(Settings(state_path=path)) as sandbox, Driver(sandbox.base_url) as driver:
        driver.user("ana").say("soon")
        written = threading.Event()
        for _ in range(100):
            if path.exists() or written.wait(0.02):
                break
        assert json.loads(path.read_text())["messages"][0]["text"] == "soon"
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.endswith(".part")] == []


def test_cards_of_the_host_can_be_seen_and_pressed(driver: Driver, clock: Clock) -> None:
    shown = driver.get("controls")
    assert (shown["status"], [card["id"] for card in shown["cards"]]) == ("14:05 UTC", ["alarm", "hour"])
    assert driver.press("alarm", "ana") == "Alarm posted for U0ANA"
    (alarm,) = driver.user("ana").messages("alerts")
    assert (alarm.json["username"], alarm.json["subtype"]) == ("AWS CloudWatch", "bot_message")
    driver.press("hour")
    later = driver.user("ana").say("an hour later", channel="alerts")
    assert float(later.ts) - float(alarm.ts) == pytest.approx(3600, abs=0.01)


def test_ts_grow_even_when_the_clock_stands_still(driver: Driver) -> None:
    ana = driver.user("ana")
    stamps = [ana.say(str(n)).ts for n in range(3)]
    assert stamps == ["1795269900.000000", "1795269900.000001", "1795269900.000002"]


def test_a_thread_reads_as_plain_text_with_dates_in_utc(driver: Driver, sandbox: SandboxSlack) -> None:
    slack = WebClient(token=BOT_TOKEN, base_url=sandbox.api_url)
    blocks: list[dict[str, object]] = [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "Since <!date^1795269900^{time}|x>, ask <@U0MINH> &amp; co"},
        },
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "No"}}]},
    ]
    ts = slack.chat_postMessage(channel="C0INCIDENTS", text="fallback", blocks=blocks)["ts"]
    driver.user("lan").say("me?", thread_ts=ts)
    expected = "14:05:00 ALB Incident\n  Since 14:05 UTC, ask @minh & co\n  [No]\n\n  14:05:00 Lan\n    me?\n"
    assert driver.user("ana").text("incidents", ts) == expected


def test_what_a_person_types_is_encoded_as_slack_does(driver: Driver) -> None:
    said = driver.user("ana").say("@minh @infra-team #infra <b> a&b https://x.test/?q=1 @nobody me@x.test")
    mentions = "<@U0MINH> <!subteam^S0INFRA> <#C0INFRA|infra>"
    assert said.text == f"{mentions} &lt;b&gt; a&amp;b <https://x.test/?q=1> @nobody me@x.test"


def test_a_guest_and_an_outsider_see_only_their_channels(driver: Driver) -> None:
    guest = {channel["name"] for channel in driver.user("gil").channels()}
    assert guest == {"incidents", "random", "directmessage"}
    with pytest.raises(RefusedError, match="channel_not_found"):
        driver.user("lan").messages("sre-private")


def test_unread_messages_and_mentions_are_counted_until_read(driver: Driver) -> None:
    driver.user("ana").say("@lan look", channel="infra")
    before = next(c for c in driver.user("lan").channels() if c["name"] == "infra")
    driver.post("read", user="lan", channel="infra")
    after = next(c for c in driver.user("lan").channels() if c["name"] == "infra")
    assert (before["unread"], before["mentions"], after["unread"]) == (1, 1, 0)


def test_the_stream_tells_the_page_of_changes_but_not_of_other_peoples_modals(sandbox: SandboxSlack) -> None:
    with (
        httpx.Client(base_url=sandbox.base_url, trust_env=False) as http,
        http.stream("GET", "/sandbox/stream", params={"user": "ana"}) as stream,
    ):
        lines = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
        assert next(lines)["kind"] == "hello"
        sandbox.workspace.notify("U0LAN", "not for ana")
        sandbox.workspace.post_as_integration("alerts", "AWS CloudWatch", "ALARM")
        assert next(lines)["kind"] == "message"


def test_reset_brings_the_seed_back(driver: Driver) -> None:
    driver.user("ana").say("x")
    driver.reset()
    assert driver.user("ana").messages() == []


def test_another_site_or_host_name_cannot_use_the_sandbox(sandbox: SandboxSlack) -> None:
    with httpx.Client(base_url=sandbox.base_url, trust_env=False) as http:
        assert http.get("/", headers={"host": "evil.test"}).status_code == 400
        form = http.post("/sandbox/send", data={"user": "ana", "channel": "incidents", "text": "x"})
        assert form.status_code == 415
        fields = {"user": "ana", "channel": "incidents"}
        upload = http.post(
            "/sandbox/upload", data=fields, files={"file": b"x"}, headers={"origin": "https://evil.test"}
        )
        assert upload.status_code == 403
        assert "default-src 'self'" in http.get("/").headers["content-security-policy"]


def test_an_uploaded_page_is_never_shown_as_a_page(driver: Driver, sandbox: SandboxSlack) -> None:
    ts = driver.user("ana").upload(b"<script>alert(1)</script>", "x.html")
    (post,) = [post for post in driver.user("ana").messages() if post.ts == ts]
    with httpx.Client(base_url=sandbox.base_url, trust_env=False) as http:
        answer = http.get(post.files[0]["url"])
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["x-content-type-options"] == "nosniff"
