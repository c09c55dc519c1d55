"""Reading what a person typed and chose in a modal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


class Submitted:
    """The state of a submitted view; each block holds one input."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        self._values: Mapping[str, Any] = (view.get("state") or {}).get("values") or {}

    def text(self, name: str) -> str:
        """A text, the value of a chosen option, or a chosen user or channel; '' when left empty."""
        given = self._given(name)
        option = given.get("selected_option") or {}
        for value in (
            given.get("value"),
            option.get("value"),
            given.get("selected_user"),
            given.get("selected_conversation"),
        ):
            if value:
                return str(value)
        return ""

    def number(self, name: str, default: int) -> int:
        text = self.text(name)
        return int(text) if text.isdecimal() else default

    def moment(self, name: str) -> datetime | None:
        """UTC; the picker gives whole seconds since 1970."""
        seconds = self._given(name).get("selected_date_time")
        return datetime.fromtimestamp(int(seconds), UTC) if seconds is not None else None

    def _given(self, name: str) -> Mapping[str, Any]:
        block = self._values.get(name) or {}
        return next(iter(block.values()), None) or {}
