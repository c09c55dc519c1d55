"""Broken content is named by file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.runbook import Runbook
from runbooks.yaml_content import ContentError, read_yaml

GOOD = """\
id: some_runbook
title: A title
load_balancer_types: [application]
error_metric: TargetConnectionErrorCount
intro: Words.
hypotheses: []
steps:
  - id: look
    kind: instruction
    title: Look
    look_at: There.
    console: alarms
  - id: judge
    kind: conclusion
    title: Judge
    text: Words.
advice: Words.
"""


def broken(tmp_path: Path, old: str, new: str) -> str:
    path = tmp_path / "broken.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ContentError) as error:
        read_yaml(path, Runbook)
    return str(error.value)


def test_a_good_runbook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert [step.id for step in read_yaml(path, Runbook).steps] == ["look", "judge"]


def test_an_unknown_field_is_named_with_its_line(tmp_path: Path) -> None:
    error = broken(tmp_path, "    title: Look\n", "    title: Look\n    tilte: Look\n")
    assert error.startswith("broken.yaml:11: steps.0.tilte: ")


def test_a_missing_field_points_at_its_step(tmp_path: Path) -> None:
    assert broken(tmp_path, "    title: Judge\n", "").startswith("broken.yaml:13: steps.1.title: ")


def test_an_unknown_kind_of_step_points_at_its_step(tmp_path: Path) -> None:
    assert broken(tmp_path, "kind: instruction", "kind: guess").startswith("broken.yaml:8: steps.0")


def test_a_step_id_used_twice_is_refused(tmp_path: Path) -> None:
    assert "step ids used twice: look" in broken(tmp_path, "id: judge", "id: look")


def test_a_runbook_that_does_not_end_in_a_conclusion_is_refused(tmp_path: Path) -> None:
    error = broken(
        tmp_path,
        "kind: conclusion\n    title: Judge\n    text: Words.",
        "kind: question\n    title: Judge\n    ask: Really?\n    signal: yes_sir",
    )
    assert "the last step must be a conclusion" in error


def test_text_that_is_not_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    assert broken(tmp_path, "intro: Words.", "intro: [Words.").startswith("broken.yaml:")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("", encoding="utf-8")
    with pytest.raises(ContentError, match=r"empty\.yaml:1"):
        read_yaml(path, Runbook)
