"""Collects what is wrong with Block Kit JSON, in Slack's words and with JSON pointers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bot.sandbox.slack import limits
from bot.sandbox.slack.model import Json


class Surface(Enum):
    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


@dataclass
class Checker:
    """`files` are ids (or private URLs) of files that are ready to be shown."""

    surface: Surface
    files: frozenset[str] = frozenset()
    refused_types: frozenset[str] = frozenset()
    problems: list[str] = field(default_factory=list)

    def fail(self, pointer: str, problem: str) -> None:
        self.problems.append(f"{problem} [json-pointer:{pointer}]")

    def keys(self, item: Json, pointer: str, allowed: Iterable[str], required: Iterable[str] = ()) -> bool:
        known = {*allowed, *required, "type"}
        for key in item:
            if key not in known:
                self.fail(pointer, f"invalid additional property: {key}")
        missing = [key for key in required if item.get(key) is None]
        for key in missing:
            self.fail(pointer, f"missing required field: {key}")
        return not missing

    def string(self, value: Any, pointer: str, most: int, least: int = 1) -> None:
        if value is None:
            return
        if not isinstance(value, str):
            self.fail(pointer, "must be a string")
        elif len(value) > most:
            self.fail(pointer, f"must be less than {most + 1} characters")
        elif len(value) < least:
            self.fail(pointer, f"must be more than {least - 1} characters")

    def text(self, value: Any, pointer: str, most: int, plain: bool = False) -> None:
        """A text composition object."""
        if value is None:
            return
        if not isinstance(value, dict):
            self.fail(pointer, "must be a text object")
            return
        kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if value.get("type") not in kinds:
            self.fail(f"{pointer}/type", f"must be one of: {', '.join(kinds)}")
        allowed = ("emoji",) if value.get("type") == "plain_text" else ("verbatim",)
        if self.keys(value, pointer, allowed, ("text",)):
            self.string(value["text"], f"{pointer}/text", most)

    def items(self, value: Any, pointer: str, most: int, least: int = 1) -> list[Any]:
        if not isinstance(value, list):
            self.fail(pointer, "must be an array")
            return []
        if len(value) > most:
            self.fail(pointer, f"no more than {most} items allowed")
        if len(value) < least:
            self.fail(pointer, f"no fewer than {least} items allowed")
        return value

    def url(self, value: Any, pointer: str) -> None:
        self.string(value, pointer, limits.URL)
        if isinstance(value, str) and not value.startswith(
            ("http://", "https://", "mailto:", "slack:", "tel:")
        ):
            self.fail(pointer, "must be a valid url")

    def confirm(self, value: Any, pointer: str) -> None:
        if value is None:
            return
        if not isinstance(value, dict):
            self.fail(pointer, "must be a confirm object")
            return
        if "type" in value:
            self.fail(pointer, "invalid additional property: type")
        self.keys(value, pointer, ("style", "title", "confirm", "deny"), ("text",))
        self.text(value.get("title"), f"{pointer}/title", limits.CONFIRM_TITLE, plain=True)
        self.text(value.get("text"), f"{pointer}/text", limits.CONFIRM_TEXT)
        for button in ("confirm", "deny"):
            self.text(value.get(button), f"{pointer}/{button}", limits.CONFIRM_BUTTON, plain=True)
        self.one_of(value.get("style"), f"{pointer}/style", ("primary", "danger"))

    def one_of(self, value: Any, pointer: str, allowed: tuple[str, ...]) -> None:
        if value is not None and value not in allowed:
            self.fail(pointer, f"must be one of: {', '.join(allowed)}")

    def option(self, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            self.fail(pointer, "must be an option object")
            return
        self.keys(value, pointer, ("description", "url"), ("text", "value"))
        self.text(value.get("text"), f"{pointer}/text", limits.OPTION_TEXT)
        self.string(value.get("value"), f"{pointer}/value", limits.OPTION_VALUE)
        self.text(value.get("description"), f"{pointer}/description", limits.OPTION_TEXT)

    def options(self, value: Any, pointer: str, most: int = limits.OPTIONS) -> None:
        seen: set[str] = set()
        for index, option in enumerate(self.items(value, pointer, most)):
            self.option(option, f"{pointer}/{index}")
            chosen = option.get("value") if isinstance(option, dict) else None
            if isinstance(chosen, str) and chosen in seen:
                self.fail(f"{pointer}/{index}/value", "`value` must be unique")
            seen.add(str(chosen))

    def slack_file(self, value: Any, pointer: str) -> None:
        """Slack answers invalid_blocks until the upload has been processed (python-slack-sdk 1521)."""
        if not isinstance(value, dict) or not (value.get("id") or value.get("url")):
            self.fail(pointer, "must have an id or a url")
        elif (value.get("id") or value.get("url")) not in self.files:
            self.fail(pointer, "invalid slack file")
