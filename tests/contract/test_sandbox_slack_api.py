"""Holds the sandbox's Web API to Slack's rules, with slack_sdk's own client."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.sandbox.slack import APP_TOKEN, BOT_TOKEN, Driver, FaultKind, SandboxSlack, Settings

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


def trigger(sandbox: SandboxSlack, user: str = "U0ANA") -> str:
    return sandbox.sandbox.triggers.issue(user)


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": list(blocks), **more}


def test_auth_test_says_who_the_bot_is_and_which_scopes_it_has(slack: WebClient) -> None:
    answer = slack.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == (
        "U0INCIDENT",
        "B0INCIDENT",
        "T0SANDBOX",
    )
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert "chat:write" in headers["x-oauth-scopes"].split(",")


def test_tokens_are_checked_by_kind(sandbox: SandboxSlack, slack: WebClient) -> None:
    assert refusal(lambda: WebClient(base_url=sandbox.api_url).auth_test()) == "not_authed"
    assert refusal(lambda: slack.auth_test(token="xoxb-other")) == "invalid_auth"
    assert refusal(lambda: slack.apps_connections_open(app_token=BOT_TOKEN)) == "not_allowed_token_type"
    assert slack.apps_connections_open(app_token=APP_TOKEN)["url"].startswith("ws://127.0.0.1:")


def test_an_unknown_method_is_named_so(slack: WebClient) -> None:
    assert refusal(lambda: slack.api_call("chat.shout")) == "unknown_method"


def test_a_missing_scope_names_what_is_needed_and_what_is_there(slack: WebClient, driver: Driver) -> None:
    driver.fault(FaultKind.REVOKED_SCOPE, value="chat:write")
    with pytest.raises(SlackApiError) as caught:
        slack.chat_postMessage(channel=INCIDENTS, text="x")
    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "chat:write"
    assert "chat:write" not in caught.value.response["provided"].split(",")
    driver.clear_faults()
    assert slack.chat_postMessage(channel=INCIDENTS, text="x")["ok"]


def test_messages_go_only_where_the_bot_is(slack: WebClient, driver: Driver) -> None:
    assert refusal(lambda: slack.chat_postMessage(channel="C0RANDOM", text="x")) == "not_in_channel"
    assert refusal(lambda: slack.chat_postMessage(channel="C0PRIVATE", text="x")) == "channel_not_found"
    assert refusal(lambda: slack.chat_postMessage(channel="C0NOWHERE", text="x")) == "channel_not_found"
    driver.post("channels/archive", channel="infra")
    assert refusal(lambda: slack.chat_postMessage(channel="C0INFRA", text="x")) == "is_archived"
    driver.post("join", user="ana", channel="random")
    assert slack.chat_postMessage(channel="C0RANDOM", text="x")["ok"]
    assert slack.chat_postMessage(channel="U0ANA", text="x")["channel"] == "D0ANA"


def test_only_its_own_messages_can_be_changed_and_deleted(slack: WebClient, driver: Driver) -> None:
    said = driver.user("ana").say("mine")
    assert (
        refusal(lambda: slack.chat_update(channel=INCIDENTS, ts=said.ts, text="x")) == "cant_update_message"
    )
    assert refusal(lambda: slack.chat_delete(channel=INCIDENTS, ts=said.ts)) == "cant_delete_message"
    assert (
        refusal(lambda: slack.chat_update(channel=INCIDENTS, ts="1.000001", text="x")) == "message_not_found"
    )
    mine = slack.chat_postMessage(channel=INCIDENTS, text="x")
    slack.chat_delete(channel=INCIDENTS, ts=mine["ts"])
    assert "x" not in [post.text for post in driver.user("ana").messages()]


def test_an_update_with_only_text_removes_the_blocks_and_keeps_the_metadata(
    slack: WebClient, driver: Driver
) -> None:
    metadata = {"event_type": "entry", "event_payload": {"entry_id": "e1"}}
    made = slack.chat_postMessage(channel=INCIDENTS, text="x", blocks=[section()], metadata=metadata)
    slack.chat_update(channel=INCIDENTS, ts=made["ts"], text="y")
    read = slack.conversations_replies(channel=INCIDENTS, ts=made["ts"], include_all_metadata=True)[
        "messages"
    ][0]
    assert read["text"] == "y"
    assert "blocks" not in read
    assert read["metadata"] == metadata
    assert "edited" in read
    assert "metadata" not in slack.conversations_history(channel=INCIDENTS)["messages"][0]


def test_texts_and_metadata_have_limits(slack: WebClient) -> None:
    made = slack.chat_postMessage(channel=INCIDENTS, text="x" * 50_000)
    assert len(made["message"]["text"]) == 40_000
    assert (
        refusal(lambda: slack.chat_update(channel=INCIDENTS, ts=made["ts"], text="x" * 4001))
        == "msg_too_long"
    )
    assert refusal(lambda: slack.api_call("chat.postMessage", json={"channel": INCIDENTS})) == "no_text"
    big = {"event_type": "e", "event_payload": {"x": "y" * 9000}}
    assert (
        refusal(lambda: slack.chat_postMessage(channel=INCIDENTS, text="x", metadata=big))
        == "metadata_too_large"
    )
    bad: dict[str, Any] = {"event_payload": {}}
    assert (
        refusal(lambda: slack.chat_postMessage(channel=INCIDENTS, text="x", metadata=bad))
        == "invalid_metadata_schema"
    )


def test_a_thread_is_found_by_its_parent_and_a_reply_leads_to_it(slack: WebClient, driver: Driver) -> None:
    parent = slack.chat_postMessage(channel=INCIDENTS, text="parent")["ts"]
    first = slack.chat_postMessage(channel=INCIDENTS, text="one", thread_ts=parent)["ts"]
    slack.chat_postMessage(channel=INCIDENTS, text="two", thread_ts=first)
    slack.chat_postMessage(channel=INCIDENTS, text="three", thread_ts=parent, reply_broadcast=True)
    pages = slack.conversations_replies(channel=INCIDENTS, ts=parent, limit=3)
    assert [m["text"] for m in pages["messages"]] == ["parent", "one", "two"]
    assert pages["has_more"]
    cursor = pages["response_metadata"]["next_cursor"]
    rest = slack.conversations_replies(channel=INCIDENTS, ts=parent, limit=3, cursor=cursor)
    assert [m["text"] for m in rest["messages"]] == ["three"]
    assert [post.text for post in driver.user("lan").messages()] == ["parent", "three"]
    unknown = lambda: slack.chat_postMessage(channel=INCIDENTS, text="x", thread_ts="1.000001")  # noqa: E731
    assert refusal(unknown) == "thread_not_found"


def test_ts_never_repeat_and_always_grow(slack: WebClient) -> None:
    stamps = [slack.chat_postMessage(channel=INCIDENTS, text="x")["ts"] for _ in range(5)]
    assert stamps == sorted(set(stamps))


def test_an_ephemeral_is_seen_only_by_its_reader_and_never_read_back(
    slack: WebClient, driver: Driver
) -> None:
    slack.chat_postEphemeral(channel=INCIDENTS, user="U0ANA", text="psst")
    assert [post.text for post in driver.user("ana").messages()] == ["psst"]
    assert driver.user("lan").messages() == []
    assert slack.conversations_history(channel=INCIDENTS)["messages"] == []
    outside = lambda: slack.chat_postEphemeral(channel="C0ALERTS", user="U0GIL", text="x")  # noqa: E731
    assert refusal(outside) == "user_not_in_channel"


def test_posting_faster_than_slack_allows_is_answered_429_with_retry_after(slack: WebClient) -> None:
    for _ in range(10):
        slack.chat_postMessage(channel="C0ALERTS", text="x")
    with pytest.raises(SlackApiError) as caught:
        slack.chat_postMessage(channel="C0ALERTS", text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert slack.chat_postMessage(channel=INCIDENTS, text="another channel has its own limit")["ok"]
    TICKS.seconds += 1
    assert slack.chat_postMessage(channel="C0ALERTS", text="x")["ok"]


def test_a_tier_2_method_allows_twenty_calls_and_then_one_every_three_seconds(
    slack: WebClient, driver: Driver
) -> None:
    for _ in range(20):
        slack.users_list()
    assert refusal(slack.users_list) == "ratelimited"
    TICKS.seconds += 3
    assert slack.users_list()["ok"]
    driver.post("rate-limits", mode="off")
    assert all(slack.users_list()["ok"] for _ in range(25))


def test_a_trigger_works_once_and_only_for_three_seconds(sandbox: SandboxSlack, slack: WebClient) -> None:
    used, stale = trigger(sandbox), trigger(sandbox)
    slack.views_open(trigger_id=used, view=modal(section()))
    assert refusal(lambda: slack.views_open(trigger_id=used, view=modal(section()))) == "exchanged_trigger_id"
    TICKS.seconds += 3.1
    assert refusal(lambda: slack.views_open(trigger_id=stale, view=modal(section()))) == "expired_trigger_id"
    assert (
        refusal(lambda: slack.views_open(trigger_id="1.2.3", view=modal(section()))) == "invalid_trigger_id"
    )


def test_views_stack_three_high_and_are_updated_by_hash(
    sandbox: SandboxSlack, slack: WebClient, driver: Driver
) -> None:
    first = slack.views_open(trigger_id=trigger(sandbox), view=modal(section()))["view"]
    for _ in range(2):
        slack.views_push(trigger_id=trigger(sandbox), view=modal(section()))
    fourth = lambda: slack.views_push(trigger_id=trigger(sandbox), view=modal(section()))  # noqa: E731
    assert refusal(fourth) == "push_limit_reached"
    changed = slack.views_update(view_id=first["id"], hash=first["hash"], view=modal(section("new")))["view"]
    assert changed["hash"] != first["hash"]
    late = lambda: slack.views_update(view_id=first["id"], hash=first["hash"], view=modal())  # noqa: E731
    assert refusal(late) == "hash_conflict"
    ana = driver.user("ana")
    assert len(ana.modals()) == 3
    ana.close_modal(everything=True)
    assert ana.modals() == []
    assert refusal(lambda: slack.views_update(view_id=first["id"], view=modal())) == "not_found"


def test_an_updated_view_keeps_what_was_typed_where_the_ids_stay(
    sandbox: SandboxSlack, slack: WebClient, driver: Driver
) -> None:
    field = {
        "type": "input",
        "block_id": "a",
        "label": {"type": "plain_text", "text": "A"},
        "element": {"type": "plain_text_input", "action_id": "a", "initial_value": "first"},
    }
    frame = {"submit": {"type": "plain_text", "text": "Go"}}
    view = slack.views_open(trigger_id=trigger(sandbox), view=modal(field, **frame))["view"]
    assert view["state"]["values"]["a"]["a"]["value"] == "first"
    sandbox.sandbox.modals.find(view["id"]).values["a"]["a"]["value"] = "typed"
    after = slack.views_update(view_id=view["id"], view=modal(field, section(), **frame))["view"]
    assert after["state"]["values"]["a"]["a"]["value"] == "typed"
    assert len(driver.user("ana").modals()) == 1


def test_a_scheduled_message_arrives_but_never_when_it_carries_metadata(
    sandbox: SandboxSlack, slack: WebClient, driver: Driver
) -> None:
    at = int(sandbox.workspace.now().timestamp()) + 1
    metadata = {"event_type": "e", "event_payload": {}}
    slack.chat_scheduleMessage(channel=INCIDENTS, text="lost", post_at=at, metadata=metadata)
    slack.chat_scheduleMessage(channel=INCIDENTS, text="arrives", post_at=at)
    driver.user("ana").wait_for_message("arrives")
    assert "lost" not in driver.user("ana").text()
    past = lambda: slack.chat_scheduleMessage(channel=INCIDENTS, text="x", post_at=1)  # noqa: E731
    far = lambda: slack.chat_scheduleMessage(channel=INCIDENTS, text="x", post_at=at + 121 * 86_400)  # noqa: E731
    assert (refusal(past), refusal(far)) == ("time_in_past", "time_too_far")


def test_reactions_and_pins_are_kept_once_each(slack: WebClient, driver: Driver) -> None:
    ts = slack.chat_postMessage(channel=INCIDENTS, text="x")["ts"]

    def add() -> SlackResponse:
        return slack.reactions_add(channel=INCIDENTS, timestamp=ts, name="eyes")

    add()
    assert refusal(add) == "already_reacted"
    assert slack.reactions_get(channel=INCIDENTS, timestamp=ts)["message"]["reactions"][0]["count"] == 1
    slack.reactions_remove(channel=INCIDENTS, timestamp=ts, name="eyes")
    slack.pins_add(channel=INCIDENTS, timestamp=ts)
    assert refusal(lambda: slack.pins_add(channel=INCIDENTS, timestamp=ts)) == "already_pinned"
    assert slack.pins_list(channel=INCIDENTS)["items"][0]["message"]["ts"] == ts
    assert driver.user("ana").messages()[0].json["is_pinned"]


def test_people_groups_and_channels_can_be_looked_up(slack: WebClient) -> None:
    minh = slack.users_info(user="U0MINH", include_locale=True)["user"]
    assert (minh["tz"], minh["locale"], minh["tz_offset"]) == ("Asia/Ho_Chi_Minh", "vi-VN", 7 * 3600)
    assert slack.users_info(user="U0GIL")["user"]["is_restricted"]
    assert slack.usergroups_users_list(usergroup="S0INFRA")["users"] == ["U0MINH", "U0LAN"]
    names = {
        channel["name"]
        for channel in slack.conversations_list(types="public_channel,private_channel")["channels"]
    }
    assert names == {"incidents", "alerts", "infra", "random"}
    assert slack.conversations_open(users="U0LAN")["channel"]["id"] == "D0LAN"
    assert "U0GIL" in slack.conversations_members(channel=INCIDENTS)["members"]
