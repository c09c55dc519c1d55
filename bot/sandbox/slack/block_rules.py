"""Checks the blocks of a message, a modal or a Home tab as Slack does, and fills in the ids Slack would."""

import secrets
from collections.abc import Callable
from typing import Any

from bot.sandbox.slack import limits
from bot.sandbox.slack.block_checker import Checker, Surface
from bot.sandbox.slack.block_elements import IN_ACTIONS, IN_INPUT, IN_SECTION, check_element
from bot.sandbox.slack.data_blocks import (
    check_chart,
    check_data_table,
    check_plan,
    check_table,
    check_task_card,
)
from bot.sandbox.slack.model import Json

Rule = Callable[[Checker, Json, str], None]


def _section(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id", "text", "fields", "accessory", "expand"))
    if block.get("text") is None and not block.get("fields"):
        check.fail(at, "must provide text or fields")
    check.text(block.get("text"), f"{at}/text", limits.SECTION_TEXT)
    if block.get("fields") is not None:
        for index, item in enumerate(check.items(block["fields"], f"{at}/fields", limits.SECTION_FIELDS)):
            check.text(item, f"{at}/fields/{index}", limits.FIELD_TEXT)
    if block.get("accessory") is not None:
        check_element(check, block["accessory"], f"{at}/accessory", IN_SECTION)


def _header(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id", "level"), ("text",))
    check.text(block.get("text"), f"{at}/text", limits.HEADER_TEXT, plain=True)


def _divider(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id",))


def _elements(check: Checker, block: Json, at: str, most: int, allowed: frozenset[str]) -> None:
    check.keys(block, at, ("block_id",), ("elements",))
    seen: set[str] = set()
    for index, element in enumerate(check.items(block.get("elements"), f"{at}/elements", most)):
        check_element(check, element, f"{at}/elements/{index}", allowed)
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if action_id is not None and action_id in seen:
            check.fail(f"{at}/elements/{index}/action_id", f"`action_id` {action_id} already exists")
        seen.add(str(action_id))


def _actions(check: Checker, block: Json, at: str) -> None:
    _elements(check, block, at, limits.ACTIONS_ELEMENTS, IN_ACTIONS)


def _context_actions(check: Checker, block: Json, at: str) -> None:
    _elements(
        check, block, at, limits.CONTEXT_ACTIONS_ELEMENTS, frozenset({"feedback_buttons", "icon_button"})
    )


def _context(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id",), ("elements",))
    for index, element in enumerate(
        check.items(block.get("elements"), f"{at}/elements", limits.CONTEXT_ELEMENTS)
    ):
        if isinstance(element, dict) and element.get("type") in ("plain_text", "mrkdwn"):
            check.text(element, f"{at}/elements/{index}", limits.SECTION_TEXT)
        else:
            check_element(check, element, f"{at}/elements/{index}", frozenset({"image"}))


def _image(check: Checker, block: Json, at: str) -> None:
    check.text(block.get("title"), f"{at}/title", limits.ALT_TEXT, plain=True)
    bare = {key: value for key, value in block.items() if key not in ("block_id", "title")}
    check_element(check, bare, at, frozenset({"image"}))


def _input(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id", "hint", "optional", "dispatch_action"), ("label", "element"))
    check.text(block.get("label"), f"{at}/label", limits.LABEL, plain=True)
    check.text(block.get("hint"), f"{at}/hint", limits.LABEL, plain=True)
    check_element(check, block.get("element"), f"{at}/element", IN_INPUT)


def _markdown(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id",), ("text",))
    check.string(block.get("text"), f"{at}/text", limits.MARKDOWN_PER_MESSAGE)


def _rich_text(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id",), ("elements",))
    kinds = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    for index, element in enumerate(check.items(block.get("elements"), f"{at}/elements", 1000, least=0)):
        if not isinstance(element, dict) or element.get("type") not in kinds:
            check.fail(f"{at}/elements/{index}/type", "unsupported type")


def _alert(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id", "level"), ("text",))
    check.text(block.get("text"), f"{at}/text", limits.SECTION_TEXT)
    check.one_of(block.get("level"), f"{at}/level", ("default", "info", "warning", "error", "success"))


def _video(check: Checker, block: Json, at: str) -> None:
    required = ("alt_text", "title", "thumbnail_url", "video_url")
    allowed = ("block_id", "author_name", "description", "provider_icon_url", "provider_name", "title_url")
    check.keys(block, at, allowed, required)


def _file(check: Checker, block: Json, at: str) -> None:
    check.keys(block, at, ("block_id",), ("external_id", "source"))


RULES: dict[str, Rule] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "actions": _actions,
    "context": _context,
    "context_actions": _context_actions,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "alert": _alert,
    "video": _video,
    "file": _file,
    "table": check_table,
    "data_table": check_data_table,
    "data_visualization": check_chart,
    "plan": check_plan,
    "task_card": check_task_card,
}
_ONLY_IN = {
    "alert": (Surface.MODAL,),
    "plan": (Surface.MESSAGE,),
    "task_card": (Surface.MESSAGE,),
    "table": (Surface.MESSAGE, Surface.HOME),
    "data_table": (Surface.MESSAGE, Surface.HOME),
    "data_visualization": (Surface.MESSAGE, Surface.HOME),
    "context_actions": (Surface.MESSAGE,),
    "markdown": (Surface.MESSAGE,),
}


def check_blocks(check: Checker, blocks: object, at: str = "/blocks") -> None:
    """Adds to `check.problems` whatever Slack would refuse in these blocks."""
    most = limits.BLOCKS_PER_MESSAGE if check.surface is Surface.MESSAGE else limits.BLOCKS_PER_VIEW
    listed = check.items(blocks, at, most, least=0)
    seen: set[str] = set()
    for index, block in enumerate(listed):
        _check_block(check, block, f"{at}/{index}")
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if block_id is not None and block_id in seen:
            check.fail(f"{at}/{index}/block_id", f"`block_id` {block_id} already exists")
        seen.add(str(block_id))
    _check_totals(check, [block for block in listed if isinstance(block, dict)], at)


def _check_block(check: Checker, block: Any, at: str) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in RULES or kind in check.refused_types:
        check.fail(f"{at}/type", f"unsupported type: {kind}")
        return
    if check.surface not in _ONLY_IN.get(kind, tuple(Surface)):
        check.fail(f"{at}/type", f"{kind} is not allowed in a {check.surface.value}")
        return
    check.string(block.get("block_id"), f"{at}/block_id", limits.ID)
    RULES[kind](check, block, at)


def _check_totals(check: Checker, blocks: list[Json], at: str) -> None:
    if sum(block.get("type") == "table" for block in blocks) > limits.TABLES_PER_MESSAGE:
        check.fail(at, "only_one_table_allowed")
    if sum(block.get("type") == "data_visualization" for block in blocks) > limits.CHARTS_PER_MESSAGE:
        check.fail(at, f"no more than {limits.CHARTS_PER_MESSAGE} data_visualization blocks allowed")
    markdown = sum(len(str(block.get("text"))) for block in blocks if block.get("type") == "markdown")
    if markdown > limits.MARKDOWN_PER_MESSAGE:
        check.fail(at, f"markdown must be less than {limits.MARKDOWN_PER_MESSAGE + 1} characters in total")


def check_view(check: Checker, view: Json, at: str = "/view") -> None:
    """A modal or Home view, its frame and its blocks."""
    frame = ("blocks", "private_metadata", "callback_id", "external_id")
    if check.surface is Surface.HOME:
        check.keys(view, at, frame[1:], ("blocks",))
    else:
        allowed = ("submit", "close", "clear_on_close", "notify_on_close", "submit_disabled", *frame[1:])
        check.keys(view, at, allowed, ("title", "blocks"))
        for name in ("title", "submit", "close"):
            check.text(view.get(name), f"{at}/{name}", limits.VIEW_TITLE, plain=True)
    check.string(view.get("private_metadata"), f"{at}/private_metadata", limits.PRIVATE_METADATA, least=0)
    check.string(view.get("callback_id"), f"{at}/callback_id", limits.ID, least=0)
    check.string(view.get("external_id"), f"{at}/external_id", limits.ID, least=0)
    blocks = view.get("blocks")
    check_blocks(check, blocks, f"{at}/blocks")
    has_input = isinstance(blocks, list) and any(
        isinstance(b, dict) and b.get("type") == "input" for b in blocks
    )
    if check.surface is Surface.MODAL and has_input and not view.get("submit"):
        check.fail(at, "missing required field: submit")


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy in which every block has a block_id and every element an action_id."""
    return [_block_with_ids(block) for block in blocks]


def _block_with_ids(block: Json) -> Json:
    copy = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(4)}
    for name in ("accessory", "element"):
        if isinstance(copy.get(name), dict):
            copy[name] = _element_with_id(copy[name])
    if block.get("type") in ("actions", "context_actions"):
        copy["elements"] = [_element_with_id(element) for element in copy["elements"]]
    return copy


def _element_with_id(element: Json) -> Json:
    if element.get("type") == "image":
        return element
    return {**element, "action_id": element.get("action_id") or secrets.token_urlsafe(4)}
