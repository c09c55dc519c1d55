"""A mistake is answered with a clear sentence, only to the person who made it, and opens nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Driver, Person
from bot.sandbox.slack.sightings import Post
from tests.scenario.play import shown


def headlines(person: Person, channel: str) -> list[Post]:
    return [post for post in person.messages(channel) if not post.is_ephemeral and post.metadata]


def answer_to(demo: Demo, person: Person, typed: str, channel: str) -> str:
    """What the command says to that person alone; it stands there as soon as the command is acked."""
    assert person.slash(f"/alb-incident {typed}", channel=channel).ok
    answer = person.messages(channel)[-1]
    assert answer.is_ephemeral
    return shown(demo, answer)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("shop-prd", "No load balancer is called shop-prd. Near it: `shop-prod`"),
        ("shop-prod 2030-01-01T00:00Z", "is in the future. When did it begin?"),
        ("shop-prod 14:05 0m", "The window must be between 5 min and 1 d, not 0 s."),
        ("shop-prod 14:05 30d", "The window must be between 5 min and 1 d, not 30 d."),
        ("shop-prod yesterday", "I cannot read yesterday as a time. Write it like 14:05"),
        ("shop-prod 2019-01-01T00:00Z", "CloudWatch keeps metrics for 455 days"),
        ("shop-prod 14:05 60m 2h", "one time and one length after the name"),
        ("language klingon", "Choose one of these languages: `en`"),
    ],
)
def test_a_wrong_command_says_what_to_write_instead(demo: Demo, ana: Person, typed: str, told: str) -> None:
    before = len(headlines(ana, "infra"))
    assert told in answer_to(demo, ana, typed, "infra")
    assert len(headlines(ana, "infra")) == before


def test_a_mistake_in_the_form_stays_in_the_form(ana: Person, demo: Demo) -> None:
    ana.slash("/alb-incident", channel="infra")
    form = ana.wait_for_modal("New incident")
    tomorrow = int((demo.clock.now() + timedelta(days=1)).timestamp())
    outcome = ana.submit(
        {"load_balancer": {"load_balancer": "shop-prod"}, "alarm_at": {"value": tomorrow}}, form
    )
    assert ["is in the future" in error for error in outcome.errors.values()] == [True]
    assert ana.modal() is not None
    ana.close_modal()


def test_the_form_offers_what_is_near_to_what_was_typed(ana: Person) -> None:
    ana.slash("/alb-incident", channel="infra")
    form = ana.wait_for_modal("New incident")
    names = [option["text"]["text"] for option in ana.options(form, "load_balancer", "edge")]
    assert len(names) >= 3
    assert all("edge" in name for name in names)
    assert ana.options(form, "load_balancer", "nothing-like-this") == []
    ana.close_modal()


def test_a_channel_that_is_not_allowed_opens_nothing(demo: Demo, slack: Driver) -> None:
    gil = slack.user("gil")
    assert answer_to(demo, gil, "shop-prod", "random") == "Incidents cannot be opened in this channel."
    assert headlines(gil, "random") == []
