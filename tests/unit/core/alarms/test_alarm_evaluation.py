"""CloudWatch's evaluation: the tables of its documentation, and properties against a literal reference."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alarms.evaluate import (
    EXTRA_POINTS,
    MofN,
    State,
    band_marks,
    breaches,
    replay,
    rule_of,
    state_after,
    static_marks,
)
from bot.core.alarms.plan import Band, Comparison, Missing, Share, Sides, Static
from tests.alarm_builders import REQUESTS, a_plan, marks

KEEP = "keep"
ORDER = (Missing.MISSING, Missing.IGNORE, Missing.BREACHING, Missing.NOT_BREACHING)
ALL_OK, ALL_ALARM = "OK OK OK OK", "ALARM ALARM ALARM ALARM"
NO_DATA = "INSUFFICIENT_DATA keep ALARM OK"
THREE_OF_THREE = {
    "0 - X - X": ALL_OK,
    "0 - - - -": ALL_OK,
    "- - - - -": NO_DATA,
    "0 X X - X": ALL_ALARM,
    "- - X - -": "ALARM keep ALARM OK",
    # "the alarm does not go immediately into ALARM state"
    "- - - - X": "keep keep ALARM OK",
    "- - - X -": "keep keep ALARM OK",
    "- - - X 0": "OK OK OK OK",
    "- - X - 0": "OK OK OK OK",
}
TWO_OF_THREE = {
    "0 - X - X": ALL_ALARM,
    "0 0 X 0 X": ALL_ALARM,
    "0 - X - -": "OK OK ALARM OK",
    "- - - - 0": "OK OK ALARM OK",
    "- - - X -": "ALARM keep ALARM OK",
}
ROWS = [
    pytest.param(points, MofN(m, 3, missing), expected, id=f"{m} of 3, {points}, {missing}")
    for m, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for points, row in table.items()
    for missing, expected in zip(ORDER, row.split(), strict=True)
]


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize(("points", "rule", "expected"), ROWS)
def test_aws_own_tables_hold(points: str, rule: MofN, expected: str, before: State) -> None:
    assert state_after(marks(points), rule, before) == (before if expected == KEEP else expected)


def test_three_scattered_points_fire_a_three_of_three_alarm_because_more_than_three_are_looked_at() -> None:
    rule = MofN(3, 3, Missing.NOT_BREACHING)
    assert replay(marks("0 0 X - X - X"), rule, State.OK)[-1] is State.ALARM


def test_fill_makes_the_same_points_harmless() -> None:
    plan = a_plan(Static(threshold=1, filled=True), missing=Missing.NOT_BREACHING)
    assert replay(marks("0 0 X - X - X"), rule_of(plan), State.OK)[-1] is State.OK


def test_fill_fills_nothing_when_the_whole_range_is_empty_so_missing_data_still_needs_a_setting() -> None:
    empty = marks("- - - - -")
    without = a_plan(Static(threshold=1, filled=True), missing=Missing.MISSING)
    with_backstop = a_plan(Static(threshold=1, filled=True), missing=Missing.NOT_BREACHING)
    assert replay(empty, rule_of(without), State.OK)[-1] is State.INSUFFICIENT_DATA
    assert replay(empty, rule_of(with_backstop), State.OK)[-1] is State.OK


def test_ignore_sticks_in_alarm_while_nothing_is_reported() -> None:
    rule = MofN(2, 2, Missing.IGNORE)
    assert replay(marks("X X - - - - - - 0 0"), rule, State.OK) == [
        *(State.OK, *(State.ALARM,) * 7),
        *(State.OK, State.OK),
    ]


def test_a_five_minute_period_is_looked_at_every_minute() -> None:
    """With one mark a minute for the five minutes before it, two of two takes six minutes, not ten."""
    rule = MofN(2, 2, Missing.MISSING)
    by_minute = marks("0 0 0 0 0 0 0 0 0 0 X X X X X X X")
    states = replay(by_minute, rule, State.OK, stride=5)
    assert [state is State.ALARM for state in states].index(True) == 15


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        (Comparison.ABOVE, {11}),
        (Comparison.AT_LEAST, {10, 11}),
        (Comparison.BELOW, {9}),
        (Comparison.AT_MOST, {9, 10}),
    ],
)
def test_the_threshold_itself_breaches_only_where_aws_says_so(
    comparison: Comparison, breaching: set[int]
) -> None:
    test = Static(comparison=comparison, threshold=10)
    assert {value for value in (9, 10, 11) if breaches(test, value)} == breaching


@pytest.mark.parametrize(
    ("sides", "expected"),
    [(Sides.BOTH, "X 0 0 0 X"), (Sides.UPPER, "0 0 0 0 X"), (Sides.LOWER, "X 0 0 0 0")],
)
def test_a_band_breaches_outside_it_on_the_sides_that_count(sides: Sides, expected: str) -> None:
    found = band_marks(Band(width=2, sides=sides), [9, 10, 15, 20, 21], [(10.0, 20.0)] * 5)
    assert found == marks(expected)


def test_a_point_without_a_value_or_without_a_band_is_missing() -> None:
    assert band_marks(Band(width=2), [None, 15], [(10.0, 20.0), None]) == [None, None]


def test_a_share_counts_only_above_its_floor_and_the_count_always() -> None:
    test = Static(threshold=10, filled=True, share=Share(of=REQUESTS, percent=1, floor=100))
    errors = [1.0, 1.0, 1.0, 10.0, 10.0, None]
    requests = [99.0, 100.0, 101.0, 100000.0, None, 500.0]
    assert static_marks(test, errors, requests) == [False, True, False, True, True, None]


# Properties

MARKS = st.lists(st.sampled_from([True, False, None]), max_size=30)
STATES = st.sampled_from(list(State))


@st.composite
def rules(draw: st.DrawFn) -> MofN:
    periods = draw(st.integers(1, 6))
    datapoints = draw(st.integers(1, periods))
    return MofN(datapoints, periods, draw(st.sampled_from(Missing)))


def reference(points: Sequence[bool | None], rule: MofN, before: State) -> State:
    """The documentation word by word: write out which points are counted, then count them."""
    newest_first = [point for point in reversed(points) if point is not None]
    counted = newest_first[: rule.periods]
    to_fill = rule.periods - len(counted)
    if to_fill > 0 and not counted and rule.missing in (Missing.MISSING, Missing.IGNORE):
        return State.INSUFFICIENT_DATA if rule.missing is Missing.MISSING else before
    if rule.missing in (Missing.BREACHING, Missing.NOT_BREACHING):
        counted = counted + [rule.missing is Missing.BREACHING] * to_fill
    elif to_fill > 0 and all(counted) and counted.count(True) < rule.datapoints:
        age = max(len(points) - i for i, point in enumerate(points) if point)
        alarm = age >= rule.datapoints and rule.missing is Missing.MISSING
        return State.ALARM if alarm else before
    return State.ALARM if counted.count(True) >= rule.datapoints else State.OK


@given(MARKS, rules(), STATES, st.integers(1, 4))
def test_replay_agrees_with_the_documentation_word_by_word(
    found: list[bool | None], rule: MofN, before: State, stride: int
) -> None:
    states, state = [], before
    for index in range(len(found)):
        ages = [index - age * stride for age in range(rule.periods + EXTRA_POINTS)]
        points = [found[i] if i >= 0 else None for i in reversed(ages)]
        state = reference(points, rule, state)
        states.append(state)
    assert replay(found, rule, before, stride) == states


VALUES = st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=40)


@given(VALUES, rules(), st.floats(0, 100), st.floats(0, 100), st.sampled_from([True, False]))
def test_a_higher_threshold_never_alarms_where_a_lower_one_does_not(
    values: list[float | None], rule: MofN, one: float, other: float, filled: bool
) -> None:
    low, high = sorted((one, other))

    def alarms(threshold: float) -> set[int]:
        test = Static(comparison=Comparison.ABOVE, threshold=threshold, filled=filled)
        plan = a_plan(test, of=(rule.datapoints, rule.periods), missing=rule.missing)
        states = replay(static_marks(test, values), rule_of(plan), State.OK)
        return {i for i, state in enumerate(states) if state is State.ALARM}

    assert alarms(high) <= alarms(low)


@given(VALUES, rules(), st.floats(0.1, 20), st.floats(0.1, 20))
def test_a_wider_band_never_alarms_where_a_narrower_one_does_not(
    values: list[float | None], rule: MofN, one: float, other: float
) -> None:
    narrow, wide = sorted((one, other))

    def alarms(width: float) -> set[int]:
        edges = [(50 - width, 50 + width)] * len(values)
        states = replay(band_marks(Band(width=width), values, edges), rule, State.OK)
        return {i for i, state in enumerate(states) if state is State.ALARM}

    assert alarms(wide) <= alarms(narrow)
