"""A case file: one incident's scope and evidence, enough to judge it again and get the same answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError

from bot.core.checks import Kind, Readings
from bot.core.errors import UserError
from bot.core.evidence import KIND_BY_NAME, Evidence
from bot.core.message import Value, say
from bot.core.model import Scope, Signal, Unread

SCHEMA = 1


class CaseFile(Value):
    """What was read and asked, and the answer it gave then.

    `evidence` and `unread` are by kind name; `human` are the signals of stakeholders' answers. `answer` is
    what `diagnose --json` prints, without `api_calls`. `confirmed` is the cause people confirmed, or ''.
    """

    schema_version: int = SCHEMA
    scope: Scope
    evidence: dict[str, dict[str, Any]]
    unread: dict[str, Unread] = {}
    human: tuple[Signal, ...] = ()
    confirmed: str = ""
    answer: dict[str, Any] = {}

    def readings(self) -> Readings:
        """Evidence as the judges take it. UserError for a kind this version does not know."""
        read: dict[Kind, Evidence | Unread] = {_kind(name): unread for name, unread in self.unread.items()}
        for name, content in self.evidence.items():
            kind = _kind(name)
            read[kind] = kind.model_validate(content)
        return read


def make_case(
    scope: Scope,
    readings: Readings,
    human: Iterable[Signal] = (),
    confirmed: str = "",
) -> CaseFile:
    """The case of these readings, kinds in order of name, without an answer yet."""
    ordered = sorted(readings.items(), key=lambda item: item[0].__name__)
    return CaseFile(
        scope=scope,
        evidence={k.__name__: r.model_dump(mode="json") for k, r in ordered if isinstance(r, Evidence)},
        unread={k.__name__: r for k, r in ordered if isinstance(r, Unread)},
        human=tuple(human),
        confirmed=confirmed,
    )


def dump_case(case: CaseFile) -> str:
    """One JSON object, keys in a fixed order: the same case is the same bytes."""
    return json.dumps(case.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def load_case(text: str) -> CaseFile:
    """A case file of this or an older schema. UserError when it is neither."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(
            say("This is not a case file: not JSON at line {line}.", line=str(error.lineno))
        ) from None
    version = content.get("schema_version") if isinstance(content, dict) else None
    if not isinstance(version, int):
        raise UserError(say("This is not a case file: it has no schema_version."))
    if version > SCHEMA:
        raise UserError(
            say(
                "This case file is of schema {version}; this program knows up to {known}. Update it.",
                version=version,
                known=SCHEMA,
            )
        )
    for step in range(version, SCHEMA):
        content = UPGRADES[step](content)
    try:
        return CaseFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UserError(
            say("This case file does not fit at {place}: {why}.", place=place, why=first["msg"])
        ) from None


UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From schema n to n + 1, so that old files stay readable. Empty while there is only one schema."""


def _kind(name: str) -> Kind:
    if name not in KIND_BY_NAME:
        raise UserError(say("This case file has evidence of an unknown kind: {kind}.", kind=name))
    return KIND_BY_NAME[name]
