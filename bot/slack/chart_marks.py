"""Places the labels of a chart's marks above the plot so that none covers another (pure arithmetic)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

MARK_LABEL = 30
ROWS = 5
CHARACTER = 0.0123
"""Width of one character as a share of the plot's width, at 11 points and 1,200 pixels of 1/150 inch."""


@dataclass(frozen=True)
class Flag:
    """A mark's label: its text starts at `x` (share of the plot's width) in `row`, counted upwards.

    `text` is '' for a mark that found no free row: its line is drawn, its label is not.
    """

    at: datetime
    text: str
    x: float
    row: int

    @property
    def right(self) -> float:
        return self.x + len(self.text) * CHARACTER


def flags(times: Sequence[datetime], texts: Sequence[str], start: datetime, end: datetime) -> list[Flag]:
    """A flag per mark, in order of time.

    Earlier marks rise higher, so that a label to the right of its line is crossed by no later line.
    """
    span = max((end - start).total_seconds(), 1.0)
    placed: list[Flag] = []
    for at, text in sorted(zip(times, texts, strict=True), reverse=True):
        line = (at - start).total_seconds() / span
        width = (len(text) + 2) * CHARACTER
        x = max(0.0, min(line, 1.0 - width))
        row = _lowest_free(x, x + width, placed)
        placed.append(Flag(at, text, x, row) if row < ROWS else Flag(at, "", line, 0))
    return placed[::-1]


def _lowest_free(left: float, right: float, placed: Sequence[Flag]) -> int:
    beneath = [flag.row for flag in placed if flag.text and flag.x < right and flag.right > left]
    return 1 + max(beneath, default=-1)
