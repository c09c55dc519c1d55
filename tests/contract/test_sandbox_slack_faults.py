"""Files, response URLs and faults of the sandbox's Web API, with slack_sdk's own client."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from bot.sandbox.slack import BOT_TOKEN, Driver, FaultKind, SandboxSlack, Settings

INCIDENTS = "C0INCIDENTS"


class Ticks:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


TICKS = Ticks()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxSlack]:
    with SandboxSlack(Settings(monotonic=TICKS, file_ready_delay_s=0.03)) as sandbox:
        yield sandbox


@pytest.fixture
def driver(sandbox: SandboxSlack) -> Iterator[Driver]:
    with Driver(sandbox.base_url) as driver:
        driver.reset()
        yield driver


@pytest.fixture
def slack(sandbox: SandboxSlack, driver: Driver) -> WebClient:
    return WebClient(token=BOT_TOKEN, base_url=sandbox.api_url, retry_handlers=[])


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def section(text: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def test_a_file_is_usable_only_some_time_after_the_upload_was_completed(
    slack: WebClient, driver: Driver
) -> None:
    driver.fault(FaultKind.FILE_READY_DELAY, seconds=0.4)
    file = slack.files_upload_v2(channel=INCIDENTS, content=b"data", filename="a.png", title="A")["file"]
    image = {"type": "image", "slack_file": {"id": file["id"]}, "alt_text": "a"}

    def early() -> SlackResponse:
        return slack.chat_postMessage(channel=INCIDENTS, text="x", blocks=[image])

    assert refusal(early) == "invalid_blocks"
    assert slack.files_info(file=file["id"])["file"]["shares"] == {}
    driver.wait_for(lambda: slack.files_info(file=file["id"])["file"]["shares"])
    assert slack.files_info(file=file["id"])["file"]["mimetype"] == "image/png"
    assert early()["ok"]


def test_a_file_with_alt_text_or_a_lost_share_never_reaches_the_channel(
    slack: WebClient, driver: Driver
) -> None:
    told = slack.files_upload_v2(channel=INCIDENTS, content=b"d", filename="a.png", alt_txt="a picture")[
        "file"
    ]
    driver.fault(FaultKind.SHARE_LOST)
    lost = slack.files_upload_v2(channel=INCIDENTS, content=b"d", filename="b.png")["file"]
    for file in (told, lost):
        driver.wait_for(lambda file=file: slack.files_info(file=file["id"])["file"]["mimetype"])  # type: ignore[misc]
        assert slack.files_info(file=file["id"])["file"]["shares"] == {}
    assert driver.user("ana").messages() == []


def test_a_response_url_works_five_times(sandbox: SandboxSlack, driver: Driver) -> None:
    hook = WebhookClient(sandbox.sandbox.response_urls.issue("U0ANA", INCIDENTS))
    answers = [hook.send(text=str(n)).status_code for n in range(6)]
    assert answers == [200] * 5 + [404]
    assert all(post.is_ephemeral for post in driver.user("ana").messages())


def test_a_response_url_replaces_and_deletes_the_message_it_came_from(
    sandbox: SandboxSlack, slack: WebClient, driver: Driver
) -> None:
    ts = slack.chat_postEphemeral(channel=INCIDENTS, user="U0ANA", text="first")["message_ts"]
    hook = WebhookClient(sandbox.sandbox.response_urls.issue("U0ANA", INCIDENTS, ts))
    hook.send(text="second", replace_original=True)
    assert [post.text for post in driver.user("ana").messages()] == ["second"]
    hook.send(delete_original=True)
    assert driver.user("ana").messages() == []
    hook.send(text="to all", response_type="in_channel")
    assert [post.text for post in driver.user("lan").messages()] == ["to all"]


def test_a_lost_reply_leaves_the_message_posted(slack: WebClient, driver: Driver) -> None:
    driver.fault(FaultKind.LOST_REPLY, "chat.postMessage")
    with pytest.raises(OSError):
        slack.chat_postMessage(channel=INCIDENTS, text="posted all the same")
    assert [post.text for post in driver.user("ana").messages()] == ["posted all the same"]
    assert slack.chat_postMessage(channel=INCIDENTS, text="x")["ok"]


def test_slack_sdks_default_client_posts_twice_after_a_lost_reply(
    sandbox: SandboxSlack, driver: Driver
) -> None:
    driver.fault(FaultKind.LOST_REPLY, "chat.postMessage")
    WebClient(token=BOT_TOKEN, base_url=sandbox.api_url).chat_postMessage(channel=INCIDENTS, text="twice")
    assert [post.text for post in driver.user("ana").messages()] == ["twice", "twice"]


def test_faults_strike_the_named_method_as_often_as_asked(slack: WebClient, driver: Driver) -> None:
    driver.fault(FaultKind.RATE_LIMITED, "chat.update", seconds=7, times=2)
    driver.fault(FaultKind.SERVER_ERROR, "chat.delete")
    driver.fault(FaultKind.ERROR, "users.info", value="fatal_error", after=1)
    ts = slack.chat_postMessage(channel=INCIDENTS, text="x")["ts"]
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            slack.chat_update(channel=INCIDENTS, ts=ts, text="y")
        assert caught.value.response.headers["Retry-After"] == "7"
    assert slack.chat_update(channel=INCIDENTS, ts=ts, text="y")["ok"]
    with pytest.raises(SlackApiError) as broken:
        slack.chat_delete(channel=INCIDENTS, ts=ts)
    assert broken.value.response.status_code == 500
    assert slack.users_info(user="U0ANA")["ok"]
    assert refusal(lambda: slack.users_info(user="U0ANA")) == "fatal_error"


def test_a_workspace_may_still_refuse_the_newer_blocks(slack: WebClient, driver: Driver) -> None:
    plan = {"type": "plan", "title": "P", "tasks": []}
    assert slack.chat_postMessage(channel=INCIDENTS, text="x", blocks=[plan])["ok"]
    driver.fault(FaultKind.REFUSE_BLOCKS, value="plan, data_visualization")
    post = lambda: slack.chat_postMessage(channel=INCIDENTS, text="x", blocks=[plan])  # noqa: E731
    assert refusal(post) == "invalid_blocks"


def test_refused_blocks_are_named_by_a_json_pointer(slack: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        slack.chat_postMessage(channel=INCIDENTS, text="x", blocks=[section(), section("y" * 3001)])
    messages = caught.value.response["response_metadata"]["messages"]
    assert messages == ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/1/text/text]"]
    errors = refusal(lambda: slack.api_call("blocks.validate", json={"blocks": [{"type": "nope"}]}))
    assert errors == "invalid_blocks"


def test_every_call_is_logged_for_the_test_to_read(slack: WebClient, driver: Driver) -> None:
    slack.chat_postMessage(channel=INCIDENTS, text="x")
    (call,) = driver.calls("chat.postMessage")
    assert (call["ok"], call["status"], call["args"]["text"]) == (True, 200, "x")
    assert BOT_TOKEN not in str(driver.calls())
