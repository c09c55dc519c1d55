"""The digest's use cases: configured, rung by any number of clocks, posted once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.core.digest import DayCount, DigestReading, LoadBalancerDay
from bot.core.digest_view import DigestView, Trend
from bot.core.errors import UserError
from bot.core.model import Window
from bot.digests import LATE, Digests
from bot.i18n import t
from bot.store.unit import PostgresStore
from tests.incident_world import NOW, SHOP, FakeClock, FakeDigestReader

NINE_IN_HANOI = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def a_reading(*unhealthy: str) -> DigestReading:
    quiet = DayCount(total=0)
    return DigestReading(
        window=Window(start=NOW - timedelta(days=1), end=NOW),
        read_at=NOW,
        days=(
            LoadBalancerDay(
                load_balancer=SHOP,
                errors=quiet,
                errors_before=quiet,
                server_errors=quiet,
                server_errors_before=quiet,
                targets=6,
                unhealthy=unhealthy,
                alarms_on=(),
            ),
        ),
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def digests(engine: Engine, clock: FakeClock) -> Digests:
    return Digests(PostgresStore(engine), clock, FakeDigestReader(a_reading()))


def due(engine: Engine, task: str = "post_digest") -> list[dict[str, Any]]:
    with engine.begin() as connection:
        found = text("SELECT args FROM procrastinate_jobs WHERE task_name = :task ORDER BY id")
        return list(connection.scalars(found, {"task": task}))


def posted(engine: Engine) -> list[DigestView]:
    with engine.begin() as connection:
        payloads = connection.scalars(text("SELECT payload FROM messages ORDER BY id"))
        return [DigestView.model_validate(payload) for payload in payloads]


def test_a_digest_is_due_at_its_hour_in_the_channel_s_own_time(
    engine: Engine, digests: Digests, clock: FakeClock
) -> None:
    digests.configure("T", "C", 9, "Asia/Ho_Chi_Minh", True)
    clock.time = NINE_IN_HANOI - timedelta(minutes=1)
    digests.ring()
    assert due(engine) == []
    clock.time = NINE_IN_HANOI + timedelta(minutes=2)
    digests.ring()
    assert [job["due_at"] for job in due(engine)] == [NINE_IN_HANOI.isoformat()]


def test_many_clocks_ring_and_one_digest_is_due(engine: Engine, digests: Digests, clock: FakeClock) -> None:
    digests.configure("T", "C", 9, "Asia/Ho_Chi_Minh", True)
    clock.time = NINE_IN_HANOI
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: digests.ring(), range(16)))
    assert len(due(engine)) == 1
    assert len(due(engine, "refresh_inventory")) == 1


def test_a_digest_turned_on_after_its_hour_waits_for_the_next_day(
    engine: Engine, digests: Digests, clock: FakeClock
) -> None:
    clock.time = NINE_IN_HANOI + timedelta(hours=1)
    digests.configure("T", "C", 9, "Asia/Ho_Chi_Minh", True)
    clock.time += timedelta(minutes=5)
    digests.ring()
    assert due(engine) == []


def test_a_clock_that_was_down_makes_up_for_hours_but_not_for_days(
    engine: Engine, digests: Digests, clock: FakeClock
) -> None:
    digests.configure("T", "C", 9, "Asia/Ho_Chi_Minh", True)
    clock.time = NINE_IN_HANOI + timedelta(days=2) + LATE - timedelta(minutes=1)
    digests.ring()
    assert [job["due_at"] for job in due(engine)] == [(NINE_IN_HANOI + timedelta(days=2)).isoformat()]


def test_a_clock_that_starts_again_after_the_hour_still_owes_the_digest(
    engine: Engine, digests: Digests, clock: FakeClock
) -> None:
    """Each start of the clock process writes the configured digests anew."""
    digests.configure("T", "C", 9, "Asia/Ho_Chi_Minh", True)
    clock.time = NINE_IN_HANOI + timedelta(minutes=1)
    digests.configure("T", "C", 9, "Asia/Ho_Chi_Minh", True)
    digests.ring()
    assert len(due(engine)) == 1


def test_a_digest_that_is_off_is_never_due(engine: Engine, digests: Digests, clock: FakeClock) -> None:
    digests.configure("T", "C", 9, "Asia/Ho_Chi_Minh", True)
    digests.configure("T", "C", 9, "Asia/Ho_Chi_Minh", False)
    clock.time = NINE_IN_HANOI
    digests.ring()
    assert due(engine) == []


@pytest.mark.parametrize(("hour", "zone"), [(24, "UTC"), (-1, "UTC"), (9, "Europe/Nowhere"), (9, "../etc")])
def test_nonsense_is_refused_and_changes_nothing(digests: Digests, hour: int, zone: str) -> None:
    with pytest.raises(UserError):
        digests.configure("T", "C", hour, zone, True)
    assert not digests.settings("T", "C").digest_on


def test_a_job_that_runs_twice_posts_one_message(engine: Engine, digests: Digests) -> None:
    for _ in range(2):
        digests.post("T", "C", "digest:1", NOW.isoformat())
    assert len(posted(engine)) == 1
    assert due(engine, "deliver") == [{"lane": "digest/T/C"}]


def test_a_digest_is_compared_with_the_one_before(engine: Engine, clock: FakeClock) -> None:
    reader = FakeDigestReader(a_reading("i-1 (Target.Timeout)"))
    digests = Digests(PostgresStore(engine), clock, reader)
    for day in range(2):
        clock.time += timedelta(days=1)
        digests.post("T", "C", f"digest:{day}", clock.time.isoformat())
    reader.readings = (a_reading(),)
    clock.time += timedelta(days=1)
    digests.post("T", "C", "digest:2", clock.time.isoformat())

    first, second, third = (view.lines[0] for view in posted(engine))
    assert (first.trend, second.trend, third.trend) == (Trend.WORSE, Trend.STILL, Trend.BETTER)
    assert t(first.parts[0], "en") == "1 of 6 targets unhealthy: i-1 (Target.Timeout)"


def test_a_digest_asked_for_twice_with_one_click_is_one_job_s_worth(engine: Engine, digests: Digests) -> None:
    digests.run_now("T", "C", "click-1")
    digests.run_now("T", "C", "click-1")
    for job in due(engine):
        digests.post(**job)
    assert len(posted(engine)) == 1
