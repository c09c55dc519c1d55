"""The whole demo, killed and restarted in the middle of an incident: nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.core import work
from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Driver
from bot.store.engine import open_engine
from bot.store.queue import defer
from tests.scenario.play import (
    ANCHOR,
    Story,
    key_of,
    opened,
    running_demo,
    short_folder,
    wait_until_shown,
)

pytestmark = pytest.mark.fault
# Not the account of a demo that other tests still run in this process.
ACCOUNT = "111122225555"


def test_an_incident_survives_killed_processes_and_a_restart_of_everything() -> None:
    """The worker dies while it reads AWS and the web process with it; later the whole demo is stopped."""
    with short_folder() as folder:
        with running_demo(folder, ANCHOR, ACCOUNT) as demo, Driver(demo.url, 60) as slack:
            story = opened(demo, slack, "ana", "incidents", "shop-prod")
            demo.aws.faults.add("*", "delay", delay_ms=300)
            story.press(slack.user("ana"), "progress", "Run the rest")
            os.kill(demo.processes.pid("worker"), signal.SIGKILL)
            os.kill(demo.processes.pid("web"), signal.SIGKILL)
            demo.aws.faults.clear()
            half_a_minute_passes(demo)
            slack.wait_for(lambda: slack.sockets() == 0 or None, what="the dead socket to be gone")
            slack.wait_for(lambda: slack.sockets() > 0, what="a web process that hears again")
            story.press(slack.user("sam"), "step:app_changed", "No")
            story.wait("step:app_changed", "@sam: *No*")
            story.wait_until_all_ran()
            story.wait("conclusion", "Network block")
            wait_until_shown(demo, 60)
            before = messages(story)
            assert set(before.values()) == {1}
        with running_demo(folder, ANCHOR, ACCOUNT) as demo, Driver(demo.url, 60) as slack:
            ana = slack.user("ana")
            headline = next(post for post in ana.messages("incidents") if post.ts == story.headline_ts)
            again = Story(demo, slack, headline, ana)
            assert messages(again) == before
            again.press(ana, "step:infra_changed", "Don't know")
            again.wait("step:infra_changed", "@ana: *Don't know*")
            wait_until_shown(demo)
            assert messages(again) == before


def messages(story: Story) -> Counter[str]:
    """How often the thread shows each message of the bot."""
    return Counter(key for post in story.posts() if (key := key_of(post)))


def half_a_minute_passes(demo: Demo) -> None:
    """The dead worker has missed its heartbeats, and the clock rings for the sweep."""
    engine = open_engine(demo.database_url, 1)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'")
        )
        defer(connection, work.sweep())
    engine.dispose()


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "bot", "demo", "--port", str(port), "--data-dir", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert "Traceback" not in done.stderr
