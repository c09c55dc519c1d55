"""Several people in one incident: who was first, what the others are told, and in which language."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.core.message import say
from bot.i18n import t
from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Driver, Person
from bot.sandbox.slack.faults import FaultKind
from tests.scenario.play import Story, opened


@pytest.fixture(scope="package")
def story(demo: Demo, slack: Driver) -> Story:
    """An incident nobody has worked on yet."""
    return opened(demo, slack, "ana", "incidents", "orders-edge")


def test_of_two_people_who_answer_at_once_one_is_told_who_was_first(
    story: Story, ana: Person, sam: Person
) -> None:
    question = story.post("step:infra_changed")
    with ThreadPoolExecutor(2) as pool:
        clicks = [
            pool.submit(person.click, question, label=label)
            for person, label in ((ana, "No"), (sam, "Don't know"))
        ]
        assert all(click.result().ok for click in clicks)
    story.wait("step:infra_changed", "→ @")
    ana_was_first = "@ana" in story.says("step:infra_changed")
    second, winner = (sam, "<@U0ANA>") if ana_was_first else (ana, "<@U0SAM>")
    told = second.wait_for_message("already answered", "incidents", story.headline_ts)
    assert told.is_ephemeral
    assert winner in str(told.blocks)
    assert "<!date^" in str(told.blocks)


def test_a_click_on_a_message_that_is_out_of_date_changes_nothing(
    story: Story, ana: Person, sam: Person, slack: Driver
) -> None:
    """Slack shows the edit late: the old buttons are still there when the second person clicks."""
    old = story.post("step:app_changed")
    slack.fault(FaultKind.SLOW, "chat.update", seconds=2.0, times=2)
    assert sam.click(old, label="Don't know").ok
    assert ana.click(old, label="No").ok
    assert ana.wait_for_message("already answered: Don't know", "incidents", story.headline_ts).is_ephemeral
    story.wait("step:app_changed", "@sam: *Don't know*")
    slack.clear_faults()


def test_a_check_that_runs_is_not_started_twice(story: Story, ana: Person, sam: Person) -> None:
    progress = story.post("progress")
    with ThreadPoolExecutor(2) as pool:
        for click in [pool.submit(p.click, progress, label="Network path") for p in (ana, sam)]:
            assert click.result().ok
    story.wait("step:network_path", "paths evaluated")
    assert [post.ts for post in story.posts()].count(story.post("step:network_path").ts) == 1


def test_taking_over_changes_the_commander(story: Story, sam: Person) -> None:
    story.press(sam, "headline", "Take over")
    story.wait("headline", "Commander @sam")
    story.wait("timeline", "@sam took over")


def test_an_answer_can_be_corrected_and_both_stay_on_the_timeline(story: Story, ana: Person) -> None:
    story.press(ana, "step:aws_trouble", "Don't know")
    story.wait("step:aws_trouble", "Don't know")
    form = story.form(ana, "step:aws_trouble", "Change answer…")
    assert ana.submit({"choice": {"value": "yes"}, "note": {"value": "eu-central-1 is yellow"}}, form).ok
    story.wait("step:aws_trouble", "*Yes*", "eu-central-1 is yellow")
    story.wait("timeline", "@ana on AWS: Don't know", "@ana on AWS: Yes - eu-central-1 is yellow")


def test_another_window_runs_again_what_had_run(story: Story, ana: Person) -> None:
    form = story.form(ana, "progress", "Change window…")
    assert ana.submit({"window": {"value": "120"}}, form).ok
    story.wait("timeline", "@ana set the window to")
    story.wait("step:network_path", "paths evaluated")


def test_status_lists_the_open_incidents_of_the_channel(story: Story, ana: Person) -> None:
    ana.slash("/alb-incident status", channel="incidents")
    assert "*orders-edge* cannot connect" in str(ana.wait_for_message("open incident").blocks)


def test_help_shows_every_form_of_the_command(ana: Person) -> None:
    ana.slash("/alb-incident help", channel="incidents")
    shown = ana.wait_for_message("/alb-incident shop-prod 14:05")
    assert all(word in str(shown.blocks) for word in ("status", "resolve", "digest", "language vi"))


def test_the_home_tab_lists_open_incidents(story: Story, ana: Person, slack: Driver) -> None:
    ana.open_home()
    slack.wait_for(lambda: (view := ana.home()) and "orders-edge" in str(view.blocks), what="the Home tab")


def test_a_form_sent_after_the_incident_was_resolved_says_who_resolved_it(
    demo: Demo, slack: Driver, ana: Person, sam: Person
) -> None:
    story = opened(demo, slack, "ana", "alerts", "auth-int")
    note = story.form(sam, "progress", "Add note…")
    ana.slash("/alb-incident resolve it went away", channel="alerts")
    story.wait("headline", "resolved after", "it went away")
    sam.submit({"note": {"value": "too late"}}, note)
    told = slack.wait_for(
        lambda: (view := sam.modal()) and "resolved this incident" in str(view.blocks), what="why not"
    )
    assert told
    assert "too late" not in story.says("timeline")
    sam.close_modal(everything=True)


def test_a_channel_can_speak_vietnamese(demo: Demo, slack: Driver, ana: Person) -> None:
    assert ana.slash("/alb-incident language vi", channel="infra").ok
    story = opened(demo, slack, "ana", "infra", "catalog-ecs", title="catalog-ecs")
    rest = t(say("Run the rest"), "vi")
    assert rest != "Run the rest"
    story.press(ana, "progress", rest)
    story.wait("step:network_path", t(say("Details"), "vi"))
    assert "cannot connect" not in story.says("headline")
    assert t(say("No"), "vi") in story.post("step:infra_changed").labels
    ana.slash("/alb-incident language en", channel="infra")
