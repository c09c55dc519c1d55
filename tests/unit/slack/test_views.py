"""Modals, the Home tab, private answers and the digest: Slack takes them all, whatever is in them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.digest_view import DigestLine, DigestView, Trend
from bot.core.incident import Choice, Incident
from bot.core.message import say
from bot.core.ports import OutboxMessage
from bot.core.runbook import CheckStep
from bot.sandbox.slack.block_checker import Checker, Surface
from bot.sandbox.slack.block_rules import check_blocks, check_view
from bot.slack.blocks.controls import Press, read_press
from bot.slack.blocks.details import allow_modal, details_modal
from bot.slack.blocks.digest import render_digest, sparkline
from bot.slack.blocks.home import home_view
from bot.slack.blocks.modals import (
    OpenForm,
    answer_modal,
    ask_modal,
    cause_modal,
    looked_modal,
    note_modal,
    open_modal,
    resolve_modal,
    window_modal,
)
from bot.slack.blocks.replies import help_text, loading_modal, message_modal, status_text
from bot.slack.blocks.writer import Writer
from bot.slack.rendering import SlackRenderer
from tests.evidence_builders import NOW
from tests.slack_samples import CONTENT, HOSTILE, RUNBOOK, an_incident, hostile

WRITE = Writer("en")
PRESS = Press(12, "network_path", 2)
HOME = "https://acme.slack.com/"


def the_incident() -> Incident:
    incident = hostile(an_incident())
    assert isinstance(incident, Incident)
    return incident


def check_step(step_id: str) -> CheckStep:
    step = RUNBOOK.step(step_id)
    assert isinstance(step, CheckStep)
    return step


MODALS = {
    "open": open_modal(OpenForm("", NOW, "shop-prod", 45), CONTENT, WRITE),
    "answer": answer_modal(PRESS, RUNBOOK.steps[0], Choice.YES, HOSTILE * 50, WRITE),
    "ask": ask_modal(PRESS, RUNBOOK.steps[0], WRITE),
    "looked": looked_modal(PRESS, check_step("network_path"), "", WRITE),
    "note": note_modal(PRESS, WRITE),
    "window": window_modal(the_incident(), WRITE),
    "resolve": resolve_modal(the_incident(), WRITE),
    "cause": cause_modal(the_incident(), CONTENT, WRITE),
    "details": details_modal(the_incident(), check_step("network_path"), CONTENT, WRITE),
    "no details": details_modal(the_incident(), check_step("cpu"), CONTENT, WRITE),
    "allow": allow_modal(the_incident(), check_step("changes"), WRITE),
    "nothing to allow": allow_modal(the_incident(), check_step("cpu"), WRITE),
    "loading": loading_modal(WRITE),
    "message": message_modal(say("No {x}.", x=HOSTILE), WRITE),
}


@pytest.mark.parametrize("name", MODALS)
def test_slack_takes_every_modal(name: str) -> None:
    check = Checker(Surface.MODAL)
    check_view(check, MODALS[name])
    assert check.problems == []


def test_slack_takes_the_home_tab_however_many_incidents_are_open() -> None:
    for count in (0, 1, 60):
        check = Checker(Surface.HOME)
        check_view(check, home_view([the_incident()] * count, CONTENT, WRITE, HOME))
        assert check.problems == []


def test_private_answers_are_taken_and_not_empty() -> None:
    for rendered in (help_text(WRITE), status_text([the_incident()] * 30, CONTENT, WRITE, HOME)):
        check = Checker(Surface.MESSAGE)
        check_blocks(check, list(rendered.blocks))
        assert check.problems == []
        assert rendered.text


def test_the_allow_modal_shows_a_statement_for_exactly_the_refused_action() -> None:
    modal = allow_modal(an_incident(), check_step("changes"), WRITE)
    texts = [b["elements"][0]["elements"][0]["text"] for b in modal["blocks"] if b["type"] == "rich_text"]
    wanted = {"Effect": "Allow", "Action": ["cloudtrail:LookupEvents"], "Resource": "*"}
    assert json.loads(texts[0]) == wanted


def test_details_show_how_to_repeat_the_reading_and_what_it_called() -> None:
    shown = json.dumps(details_modal(an_incident(), check_step("network_path"), CONTENT, WRITE))
    assert "aws ec2 describe-security-groups" in shown
    assert "`ec2:DescribeNetworkAcls`" in shown
    assert "paths evaluated  12" in shown


def test_the_window_form_starts_with_the_window_that_was_asked_for() -> None:
    blocks = {b["block_id"]: b["element"] for b in window_modal(an_incident(), WRITE)["blocks"]}
    alarm_at = an_incident().scope.alarm_at
    assert blocks["alarm_at"]["initial_date_time"] == int(alarm_at.timestamp())
    before = alarm_at - an_incident().scope.window.start
    assert blocks["window"]["initial_option"]["value"] == str(2 * before // timedelta(minutes=1))


@given(st.integers(min_value=0), st.from_regex(r"[a-z_]{0,40}", fullmatch=True), st.integers(min_value=0))
def test_what_a_button_carries_comes_back(incident: int, what: str, version: int) -> None:
    press = Press(incident, what, version)
    assert read_press(str(press)) == press


# Digest ---------------------------------------------------------------------------------------------------


def a_digest(*lines: DigestLine, **more: Any) -> dict[str, Any]:
    view = DigestView(at=NOW, watched=41, lines=lines, **more)
    return dict(view.model_dump(mode="json"))


def a_line(trend: Trend = Trend.WORSE, name: str = "shop-prod") -> DigestLine:
    return DigestLine(
        trend=trend,
        name=name,
        load_balancer="arn:aws:x:loadbalancer/app/shop-prod/1",
        parts=(say("connection errors: {n}, the day before {old}", n=312, old=0),),
        per_hour=(0, 1, None, 312),
    )


def test_a_digest_says_what_changed_and_offers_to_start_an_incident_where_it_is_bad() -> None:
    rendered = render_digest(a_digest(a_line(), a_line(Trend.BETTER), quiet=("api",)), WRITE)
    accessories = [b["accessory"]["value"] for b in rendered.blocks if "accessory" in b]
    assert accessories == ["arn:aws:x:loadbalancer/app/shop-prod/1"]
    assert "connection errors: 312, the day before 0" in rendered.text
    assert "1 unchanged: api" in json.dumps(rendered.blocks)


def test_a_digest_with_something_unread_never_says_that_nothing_changed() -> None:
    unread = (say("Not allowed: {action}.", action="cloudwatch:GetMetricData"),)
    assert "nothing changed" not in render_digest(a_digest(unread=unread), WRITE).text
    assert "nothing changed" in render_digest(a_digest(quiet=("api",)), WRITE).text


def test_a_large_hostile_digest_fits() -> None:
    lines = tuple(a_line(name=HOSTILE) for _ in range(90))
    quiet = tuple(f"lb-{i}-{'x' * 25}" for i in range(400))
    rendered = render_digest(a_digest(*lines, quiet=quiet, unread=(say("{x}", x=HOSTILE),) * 20), WRITE)
    check = Checker(Surface.MESSAGE)
    check_blocks(check, list(rendered.blocks))
    assert check.problems == []
    assert "… and 55 more" in json.dumps(rendered.blocks, ensure_ascii=False)
    assert "<!channel>" not in json.dumps(rendered.blocks)


@given(st.lists(st.none() | st.integers(min_value=0, max_value=10**9), max_size=24))
def test_a_sparkline_has_a_character_an_hour_and_shows_every_error(hours: list[int | None]) -> None:
    bars = sparkline(hours)
    assert len(bars) in (0, len(hours))
    for bar, count in zip(bars, hours, strict=False):
        assert (bar == "·") == (count is None)
        assert (bar == "▁") == (count == 0)


def test_hours_that_are_all_alike_have_no_bars() -> None:
    assert sparkline([80, 90, 75, None, 88]) == ""
    assert sparkline([0, 90, 75, None, 88]) != ""


# Outbox rows ----------------------------------------------------------------------------------------------


def a_row(key: str, **changes: Any) -> OutboxMessage:
    row = OutboxMessage(id=1, team="T1", channel="C1", key=key, version=1, locale="en", incident_id=12)
    return row.model_copy(update=changes)


def test_an_outbox_row_becomes_its_message_its_picture_or_its_digest() -> None:
    renderer = SlackRenderer(CONTENT, HOME)
    assert "shop-prod" in renderer.render(a_row("headline"), an_incident()).text
    picture = renderer.render(a_row("chart:network_path"), an_incident())
    assert picture.file is not None
    assert picture.file.content.startswith(b"\x89PNG")
    digest = a_row("digest:1", incident_id=None, payload=a_digest(a_line()))
    assert "312" in renderer.render(digest, None).text


def test_a_picture_that_is_gone_by_now_is_said_in_words() -> None:
    rendered = SlackRenderer(CONTENT, HOME).render(a_row("chart:cpu"), an_incident())
    assert (rendered.file, rendered.text) == (None, "The last run has no picture.")


def test_a_row_without_incident_and_payload_is_a_bug() -> None:
    with pytest.raises(ValueError, match="neither"):
        SlackRenderer(CONTENT, HOME).render(a_row("headline"), None)
