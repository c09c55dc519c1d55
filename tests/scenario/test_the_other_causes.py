"""The demo's other two incidents: an overload, chosen in the form; a dead process, by a typed local time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Driver
from tests.scenario.play import Story, alarm_at, at_minute, golden, part


@pytest.fixture(scope="package")
def overload(demo: Demo, slack: Driver) -> Story:
    """search-int, chosen in the form by a part of its name."""
    ana = slack.user("ana")
    at_minute(demo, 12)
    ana.slash("/alb-incident", channel="incidents")
    form = ana.wait_for_modal("New incident")
    assert [option["value"] for option in ana.options(form, "load_balancer", "SEARCH")]
    chosen = {
        "load_balancer": {"load_balancer": "search-int"},
        "alarm_at": {"value": int(alarm_at("search-int").timestamp())},
        "window": {"value": "60"},
    }
    assert ana.submit(chosen, form).ok
    headline = ana.wait_for_message("*search-int* cannot connect", channel="incidents")
    story = Story(demo, slack, headline, ana)
    story.press(ana, "progress", "Run the rest")
    story.wait_until_all_ran()
    story.wait("conclusion", "*For*")
    story.settle()
    return story


@pytest.fixture(scope="package")
def dead_process(demo: Demo, slack: Driver) -> Story:
    """pay-edge, by Sam, who types the time on the clock of New York."""
    sam = slack.user("sam")
    at_minute(demo, 17)
    local = alarm_at("pay-edge").astimezone(ZoneInfo("America/New_York"))
    assert sam.slash(f"/alb-incident pay-edge {local:%H:%M} 1h", channel="infra").ok
    headline = sam.wait_for_message("*pay-edge* cannot connect", channel="infra")
    story = Story(demo, slack, headline, sam)
    story.press(sam, "progress", "Run the rest")
    story.wait_until_all_ran()
    story.wait("conclusion", "*For*")
    story.settle()
    return story


def test_an_overload_is_told_from_load_that_rises_before_the_errors(overload: Story) -> None:
    assert "*Overload* – likely" in overload.says("conclusion")
    assert "above the usual" in overload.says("step:request_load")


def test_a_dead_process_is_told_from_refused_connections(dead_process: Story) -> None:
    assert "*Nobody listens on the target port* – probable" in dead_process.says("conclusion")


def test_a_time_is_read_on_the_clock_of_who_typed_it(dead_process: Story) -> None:
    opened = dead_process.reader.wait_for_message("Opened for pay-edge", channel="infra")
    assert str(int(alarm_at("pay-edge").timestamp())) in str(opened.blocks)


def test_both_threads_read_as_agreed(overload: Story, dead_process: Story) -> None:
    """UPDATE_GOLDEN=1 writes the files anew; read the diff before committing it."""
    assert overload.whole() == golden("search-int", overload.whole())
    assert dead_process.whole() == golden("pay-edge", dead_process.whole())


def test_every_chart_of_a_thread_is_a_picture_that_can_be_opened(overload: Story, slack: Driver) -> None:
    files = [file for post in overload.posts() for file in post.files]
    assert len(files) >= 3
    assert all(slack.download(file["url"]).startswith(b"\x89PNG") for file in files)


def test_the_timeline_is_in_order_of_time(overload: Story, dead_process: Story) -> None:
    for story in (overload, dead_process):
        moments = part(story.whole(), "timeline").splitlines()
        assert any("first connection error" in line for line in moments)
        assert any("→ ALARM" in line for line in moments)
        times = [line.split()[0] for line in story.timeline()]
        assert times == sorted(times)
