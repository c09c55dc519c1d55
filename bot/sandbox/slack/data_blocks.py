"""Rules of the newer data blocks: tables, charts, plans and task cards."""

from typing import Any

from bot.sandbox.slack import limits
from bot.sandbox.slack.block_checker import Checker
from bot.sandbox.slack.block_elements import check_element
from bot.sandbox.slack.model import Json

_TASK_STATES = ("pending", "in_progress", "complete", "error")


def text_length(item: Any) -> int:
    """Characters that a cell or a rich_text tree shows."""
    if isinstance(item, list):
        return sum(text_length(part) for part in item)
    if not isinstance(item, dict):
        return 0
    shown = item.get("text")
    return len(shown) if isinstance(shown, str) else text_length(item.get("elements")) + text_length(shown)


def _cells(check: Checker, rows: list[Any], at: str, cell_types: tuple[str, ...], most: int) -> None:
    for y, row in enumerate(rows):
        for x, cell in enumerate(check.items(row, f"{at}/{y}", limits.TABLE_COLUMNS)):
            kind = cell.get("type") if isinstance(cell, dict) else None
            if kind not in cell_types:
                check.fail(f"{at}/{y}/{x}/type", f"unsupported type: {kind}")
            elif kind == "raw_text" and not isinstance(cell.get("text"), str):
                check.fail(f"{at}/{y}/{x}", "missing required field: text")
            elif kind == "action_cell":
                _action_cell(check, cell, f"{at}/{y}/{x}")
    if text_length(rows) > most:
        check.fail(at, f"must be less than {most + 1} characters in total")


def _action_cell(check: Checker, cell: Json, at: str) -> None:
    for index, element in enumerate(check.items(cell.get("elements"), f"{at}/elements", 5)):
        check_element(check, element, f"{at}/elements/{index}", frozenset({"button", "overflow"}))


