"""Finding every English sentence a person can read: say()/many() calls, checks' titles, runbooks, causes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import runbooks

ROOT = Path(__file__).parent.parent.parent
SOURCES = ("bot", "handlers", "runbooks")


@dataclass(frozen=True, order=True)
class Text:
    """One sentence to translate, its plural form if it has one, and the file it comes from."""

    text: str
    plural: str | None
    file: str


def all_texts() -> list[Text]:
    """Every sentence once, ordered by file then text."""
    found: dict[str, Text] = {}
    for text in [*_from_code(), *_from_content()]:
        found.setdefault(text.text, text)
    return sorted(found.values(), key=lambda t: (t.file, t.text))


def _from_code() -> Iterator[Text]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "sandbox" not in path.parts:
                yield from texts_of(path)


def texts_of(path: Path) -> Iterator[Text]:
    """The sentences of one source file; a say() whose sentence is not a literal is an error."""
    name = str(path.relative_to(ROOT))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="say"), args=[ast.Constant(value=str(text)), *_]):
                yield Text(text, None, name)
            case ast.Call(
                func=ast.Name(id="many"),
                args=[ast.Constant(value=str(one)), ast.Constant(value=str(other)), *_],
            ):
                yield Text(one, other, name)
            case ast.Call(func=ast.Name(id="Check"), keywords=keywords):
                for keyword in keywords:
                    if keyword.arg in ("title", "asks") and isinstance(keyword.value, ast.Constant):
                        yield Text(str(keyword.value.value), None, name)


def _from_content() -> Iterator[Text]:
    content = runbooks.load()
    for runbook in content.runbooks.values():
        for text in runbook.english_texts():
            yield Text(text, None, f"runbooks/{runbook.id}.yaml")
    for cause in content.causes:
        for text in (cause.title, cause.next, cause.fix):
            yield Text(text, None, "runbooks/causes.yaml")
