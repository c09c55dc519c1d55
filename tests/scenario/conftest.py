"""One whole demo for these tests: a local Slack, an emulated AWS, PostgreSQL and the bot's processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Driver, Person
from tests.scenario.play import ANCHOR, running_demo, short_folder


@pytest.fixture(scope="package")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the demo keeps its state; removed afterwards."""
    with short_folder() as folder:
        yield folder


@pytest.fixture(scope="package")
def demo(demo_folder: Path) -> Iterator[Demo]:
    """The demo at 2026-11-20 14:30 UTC, ready; incidents are allowed in #incidents, #alerts and #infra."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLOWED_CHANNELS", "C0INCIDENTS,C0ALERTS,C0INFRA")
        with running_demo(demo_folder, ANCHOR) as demo:
            yield demo


@pytest.fixture(scope="package")
def slack(demo: Demo) -> Iterator[Driver]:
    with Driver(demo.url, timeout_s=40) as driver:
        yield driver


@pytest.fixture
def ana(slack: Driver) -> Person:
    """On call, in Berlin."""
    return slack.user("ana")


@pytest.fixture
def minh(slack: Driver) -> Person:
    """Infrastructure, in Ho Chi Minh City."""
    return slack.user("minh")


@pytest.fixture
def sam(slack: Driver) -> Person:
    """Application, in New York."""
    return slack.user("sam")