def check_table(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id", "column_settings"), ("rows",))
    rows = check.items(block.get("rows"), f"{at}/rows", limits.TABLE_ROWS)
    _cells(check, rows, f"{at}/rows", ("raw_text", "raw_number", "rich_text"), limits.TABLE_CHARACTERS)
    check.items(block.get("column_settings", []), f"{at}/column_settings", limits.TABLE_COLUMNS, least=0)


def check_data_table(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id", "page_size", "row_header_column_index"), ("rows", "caption"))
    check.string(block.get("caption"), f"{at}/caption", limits.LABEL)
    rows = check.items(block.get("rows"), f"{at}/rows", limits.DATA_TABLE_ROWS, least=2)
    if rows and any(isinstance(cell, dict) and cell.get("type") == "rich_text" for cell in rows[0]):
        check.fail(f"{at}/rows/0", "the header row cannot hold rich_text")
    if len({len(row) for row in rows if isinstance(row, list)}) > 1:
        check.fail(f"{at}/rows", "every row must have the same number of cells")
    cell_types = ("raw_text", "raw_number", "rich_text", "action_cell")
    _cells(check, rows, f"{at}/rows", cell_types, limits.DATA_TABLE_CHARACTERS)
    size = block.get("page_size")
    if size is not None and not (isinstance(size, int) and 1 <= size <= limits.DATA_TABLE_PAGE):
        check.fail(f"{at}/page_size", f"must be between 1 and {limits.DATA_TABLE_PAGE}")


def check_chart(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id",), ("title", "chart"))
    check.string(block.get("title"), f"{at}/title", limits.CHART_TITLE)
    chart = block.get("chart")
    if not isinstance(chart, dict):
        check.fail(f"{at}/chart", "must be an object")
    elif chart.get("type") == "pie":
        _pie(check, chart, f"{at}/chart")
    elif chart.get("type") in ("bar", "area", "line"):
        _axes_chart(check, chart, f"{at}/chart")
    else:
        check.fail(f"{at}/chart/type", f"unsupported type: {chart.get('type')}")


def _pie(check: Checker, chart: Json, at: str) -> None:
    check.keys(chart, at, (), ("segments",))
    for index, segment in enumerate(
        check.items(chart.get("segments"), f"{at}/segments", limits.CHART_SERIES)
    ):
        _point(check, segment, f"{at}/segments/{index}")
        if isinstance(segment.get("value"), int | float) and segment["value"] <= 0:
            check.fail(f"{at}/segments/{index}/value", "must be more than 0")


def _point(check: Checker, point: Json, at: str) -> None:
    check.keys(point, at, (), ("label", "value"))
    check.string(point.get("label"), f"{at}/label", limits.CHART_LABEL)
    value = point.get("value")
    if not isinstance(value, int | float) or isinstance(value, bool):
        check.fail(f"{at}/value", "must be a number")


def _axes_chart(check: Checker, chart: Json, at: str) -> None:
    check.keys(chart, at, (), ("series", "axis_config"))
    axis = chart.get("axis_config") or {}
    check.keys(axis, f"{at}/axis_config", ("x_label", "y_label"), ("categories",))
    categories = check.items(axis.get("categories"), f"{at}/axis_config/categories", limits.CHART_POINTS)
    for index, category in enumerate(categories):
        check.string(category, f"{at}/axis_config/categories/{index}", limits.CHART_LABEL)
    for name in ("x_label", "y_label"):
        check.string(axis.get(name), f"{at}/axis_config/{name}", limits.CHART_TITLE)
    names: set[str] = set()
    for index, series in enumerate(check.items(chart.get("series"), f"{at}/series", limits.CHART_SERIES)):
        _series(check, series, f"{at}/series/{index}", categories)
        if series.get("name") in names:
            check.fail(f"{at}/series/{index}/name", "series names must be unique")
        names.add(str(series.get("name")))


def _series(check: Checker, series: Json, at: str, categories: list[Any]) -> None:
    check.keys(series, at, (), ("name", "data"))
    check.string(series.get("name"), f"{at}/name", limits.CHART_LABEL)
    points = check.items(series.get("data"), f"{at}/data", limits.CHART_POINTS)
    for index, point in enumerate(points):
        _point(check, point, f"{at}/data/{index}")
    if sorted(str(p.get("label")) for p in points) != sorted(str(c) for c in categories):
        check.fail(f"{at}/data", "every series must have a data point for every category")


def check_task_card(check: Checker, block: Json, at: str) -> None:
    allowed = ("block_id", "details", "output", "sources", "status")
    check.keys(block, at, allowed, ("task_id", "title"))
    check.string(block.get("task_id"), f"{at}/task_id", limits.ID)
    check.string(block.get("title"), f"{at}/title", limits.LABEL)
    check.one_of(block.get("status"), f"{at}/status", _TASK_STATES)
    for name in ("details", "output"):
        part = block.get(name)
        if part is not None and (not isinstance(part, dict) or part.get("type") != "rich_text"):
            check.fail(f"{at}/{name}", "must be a rich_text block")
        elif part is not None and len(part.get("elements") or []) != 1:
            check.fail(f"{at}/{name}", "must have exactly one element")
    for index, source in enumerate(check.items(block.get("sources", []), f"{at}/sources", 20, least=0)):
        check.keys(source, f"{at}/sources/{index}", ("icon_url",), ("url", "text"))
        check.url(source.get("url"), f"{at}/sources/{index}/url")


def check_plan(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id", "tasks"), ("title",))
    check.string(block.get("title"), f"{at}/title", limits.LABEL)
    seen: set[str] = set()
    for index, task in enumerate(
        check.items(block.get("tasks", []), f"{at}/tasks", limits.PLAN_TASKS, least=0)
    ):
        if task.get("type", "task_card") != "task_card":
            check.fail(f"{at}/tasks/{index}/type", f"unsupported type: {task.get('type')}")
        check_task_card(check, task, f"{at}/tasks/{index}")
        if task.get("task_id") in seen:
            check.fail(f"{at}/tasks/{index}/task_id", "`task_id` already exists")
        seen.add(str(task.get("task_id")))
