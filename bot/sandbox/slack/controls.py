"""What the program around the sandbox shows in the page's side panel: cards that a person can press."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True)
class Card:
    """One thing to press. Cards with the same `group` stand under one heading."""

    id: str
    title: str
    description: str = ""
    badge: str = ""
    group: str = "Incidents"
    button: str = "Start"
    tone: Literal["neutral", "good", "warning", "danger"] = "neutral"
    disabled: bool = False
    tags: tuple[str, ...] = field(default=())


class Controls(Protocol):
    """Implemented by the host. Both calls are made on a worker thread, so they may block."""

    def status(self) -> str:
        """One line above the cards, for instance the sandbox's time; "" for none."""
        ...

    def cards(self) -> Sequence[Card]: ...

    def press(self, card_id: str, user_id: str) -> str | None:
        """Do what the card says for this user; a returned sentence is shown to that person."""
        ...


class NoControls:
    """No side panel."""

    def status(self) -> str:
        return ""

    def cards(self) -> Sequence[Card]:
        return ()

    def press(self, card_id: str, user_id: str) -> str | None:
        return f"There is no card {card_id}."
