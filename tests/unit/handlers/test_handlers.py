"""What people type, click and submit is one use case each; every mistake has a private answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.errors import UserError
from bot.core.incident import Choice
from bot.core.message import Person, say
from bot.incidents import OpenRequest
from handlers.services import Pin
from tests.evidence_builders import NOW
from tests.handler_fakes import ANA, CHANNEL, TEAM, Desk, a_click, a_submission, an_event
from tests.slack_samples import an_incident


@pytest.fixture
def desk() -> Desk:
    return Desk()


def opened(desk: Desk) -> OpenRequest:
    request = desk.incidents.done[-1][1]
    assert isinstance(request, OpenRequest)
    return request


# Commands -------------------------------------------------------------------------------------------------


def test_a_name_and_a_time_open_an_incident_in_the_persons_zone(desk: Desk) -> None:
    answer = desk.command("shop-prod 15:05 2h")
    request = opened(desk)
    assert request.load_balancer == "shop-prod"
    assert request.alarm_at == datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
    assert (request.window, request.channel, request.user) == (timedelta(hours=2), CHANNEL, ANA)
    assert answer.startswith("Opened for shop-prod")


def test_an_unknown_person_is_looked_up_after_the_ack_and_then_opens(desk: Desk) -> None:
    assert desk.command("shop-prod 21:05", user="U0MINH") == ""
    assert desk.incidents.done == []
    desk.catch_up()
    assert opened(desk).alarm_at == datetime(2026, 11, 21, 14, 5, tzinfo=UTC)


def test_without_any_time_zone_the_time_is_utc_and_that_is_said(desk: Desk) -> None:
    desk.command("shop-prod 14:05", user="U0NOBODY")
    assert "as UTC" in desk.told()
    assert opened(desk).alarm_at == datetime(2026, 11, 21, 14, 5, tzinfo=UTC)


def test_what_is_wrong_with_a_command_is_said_to_the_person(desk: Desk) -> None:
    assert desk.command("shop-prod at noon") == ""
    assert "I understand one time and one length" in desk.told()


def test_no_words_show_the_form_with_the_present_minute(desk: Desk) -> None:
    desk.command("")
    view = desk.view()
    assert view["callback_id"] == "view_open"
    assert json.loads(view["private_metadata"]) == {"channel": CHANNEL}


def test_status_lists_the_open_incidents(desk: Desk) -> None:
    assert "shop-prod" in desk.command("status")
    desk.incidents.incidents.clear()
    assert desk.command("status", trigger="2") == "No open incident here."


def test_resolve_closes_the_only_incident_and_asks_when_there_are_several(desk: Desk) -> None:
    assert "Resolved: shop-prod" in desk.command("resolve pool was full")
    assert desk.incidents.done[-1] == ("resolve", 12, "pool was full", ANA)
    desk.incidents.incidents.append(an_incident(id=13))
    desk.command("resolve", trigger="2")
    assert "Several incidents are open" in desk.told()


def test_a_language_is_the_channels(desk: Desk) -> None:
    desk.command("language en")
    assert desk.incidents.languages == {CHANNEL: "en"}


def test_a_digest_on_request_is_one_digest(desk: Desk) -> None:
    desk.command("digest", trigger="7")
    assert desk.digests.asked == [(TEAM, CHANNEL, "7")]


def test_help_shows_every_form(desk: Desk) -> None:
    answer = desk.command("help")
    for word in ("status", "resolve", "digest", "language", "14:05"):
        assert word in answer


# Buttons --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action_id", "value", "done"),
    [
        ("answer:no", "12:infra_changed:0", ("answer", 12, "infra_changed", 0, Choice.NO, "", ANA)),
        (
            "answer:dont_know",
            "12:infra_changed:0",
            ("answer", 12, "infra_changed", 0, Choice.DONT_KNOW, "", ANA),
        ),
        ("run_check:cpu", "12:cpu:3", ("run_check", 12, "cpu", 3, ANA, False)),
        ("run_again", "12:cpu:3", ("run_check", 12, "cpu", 3, ANA, True)),
        ("run_rest", "12::0", ("run_rest", 12, ANA)),
        ("take_over", "12::0", ("take_over", 12, ANA)),
        ("confirm_cause", "12:network_block:0", ("confirm_cause", 12, "network_block", ANA)),
    ],
)
def test_a_button_is_one_use_case_with_the_version_it_was_shown_with(
    desk: Desk, action_id: str, value: str, done: tuple[object, ...]
) -> None:
    assert desk.send(a_click(action_id, value)).status == 200
    assert desk.incidents.done == [done]


@pytest.mark.parametrize(
    ("action_id", "value", "view"),
    [
        ("answer:yes", "12:infra_changed:0", "view_answer"),
        ("change_answer", "12:infra_changed:1", "view_answer"),
        ("ask_someone", "12:infra_changed:1", "view_ask"),
        ("i_looked", "12:changes:2", "view_looked"),
        ("add_note", "12::0", "view_note"),
        ("change_window", "12::0", "view_window"),
        ("resolve", "12::0", "view_resolve"),
        ("other_cause", "12::0", "view_cause"),
    ],
)
def test_a_button_with_an_ellipsis_opens_its_form_after_the_ack(
    desk: Desk, action_id: str, value: str, view: str
) -> None:
    assert desk.send(a_click(action_id, value)).status == 200
    assert desk.calls == []
    shown = desk.view()
    assert (shown["callback_id"], shown["private_metadata"]) == (view, value)


@pytest.mark.parametrize(
    ("action_id", "title"), [("details", "Network path"), ("how_to_allow", "Network path")]
)
def test_what_is_behind_a_finding_is_a_modal(desk: Desk, action_id: str, title: str) -> None:
    desk.send(a_click(action_id, "12:network_path:2"))
    assert desk.view()["title"]["text"] == title


def test_a_line_of_the_digest_starts_an_incident_for_its_load_balancer(desk: Desk) -> None:
    desk.send(a_click("start_incident", "arn:aws:x:loadbalancer/app/shop-prod/1"))
    chosen = desk.view()["blocks"][0]["element"]["initial_option"]
    assert (chosen["text"]["text"], chosen["value"]) == (
        "shop-prod",
        "arn:aws:x:loadbalancer/app/shop-prod/1",
    )


def test_a_form_about_an_incident_that_is_gone_says_so(desk: Desk) -> None:
    desk.send(a_click("resolve", "99::0"))
    assert "not here any more" in json.dumps(desk.view())


def test_the_loser_of_two_clicks_is_told_who_was_first(desk: Desk) -> None:
    desk.incidents.refusal = UserError(say("{who} already started this check", who=Person(id="U0MINH")))
    assert desk.send(a_click("run_check:cpu", "12:cpu:0")).status == 200
    assert desk.told() == "<@U0MINH> already started this check"


@pytest.mark.parametrize("value", ["", "12", "a:b:c", "12:cpu:x", "1:2:3:4"])
def test_a_button_of_an_older_version_is_explained(desk: Desk, value: str) -> None:
    assert desk.send(a_click("run_again", value)).status == 200
    assert "older version" in desk.told()


def test_the_same_delivery_twice_acts_once(desk: Desk) -> None:
    for _ in range(2):
        assert desk.send(a_click("run_check:cpu", "12:cpu:0")).status == 200
    assert len(desk.incidents.done) == 1
    desk.send(a_click("run_check:cpu", "12:cpu:0", action_ts="1795270001.1"))
    assert len(desk.incidents.done) == 2


def test_something_broken_is_acked_and_said(desk: Desk) -> None:
    desk.incidents.refusal = ZeroDivisionError()
    assert desk.send(a_click("run_rest", "12::0")).status == 200
    assert "Something broke here" in desk.told()


def test_while_the_database_is_away_a_person_is_told_and_an_event_is_left_to_slack(desk: Desk) -> None:
    desk.incidents.refusal = OSError("the database is away")
    desk.inbox.broken = True
    desk.people.facts.clear()
    assert desk.send(a_click("run_rest", "12::0")).status == 200
    assert "Something broke here" in desk.told()
    assert desk.send(an_event("app_mention", channel=CHANNEL, text="hi")).status == 500


# Forms ----------------------------------------------------------------------------------------------------


def submitted(**values: str) -> dict[str, dict[str, Any]]:
    return {name: {"type": "plain_text_input", "value": value} for name, value in values.items()}


def test_the_open_form_opens_once_however_often_it_is_submitted(desk: Desk) -> None:
    values: dict[str, dict[str, Any]] = {
        "load_balancer": {"selected_option": {"value": "shop-prod"}},
        "alarm_at": {"selected_date_time": int(NOW.timestamp())},
        "window": {"selected_option": {"value": "120"}},
        "statistic": {"selected_option": {"value": "Sum"}},
        "period": {"selected_option": {"value": "300"}},
        "runbook": {"selected_option": {"value": "-"}},
    }
    assert desk.send(a_submission("view_open", '{"channel": "C0INCIDENTS"}', values)).body == ""
    assert opened(desk) == OpenRequest(
        team=TEAM,
        channel=CHANNEL,
        user=ANA,
        load_balancer="shop-prod",
        alarm_at=NOW,
        window=timedelta(hours=2),
        period_s=300,
        request_key="view:V1",
    )


@pytest.mark.parametrize(
    ("view", "metadata", "values", "done"),
    [
        (
            "view_answer",
            "12:infra_changed:1",
            {"choice": {"selected_option": {"value": "yes"}}, "note": {"value": "rotated"}},
            ("answer", 12, "infra_changed", 1, Choice.YES, "rotated", ANA),
        ),
        (
            "view_looked",
            "12:changes:2",
            {"note": {"value": "all quiet"}},
            ("answer", 12, "changes", 2, Choice.SEEN, "all quiet", ANA),
        ),
        (
            "view_ask",
            "12:infra_changed:1",
            {"person": {"selected_user": None}, "group": {"selected_option": {"value": "S0INFRA"}}},
            ("ask", 12, "infra_changed", 1, "S0INFRA", ANA),
        ),
        ("view_note", "12::0", {"note": {"value": "hm"}}, ("note", 12, "hm", ANA, NOW, "view:V1")),
        ("view_resolve", "12::0", {"note": {"value": ""}}, ("resolve", 12, "", ANA)),
        (
            "view_cause",
            "12::0",
            {"cause": {"selected_option": {"value": "overload"}}, "note": {"value": None}},
            ("confirm_cause", 12, "overload", ANA),
        ),
        (
            "view_cause",
            "12::0",
            {"cause": {"selected_option": None}, "note": {"value": "a squirrel"}},
            ("confirm_cause", 12, "a squirrel", ANA),
        ),
        (
            "view_window",
            "12::0",
            {"alarm_at": {"selected_date_time": int(NOW.timestamp())}, "window": {"value": "30"}},
            ("change_window", 12, NOW, timedelta(minutes=30), "Sum", 60, ANA),
        ),
    ],
)
def test_a_form_is_one_use_case(
    desk: Desk, view: str, metadata: str, values: dict[str, Any], done: tuple[object, ...]
) -> None:
    assert desk.send(a_submission(view, metadata, values)).body == ""
    assert desk.incidents.done == [done]


def test_a_mistake_in_a_form_stays_in_the_form(desk: Desk) -> None:
    desk.incidents.refusal = UserError(say("No load balancer is called {name}.", name="shpo"))
    answer = desk.send(a_submission("view_open", "{}", submitted(load_balancer="shpo")))
    assert json.loads(answer.body) == {
        "response_action": "errors",
        "errors": {"load_balancer": "No load balancer is called shpo."},
    }


def test_a_form_that_lost_a_race_keeps_what_was_typed_and_names_who_won(desk: Desk) -> None:
    desk.incidents.refusal = UserError(say("{who} already answered", who=Person(id="U0MINH")))
    answer = json.loads(desk.send(a_submission("view_answer", "12:x:1", submitted(note="long words"))).body)
    assert answer["response_action"] == "push"
    assert "<@U0MINH> already answered" in json.dumps(answer["view"])


def test_a_corrected_form_is_not_taken_for_a_repeated_one(desk: Desk) -> None:
    form = a_submission("view_note", "12::0", submitted(note="x"))
    desk.incidents.refusal = UserError(say("Not now."))
    desk.send(form)
    desk.incidents.refusal = None
    desk.send(form)
    assert len(desk.incidents.done) == 1


# Selects --------------------------------------------------------------------------------------------------


def suggestion(action_id: str, typed: str) -> dict[str, Any]:
    return {
        "type": "block_suggestion",
        "team": {"id": TEAM},
        "user": {"id": ANA},
        "action_id": action_id,
        "block_id": "b",
        "value": typed,
    }


def test_load_balancers_that_begin_with_what_was_typed_come_first(desk: Desk) -> None:
    answer = json.loads(desk.send(suggestion("load_balancer", "shop")).body)
    assert [o["value"] for o in answer["options"]] == ["shop-dev", "shop-prod", "prod-shop"]


def test_user_groups_are_offered_by_their_handle(desk: Desk) -> None:
    answer = json.loads(desk.send(suggestion("user_group", "@infra")).body)
    assert [o["value"] for o in answer["options"]] == ["S0INFRA"]


# Timeline -------------------------------------------------------------------------------------------------


def message_shortcut(**message: Any) -> dict[str, Any]:
    return {
        "type": "message_action",
        "callback_id": "add_to_timeline",
        "team": {"id": TEAM},
        "user": {"id": ANA},
        "channel": {"id": CHANNEL},
        "trigger_id": "s.1",
        "message": message,
    }


def test_a_message_with_a_picture_becomes_its_authors_note_at_its_own_time(desk: Desk) -> None:
    desk.send(
        message_shortcut(
            ts="1795270380.000200",
            thread_ts="1795269000.000100",
            user="U0LAN",
            text="rolling back &amp; <@U0MINH> agrees",
            files=[{"name": "graph.png"}],
        )
    )
    at = datetime.fromtimestamp(1795270380.0002, UTC)
    text = "rolling back & @U0MINH agrees 📎 graph.png"
    assert desk.incidents.done == [("note", 12, text, "U0LAN", at, "pin:C0INCIDENTS:1795270380.000200")]
    assert "Added to the timeline of shop-prod" in desk.told()


@pytest.mark.parametrize("message", [{}, {"ts": "soon", "text": "x"}, {"ts": "1e400", "text": "x"}])
def test_a_malformed_timestamp_is_explained(desk: Desk, message: dict[str, Any]) -> None:
    assert desk.send(message_shortcut(**message)).status == 200
    assert "did not say which message" in desk.told()


def test_a_pushpin_is_accepted_before_the_ack_and_other_reactions_are_not(desk: Desk) -> None:
    item = {"type": "message", "channel": CHANNEL, "ts": "1795270380.000200"}
    assert desk.send(an_event("reaction_added", reaction="eyes", item=item)).status == 200
    assert desk.send(an_event("reaction_added", "Ev2", reaction="pushpin", item=item)).status == 200
    assert desk.pins.pins == [Pin(TEAM, CHANNEL, "1795270380.000200", ANA)]


def test_a_pin_that_could_not_be_stored_is_not_acked_so_that_slack_sends_it_again(desk: Desk) -> None:
    item = {"type": "message", "channel": CHANNEL, "ts": "1795270380.000200"}
    event = an_event("reaction_added", reaction="pushpin", item=item)
    desk.pins.broken = True
    assert desk.send(event).status == 503
    desk.pins.broken = False
    assert desk.send(event).status == 200
    assert len(desk.pins.pins) == 1


# Home -----------------------------------------------------------------------------------------------------


def test_the_home_tab_shows_the_open_incidents(desk: Desk) -> None:
    desk.send(an_event("app_home_opened", tab="home"))
    desk.catch_up()
    assert "shop-prod" in json.dumps(desk.called("views.publish")[-1])


def test_a_mention_is_answered_with_help_once(desk: Desk) -> None:
    for _ in range(2):
        desk.send(an_event("app_mention", channel=CHANNEL, text="<@U0INCIDENT> hi"))
    desk.catch_up()
    assert len(desk.called("chat.postEphemeral")) == 1


def test_a_private_answer_is_in_the_persons_language_when_it_is_known(desk: Desk) -> None:
    desk.incidents.languages[CHANNEL] = "vi"
    assert desk.command("status").startswith("*1 open incident*")
