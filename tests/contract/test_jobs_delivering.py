"""Delivery against a recording Slack: the order of a thread, updates, refusals, lost replies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.core.errors import TransientError
from bot.core.incident import Choice, Incident
from bot.core.ports import OutboxMessage, RefusedError, Rendered
from bot.i18n import t
from bot.incidents import Incidents
from bot.jobs.delivering import Delivering
from bot.jobs.upkeep import Upkeep
from bot.store.queue import defer
from tests.incident_world import (
    FakeClock,
    FakeInventory,
    FakeSlack,
    PlainRenderer,
    a_request,
    incidents_on,
)

AT_ONCE = timedelta()


@pytest.fixture
def incidents(engine: Engine) -> Incidents:
    return incidents_on(engine)


@pytest.fixture
def slack() -> FakeSlack:
    return FakeSlack()


@pytest.fixture
def delivering(engine: Engine, incidents: Incidents, slack: FakeSlack) -> Delivering:
    return Delivering(engine, incidents, PlainRenderer(), slack, defer, AT_ONCE)


@pytest.fixture
def opened(incidents: Incidents) -> Incident:
    return incidents.open(a_request())


def lane(incident: Incident) -> str:
    return f"incident/{incident.id}"


def later_jobs(engine: Engine) -> list[dict[str, Any]]:
    """Deliveries that wait for their time, with how many seconds they wait."""
    with engine.begin() as connection:
        rows = connection.execute(
            text(
                "SELECT extract(epoch FROM scheduled_at - now())::int AS wait_s, priority, lock "
                "FROM procrastinate_jobs WHERE task_name = 'deliver' AND scheduled_at IS NOT NULL"
            )
        )
        return [dict(row._mapping) for row in rows]


def test_the_headline_opens_the_thread_and_the_rest_follows_in_order(
    delivering: Delivering, incidents: Incidents, slack: FakeSlack, opened: Incident
) -> None:
    delivering.drain(lane(opened))
    assert slack.shown == ["headline []", "progress []", "step:infra []"]
    assert [thread for _, _, thread in slack.posts] == ["", "1.0", "1.0"]
    assert incidents.get(opened.id).thread_ts == "1.0"


def test_a_change_edits_what_is_there_and_posts_only_what_is_new(
    delivering: Delivering, incidents: Incidents, slack: FakeSlack, opened: Incident
) -> None:
    delivering.drain(lane(opened))
    incidents.answer(opened.id, "infra", 0, Choice.NO, "", "minh")
    delivering.drain(lane(opened))
    assert slack.shown == ["headline [infra]", "progress [infra]", "step:infra [infra]", "timeline [infra]"]


def test_nothing_is_sent_when_nothing_changed(
    delivering: Delivering, slack: FakeSlack, opened: Incident
) -> None:
    delivering.drain(lane(opened))
    calls = slack.calls
    delivering.drain(lane(opened))
    assert slack.calls == calls


def test_a_message_is_edited_once_for_many_changes_within_the_pause(
    engine: Engine, incidents: Incidents, slack: FakeSlack, opened: Incident
) -> None:
    slow = Delivering(engine, incidents, PlainRenderer(), slack, defer, timedelta(seconds=3))
    slow.drain(lane(opened))
    for number in range(4):
        incidents.answer(opened.id, "infra", number, Choice.NO, "", "minh")
        slow.drain(lane(opened))
    assert slack.calls == 3 + 1, "only the new timeline is posted at once"
    (job,) = later_jobs(engine)
    assert job["wait_s"] in (2, 3)
    assert job["priority"] < 0, "it must not hold up new messages of the thread"


def test_told_to_slow_down_it_waits_as_long_as_it_was_told(
    engine: Engine, delivering: Delivering, slack: FakeSlack, opened: Incident
) -> None:
    slack.errors = [TransientError("ratelimited", retry_after_s=30)]
    delivering.drain(lane(opened))
    delivering.drain(lane(opened))
    assert slack.calls == 1
    (job,) = later_jobs(engine)
    assert job["wait_s"] in (29, 30)


def test_a_post_whose_reply_was_lost_is_found_and_not_repeated(
    engine: Engine, delivering: Delivering, slack: FakeSlack, opened: Incident
) -> None:
    slack.loses_reply, slack.errors = True, [TransientError("timed out")]
    delivering.drain(lane(opened))
    assert len(slack.posts) == 1
    no_more_waiting(engine)
    delivering.drain(lane(opened))
    assert slack.shown == ["headline []", "progress []", "step:infra []"]


def test_a_copy_that_appears_later_is_removed_by_the_sweep(
    engine: Engine, delivering: Delivering, slack: FakeSlack, opened: Incident
) -> None:
    slack.loses_reply, slack.errors = True, [TransientError("timed out")]
    delivering.drain(lane(opened))
    no_more_waiting(engine)
    delivering.drain(lane(opened))
    entry, _, thread = slack.posts[0]
    slack.posts.append((entry, "99.0", thread))
    slack.texts["99.0"] = "headline []"

    upkeep = Upkeep(engine, FakeClock(), FakeInventory(), delivering, defer)
    upkeep.sweep(copies_appear_within=timedelta())
    assert [ts for _, ts, _ in slack.posts if ts == "99.0"] == []
    assert len(slack.posts) == 3


def test_a_refused_message_is_told_on_the_timeline_and_does_not_stop_the_others(
    delivering: Delivering, incidents: Incidents, slack: FakeSlack, opened: Incident
) -> None:
    delivering.drain(lane(opened))
    incidents.answer(opened.id, "infra", 0, Choice.NO, "", "minh")
    slack.errors = [RefusedError("invalid_blocks")]
    delivering.drain(lane(opened))
    told = [t(m.message, "en") for m in incidents.get(opened.id).moments if m.key.startswith("refused:")]
    assert told == ["Slack did not take a message (headline): invalid_blocks"]
    assert slack.shown[1:] == ["progress [infra]", "step:infra [infra]", "timeline [infra]"]


def test_a_refused_message_is_tried_again_when_it_says_something_new(
    delivering: Delivering, incidents: Incidents, slack: FakeSlack, opened: Incident
) -> None:
    delivering.drain(lane(opened))
    slack.errors = [RefusedError("invalid_blocks")]
    incidents.answer(opened.id, "infra", 0, Choice.NO, "", "minh")
    delivering.drain(lane(opened))
    incidents.take_over(opened.id, "lan")
    delivering.drain(lane(opened))
    assert slack.shown[0] == "headline [infra]"


def test_without_a_headline_nothing_of_the_thread_lands_in_the_channel(
    delivering: Delivering, slack: FakeSlack, opened: Incident
) -> None:
    slack.errors = [RefusedError("channel_not_found")]
    delivering.drain(lane(opened))
    assert slack.posts == []


def test_a_message_that_cannot_be_rendered_does_not_stop_the_others(
    engine: Engine, incidents: Incidents, slack: FakeSlack, opened: Incident
) -> None:
    class Breaks(PlainRenderer):
        def render(self, message: OutboxMessage, incident: Incident | None) -> Rendered:
            if message.key == "progress":
                raise KeyError(message.key)
            return super().render(message, incident)

    Delivering(engine, incidents, Breaks(), slack, defer, AT_ONCE).drain(lane(opened))
    assert slack.shown == ["headline []", "step:infra []", "timeline []"]


def no_more_waiting(engine: Engine) -> None:
    """As if the time to wait had passed."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE messages SET not_before = NULL"))
