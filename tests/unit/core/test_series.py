"""A missing minute is a zero only when a sibling proves that the minute was reported."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.evidence import Series
from bot.core.model import Window
from bot.core.series import Line, added, align, coarsened, sparkline, step_of, zero_fill
from tests.evidence_builders import WINDOW, a_series

START = WINDOW.start
MINUTE = timedelta(minutes=1)
FIVE = Window(start=START, end=START + 5 * MINUTE)
OTHER = {"LoadBalancer": "app/other/1"}


def errors(*values: float | None, status: str = "Complete") -> Series:
    return a_series("TargetConnectionErrorCount", values, status=status)


def test_a_missing_minute_is_zero_where_a_sibling_was_reported_and_unknown_elsewhere() -> None:
    requests = a_series("RequestCount", [100, 100, 100, None, 100])
    assert zero_fill(errors(7, None, 3), [requests], FIVE).values == (7, 0, 3, None, 0)


def test_an_empty_series_without_a_sibling_is_unknown() -> None:
    line = zero_fill(errors(), [], FIVE)
    assert line.values == (None,) * 5
    assert line.known_share == 0


@pytest.mark.parametrize(
    "sibling",
    [
        pytest.param(a_series("RequestCount", [1] * 5, dimensions=OTHER), id="of another load balancer"),
        pytest.param(a_series("TargetResponseTime", [1] * 5), id="that is itself quiet"),
        pytest.param(a_series("RequestCount", [1], period_s=300), id="of another period"),
    ],
)
def test_a_sibling_proves_nothing(sibling: Series) -> None:
    assert zero_fill(errors(), [sibling], FIVE).values == (None,) * 5


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_an_incomplete_answer_has_no_zeros(status: str) -> None:
    requests = a_series("RequestCount", [1] * 5)
    assert zero_fill(errors(7, status=status), [requests], FIVE).values == (7, None, None, None, None)


def test_a_gauge_keeps_its_gaps() -> None:
    assert align(a_series("CPUUtilization", [5, None, 6]), FIVE).values == (5, None, 6, None, None)


def test_basic_monitoring_is_recognised_by_the_distance_of_its_points() -> None:
    cpu = a_series("CPUUtilization", [1, None, None, None, None, 2], namespace="AWS/EC2")
    assert step_of(cpu) == 5 * MINUTE
    assert step_of(errors(1, None, None, None, None, 2)) == MINUTE


def test_five_minute_points_keep_the_minute_they_are_stamped_with() -> None:
    cpu = a_series("CPUUtilization", [1, 2], namespace="AWS/EC2", period_s=300, start=START + 3 * MINUTE)
    line = align(cpu, Window(start=START, end=START + 12 * MINUTE))
    assert line.points == ((START + 3 * MINUTE, 1), (START + 8 * MINUTE, 2))


def test_a_window_without_whole_minutes_starts_at_the_next_one() -> None:
    odd = Window(start=START + timedelta(seconds=30), end=START + 3 * MINUTE)
    assert align(errors(), odd).start == START + MINUTE


def test_a_sum_over_an_unknown_minute_is_unknown() -> None:
    lines = [Line(START, MINUTE, (1, 2, None)), Line(START, MINUTE, (1, None, 3))]
    assert added(lines).values == (2, None, None)


def test_minutes_become_five_minutes_only_when_all_are_known() -> None:
    line = Line(START, MINUTE, (1, 1, 1, 1, 1, 2, None, 2, 2, 2))
    assert coarsened(line, START, 5 * MINUTE).values == (5, None)


def test_a_sparkline_shows_gaps_as_blanks() -> None:
    assert sparkline([0, 4, None, 8]) == "▁▅ █"
    assert sparkline([0, None]) == "▁ "


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e9)), max_size=30), st.integers(0, 40))
def test_aligning_never_invents_or_loses_a_point(values: list[float | None], minutes: int) -> None:
    window = Window(start=START, end=START + minutes * MINUTE)
    line = align(errors(*values), window)
    assert len(line.values) == minutes
    assert list(line.values[: len(values)]) == values[:minutes]
    assert len(sparkline(line.values)) == minutes
