"""/alb-incident alarm, end to end: form, back-test against the emulated account, code as a file."""

from __future__ import annotations

import pytest

from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Person
from tests.scenario.play import shown


@pytest.mark.parametrize(
    ("name", "proposal"),
    [
        ("mq-edge", "Proposed: anomaly detection band of width"),
        ("shop-prod", "Proposed: at least"),
    ],
)
def test_an_alarm_is_proposed_back_tested_and_given_as_code(
    demo: Demo, ana: Person, name: str, proposal: str
) -> None:
    assert ana.slash(f"/alb-incident alarm {name}", channel="infra").ok
    form = ana.wait_for_modal("Alarm")
    assert ana.submit({}, form).ok
    answer = shown(demo, ana.wait_for_message(f"of {name}*", channel="infra"))
    assert proposal in answer
    assert "In the last 14 days it would" in answer
    assert "Not allowed" not in answer
    ana.wait_for_message("The alarm as Terraform, CloudFormation and CDK", channel="infra")


def test_creating_it_is_off_and_says_what_to_set(demo: Demo, ana: Person) -> None:
    assert ana.slash("/alb-incident alarm shop-prod RequestCount", channel="infra").ok
    ana.submit({}, ana.wait_for_modal("Alarm"))
    answer = ana.wait_for_message("RequestCount", channel="infra")
    ana.click(answer, "alarm_create")
    ana.wait_for_message("ALLOW_WRITES", channel="infra")
