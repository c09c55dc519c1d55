"""Pictures: the right size, gaps are gaps, labels do not overlap, hostile names draw."""

from __future__ import annotations

import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.message import say
from bot.core.model import Chart, ChartBand, ChartMark, ChartSeries
from bot.slack.chart_marks import flags
from bot.slack.charts import draw, lonely, on_one_axis, short_number
from tests.evidence_builders import ONSET, WINDOW

MINUTES = [WINDOW.start + timedelta(minutes=i) for i in range(60)]


def a_chart(*values: float | None, **changes: object) -> Chart:
    series = ChartSeries(name="$x_{1}$ _<b>", unit="Count", points=tuple(zip(MINUTES, values, strict=False)))
    chart = Chart(
        title=say("Errors of {name}", name="$a$"), series=(series,), window=WINDOW, alt=say("errors")
    )
    return chart.model_copy(update=changes)


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_picture_has_the_width_slack_shows() -> None:
    assert size(draw(a_chart(1.0, None, 3.0), "en")) == (1200, 640)


@pytest.mark.parametrize(
    ("requests", "unit", "axes"), [(1200.0, "Count", 1), (90_000.0, "Count", 2), (1200.0, "Percent", 2)]
)
def test_two_axes_are_drawn_only_where_one_would_not_do(requests: float, unit: str, axes: int) -> None:
    """Errors of 1,100 beside requests of 1,200 belong on one scale, so that equal values meet."""
    chart = a_chart(0.0, 1100.0)
    other = ChartSeries(name="requests", unit=unit, points=((MINUTES[0], requests),), right_axis=True)
    shown = on_one_axis(chart.model_copy(update={"series": (*chart.series, other)}))
    assert len({series.right_axis for series in shown.series}) == axes


@pytest.mark.parametrize(
    "chart",
    [
        a_chart(),
        a_chart(None, None),
        a_chart(0.0, 0.0),
        a_chart(-5.0, 1e12),
        a_chart(1.0, series=()),
        a_chart(1.0, band=ChartBand(label="usual", points=tuple((t, 1.0, 2.0) for t in MINUTES))),
        a_chart(
            1.0, marks=tuple(ChartMark(at=ONSET + timedelta(seconds=i), label="x" * 90) for i in range(20))
        ),
        a_chart(2.0, marks=(ChartMark(at=WINDOW.start - timedelta(days=1), label="before"),)),
    ],
)
def test_every_shape_of_data_draws(chart: Chart) -> None:
    assert size(draw(chart, "vi")) == (1200, 640)


def test_two_axes_and_many_series_draw() -> None:
    points = tuple((at, float(i)) for i, at in enumerate(MINUTES))
    series = tuple(ChartSeries(name=f"i-{i:017x}", points=points, right_axis=i == 0) for i in range(12))
    assert size(draw(a_chart(series=series), "en")) == (1200, 640)


def test_threads_may_draw_at_once_and_get_the_same_picture() -> None:
    chart = a_chart(1.0, 2.0, None, 4.0)
    with ThreadPoolExecutor(4) as pool:
        pictures = set(pool.map(lambda _: draw(chart, "en"), range(6)))
    assert len(pictures) == 1


def test_a_point_between_gaps_is_found_so_that_it_can_be_drawn() -> None:
    assert lonely([1.0, nan, 2.0, nan, 3.0, 4.0, nan]) == [0, 2]


@given(
    st.lists(
        st.tuples(st.integers(min_value=0, max_value=3600), st.text(min_size=1, max_size=34)), max_size=12
    )
)
def test_labels_of_marks_never_overlap(marks: list[tuple[int, str]]) -> None:
    times = [WINDOW.start + timedelta(seconds=s) for s, _ in marks]
    placed = flags(times, [text for _, text in marks], WINDOW.start, WINDOW.end)
    assert len(placed) == len(marks)
    shown = [flag for flag in placed if flag.text]
    for i, one in enumerate(shown):
        for other in shown[i + 1 :]:
            assert one.row != other.row or one.right <= other.x or other.right <= one.x


@pytest.mark.parametrize(
    ("value", "shown"), [(0.25, "0.25"), (4200, "4,200"), (12000, "12k"), (1.5e6, "1.5M"), (0, "0")]
)
def test_axis_labels_are_short(value: float, shown: str) -> None:
    assert short_number(value) == shown


def test_a_process_that_draws_nothing_does_not_load_matplotlib() -> None:
    code = "import sys, bot.slack.charts; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
