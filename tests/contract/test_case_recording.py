"""The recorded cases are what the emulated account says today."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cases import replayed
from bot.core.casefile import CaseFile
from tests.cases.case_set import CASES, kept
from tests.cases.judging import CONTENT
from tests.cases.record import record


@pytest.mark.parametrize("id", ["dead-process-split-port", "clb-surge"])
def test_a_case_played_again_is_judged_the_same(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    case = next(case for case in CASES if case.id == id)
    assert judgement(record(case)) == judgement(kept(case))


def judgement(case: CaseFile) -> dict[str, Any]:
    """All but the names, which another way to replace them would change."""
    answer = replayed(case, CONTENT)
    signals = {f.check: sorted((s.id, s.holds) for s in f.signals) for f in answer.findings}
    ranked = [(cause.id, cause.score, cause.coverage) for cause in answer.diagnosis.causes]
    return {"verdict": answer.diagnosis.verdict, "ranked": ranked, "signals": signals}
