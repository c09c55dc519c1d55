"""The repository keeps its shape: what lies at the top, how files begin and how long they are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CODE = sorted(p for top in ("bot", "handlers", "runbooks") for p in (ROOT / top).rglob("*.py"))
TOP = {
    "bot", "handlers", "runbooks", "tests", "docs", "Procfile", "README.md", "Makefile", "pyproject.toml",
    "requirements.lock", "CHANGELOG.md", "CONTRIBUTING.md", "GLOSSARY.md", "LICENSE", "manifest.yaml",
}  # fmt: skip
VAGUE = {"utils", "helpers", "common", "manager", "misc"}
# A file that needs sections is several files; a page of scenario data may be a little longer.
MOST_LINES = 330


def tracked() -> list[str]:
    return subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_nothing_else_lies_at_the_top() -> None:
    tops = {name.partition("/")[0] for name in tracked()}
    assert {name for name in tops if not name.startswith(".")} <= TOP


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_says_first_what_it_is_for_and_is_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        return
    assert ast.get_docstring(ast.parse(text)), "no module docstring"
    assert len(text.splitlines()) <= MOST_LINES
    assert path.stem not in VAGUE


def test_no_address_of_a_registry_and_no_machines_path_is_kept() -> None:
    telling = re.compile(r"/root/|/work/|files\.pythonhosted|pypi\.org/simple|registry\.npmjs")
    for name in tracked():
        path = ROOT / name
        if path.suffix in {".png", ".gz"} or path == Path(__file__) or not path.is_file():
            continue
        assert not telling.search(path.read_text(encoding="utf-8", errors="replace")), name


def test_every_pinned_requirement_is_a_name_and_a_version() -> None:
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9][\w.+!]*", line), line


def test_every_sentence_a_person_reads_is_a_literal_so_that_it_can_be_translated() -> None:
    for path in CODE:
        if "sandbox" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="say" | "many"), args=[first, *_]):
                    literal = isinstance(first, ast.Constant)
                    content = isinstance(first, ast.Attribute)  # a sentence of a runbook or a cause
                    assert literal or content, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_starting_a_web_process_loads_neither_charts_nor_the_sandbox() -> None:
    code = (
        "import sys, bot.app; print([m for m in ('matplotlib', 'moto', 'bot.sandbox') if m in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
