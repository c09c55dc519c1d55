"""Draws a Chart as a PNG for the incident's thread: gaps stay gaps, marks are labelled, colours are distinct.

matplotlib is imported when the first picture is drawn, because only workers need it (DESIGN.md, charts).
The object interface with the Agg canvas is used, and no global setting: threads may draw at once.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil, isnan, nan
from typing import TYPE_CHECKING, Any

from bot.core.message import say
from bot.core.model import Chart, ChartMark, ChartSeries
from bot.i18n import t
from bot.slack.chart_marks import MARK_LABEL, Flag, flags
from bot.slack.text import clean, cut

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_PX, HEIGHT_PX, DPI = 1200, 640, 150
INK, FAINT, EDGE, GRID, SHADE, BAND = "#1d1c1d", "#6b6f76", "#b8bcc4", "#e4e6ea", "#f6f3ec", "#c9d8e8"
# Okabe and Ito's palette, which people with any colour vision can tell apart; strongest first.
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
DASHES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)))
NAME_LENGTH, TITLE_LENGTH, LEGEND_CHARACTERS, LEGEND_ENTRIES = 44, 62, 80, 6
ROW_PX, LEGEND_ROW_PX = 34, 36
# The higher scale may be so many times the lower one before its lines would look flat beside the others.
ALIKE = 3


def draw(chart: Chart, locale: str) -> bytes:
    """The chart as a PNG of 1200 x 640 pixels, on white so that it reads in Slack's light and dark themes.

    Slack shows it about 400 pixels wide in a thread: the letters are large for that.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    chart = on_one_axis(chart)
    figure = Figure(figsize=(WIDTH_PX / DPI, HEIGHT_PX / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    left = figure.add_subplot()
    right = left.twinx() if any(series.right_axis for series in chart.series) else None
    start, end = _extent(chart)
    raised = flags([m.at for m in chart.marks], [_mark_text(m) for m in chart.marks], start, end)
    plot_px = _lay_out(figure, chart, raised, right is not None)
    _draw_behind(left, chart, locale)
    for index, series in enumerate(chart.series):
        _draw_series(right if right and series.right_axis else left, series, index)
    _draw_marks(left, raised, plot_px)
    _dress_time(left, start, end)
    for axes in (left, right):
        if axes is not None:
            _dress_values(axes, chart, on_the_right=axes is right)
    _write_head(figure, chart, left, locale)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _lay_out(figure: Figure, chart: Chart, raised: Sequence[Flag], twin: bool) -> float:
    """Room above the plot for title, legend and flags; returns the plot's height in pixels."""
    flag_rows = 1 + max((flag.row for flag in raised), default=-1)
    head = 80 + LEGEND_ROW_PX * _legend_rows(chart)[1] + ROW_PX * flag_rows
    top, bottom = 1 - head / HEIGHT_PX, 0.15
    figure.subplots_adjust(left=0.1, right=0.885 if twin else 0.975, top=top, bottom=bottom)
    return (top - bottom) * HEIGHT_PX


def _legend_rows(chart: Chart) -> tuple[int, int]:
    """Columns and rows of the legend, so that the longest name fits."""
    names = [_name(series.name) for series in chart.series[:LEGEND_ENTRIES]]
    names += [_name(chart.band.label)] if chart.band else []
    widest = max((len(name) for name in names), default=1) + 9
    columns = max(1, min(len(names) or 1, LEGEND_CHARACTERS // widest))
    return columns, ceil(len(names) / columns)


def _draw_behind(axes: Axes, chart: Chart, locale: str) -> None:
    """The expected range; the window, where the picture shows more than it; or that there is nothing."""
    if _extent(chart) != (chart.window.start, chart.window.end):
        axes.axvspan(chart.window.start, chart.window.end, color=SHADE, zorder=0, linewidth=0)  # type: ignore[arg-type]
    if chart.band and chart.band.points:
        times, low, high = zip(*chart.band.points, strict=True)
        axes.fill_between(times, low, high, color=BAND, label=_name(chart.band.label), linewidth=0, zorder=1)
    if not any(value is not None for series in chart.series for _, value in series.points):
        empty = t(say("No data points in this window"), locale)
        axes.text(0.5, 0.5, empty, transform=axes.transAxes, ha="center", color=FAINT, fontsize=15)


def _draw_series(axes: Axes, series: ChartSeries, index: int) -> None:
    """A line that None points break; a point between two gaps still shows, as a dot."""
    values = [nan if value is None else value for _, value in series.points]
    axes.plot(
        [at for at, _ in series.points],  # type: ignore[arg-type]
        values,
        color=COLOURS[index % len(COLOURS)],
        linestyle=DASHES[index % len(DASHES)],
        linewidth=1.9,
        marker="o",
        markersize=3.5,
        markevery=lonely(values),
        label=_name(series.name),
        zorder=3,
    )


def lonely(values: Sequence[float]) -> list[int]:
    """Where a value stands between two gaps, so that a line alone would not show it."""
    around = [nan, *values, nan]
    return [
        i for i, value in enumerate(values) if not isnan(value) and isnan(around[i]) and isnan(around[i + 2])
    ]


def _draw_marks(axes: Axes, raised: Sequence[Flag], plot_px: float) -> None:
    """Each mark is a line that rises above the plot to its own row, where its label starts."""
    across = axes.get_xaxis_transform()
    for flag in raised:
        top = 1 + (ROW_PX * flag.row + 10) / plot_px
        axes.plot(
            [flag.at, flag.at],  # type: ignore[arg-type]
            [0, top],
            transform=across,
            color=INK,
            linewidth=0.9,
            linestyle=(0, (3, 2)),
            clip_on=False,
            zorder=2,
            label="_mark",
        )
        if flag.text:
            axes.text(
                flag.x,
                top,
                f" {flag.text} ",
                transform=axes.transAxes,
                va="center",
                fontsize=11,
                color=INK,
                parse_math=False,
                zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )


def _dress_time(axes: Axes, start: datetime, end: datetime) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    axes.set_xlim(start, end)  # type: ignore[arg-type]
    locator = AutoDateLocator(  # type: ignore[no-untyped-call]
        tz=UTC, minticks=4, maxticks=7
    )
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, tz=UTC, show_offset=False)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)
    axes.set_xlabel(f"{start.astimezone(UTC):%Y-%m-%d}, UTC", fontsize=11, color=FAINT)
    axes.tick_params(axis="x", labelcolor=FAINT)
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)


def on_one_axis(chart: Chart) -> Chart:
    """Without its right axis where both axes would count the same: two scales a little apart mislead."""
    left = [series for series in chart.series if not series.right_axis]
    right = [series for series in chart.series if series.right_axis]
    if not (left and right) or {series.unit for series in left} != {series.unit for series in right}:
        return chart
    low, high = sorted((_highest(left), _highest(right)))
    if low <= 0 or high > low * ALIKE:
        return chart
    series = tuple(one.model_copy(update={"right_axis": False}) for one in chart.series)
    return chart.model_copy(update={"series": series})


def _highest(lines: Sequence[ChartSeries]) -> float:
    return max((value for line in lines for _, value in line.points if value is not None), default=0.0)


def _dress_values(axes: Axes, chart: Chart, *, on_the_right: bool) -> None:
    """From zero when nothing is below it; the axis has its series' colour when it serves only one."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    own = [(i, series) for i, series in enumerate(chart.series) if series.right_axis == on_the_right]
    values = [value for _, series in own for _, value in series.points if value is not None]
    if chart.band and not on_the_right:
        values += [high for _, _, high in chart.band.points]
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, min_n_ticks=3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short_number(value)))
    if not values or min(values) >= 0:
        axes.set_ylim(0, max(values, default=0) * 1.1 or 1)
    units = {series.unit for _, series in own if series.unit}
    colour = COLOURS[own[0][0] % len(COLOURS)] if len(own) == 1 and len(chart.series) > 1 else FAINT
    axes.set_ylabel(cut(clean(", ".join(sorted(units))), NAME_LENGTH), fontsize=11, color=colour)
    axes.tick_params(length=0, labelsize=11)
    axes.tick_params(axis="y", labelcolor=colour)
    axes.spines[["top", "left", "right"]].set_visible(False)
    axes.spines["bottom"].set_color(EDGE)


def short_number(value: float) -> str:
    """'0.25', '4,200', '12k', '1.5M': an axis label of at most five characters or so."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):,.4g}{letter}"
    return f"{value:,.4g}"


def _write_head(figure: Figure, chart: Chart, axes: Axes, locale: str) -> None:
    title = cut(clean(t(chart.title, locale)), TITLE_LENGTH)
    figure.text(
        0.02, 1 - 38 / HEIGHT_PX, title, fontsize=14, weight="bold", color=INK, va="center", parse_math=False
    )
    handles: list[Any] = [_legend_line(s, i) for i, s in enumerate(chart.series[:LEGEND_ENTRIES])]
    handles += [area for area in axes.collections if not str(area.get_label()).startswith("_")]
    legend = figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.012, 1 - 62 / HEIGHT_PX),
        ncols=_legend_rows(chart)[0],
        frameon=False,
        fontsize=11,
        labelcolor=INK,
        handlelength=2.6,
        columnspacing=1.8,
        borderpad=0.3,
        labelspacing=0.35,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _legend_line(series: ChartSeries, index: int) -> Any:
    """The series' line without the dots of lonely points."""
    from matplotlib.lines import Line2D

    colour, dashes = COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)]
    name = _name(series.name)
    return Line2D([], [], color=colour, linestyle=dashes, linewidth=2.0, label=name)  # type: ignore[arg-type]


def _mark_text(mark: ChartMark) -> str:
    seconds = ":%S" if mark.at.second else ""
    return f"{mark.at.astimezone(UTC).strftime(f'%H:%M{seconds}')} {cut(clean(mark.label), MARK_LABEL)}"


def _extent(chart: Chart) -> tuple[datetime, datetime]:
    """From the first to the last thing shown, the window included."""
    times = [at for series in chart.series for at, _ in series.points] + [mark.at for mark in chart.marks]
    return min([chart.window.start, *times]), max([chart.window.end, *times])


def _name(text: str) -> str:
    """A legend entry; matplotlib hides names that begin with an underscore."""
    return cut(clean(text), NAME_LENGTH).lstrip("_") or "?"
