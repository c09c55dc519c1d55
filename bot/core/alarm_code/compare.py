"""A live alarm against its definition: which fields differ, and which cannot be compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.alarm_code.fields import live_fields
from bot.core.alarm_code.values import AlarmDefinition
from bot.core.evidence import Alarm

LEAST_LITERAL = 4
"""Of a computed name, so many characters must be literal to say which alarm is meant."""


@dataclass(frozen=True)
class Difference:
    """One field; '' on a side that does not have it."""

    field: str
    live: str
    code: str


@dataclass(frozen=True)
class Comparison:
    """`compared` fields are plain on both sides; `unknown` ones are computed in the code."""

    alarm: Alarm
    definition: AlarmDefinition
    differences: tuple[Difference, ...]
    compared: int
    unknown: tuple[str, ...]


def compare(alarm: Alarm, definition: AlarmDefinition) -> Comparison:
    """Every field that either side has. Computed dimensions as a whole hide only dimensions."""
    live, code = live_fields(alarm), definition.known
    names = sorted({*live, *code} - definition.unknown.keys())
    if "dimensions" in definition.unknown:
        names = [name for name in names if not name.startswith("dimension ")]
    found = tuple(
        Difference(name, live.get(name, ""), code.get(name, ""))
        for name in names
        if not same(live.get(name, ""), code.get(name, ""))
    )
    return Comparison(alarm, definition, found, len(names), tuple(sorted(definition.unknown)))


def same(live: str, code: str) -> bool:
    """Blanks do not matter: metric math and rules are laid out freely."""
    return live == code or re.sub(r"\s+", "", live) == re.sub(r"\s+", "", code)


def definitions_of(alarm: Alarm, definitions: Iterable[AlarmDefinition]) -> tuple[AlarmDefinition, ...]:
    """Those of the alarm's exact name, else those whose computed name fits."""
    known = list(definitions)
    exact = tuple(d for d in known if d.name == alarm.name)
    return exact or tuple(d for d in known if _fits(d.name, alarm.name))


def _fits(pattern: str, name: str) -> bool:
    if "*" not in pattern or len(pattern.replace("*", "")) < LEAST_LITERAL:
        return False
    return bool(re.fullmatch(".+".join(re.escape(part) for part in pattern.split("*")), name))
