"""Real processes, killed in the worst moments: after the sweep nothing is lost and nothing is doubled."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from bot.core import work
from bot.core.incident import StepStatus
from bot.core.model import Status
from bot.store.queue import defer
from tests.incident_world import a_request, incidents_on

pytestmark = pytest.mark.fault


@contextmanager
def worker(url: str, folder: Path, hang: str = "") -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "tests.fault.worker_process", url, str(folder), hang])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "the condition never came true"
        time.sleep(0.05)


def behind(engine: Engine) -> int:
    """Messages that Slack does not show as they should be."""
    with engine.begin() as connection:
        return int(
            connection.scalar(text("SELECT count(*) FROM messages WHERE shown_version < wanted_version")) or 0
        )


def sweep_until(engine: Engine, condition: Callable[[], bool]) -> None:
    """Rings the sweep, as the clock does, until the condition holds."""

    def swept() -> bool:
        with engine.begin() as connection:
            defer(connection, work.sweep())
        return condition()

    wait_for(swept)


def posts(folder: Path) -> Counter[str]:
    lines = (folder / "posts").read_text().splitlines()
    return Counter(json.loads(line)[1] for line in lines)


def test_a_worker_killed_after_a_post_loses_nothing_and_doubles_nothing(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    incidents = incidents_on(engine)
    incidents.open(a_request())
    with worker(database_url, tmp_path, "after-post"):
        wait_for((tmp_path / "hanging").exists)
    with worker(database_url, tmp_path):
        sweep_until(engine, lambda: behind(engine) == 0)
    assert posts(tmp_path) == {"headline": 1, "progress": 1, "step:infra": 1}


def test_a_worker_killed_while_reading_has_its_checks_done_by_another(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    incidents = incidents_on(engine)
    opened = incidents.open(a_request())
    incidents.run_rest(opened.id, "ana")
    with worker(database_url, tmp_path, "reading"):
        wait_for((tmp_path / "hanging").exists)
    assert incidents.get(opened.id).step("load").status is StepStatus.RUNNING
    with worker(database_url, tmp_path):
        sweep_until(engine, lambda: incidents.get(opened.id).done == 2 and behind(engine) == 0)
    assert [f.status for f in incidents.get(opened.id).findings] == [Status.PASS, Status.PASS]
    assert set(posts(tmp_path).values()) == {1}


def test_a_restart_of_the_database_is_survived_by_the_worker(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    incidents = incidents_on(engine)
    with worker(database_url, tmp_path):
        incidents.open(a_request())
        wait_for(lambda: behind(engine) == 0)
        cut_every_connection(engine)
        incidents.open(a_request())
        sweep_until(engine, lambda: behind(engine) == 0)
    assert posts(tmp_path) == {"headline": 2, "progress": 2, "step:infra": 2}


def test_a_worker_told_to_stop_ends_soon_and_cleanly(
    database_url: str, tmp_path: Path, engine: Engine
) -> None:
    incidents = incidents_on(engine)
    with worker(database_url, tmp_path) as process:
        incidents.open(a_request())
        wait_for(lambda: behind(engine) == 0)
        process.terminate()
        assert process.wait(10) == 0


def cut_every_connection(engine: Engine) -> None:
    """What clients see of a restart: every connection is gone at once."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with engine.connect() as connection:
        connection.execute(text(others))
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
