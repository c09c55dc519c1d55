"""Delivery against a Slack that enforces its limits: nothing lost, nothing doubled, whatever Slack does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from bot.core.errors import TransientError
from bot.core.incident import Incident
from bot.core.ports import OutboxMessage, RefusedError, Rendered, RenderedFile
from bot.sandbox.slack.driver import Driver, Person
from bot.sandbox.slack.faults import FaultKind
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.settings import BOT_TOKEN, Settings
from bot.slack.client import make_client
from bot.slack.delivery import SlackDelivery
from bot.slack.identity import identify
from bot.slack.people import SlackPeople
from bot.slack.rendering import SlackRenderer
from bot.slack.said import plain, read_message
from tests.slack_samples import BLOCKED, CONTENT, an_incident

INCIDENTS = "C0INCIDENTS"
HELLO = Rendered(text="hello", blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "hello"}},))


@pytest.fixture(scope="module")
def slack() -> Iterator[SandboxSlack]:
    sandbox = SandboxSlack(Settings(rate_limits="off", file_ready_delay_s=0.02))
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def driver(slack: SandboxSlack) -> Iterator[Driver]:
    with Driver(slack.base_url) as one:
        yield one
        one.reset()


@pytest.fixture
def client(slack: SandboxSlack) -> WebClient:
    return make_client(BOT_TOKEN, slack.api_url)


@pytest.fixture
def delivery(client: WebClient) -> SlackDelivery:
    return SlackDelivery(client, poll_s=0.02)


@pytest.fixture
def ana(driver: Driver) -> Person:
    return driver.user("ana")


def a_message(id: int = 7, **changes: object) -> OutboxMessage:
    message = OutboxMessage(
        id=id, team="T0SANDBOX", channel=INCIDENTS, key="headline", version=1, locale="en", incident_id=12
    )
    return message.model_copy(update=changes)


def texts(person: Person, thread_ts: str = "") -> list[str]:
    posts = person.thread("incidents", thread_ts)[1:] if thread_ts else person.messages("incidents")
    return [post.text for post in posts]


def shown_in_the_end(delivery: SlackDelivery, message: OutboxMessage, rendered: Rendered) -> str:
    """As the job runner does it: again after a TransientError, doubtful from the second time on."""
    for _ in range(20):
        try:
            return delivery.show(message, rendered)
        except TransientError:
            message = message.model_copy(update={"doubtful": True})
    raise AssertionError("never shown")


def test_a_message_is_posted_and_then_edited_in_place(delivery: SlackDelivery, ana: Person) -> None:
    ts = delivery.show(a_message(), HELLO)
    again = Rendered(text="bye", blocks=())
    assert delivery.show(a_message(ts=ts, version=2), again) == ts
    assert texts(ana) == ["bye"]


def test_a_reply_goes_into_the_thread(delivery: SlackDelivery, ana: Person) -> None:
    parent = delivery.show(a_message(), HELLO)
    delivery.show(a_message(8, key="progress", thread_ts=parent), Rendered(text="step", blocks=()))
    assert texts(ana, parent) == ["step"]


@pytest.mark.parametrize("thread", [False, True])
def test_a_post_whose_reply_was_lost_is_found_and_not_posted_again(
    delivery: SlackDelivery, driver: Driver, ana: Person, thread: bool
) -> None:
    parent = delivery.show(a_message(1), HELLO) if thread else ""
    for number in range(10, 30):
        if number % 3:
            driver.fault(FaultKind.LOST_REPLY, "chat.postMessage")
        rendered = Rendered(text=f"message {number}", blocks=())
        shown_in_the_end(delivery, a_message(number, thread_ts=parent), rendered)
    found = texts(ana, parent) if thread else texts(ana)
    assert sorted(found) == sorted(f"message {number}" for number in range(10, 30))


def test_a_copy_that_appeared_late_is_swept_and_the_shown_one_stays(
    delivery: SlackDelivery, ana: Person
) -> None:
    parent = delivery.show(a_message(1), HELLO)
    first = delivery.show(a_message(2, thread_ts=parent), HELLO)
    second = delivery.show(a_message(2, thread_ts=parent), HELLO)
    other = delivery.show(a_message(3, thread_ts=parent), HELLO)
    assert delivery.remove_copies(INCIDENTS, parent, {2: second, 3: other}) == 1
    assert {post.ts for post in ana.thread("incidents", parent)[1:]} == {second, other} - {first}
    assert delivery.remove_copies(INCIDENTS, parent, {2: second, 3: other}) == 0


def test_a_message_far_up_in_a_long_thread_is_found(delivery: SlackDelivery, client: WebClient) -> None:
    parent = delivery.show(a_message(1), HELLO)
    ts = delivery.show(a_message(2, thread_ts=parent), HELLO)
    for number in range(250):
        client.chat_postMessage(channel=INCIDENTS, thread_ts=parent, text=f"chatter {number}")
    assert delivery.show(a_message(2, thread_ts=parent, doubtful=True), HELLO) == ts


def test_a_rate_limit_says_when_to_come_back(delivery: SlackDelivery, driver: Driver) -> None:
    driver.fault(FaultKind.RATE_LIMITED, "chat.postMessage", seconds=7)
    with pytest.raises(TransientError) as told:
        delivery.show(a_message(), HELLO)
    assert told.value.retry_after_s == 7


def test_a_server_error_is_tried_again(delivery: SlackDelivery, driver: Driver, ana: Person) -> None:
    driver.fault(FaultKind.SERVER_ERROR, "chat.postMessage", times=2)
    shown_in_the_end(delivery, a_message(), HELLO)
    assert texts(ana) == ["hello"]


@pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "not_in_channel", "missing_scope"])
def test_what_slack_will_never_take_is_refused_with_its_reason(
    delivery: SlackDelivery, driver: Driver, error: str
) -> None:
    driver.fault(FaultKind.ERROR, "chat.postMessage", value=error)
    with pytest.raises(RefusedError, match=error):
        delivery.show(a_message(), HELLO)


def test_a_missing_scope_is_named(delivery: SlackDelivery, driver: Driver) -> None:
    driver.fault(FaultKind.REVOKED_SCOPE, value="chat:write")
    with pytest.raises(RefusedError, match="chat:write"):
        delivery.show(a_message(), HELLO)


def test_blocks_that_are_not_taken_become_plain_text(
    delivery: SlackDelivery, driver: Driver, ana: Person
) -> None:
    driver.fault(FaultKind.REFUSE_BLOCKS, value="section")
    ts = delivery.show(a_message(), HELLO)
    delivery.show(a_message(ts=ts), Rendered(text="bye", blocks=HELLO.blocks))
    assert texts(ana) == ["bye"]


def test_a_message_somebody_deleted_is_posted_again(
    delivery: SlackDelivery, client: WebClient, ana: Person
) -> None:
    ts = delivery.show(a_message(), HELLO)
    client.chat_delete(channel=INCIDENTS, ts=ts)
    assert delivery.show(a_message(ts=ts, version=2), HELLO) != ts
    assert texts(ana) == ["hello"]


# Files ----------------------------------------------------------------------------------------------------


def a_picture(number: int) -> Rendered:
    name = "network_path"
    return Rendered(
        text="errors", file=RenderedFile(name=name, content=b"\x89PNG%d" % number, title="Errors")
    )


def files(person: Person, thread_ts: str) -> list[object]:
    return [post for post in person.thread("incidents", thread_ts)[1:] if post.files]


def test_a_picture_is_shared_in_the_thread_and_replaced_by_the_next(
    delivery: SlackDelivery, ana: Person
) -> None:
    parent = delivery.show(a_message(1), HELLO)
    message = a_message(5, key="chart:network_path", thread_ts=parent)
    first = delivery.show(message, a_picture(1))
    second = delivery.show(message.model_copy(update={"ts": first}), a_picture(2))
    assert first != second
    assert [post.ts for post in ana.thread("incidents", parent)[1:]] == [second]


@pytest.mark.parametrize("fault", [FaultKind.LOST_REPLY, FaultKind.SHARE_LOST, FaultKind.SERVER_ERROR])
def test_a_picture_is_there_once_whatever_happens_to_its_upload(
    slack: SandboxSlack, client: WebClient, driver: Driver, ana: Person, fault: FaultKind
) -> None:
    delivery = SlackDelivery(client, polls=5, poll_s=0.02)
    parent = delivery.show(a_message(1), HELLO)
    driver.fault(fault, "files.completeUploadExternal")
    message = a_message(5, key="chart:network_path", thread_ts=parent)
    ts = shown_in_the_end(delivery, message, a_picture(1))
    delivery.remove_copies(INCIDENTS, parent, {5: ts})
    assert len(files(ana, parent)) == 1


def test_a_picture_that_is_ready_late_is_waited_for(delivery: SlackDelivery, driver: Driver) -> None:
    parent = delivery.show(a_message(1), HELLO)
    driver.fault(FaultKind.FILE_READY_DELAY, seconds=0.3)
    assert delivery.show(a_message(5, thread_ts=parent), a_picture(1))


# What is shown --------------------------------------------------------------------------------------------


def test_slack_takes_every_message_of_an_incident(delivery: SlackDelivery, driver: Driver) -> None:
    renderer, incident = SlackRenderer(CONTENT, "https://acme.slack.com/"), an_incident()
    keys = ["progress", "conclusion", "timeline", "report", "chart:network_path"]
    keys += [f"step:{step.step_id}" for step in incident.steps]
    parent = delivery.show(a_message(1), renderer.render(a_message(1), incident))
    for number, key in enumerate(keys, start=2):
        message = a_message(number, key=key, thread_ts=parent)
        delivery.show(message, renderer.render(message, incident))
    assert [call for call in driver.calls() if not call["ok"]] == []
    assert incident.step("network_path").finding == BLOCKED
    assert isinstance(incident, Incident)


# Reading --------------------------------------------------------------------------------------------------


def test_who_the_bot_is_comes_from_slack(client: WebClient, slack: SandboxSlack) -> None:
    identity = identify(client)
    assert (identity.team, identity.bot_user) == ("T0SANDBOX", "U0INCIDENT")
    assert identity.url.startswith(slack.base_url)


def test_a_reply_is_read_with_its_thread_its_author_and_its_words(client: WebClient, ana: Person) -> None:
    parent = ana.say("look <here> & there")
    reply = ana.say("@minh it is https://example.com/x", thread_ts=parent.ts)
    read = read_message(client, INCIDENTS, reply.ts)
    assert read is not None
    assert (read.thread_ts, read.author) == (parent.ts, "U0ANA")
    assert read.text == "@U0MINH it is https://example.com/x"
    assert read_message(client, INCIDENTS, "1.0") is None


def test_markup_reads_as_people_wrote_it() -> None:
    assert plain("&lt;b&gt; <!subteam^S1|@infra> <#C1|alerts> <https://x.example|graph>") == (
        "<b> @infra #alerts graph (https://x.example)"
    )


def test_a_persons_zone_and_language_are_kept_after_one_look(client: WebClient, driver: Driver) -> None:
    people = SlackPeople(client)
    assert people.known("U0MINH") is None
    people.look_up("U0MINH")
    driver.fault(FaultKind.ERROR, "users.info", value="fatal_error", times=0)
    facts = people.known("U0MINH")
    assert facts is not None
    assert (facts.zone, facts.locale) == ("Asia/Ho_Chi_Minh", "vi-VN")
    assert people.look_up("U0MINH") == facts
    assert people.look_up("U0SAM") is None


def test_user_groups_are_found_by_a_part_of_their_handle(client: WebClient) -> None:
    people = SlackPeople(client)
    people.refresh_groups()
    assert [group.id for group in people.groups("infra")] == ["S0INFRA"]
