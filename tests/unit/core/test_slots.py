"""Due times: one digest per local day, whatever the clocks do in spring and autumn."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.slots import daily_slots, regular_slot

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Ho_Chi_Minh",
    "Australia/Lord_Howe",
    "Africa/Cairo",
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_skipped_hour_is_due_when_the_clock_goes_on() -> None:
    slots = daily_slots(2, "Europe/Berlin", at("2026-03-28T12:00"), at("2026-03-30T12:00"))
    assert slots == (at("2026-03-29T01:00"), at("2026-03-30T00:00"))


def test_a_repeated_hour_is_due_once_the_first_time() -> None:
    slots = daily_slots(2, "Europe/Berlin", at("2026-10-24T12:00"), at("2026-10-26T12:00"))
    assert slots == (at("2026-10-25T00:00"), at("2026-10-26T01:00"))


def test_a_zone_without_changes_is_due_every_24_hours() -> None:
    slots = daily_slots(9, "Asia/Ho_Chi_Minh", at("2026-11-20T02:00"), at("2026-11-22T02:00"))
    assert slots == (at("2026-11-21T02:00"), at("2026-11-22T02:00"))


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        daily_slots(9, "Europe/Nowhere", at("2026-11-20T02:00"), at("2026-11-22T02:00"))


@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    start=st.integers(0, 3 * 365 * 24 * 60),
)
def test_every_local_day_has_exactly_one_slot(zone: str, hour: int, start: int) -> None:
    since = at("2025-01-01T00:00") + timedelta(minutes=start)
    slots = daily_slots(hour, zone, since, since + timedelta(days=10))
    days = Counter(slot.astimezone(ZoneInfo(zone)).date() for slot in slots)
    assert set(days.values()) == {1}
    assert 9 <= len(days) <= 11
    assert all(slot.astimezone(ZoneInfo(zone)).hour in (hour, hour + 1) for slot in slots)


@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    start=st.integers(0, 3 * 365 * 24 * 60),
    steps=st.lists(st.integers(1, 3000), max_size=30),
)
def test_however_often_the_clock_looks_it_sees_each_slot_once(
    zone: str, hour: int, start: int, steps: list[int]
) -> None:
    since = at("2025-01-01T00:00") + timedelta(minutes=start)
    seen: list[datetime] = []
    now = since
    for minutes in steps:
        later = now + timedelta(minutes=minutes)
        seen += daily_slots(hour, zone, now, later)
        now = later
    assert tuple(seen) == daily_slots(hour, zone, since, now)


def test_regular_work_is_due_on_the_same_minutes_for_every_clock() -> None:
    assert regular_slot(timedelta(minutes=15), at("2026-11-21T14:14:59")) == at("2026-11-21T14:00")
    assert regular_slot(timedelta(minutes=15), at("2026-11-21T14:15:00")) == at("2026-11-21T14:15")
