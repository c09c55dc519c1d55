"""The alarm adviser in Slack: its form and its answer, taken by Slack whatever is in them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.core.alarms.advise import advise, compare
from bot.core.alarms.backtest import KnownIncident
from bot.core.alarms.history import AlarmMetrics
from bot.core.alarms.natures import NATURES
from bot.core.alarms.plan import AlarmPlan, Band, Static
from bot.core.alarms.view import AdviceView, picture
from bot.core.alarms.write import AlarmWrite, WriteState
from bot.core.model import LoadBalancer, Unread, UnreadReason, Window
from bot.core.ports import OutboxMessage, Rendered
from bot.sandbox.slack.block_checker import Checker, Surface
from bot.sandbox.slack.block_rules import check_blocks, check_view
from bot.slack.blocks.alarm import render_advice
from bot.slack.blocks.alarm_form import alarm_modal
from bot.slack.blocks.writer import Writer
from bot.slack.rendering import SlackRenderer
from tests.alarm_builders import (
    ALB,
    CLB,
    END,
    ERRORS,
    LOOKS_LIKE_CODE,
    NLB,
    PLANS,
    REQUESTS,
    a_history,
    a_plan,
    an_alarm,
    but,
    fortnight,
)
from tests.slack_samples import CONTENT, HOSTILE

WRITE = Writer("en")
TROUBLE = Window(start=END - timedelta(days=2), end=END - timedelta(days=2) + timedelta(minutes=20))
LATER = Window(start=END - timedelta(days=1), end=END - timedelta(days=1) + timedelta(minutes=20))
KNOWN = (KnownIncident(window=TROUBLE, name="#7"), KnownIncident(window=LATER, name="#8"))
HISTORY = a_history(
    fortnight(ERRORS, but(lambda at: None, {TROUBLE: 60.0})), fortnight(REQUESTS, lambda at: 2000.0)
)
OLD = an_alarm(
    a_plan(Static(threshold=1), metric=ERRORS, of=(1, 1), name="shop-errors"),
)


def text_of(view: AdviceView) -> str:
    rendered = render_advice(view, WRITE)
    return rendered.text + json.dumps(rendered.blocks, ensure_ascii=False)


def a_view(*, known: tuple[KnownIncident, ...] = KNOWN, history: AlarmMetrics = HISTORY) -> AdviceView:
    advice = advise(ALB, "TargetConnectionErrorCount", history, [OLD], known)
    return AdviceView(advice=advice, known=len(known), asked_by="U0ANA")


def test_the_answer_begins_with_the_proposal_and_what_it_would_have_done() -> None:
    said = text_of(a_view())
    assert "at least 10, or 1 % of `RequestCount` where that is at least 100" in said
    assert "3 of 5 points" in said
    assert "would have fired 1 time, 20 min in ALARM together; 0 of them without a known incident" in said
    assert "fires 3 min after it began" in said
    assert "Incident #8 of" in said
    assert "missed" in said
    assert "Now: `shop-errors`, at least 1." in said
    assert "caught 1 of 2 known incidents" in said


def test_what_was_not_read_has_no_figures_and_says_why() -> None:
    unread = Unread(reason=UnreadReason.DENIED, action="cloudwatch:GetMetricData")
    view = a_view(history=a_history()).model_copy(update={"unread": (unread,)})
    said = text_of(view)
    assert "Not back-tested" in said
    assert "Not allowed: cloudwatch:GetMetricData." in said
    assert "would have fired" not in said


def test_alarms_that_could_not_be_read_are_not_said_to_be_missing() -> None:
    unread = Unread(reason=UnreadReason.DENIED, action="cloudwatch:DescribeAlarms")
    advice = advise(ALB, "TargetConnectionErrorCount", HISTORY)
    assert "no alarm watches it" in text_of(AdviceView(advice=advice))
    assert "no alarm watches it" not in text_of(AdviceView(advice=advice, unread=(unread,)))


def test_a_band_says_that_it_is_an_estimate() -> None:
    advice = compare(NLB, a_plan(Band(width=6)), a_history())
    assert "our estimate" in text_of(AdviceView(advice=advice))


@pytest.mark.parametrize("name", PLANS)
def test_slack_takes_an_answer_about_every_plan(name: str) -> None:
    plan = PLANS[name].model_copy(update={"name": HOSTILE[:200]})
    advice = compare(NLB, plan, a_history(), [an_alarm(plan)])
    rendered = render_advice(AdviceView(advice=advice, asked_by="U0ANA"), WRITE)
    check = Checker(Surface.MESSAGE)
    check_blocks(check, list(rendered.blocks))
    assert check.problems == []


@pytest.mark.parametrize(
    ("lb", "metric"), [(lb, metric) for lb in (ALB, NLB, CLB) for metric in NATURES[lb.type]]
)
def test_slack_takes_the_form_of_every_metric(lb: LoadBalancer, metric: str) -> None:
    modal = alarm_modal(lb, metric, lb.name, "C1", WRITE)
    check = Checker(Surface.MODAL)
    check_view(check, modal)
    assert check.problems == []
    blocks = {block["block_id"]: block["element"] for block in modal["blocks"]}
    assert blocks["metric"]["initial_option"]["value"] == metric
    assert len(blocks["metric"]["options"]) == len(NATURES[lb.type])


def test_the_form_of_resets_starts_with_the_usual_band() -> None:
    modal = alarm_modal(NLB, "TCP_Target_Reset_Count", "pay-edge", "C1", WRITE)
    elements = {block["block_id"]: block["element"] for block in modal["blocks"]}
    assert elements["size"]["initial_value"] == "8"
    assert elements["of"]["initial_value"] == "3 of 3"
    assert elements["shape"]["initial_option"]["value"] == "band_both"
    assert elements["period"]["initial_option"]["value"] == "300"
    assert json.loads(modal["private_metadata"]) == {"channel": "C1", "load_balancer": "pay-edge"}


# The three messages


def message(part: str, payload: AlarmPlan | AdviceView | object) -> Rendered:
    dumped = payload.model_dump(mode="json") if hasattr(payload, "model_dump") else {}
    row = OutboxMessage(
        id=5, team="T", channel="C", key=f"alarm:{part}:view:V1", version=1, locale="en", payload=dumped
    )
    return SlackRenderer(CONTENT, "https://acme.slack.com/").render(row, None)


def test_the_code_comes_as_one_file_with_four_snippets() -> None:
    file = message("code", a_plan(name=LOOKS_LIKE_CODE)).file
    assert file is not None
    text = file.content.decode()
    assert file.name.endswith(".md")
    assert [text.count(f"```{kind}\n") for kind in ("hcl", "yaml", "typescript", "python")] == [1] * 4


def test_the_picture_shows_the_metric_its_threshold_and_known_incidents() -> None:
    plan = advise(ALB, "TargetConnectionErrorCount", HISTORY).proposed.plan
    chart = picture(plan, HISTORY, KNOWN)
    assert chart is not None
    assert max(value or 0 for _, value in chart.series[0].points) == 60
    assert len(chart.series[0].points) <= 1010
    assert [mark.label for mark in chart.marks] == ["#7", "#8"]
    drawn = message("picture", chart).file
    assert drawn is not None
    assert drawn.content.startswith(b"\x89PNG")


def test_the_picture_of_a_band_keeps_the_dip_that_the_alarm_saw() -> None:
    plan = a_plan(Band(width=8), metric=ERRORS.model_copy(update={"period_s": 3600}))
    seen = a_history(fortnight(plan.metric, but(lambda at: 500.0 + at.hour, {LATER: 3.0})))
    chart = picture(plan, seen)
    assert chart is not None
    assert chart.band is not None
    assert min(value for _, value in chart.series[0].points if value is not None) == 3


def test_without_points_there_is_no_picture() -> None:
    assert picture(a_plan(), a_history()) is None


@pytest.mark.parametrize("state", WriteState)
def test_every_state_of_creating_an_alarm_is_shown_with_at_most_one_button(state: WriteState) -> None:
    alarm = AlarmWrite(
        id=3,
        team="T",
        channel="C",
        key="k",
        load_balancer=NLB,
        plan=a_plan(name=HOSTILE[:200]),
        state=state,
        requested_by="U0ANA",
        requested_at=END,
        approved_by="U0MINH",
        undone_by="U0ANA",
        why=HOSTILE,
    )
    rendered = render_advice(a_view().model_copy(update={"write": alarm}), WRITE)
    check = Checker(Surface.MESSAGE)
    check_blocks(check, list(rendered.blocks))
    assert check.problems == []
    buttons = [b["elements"] for b in rendered.blocks if b["type"] == "actions"]
    assert len(buttons) == (state not in (WriteState.CREATING, WriteState.UNDOING))
