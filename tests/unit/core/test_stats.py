"""Elevated, onset, burst, sustained, lag: the definitions of DOMAIN.md section 10 on small series."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.series import Line
from bot.core.stats import (
    Baseline,
    Correlation,
    Order,
    Refusal,
    baseline,
    change_point,
    concentration,
    correlate,
    is_burst,
    is_sustained,
    main_episode,
    onset,
    order,
    recurs_daily,
)
from tests.evidence_builders import ONSET

MINUTE = timedelta(minutes=1)
USUAL = Baseline(median=100, mad=5, low=90, high=110, n=60, week=True)


def line(*values: float | None, step: timedelta = MINUTE) -> Line:
    return Line(ONSET, step, values)


def positive(value: float) -> bool:
    return value > 0


# Usual and elevated


def test_nothing_is_usual_with_fewer_than_ten_points() -> None:
    assert baseline([1.0] * 9, week=True) is None


def test_usual_is_the_median_and_a_range_that_one_outlier_does_not_move() -> None:
    usual = baseline([100.0] * 40 + [9_999.0], week=True)
    assert usual is not None
    assert (usual.median, usual.mad, usual.low, usual.high) == (100, 0, 100, 100)


@pytest.mark.parametrize(("value", "elevated"), [(1, False), (3, True), (40, True)])
def test_a_stray_count_of_a_mostly_silent_counter_is_not_elevated(value: float, elevated: bool) -> None:
    usual = baseline([0.0, 0.0, 0.0, 1.0] * 30, week=True, counts=True)
    assert usual is not None
    assert usual.elevated(value) is elevated


@pytest.mark.parametrize(
    ("value", "elevated"), [(110, False), (140, False), (149, False), (150, True), (400, True)]
)
def test_elevated_needs_both_three_mad_and_half_as_much_again(value: float, elevated: bool) -> None:
    assert USUAL.elevated(value) is elevated


def test_any_error_is_elevated_where_errors_are_never_seen_and_zero_never_is() -> None:
    never = Baseline(0, 0, 0, 0, 60, True)
    assert never.elevated(1)
    assert not never.elevated(0)


def test_onset_is_the_first_elevated_minute() -> None:
    assert onset(line(100, None, 160, 200), USUAL) == ONSET + 2 * MINUTE
    assert onset(line(100, 105), USUAL) is None


def test_one_noisy_minute_is_not_an_onset_when_two_in_a_row_are_asked_for() -> None:
    assert onset(line(160, 100, 160, None, 160, 160), USUAL, run=2) == ONSET + 4 * MINUTE


# Order


@pytest.mark.parametrize(
    ("minutes_before", "step", "expected"),
    [
        (1, 1, Order.BEFORE),
        (0, 1, Order.TOGETHER),
        (-1, 1, Order.AFTER),
        (4, 5, Order.TOGETHER),
        (5, 5, Order.BEFORE),
        (-1, 5, Order.AFTER),
    ],
)
def test_five_minute_data_orders_nothing_closer_than_five_minutes(
    minutes_before: int, step: int, expected: Order
) -> None:
    assert order(ONSET - minutes_before * MINUTE, step * MINUTE, ONSET, MINUTE) is expected


# Episodes


def test_a_stray_error_long_before_is_not_the_onset() -> None:
    values = [1] + [0] * 20 + [30, 40, 0, 50]
    episode = main_episode(line(*values), positive)
    assert episode is not None
    assert episode.first == ONSET + 21 * MINUTE
    assert episode.last == ONSET + 24 * MINUTE
    assert episode.total == 120


@pytest.mark.parametrize(
    ("values", "burst", "sustained"),
    [
        pytest.param([9] * 5 + [0] * 20, True, False, id="five minutes, then zero"),
        pytest.param([9] * 5 + [0] * 3, None, None, id="just stopped, perhaps"),
        pytest.param([9] * 5 + [None] * 20, None, None, id="then unknown"),
        pytest.param([9] * 20, False, True, id="twenty minutes"),
        pytest.param([9, 0, 0, 0] * 5 + [0] * 6, False, False, id="now and then"),
        pytest.param([9] * 5 + [0] * 15 + [1] + [0] * 6, False, False, id="comes back"),
    ],
)
def test_burst_and_sustained(values: list[float | None], burst: bool | None, sustained: bool | None) -> None:
    episode = main_episode(line(*values), positive)
    assert episode is not None
    assert is_burst(line(*values), episode, positive) is burst
    assert is_sustained(line(*values), episode) is sustained


@pytest.mark.parametrize(
    ("days_with_errors", "days_seen", "recurs"), [(3, 7, True), (2, 7, False), (2, 2, None)]
)
def test_errors_recur_when_three_earlier_days_had_them(
    days_with_errors: int, days_seen: int, recurs: bool | None
) -> None:
    earlier = [
        (ONSET - timedelta(days=day) + MINUTE, 5.0 if day <= days_with_errors else 0.0)
        for day in range(1, days_seen + 1)
    ]
    assert recurs_daily(ONSET, earlier, positive) is recurs


def test_a_background_that_is_always_there_does_not_recur() -> None:
    earlier = [(ONSET - timedelta(days=day), 100.0) for day in range(1, 8)]
    assert recurs_daily(ONSET, earlier, USUAL.elevated) is False


# Correlation


def test_too_few_shared_points_are_refused() -> None:
    assert correlate(line(*range(9)), line(*range(9))) is Refusal.TOO_FEW_POINTS


def test_a_constant_series_is_refused() -> None:
    assert correlate(line(*range(30)), line(*[5.0] * 30)) is Refusal.CONSTANT


def test_series_of_different_resolution_are_refused() -> None:
    assert correlate(line(*range(30)), line(*range(30), step=5 * MINUTE)) is Refusal.DIFFERENT_RESOLUTION


def test_not_a_number_is_skipped() -> None:
    found = correlate(line(*range(20), math.nan), line(*range(20), 3))
    assert isinstance(found, Correlation)
    assert found.rho == 1


def test_errors_that_move_first_do_not_follow() -> None:
    assert not Correlation(rho=0.9, lag=-2 * MINUTE, n=50).follows
    assert Correlation(rho=0.9, lag=2 * MINUTE, n=50).follows
    assert not Correlation(rho=-0.9, lag=2 * MINUTE, n=50).follows
    assert not Correlation(rho=0.5, lag=0 * MINUTE, n=50).follows


distinct = st.lists(st.integers(-1000, 1000), min_size=40, max_size=60, unique=True)
gapped = st.lists(st.one_of(st.none(), st.floats(allow_nan=True)), max_size=40)


@given(distinct, st.integers(0, 10))
@settings(max_examples=40, deadline=None)
def test_a_series_shifted_by_k_minutes_has_lag_k(values: list[int], shift: int) -> None:
    later: list[float | None] = [None] * shift + [float(v) for v in values]
    assert correlate(line(*map(float, values)), line(*later)) == Correlation(1.0, shift * MINUTE, len(values))


@given(distinct)
@settings(max_examples=30, deadline=None)
def test_only_the_order_of_values_matters(values: list[int]) -> None:
    other = line(*(float(v % 17) for v in values))
    plain = correlate(line(*map(float, values)), other)
    bent = correlate(line(*(math.exp(v / 300) + v for v in values)), other)
    assert plain == bent


@given(gapped, gapped)
@settings(max_examples=60, deadline=None)
def test_gaps_never_crash_and_never_count(left: list[float | None], right: list[float | None]) -> None:
    found = correlate(line(*left), line(*right))
    if isinstance(found, Correlation):
        assert -1 <= found.rho <= 1
        assert 10 <= found.n <= min(len(left), len(right))
    change_point(line(*(v if v is None or math.isfinite(v) else None for v in left)))


# Change point, concentration


def test_a_change_of_level_is_found_where_it_happened_despite_an_outlier() -> None:
    noisy = [100 + (i * 7) % 11 for i in range(30)]
    noisy[5] = 900
    change = change_point(line(*noisy, *(v + 140 for v in noisy)))
    assert change is not None
    assert change.at == ONSET + 30 * MINUTE
    assert change.after - change.before == pytest.approx(140, abs=2)


def test_noise_is_no_change_of_level() -> None:
    assert change_point(line(*[100 + (i * 37) % 23 for i in range(60)])) is None
    assert change_point(line(*[5.0] * 60)) is None


def test_concentration_names_the_largest_share() -> None:
    assert concentration({"a": 92, "b": 4, "c": 4}) == ("a", 0.92)
    assert concentration({"a": 0}) is None
