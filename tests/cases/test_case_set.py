"""The case set is what it says it is, and the diagnosis does as well on it as recorded."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from bot.core.cause import Verdict
from bot.core.message import say
from bot.core.model import LoadBalancerType, Signal
from bot.diagnose import judge_all
from tests.cases.case import CANNOT_TELL, NOTHING, Case, Split
from tests.cases.case_set import CASES, DATA, kept, path_of
from tests.cases.judging import CONTENT, Bench, Judged, judge

LARGEST_FILE_BYTES = 100_000
PEOPLE = [
    Signal(id=id, holds=True, because=say("Somebody said so."))
    for id in ("human_app_changed", "human_infra_changed", "human_aws_trouble")
]
SOME = CASES[:: len(CASES) // 12]


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    """The untouched fifth; `make accuracy` judges all, and what missing evidence does."""
    return [judge(case, robust=False) for case in CASES if case.split is Split.UNTOUCHED]


def test_the_set_is_large_and_covers_every_cause_and_type() -> None:
    assert len(CASES) >= 100
    assert {case.expected for case in CASES} == {c.id for c in CONTENT.causes} | {CANNOT_TELL, NOTHING}
    assert {case.type for case in CASES} == set(LoadBalancerType)
    assert len({case.id for case in CASES}) == len(CASES)


def test_a_third_of_it_misleads_and_some_have_no_answer() -> None:
    assert 3 * sum(bool(case.herrings) for case in CASES) >= len(CASES)
    assert sum(not case.names_a_cause for case in CASES) >= 15


def test_about_a_fifth_is_never_tuned_on() -> None:
    share = Counter(case.split for case in CASES)[Split.UNTOUCHED] / len(CASES)
    assert 0.15 <= share <= 0.25


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_says_why_its_answer_is_right(case: Case) -> None:
    assert re.match(r"DOMAIN\.md section \d+, .{12,}", case.why)
    assert re.fullmatch(r"[a-z0-9-]{3,32}", case.id)


def test_every_case_is_recorded_in_a_small_file_and_no_file_is_left_over() -> None:
    assert {path.name for path in DATA.iterdir()} == {path_of(case.id).name for case in CASES}
    assert not [path.name for path in DATA.iterdir() if path.stat().st_size > LARGEST_FILE_BYTES]


def test_no_file_names_an_account_or_a_load_balancer_of_the_emulation() -> None:
    for case in SOME:
        text = kept(case).model_dump_json()
        assert "111122220042" not in text
        assert f'"{case.id}"' not in text


def test_no_wrong_cause_is_called_likely_and_no_healthy_system_accused(judged: list[Judged]) -> None:
    assert not [one.id for one in judged if one.wrong_likely or one.false_accusation]


@pytest.mark.parametrize("case", SOME, ids=lambda case: case.id)
def test_order_and_repetition_of_what_was_found_change_no_byte(case: Case) -> None:
    file = kept(case)
    answer = judge_all(file.scope, CONTENT, file.readings(), file.human)
    bench = Bench(file.scope, file.readings(), file.human)
    found = [*bench.findings.items()]
    random.Random(case.id).shuffle(found)
    assert bench.diagnosis(dict(found)).model_dump_json() == answer.diagnosis.model_dump_json()


@pytest.mark.parametrize("case", [c for c in CASES if not c.names_a_cause], ids=lambda case: case.id)
def test_what_people_say_makes_no_cause_likely_where_nothing_else_does(case: Case) -> None:
    file = kept(case)
    answer = judge_all(file.scope, CONTENT, file.readings(), (*file.human, *PEOPLE))
    assert answer.diagnosis.verdict is not Verdict.LIKELY
