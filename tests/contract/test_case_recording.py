"""The recorded cases are what the emulated account says today."""

from __future__ import annotations

import pytest

from bot.cases import replayed
from bot.diagnose import diagnosis_json
from bot.i18n import ENGLISH
from tests.cases.case_set import CASES, kept
from tests.cases.judging import CONTENT
from tests.cases.record import record


@pytest.mark.parametrize("id", ["dead-process-split-port", "clb-surge"])
def test_a_case_played_again_is_judged_the_same(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    case = next(case for case in CASES if case.id == id)
    again, before = record(case), kept(case)
    assert again.scope == before.scope
    assert diagnosis_json(replayed(again, CONTENT).diagnosis, ENGLISH) == diagnosis_json(
        replayed(before, CONTENT).diagnosis, ENGLISH
    )
