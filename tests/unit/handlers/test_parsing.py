"""What people type after the command, as a truth table, and anything else they may type."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import UserError
from handlers.parsing import Command, Digest, Form, Help, Language, Open, Resolve, Status, parse

HOUR = timedelta(hours=1)
DNS = "shop-prod-1.eu-central-1.elb.amazonaws.com"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Form()),
        ("   ", Form()),
        ("help", Help()),
        ("HELP", Help()),
        ("?", Help()),
        ("status", Status()),
        ("digest", Digest()),
        ("resolve", Resolve("")),
        ("resolve  pool was  full ", Resolve("pool was  full")),
        ("language en", Language("en")),
        ("language EN", Language("en")),
        ("shop-prod", Open("shop-prod")),
        ("`shop-prod`", Open("shop-prod")),
        ("“shop-prod” 14:05", Open("shop-prod", "14:05")),
        ("shop-prod 14:05", Open("shop-prod", "14:05")),
        ("shop-prod 9:05 2h", Open("shop-prod", "9:05", 2 * HOUR)),
        ("shop-prod 2h 14:05", Open("shop-prod", "14:05", 2 * HOUR)),
        ("shop-prod 90", Open("shop-prod", "", timedelta(minutes=90))),
        ("shop-prod 1d", Open("shop-prod", "", timedelta(days=1))),
        ("shop-prod 2026-11-20T14:05Z", Open("shop-prod", "2026-11-20T14:05Z")),
        ("shop-prod 2026-11-20 14:05 2h", Open("shop-prod", "2026-11-20T14:05", 2 * HOUR)),
        ("shop-prod 2026-11-20 9:05", Open("shop-prod", "2026-11-20T09:05")),
        (f"<http://{DNS}|{DNS}> 14:05", Open(DNS, "14:05")),
        (f"<http://{DNS}/>", Open(DNS)),
        ("status 14:05", Open("status", "14:05")),
        ("open status", Open("status")),
        ("open", Open("open")),
    ],
)
def test_what_is_typed_means(typed: str, meant: Command) -> None:
    assert parse(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "shop-prod 25:00",
        "shop-prod yesterday",
        "shop-prod 14:05 15:05",
        "shop-prod 60m 2h",
        "shop-prod 14:05 60m please",
        "language",
        "language tlh",
        "language en vi",
        "``",
    ],
)
def test_what_cannot_be_meant_is_explained(typed: str) -> None:
    with pytest.raises(UserError):
        parse(typed)


@given(st.text(max_size=60))
def test_any_text_is_a_command_or_an_explanation(text: str) -> None:
    with contextlib.suppress(UserError):
        assert parse(text) is not None


@given(
    st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True),
    st.times(),
    st.integers(min_value=1, max_value=999),
    st.booleans(),
)
def test_name_time_and_length_come_back_as_typed(name: str, time: object, minutes: int, swap: bool) -> None:
    clock, length = f"{time:%H:%M}", f"{minutes}m"
    words = [length, clock] if swap else [clock, length]
    assert parse(f"open {name} {' '.join(words)}") == Open(name, clock, timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("when", "needs"),
    [
        ("", False),
        ("14:05", True),
        ("2026-11-20T14:05", True),
        ("2026-11-20T14:05Z", False),
        ("2026-11-20T14:05+07:00", False),
    ],
)
def test_only_times_without_a_zone_need_the_persons(when: str, needs: bool) -> None:
    assert Open("x", when).needs_zone is needs


def test_a_clock_time_is_the_latest_such_time_where_the_person_is() -> None:
    now = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    assert Open("x", "23:50").alarm_at(now, ZoneInfo("Asia/Ho_Chi_Minh")) == datetime(
        2026, 11, 20, 16, 50, tzinfo=UTC
    )
    assert Open("x").alarm_at(now, UTC) is None
