"""The expected band: what one bad day, a weekend, a gap or another unit does to it."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.baseline import (
    DAYS,
    ExpectedBand,
    Own,
    Side,
    counting_floor,
    expected_band,
    unusual,
)
from bot.core.series import Line

STEP = timedelta(minutes=5)
DAY = timedelta(days=1)
START = datetime(2026, 11, 21, 13, 30, tzinfo=UTC)
PERIODS = tuple(START + i * STEP for i in range(12))
FLOOR = 10.0
Points = list[tuple[datetime, float]]

noise = st.lists(st.floats(-5, 5), min_size=DAYS * 16, max_size=DAYS * 16)
some_day = st.integers(1, DAYS)
factors = st.one_of(st.floats(0, 0.3), st.floats(3, 1000))


def history(level: Callable[[int], float] = lambda ago: 200.0, wobble: list[float] | None = None) -> Points:
    """16 periods around the window on each of the 14 days; `level` by days ago."""
    points = [(ago, i) for ago in range(1, DAYS + 1) for i in range(-2, 14)]
    shifts = wobble or [0.0] * len(points)
    return [
        (START + i * STEP - ago * DAY, level(ago) + shift)
        for (ago, i), shift in zip(points, shifts, strict=True)
    ]


def band(points: Points, floor: float = FLOOR) -> ExpectedBand:
    found = expected_band(points, PERIODS, STEP, floor=floor)
    assert found is not None
    return found


def a_line(*values: float | None) -> Line:
    return Line(START, STEP, values)


def edges(found: ExpectedBand) -> list[tuple[float, float, float]]:
    return [(p.low, p.middle, p.high) for p in found.points]


@settings(max_examples=60, deadline=None)
@given(noise, some_day, factors, factors)
def test_one_poisoned_day_does_not_move_the_band(
    wobble: list[float], bad: int, one: float, other: float
) -> None:
    """However bad it was, the band is exactly the one of the days without it."""
    clean = history(wobble=wobble)
    days_ago = {at: round((START + timedelta(minutes=30) - at) / DAY) for at, _ in clean}

    def poisoned(factor: float) -> Points:
        return [(at, v * factor if days_ago[at] == bad else v) for at, v in clean]

    without = [(at, v) for at, v in clean if days_ago[at] != bad]
    assert edges(band(poisoned(one))) == edges(band(poisoned(other))) == edges(band(without))


@settings(max_examples=60, deadline=None)
@given(noise, st.floats(0.1, 100), st.floats(-1000, 1000))
def test_another_unit_or_offset_gives_the_same_band_in_it(
    wobble: list[float], scale: float, shift: float
) -> None:
    points = history(wobble=wobble)
    moved = [(at, scale * v + shift) for at, v in points]
    for mine, theirs in zip(edges(band(points)), edges(band(moved, FLOOR * scale)), strict=True):
        assert theirs == pytest.approx(
            [scale * edge + shift for edge in mine], abs=1e-6 * (scale * 300 + 1000)
        )


@settings(max_examples=60, deadline=None)
@given(noise)
def test_dips_are_spikes_upside_down(wobble: list[float]) -> None:
    points = history(wobble=wobble)
    upside_down = [(at, -v) for at, v in points]
    for (low, middle, high), mirrored in zip(edges(band(points)), edges(band(upside_down)), strict=True):
        assert mirrored == pytest.approx((-high, -middle, -low))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-500, 500), min_size=12, max_size=12), noise)
def test_what_is_unusual_is_so_on_both_sides(values: list[float], wobble: list[float]) -> None:
    points = history(wobble=wobble)
    up = unusual(a_line(*values), band(points))
    down = unusual(a_line(*(-v for v in values)), band([(at, -v) for at, v in points]))
    other = {Side.HIGH: Side.LOW, Side.LOW: Side.HIGH}
    assert [(u.at, other[u.side]) for u in up] == [(d.at, d.side) for d in down]


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, DAYS * 16 - 1)))
def test_gaps_never_crash_and_never_count_as_zero(missing: set[int]) -> None:
    points = [point for i, point in enumerate(history()) if i not in missing]
    found = expected_band(points, PERIODS, STEP, floor=FLOOR)
    assert found is None or all((p.low, p.middle, p.high) == (160, 200, 240) for p in found.points)


def test_nothing_known_expects_nothing() -> None:
    assert expected_band([], PERIODS, STEP, floor=FLOOR) is None
    assert expected_band(history(), (), STEP, floor=FLOOR) is None


def test_two_days_are_too_few() -> None:
    assert expected_band(history()[:32], PERIODS, STEP, floor=FLOOR) is None


def test_a_weekend_is_left_out_and_named() -> None:
    found = band(history(lambda ago: 100.0 if ago in (3, 4, 10, 11) else 200.0))
    assert found.days == 10
    assert [day.isoformat() for day in found.dropped] == [
        "2026-11-10",
        "2026-11-11",
        "2026-11-17",
        "2026-11-18",
    ]
    assert found.points[0].low == 160


def test_on_a_saturday_last_saturdays_count_too() -> None:
    found = band(history(lambda ago: 100.0 if ago in (6, 7, 13, 14) else 200.0))
    assert found.own == (Own.WEEKDAY,)
    assert not unusual(a_line(*[100.0] * 12), found)
    assert unusual(a_line(*[20.0] * 12), found)


def test_one_odd_saturday_is_no_level_of_saturdays() -> None:
    assert band(history(lambda ago: 100.0 if ago == 7 else 200.0)).own == ()


def test_a_level_that_moved_three_days_ago_is_expected() -> None:
    found = band(history(lambda ago: 400.0 if ago <= 3 else 200.0))
    assert found.own == (Own.RECENT,)
    assert not unusual(a_line(*[400.0] * 12), found)


def test_the_day_after_a_long_weekend_is_expected_as_before_it() -> None:
    found = band(history(lambda ago: 80.0 if ago <= 3 else 200.0))
    assert not unusual(a_line(*[200.0] * 12), found)


def test_a_deployment_at_the_same_time_every_day_is_expected() -> None:
    nightly = [(at, v * (9 if at.minute in (50, 55) else 1)) for at, v in history()]
    line = a_line(*(1800.0 if at.minute in (50, 55) else 200.0 for at in PERIODS))
    assert not [u for u in unusual(line, band(nightly)) if u.side is Side.HIGH]


@pytest.mark.parametrize(
    ("values", "times"),
    [
        ((200.0, 245.0, 200.0), 0),
        ((200.0, 245.0, 245.0), 2),
        ((200.0, 300.0, 200.0), 1),
        ((200.0, 100.0, 200.0), 1),
        ((245.0, 155.0, 245.0), 0),
        ((245.0, None, 245.0), 0),
    ],
)
def test_one_period_just_outside_is_chance(values: tuple[float | None, ...], times: int) -> None:
    assert len(unusual(a_line(*values), band(history()))) == times


@pytest.mark.parametrize(("level", "floor"), [(0, 1), (0.5, 1), (100, 10), (10_000, 500)])
def test_counts_scatter_by_their_root_and_people_by_five_per_cent(level: float, floor: float) -> None:
    assert counting_floor(history(lambda ago: level)) == floor
    assert counting_floor([]) == 1
    assert math.isfinite(floor)
