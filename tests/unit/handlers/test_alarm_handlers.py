"""/alb-incident alarm: a form for a known metric, one request per form, mistakes kept in the form."""

from __future__ import annotations

import json

import pytest

from bot.core.alarms.form import Shape
from tests.handler_fakes import ANA, CHANNEL, TEAM, Desk, a_click, a_submission

ABOUT = json.dumps({"channel": CHANNEL, "load_balancer": "shop-prod"})
GIVEN = {
    "metric": "TargetConnectionErrorCount",
    "choice": "these",
    "statistic": "Sum",
    "period": "60",
    "of": "3 of 5",
    "shape": "at_least",
    "size": "25",
    "excluded": "",
    "time_zone": "",
}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def submitted(desk: Desk, **changes: str) -> str:
    """Slack's answer to the form."""
    values = {name: {"value": value} for name, value in {**GIVEN, **changes}.items()}
    answer = desk.send(a_submission("view_alarm", ABOUT, values))
    assert answer.status == 200
    return str(answer.body or "")


def test_the_command_opens_the_form_of_the_named_metric(desk: Desk) -> None:
    desk.command("alarm shop-prod RequestCount")
    desk.catch_up()
    (opened,) = desk.called("views.open")
    assert "view_alarm" in str(opened)
    assert "RequestCount" in str(opened)


@pytest.mark.parametrize("text", ["alarm", "alarm shop-prod RequestCount now"])
def test_an_incomplete_command_is_explained(desk: Desk, text: str) -> None:
    desk.command(text)
    assert "Write a load balancer and perhaps a metric" in desk.told()


def test_a_metric_nobody_knows_is_said_before_any_form(desk: Desk) -> None:
    desk.command("alarm shop-prod Nonsense")
    assert "I give no advice on" in desk.told()
    assert desk.called("views.open") == []


def test_a_form_is_one_request_with_its_own_key(desk: Desk) -> None:
    assert submitted(desk) == ""
    ((request, key),) = desk.alarms.asked
    assert (request.team, request.channel, request.user) == (TEAM, CHANNEL, ANA)
    assert (request.load_balancer, request.metric, key) == ("shop-prod", GIVEN["metric"], "view:V1")
    assert request.form is not None
    assert (request.form.shape, request.form.size) == (Shape.AT_LEAST, "25")


def test_left_to_the_last_two_weeks_the_values_do_not_count(desk: Desk) -> None:
    submitted(desk, choice="propose", size="nonsense")
    assert desk.alarms.asked[0][0].form is None


def test_a_mistake_stays_in_the_form(desk: Desk) -> None:
    assert "I cannot read lots as a number" in submitted(desk, size="lots")
    assert desk.alarms.asked == []


@pytest.mark.parametrize("what", ["create", "approve", "undo"])
def test_a_button_of_a_proposal_is_one_use_case(desk: Desk, what: str) -> None:
    assert desk.send(a_click(f"alarm_{what}", "3::0")).status == 200
    done = "request" if what == "create" else what
    assert desk.alarm_writes.done == [(done, 3, ANA)]
