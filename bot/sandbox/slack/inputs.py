"""Turns what a person typed or chose into Slack's `state.values`, and checks it as Slack's own form does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.model import Json, SlackError
from bot.sandbox.slack.workspace import Workspace

_TEXT = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
_ONE_OPTION = {"static_select", "external_select", "radio_buttons"}
_MANY_OPTIONS = {"multi_static_select", "multi_external_select", "checkboxes"}
# Element type -> (key in the state, key in the element that gives the first value).
_SCALARS = {
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", "initial_files"),
}
Values = dict[str, dict[str, Json]]


@dataclass(frozen=True)
class Placed:
    """An interactive element and the block it stands in."""

    block: Json
    element: Json

    @property
    def keys(self) -> tuple[str, str]:
        return self.block["block_id"], self.element["action_id"]


def placed_elements(blocks: list[Json]) -> Iterator[Placed]:
    """Every element that can be acted on, in order."""
    for block in blocks:
        parts: list[Any] = [block.get("accessory"), block.get("element")]
        if block.get("type") in ("actions", "context_actions"):
            parts += block.get("elements", [])
        for row in block.get("rows", []) if block.get("type") == "data_table" else []:
            for cell in row:
                parts += cell.get("elements", []) if cell.get("type") == "action_cell" else []
        for part in parts:
            if isinstance(part, dict) and part.get("action_id"):
                yield Placed(block, part)


def find_element(blocks: list[Json], action_id: str, block_id: str = "") -> Placed:
    for placed in placed_elements(blocks):
        if placed.element["action_id"] == action_id and block_id in ("", placed.block["block_id"]):
            return placed
    raise SlackError("no_such_element", action_id=action_id, block_id=block_id)


def holds_state(element: Json) -> bool:
    kind = element["type"]
    return kind in _TEXT | _ONE_OPTION | _MANY_OPTIONS or kind in _SCALARS


def first_state(blocks: list[Json], kept: Values | None = None) -> Values:
    """The state before anybody touched it; `kept` wins where block and action ids are still there."""
    values: Values = {}
    for placed in placed_elements(blocks):
        if holds_state(placed.element):
            block_id, action_id = placed.keys
            old = (kept or {}).get(block_id, {}).get(action_id)
            same_type = old is not None and old.get("type") == placed.element["type"]
            values.setdefault(block_id, {})[action_id] = (
                old if old and same_type else _initial(placed.element)
            )
    return values


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind in _TEXT:
        return {"type": kind, "value": element.get("initial_value")}
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _MANY_OPTIONS:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    key, initial = _SCALARS[kind]
    return {"type": kind, key: element.get(initial, [] if key.endswith("s") else None)}


def static_options(element: Json) -> list[Json]:
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *[option for group in groups for option in group["options"]]]


def to_state(workspace: Workspace, element: Json, raw: Any, suggested: list[Json]) -> Json:
    """`raw` is text, an option's value, text or object, a user name, or a list of them; None is "nothing"."""
    kind = element["type"]
    if kind in _TEXT:
        return {"type": kind, "value": None if raw in (None, "") else str(raw)}
    options = static_options(element) or suggested
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": None if raw is None else choose(options, raw)}
    if kind in _MANY_OPTIONS:
        return {"type": kind, "selected_options": [choose(options, one) for one in raw or []]}
    key = _SCALARS[kind][0]
    if key.endswith("s") and key != "files":
        return {"type": kind, key: [_resolve(workspace, key, one) for one in raw or []]}
    return {"type": kind, key: _resolve(workspace, key, raw)}


def choose(options: list[Json], raw: Any) -> Json:
    wanted = raw.get("value") if isinstance(raw, dict) else raw
    for option in options:
        if wanted in (option.get("value"), option["text"]["text"]):
            return option
    raise SlackError("no_such_option", value=wanted, options=[option.get("value") for option in options])


def _resolve(workspace: Workspace, key: str, raw: Any) -> Any:
    if raw is None:
        return None
    if "user" in key:
        return workspace.user(str(raw)).id
    if "channel" in key or "conversation" in key:
        return workspace.channel(str(raw)).id
    return raw


def action_json(element: Json, block_id: str, state: Json, action_ts: str) -> Json:
    """The entry of `actions` for this element; a button has no state and brings its text and value."""
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        "action_ts": action_ts,
    }
    for key in ("text", "value", "style", "url", "placeholder", "confirm"):
        if key in element:
            action[key] = element[key]
    return action | {key: value for key, value in state.items() if key != "type"}


def form_errors(blocks: list[Json], values: Values) -> dict[str, str]:
    """What Slack's own form refuses before the app hears of it: block_id -> sentence."""
    errors: dict[str, str] = {}
    for placed in placed_elements(blocks):
        if placed.block.get("type") != "input":
            continue
        block_id, action_id = placed.keys
        problem = _problem(placed, values.get(block_id, {}).get(action_id, {}))
        if problem:
            errors[block_id] = problem
    return errors


def _problem(placed: Placed, state: Json) -> str:
    element = placed.element
    given = next((value for key, value in state.items() if key != "type"), None)
    if given in (None, "", []):
        return "" if placed.block.get("optional") else "Please complete this required field."
    kind, text = element["type"], str(given)
    if kind == "plain_text_input":
        if len(text) < element.get("min_length", 0):
            return f"Please enter at least {element['min_length']} characters."
        if len(text) > element.get("max_length", 3000):
            return f"Please enter no more than {element.get('max_length', 3000)} characters."
    if kind == "number_input":
        return _number_problem(element, text)
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not re.match(r"https?://\S+$", text):
        return "Please enter a valid URL."
    return ""


def _number_problem(element: Json, text: str) -> str:
    if not re.fullmatch(r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+", text):
        return "Please enter a number."
    if "min_value" in element and float(text) < float(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and float(text) > float(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return ""
