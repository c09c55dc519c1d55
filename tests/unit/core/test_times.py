"""Times and lengths as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.errors import UserError
from bot.core.times import parse_length, parse_moment, window_around

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "minutes"), [("60m", 60), ("2h", 120), ("45", 45), (" 1D ", 1440), ("90 m", 90)]
)
def test_a_length_is_minutes_hours_or_days(text: str, minutes: int) -> None:
    assert parse_length(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "soon", "-5m", "1h30m", "10y"])
def test_an_unreadable_length_says_how_to_write_it(text: str) -> None:
    with pytest.raises(UserError, match="60m or 2h"):
        parse_length(text)


def test_a_clock_time_is_in_the_persons_own_zone() -> None:
    assert parse_moment("14:05", NOW, ZoneInfo("Asia/Ho_Chi_Minh")) == datetime(
        2026, 11, 21, 7, 5, tzinfo=UTC
    )


def test_a_clock_time_still_to_come_today_was_yesterday() -> None:
    assert parse_moment("23:50", NOW, UTC) == datetime(2026, 11, 20, 23, 50, tzinfo=UTC)


def test_an_iso_time_keeps_its_own_zone_and_takes_the_persons_otherwise() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert parse_moment("2026-11-20T14:05:00Z", NOW, berlin) == datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
    assert parse_moment("2026-11-20T14:05", NOW, berlin) == datetime(2026, 11, 20, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["25:00", "14:65", "yesterday", "14"])
def test_an_unreadable_time_says_how_to_write_it(text: str) -> None:
    with pytest.raises(UserError, match="14:05"):
        parse_moment(text, NOW, UTC)


def test_the_window_is_half_before_and_half_after_the_alarm() -> None:
    window = window_around(datetime(2026, 11, 21, 8, 5, 40, tzinfo=UTC), timedelta(hours=1), NOW)
    assert (window.start, window.end) == (
        datetime(2026, 11, 21, 7, 35, tzinfo=UTC),
        datetime(2026, 11, 21, 8, 35, tzinfo=UTC),
    )


def test_the_window_never_reaches_into_the_future() -> None:
    window = window_around(datetime(2026, 11, 21, 9, 25, tzinfo=UTC), timedelta(hours=1), NOW)
    assert window.end == NOW
