"""A rule of a security group is gone: the whole incident, from the alarm to the report, over real sockets."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Driver
from tests.scenario.play import Story, at_minute, golden, part, shown


@dataclass(frozen=True)
class Played:
    """The incident after it was played, and what people saw on the way."""

    story: Story
    opened: str
    thread: str
    report: str


@pytest.fixture(scope="package")
def played(demo: Demo, slack: Driver) -> Played:
    ana, minh, sam, lan = (slack.user(name) for name in ("ana", "minh", "sam", "lan"))
    at_minute(demo, 7)
    slack.press("shop-prod")
    alarm = ana.wait_for_message("ALARM", channel="alerts")
    hint = re.search(r"`(/alb-incident \S+ \S+)`", str(alarm.blocks))
    assert hint
    assert ana.slash(hint[1], channel="alerts").ok
    headline = ana.wait_for_message("*shop-prod* cannot connect", channel="alerts")
    story = Story(demo, slack, headline, ana)
    opened = story.says("headline")

    story.press(ana, "progress", "Run the rest")
    changed = {"note": "rotated the web security groups at 14:14"}
    assert story.fill(minh, "step:infra_changed", "Yes…", changed).ok
    assert story.fill(ana, "step:app_changed", "Ask someone…", {"person": "U0SAM"}).ok
    story.wait("step:app_changed", "@sam, can you answer this?")
    story.press(sam, "step:app_changed", "No")
    story.press(ana, "step:aws_trouble", "Don't know")
    story.wait_until_all_ran()
    seen = {"note": "no static file fails more than others"}
    assert story.fill(ana, "step:application_log", "I looked myself: add what I saw…", seen).ok

    said = lan.say("rolling back the terraform apply", "alerts", story.headline_ts)
    assert lan.shortcut("add_to_timeline", said).ok
    pinned = minh.say("the rule is back", "alerts", story.headline_ts)
    ana.react(pinned, "pushpin")
    story.wait("timeline", "rolling back the terraform apply", "the rule is back")
    story.wait("step:infra_changed", "rotated the web security groups")
    story.wait("conclusion", "Network block")
    story.press(ana, "conclusion", "This was it")
    story.settle()
    thread = story.whole()
    summary = {"note": "terraform removed the rule; rolled back"}
    assert story.fill(ana, "headline", "Resolve…", summary).ok
    report = story.wait("report", "terraform removed the rule")
    story.wait("headline", "resolved after")
    story.settle()
    return Played(story, opened, thread, shown(demo, report))


def test_the_headline_names_the_load_balancer_and_its_commander_at_once(played: Played) -> None:
    assert "🔴 *shop-prod* cannot connect to its targets" in played.opened
    assert "@ana" in played.opened


def test_the_whole_thread_reads_as_agreed(played: Played) -> None:
    """UPDATE_GOLDEN=1 writes the file anew; read the diff before committing it."""
    assert played.thread == golden("shop-prod", played.thread)


def test_the_answers_say_who_and_what(played: Played) -> None:
    thread = played.thread
    assert "@minh: *Yes* – “rotated the web security groups at 14:14”" in thread
    assert "@sam: *No*" in thread
    assert "@ana: *Don't know*" in thread
    assert "@ana: *Looked* – “no static file fails more than others”" in thread


def test_the_blocked_port_is_named_with_who_closed_it(played: Played) -> None:
    path = part(played.thread, "step:network_path")
    assert "traffic port 8080 is blocked, health-check port 8081 is open" in path
    assert "It had one until 14:14 UTC, removed by role/deploy-bot" in path


def test_the_conclusion_is_a_likely_network_block_with_both_sides(played: Played) -> None:
    conclusion = part(played.thread, "conclusion")
    assert re.match(r"🎯  \*Network block\* – likely, score \d+", conclusion)
    assert "*For*" in conclusion
    assert "*Against*  nothing found" in conclusion
    assert "*Network block* (likely)" in part(played.thread, "headline")


def test_the_timeline_tells_aws_and_people_in_order_of_time(played: Played) -> None:
    timeline = "\n".join(played.story.timeline())
    told = (
        "role/deploy-bot removed tcp 8080",
        "first connection error",
        "@ana opened the incident",
        "rotated the web security groups",
        "rolling back the terraform apply",
        "the rule is back",
        "it was Network block",
    )
    assert [timeline.find(words) for words in told] == sorted(timeline.find(words) for words in told)
    assert all(words in timeline for words in told)


def test_a_change_is_measured_from_the_first_error(played: Played) -> None:
    removed = next(line for line in played.story.timeline() if "removed tcp 8080" in line)
    assert "14:14:11 UTC" in removed
    assert "(−2 min 49 s)" in removed


def test_the_report_has_cause_and_summary(played: Played) -> None:
    assert "*Report: shop-prod*" in played.report
    assert "*Network block*" in played.report
    assert "terraform removed the rule; rolled back" in played.report


def test_the_timeline_is_kept_as_a_file(played: Played, slack: Driver) -> None:
    (file,) = played.story.post("file:timeline-shop-prod").files
    lines = slack.download(file["url"]).decode().splitlines()
    first = next(number for number, line in enumerate(lines) if "first connection error" in line)
    assert any("removed tcp 8080" in line for line in lines[:first])
    assert any("rolling back the terraform apply" in line for line in lines[first:])


def test_a_resolved_incident_offers_nothing_that_would_change_it(played: Played) -> None:
    labels = {label for post in played.story.posts() for label in post.labels}
    assert labels <= {"Open thread", "Details", "Open the console", "How to allow it", "Export case"}
