"""One block of Block Kit as lines of plain text."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.model import Json

if TYPE_CHECKING:
    from bot.sandbox.slack.plain_text import PlainText

Writer = Callable[["PlainText", Json], str]
_TASK_MARK = {"complete": "[done]", "error": "[error]", "in_progress": "[running]", "pending": "[waiting]"}


def element_text(plain: "PlainText", element: Json) -> str:
    """A button as [Label], a menu as <Placeholder>, an image as (image: alt)."""
    kind = element.get("type", "")
    if kind in ("plain_text", "mrkdwn"):
        return plain.text_object(element)
    if kind == "image":
        return f"(image: {element.get('alt_text', '')})"
    if kind in ("button", "workflow_button", "icon_button"):
        return f"[{plain.text_object(element.get('text'))}]"
    if kind == "overflow":
        return "[...: " + " | ".join(plain.text_object(o["text"]) for o in element["options"]) + "]"
    if kind in ("checkboxes", "radio_buttons"):
        return " ".join(f"( ) {plain.text_object(option['text'])}" for option in element["options"])
    return f"<{plain.text_object(element.get('placeholder')) or kind}>"


def _section(plain: "PlainText", block: Json) -> str:
    lines = [plain.text_object(block.get("text"))]
    lines += [plain.text_object(item).replace("\n", " ") for item in block.get("fields", [])]
    if block.get("accessory"):
        lines.append(element_text(plain, block["accessory"]))
    return "\n".join(filter(None, lines))


def _row(plain: "PlainText", block: Json) -> str:
    return " ".join(element_text(plain, element) for element in block["elements"])


def _input(plain: "PlainText", block: Json) -> str:
    optional = " (optional)" if block.get("optional") else ""
    return f"{plain.text_object(block['label'])}{optional}: {element_text(plain, block['element'])}"


def _table(plain: "PlainText", block: Json) -> str:
    rows = [" | ".join(_cell(plain, cell) for cell in row) for row in block["rows"]]
    return "\n".join(filter(None, [str(block.get("caption", "")), *rows]))


def _cell(plain: "PlainText", cell: Json) -> str:
    if cell["type"] == "action_cell":
        return " ".join(element_text(plain, element) for element in cell["elements"])
    if cell["type"] == "rich_text":
        return rich_text(plain, cell)
    return str(cell.get("text", cell.get("value", "")))


def rich_text(plain: "PlainText", node: Json) -> str:
    kind = node.get("type", "")
    if kind == "rich_text_list":
        return "\n".join("- " + rich_text(plain, child) for child in node.get("elements", []))
    if "elements" in node:
        joined = "\n" if kind == "rich_text" else ""
        return joined.join(rich_text(plain, child) for child in node["elements"])
    return _inline(plain, node)


def _inline(plain: "PlainText", node: Json) -> str:
    shown: dict[str, Any] = {
        "text": node.get("text", ""),
        "link": f"{node.get('text') or node.get('url')}",
        "emoji": f":{node.get('name')}:",
        "user": plain.mrkdwn(f"<@{node.get('user_id')}>"),
        "usergroup": plain.mrkdwn(f"<!subteam^{node.get('usergroup_id')}>"),
        "channel": plain.mrkdwn(f"<#{node.get('channel_id')}>"),
        "broadcast": f"@{node.get('range')}",
    }
    if node.get("type") == "date":
        return datetime.fromtimestamp(node.get("timestamp", 0), UTC).strftime("%Y-%m-%d %H:%M UTC")
    return str(shown.get(node.get("type", ""), ""))


def _chart(plain: "PlainText", block: Json) -> str:
    chart = block["chart"]
    lines = [f"(chart: {block['title']}, {chart['type']})"]
    for segment in chart.get("segments", []):
        lines.append(f"  {segment['label']}: {segment['value']}")
    for series in chart.get("series", []):
        lines.append(f"  {series['name']}: " + " ".join(str(point["value"]) for point in series["data"]))
    return "\n".join(lines)


def _plan(plain: "PlainText", block: Json) -> str:
    return "\n".join([block["title"], *(_task(plain, task) for task in block.get("tasks", []))])


def _task(plain: "PlainText", task: Json) -> str:
    parts = [f"{_TASK_MARK.get(task.get('status', 'pending'), '')} {task['title']}"]
    parts += [rich_text(plain, task[name]) for name in ("details", "output") if task.get(name)]
    return " - ".join(parts)


WRITERS: dict[str, Writer] = {
    "section": _section,
    "header": lambda plain, block: f"# {plain.text_object(block['text'])}",
    "divider": lambda plain, block: "---",
    "context": _row,
    "actions": _row,
    "image": lambda plain, block: f"(image: {block.get('alt_text', '')})",
    "input": _input,
    "markdown": lambda plain, block: str(block["text"]),
    "rich_text": rich_text,
    "alert": lambda plain, block: f"! {plain.text_object(block['text'])}",
    "table": _table,
    "data_table": _table,
    "data_visualization": _chart,
    "plan": _plan,
    "task_card": _task,
}


def block_text(plain: "PlainText", block: Json) -> str:
    writer = WRITERS.get(block.get("type", ""))
    return writer(plain, block) if writer else f"({block.get('type')})"
