"""The daily digest: on request, and at 08:00 Berlin exactly once although two clocks ring.

The clock of the demo is moved to the next day: this file comes after those that look at today.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Driver, Person
from bot.sandbox.slack.sightings import Post
from tests.scenario.play import key_of, shown, wait_until_shown


@pytest.fixture
def second_clock(demo: Demo, tmp_path: Path) -> Iterator[None]:
    """Another clock on the same database, as when two machines run one each; it rings five times a second."""
    often = demo.environment() | {"RING_EVERY_S": "0.2"}
    with (tmp_path / "clock.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "bot", "clock"], env=often, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            # A clock that is still starting knows no SIGTERM yet.
            assert process.wait(10) in (0, -signal.SIGTERM), (tmp_path / "clock.log").read_text()


def digests(person: Person, channel: str) -> list[Post]:
    return [post for post in person.messages(channel) if key_of(post).startswith("digest:")]


def test_a_digest_can_be_asked_for_and_says_what_changed(demo: Demo, slack: Driver, ana: Person) -> None:
    assert ana.slash("/alb-incident digest", channel="incidents").ok
    (digest,) = slack.wait_for(lambda: digests(ana, "incidents"), what="the digest")
    text = shown(demo, digest)
    assert "*shop-prod*" in text
    assert "connection errors" in text
    assert "[Start incident…]" in text
    assert "unchanged: " in text
    loud, _, quiet = text.partition("unchanged: ")
    assert "www-edge" in quiet
    assert "www-edge" not in loud


def test_an_incident_can_be_started_from_a_line_of_the_digest(slack: Driver, ana: Person) -> None:
    (digest,) = slack.wait_for(lambda: digests(ana, "incidents"), what="the digest")
    assert ana.click(digest, label="Start incident…").ok
    form = ana.wait_for_modal("New incident")
    chosen = next(p.element for p in form.elements if p.element["action_id"] == "load_balancer")
    assert chosen["initial_option"]["value"]
    ana.close_modal()


def test_in_the_morning_one_digest_comes_although_two_clocks_ring(
    demo: Demo, slack: Driver, ana: Person, second_clock: None
) -> None:
    assert digests(ana, "alerts") == []
    slack.press("next-digest")
    assert demo.clock.now().strftime("%H:%M") == "07:00"
    slack.wait_for(lambda: digests(ana, "alerts"), what="the digest of the morning")
    wait_until_shown(demo)
    assert len(digests(ana, "alerts")) == 1
    assert "*shop-prod*" in shown(demo, digests(ana, "alerts")[0])
