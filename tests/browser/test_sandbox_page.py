"""Uses the sandbox's page as a person would, in a real Chromium, with a small Bolt app behind it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.sandbox.slack import APP_TOKEN, BOT_TOKEN, Card, Driver, SandboxSlack, Settings

pytestmark = pytest.mark.browser
Body = dict[str, Any]


def plain(text: str) -> Body:
    return {"type": "plain_text", "text": text}


def make_app(client: WebClient) -> App:
    app = App(client=client, process_before_response=True)

    @app.command("/alb-incident")
    def command(ack: Any, body: Body, client: WebClient) -> None:
        ack()
        select = {"type": "external_select", "action_id": "lb", "min_query_length": 0}
        block = {"type": "input", "block_id": "lb", "label": plain("Load balancer"), "element": select}
        view = {"type": "modal", "callback_id": "open", "title": plain("Open an incident"), "blocks": [block]}
        view |= {"submit": plain("Open"), "private_metadata": body["channel_id"]}
        client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.options("lb")
    def options(ack: Any, payload: Body) -> None:
        names = [name for name in ("shop-prod", "pay-edge") if payload["value"] in name]
        ack(options=[{"text": plain(name), "value": name} for name in names])

    @app.view("open")
    def submitted(ack: Any, view: Body, client: WebClient) -> None:
        chosen = view["state"]["values"]["lb"]["lb"]["selected_option"]["value"]
        if chosen == "pay-edge":
            ack(response_action="errors", errors={"lb": "It already has an incident."})
            return
        ack()
        confirm = {"title": plain("Sure?"), "text": plain("It will be closed."), "confirm": plain("Close it")}
        buttons = [
            {"type": "button", "text": plain("Resolve"), "action_id": "resolve", "confirm": confirm},
            {"type": "button", "text": plain("Silent"), "action_id": "silent"},
        ]
        text = f"*{chosen}* <script>document.title='x'</script> &lt;b&gt; since <!date^1795269900^{{time}}|?>"
        blocks: list[Body] = [
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "actions", "elements": buttons},
        ]
        client.chat_postMessage(channel=view["private_metadata"], text=f"Incident on {chosen}", blocks=blocks)

    @app.action("resolve")
    def resolve(ack: Any, body: Body, client: WebClient) -> None:
        ack()
        client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="Resolved")

    @app.action("silent")
    def silent() -> None:
        return None

    app.event("message")(lambda ack: ack())
    return app


class Panel:
    def status(self) -> str:
        return "14:05 UTC"

    def cards(self) -> list[Card]:
        return [Card("alarm", "Rule removed")]

    def press(self, card_id: str, user_id: str) -> str | None:
        return f"{card_id} pressed by {user_id}"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxSlack]:
    with SandboxSlack(Settings(ack_timeout_s=1.0), Panel()) as sandbox, Driver(sandbox.base_url) as driver:
        handler = SocketModeHandler(
            make_app(WebClient(token=BOT_TOKEN, base_url=sandbox.api_url)), APP_TOKEN, ping_interval=0.2
        )
        handler.connect()  # type: ignore[no-untyped-call]
        driver.wait_for(lambda: driver.sockets() == 1)
        yield sandbox
        handler.close()  # type: ignore[no-untyped-call]


@pytest.fixture
def page(browser: Browser, sandbox: SandboxSlack) -> Iterator[Page]:
    """Ana in #incidents of a fresh workspace; an error in the page fails the test."""
    sandbox.sandbox.reset()
    errors: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(8000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{sandbox.base_url}/#/ana/incidents")
    page.wait_for_selector("body[data-ready]")
    yield page
    page.close()
    assert errors == []


def open_incident(page: Page, choice: str = "shop-prod") -> None:
    page.get_by_label("Message #incidents").fill("/alb")
    expect(page.get_by_test_id("suggestions")).to_contain_text("/alb-incident")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Load balancer").click()
    page.get_by_role("combobox", name="Load balancer").press_sequentially(choice[:4])
    page.get_by_role("option", name=choice).click()
    page.get_by_role("button", name="Open", exact=True).click()


def test_an_incident_is_opened_from_the_message_box_and_resolved_with_a_confirmation(page: Page) -> None:
    open_incident(page)
    message = page.get_by_test_id("message").last
    expect(message).to_contain_text("shop-prod <script>document.title='x'</script> <b> since 15:05")
    message.get_by_role("button", name="Resolve").click()
    page.get_by_test_id("confirm").get_by_role("button", name="Close it").click()
    expect(page.get_by_text("Resolved")).to_be_visible()
    expect(page).to_have_title(re.compile("#incidents"))


def test_a_forms_error_stands_under_its_field(page: Page) -> None:
    open_incident(page, "pay-edge")
    expect(page.get_by_role("alert").filter(has_text="It already has an incident.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("modal")).to_have_count(0)


def test_a_person_is_told_when_the_app_did_not_respond(page: Page) -> None:
    open_incident(page)
    page.get_by_role("button", name="Silent").click()
    expect(page.get_by_test_id("toast")).to_contain_text("didn't respond in time")


def test_a_thread_is_written_in_read_and_closed_with_escape(page: Page) -> None:
    page.get_by_label("Message #incidents").fill("anyone looking?")
    page.keyboard.press("Enter")
    page.get_by_test_id("message").last.hover()
    page.get_by_role("button", name="Reply in thread").click()
    page.get_by_label("Reply…").fill("me")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("thread")).to_contain_text("1 reply")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("thread")).to_have_count(0)
    page.get_by_test_id("thread-link").click()
    expect(page.get_by_test_id("thread")).to_contain_text("me")


def test_a_time_is_shown_in_the_time_zone_of_who_is_looking(page: Page) -> None:
    open_incident(page)
    expect(page.get_by_test_id("message").last).to_contain_text("since 15:05")
    page.get_by_test_id("user-switcher").click()
    page.get_by_test_id("be-minh").click()
    expect(page.get_by_test_id("user-switcher")).to_contain_text("You are: Minh")
    expect(page.get_by_test_id("message").last).to_contain_text("since 21:05")


def test_what_others_say_appears_by_itself_and_marks_other_channels_unread(
    page: Page, sandbox: SandboxSlack
) -> None:
    sandbox.workspace.post_as_integration("incidents", "AWS CloudWatch", "ALARM here")
    expect(page.get_by_test_id("messages")).to_contain_text("ALARM here")
    sandbox.workspace.post_as_integration("alerts", "AWS CloudWatch", "ALARM there")
    expect(page.get_by_test_id("channel-alerts")).to_have_class(re.compile("unread"))


def test_a_card_of_the_side_panel_can_be_pressed(page: Page) -> None:
    page.get_by_role("button", name="Start: Rule removed").click()
    expect(page.get_by_test_id("toast")).to_contain_text("alarm pressed by U0ANA")


def test_on_a_narrow_window_nothing_is_wider_than_the_window(page: Page) -> None:
    open_incident(page)
    expect(page.get_by_test_id("message").last).to_be_visible()
    page.set_viewport_size({"width": 420, "height": 800})
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    page.get_by_role("button", name="Open the channel list").click()
    page.get_by_test_id("channel-infra").click()
    expect(page.get_by_label("Message #infra")).to_be_visible()
