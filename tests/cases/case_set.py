"""Every case, and the file its evidence is kept in."""

from __future__ import annotations

import gzip
from pathlib import Path

from bot.core.casefile import CaseFile, load_case
from tests.cases import alb_cases, alb_hard, alb_healthy, clb_cases, nlb_cases, steady_cases
from tests.cases.case import Case

DATA = Path(__file__).parent / "data"
CASES: tuple[Case, ...] = (
    *alb_cases.CASES,
    *alb_hard.CASES,
    *alb_healthy.CASES,
    *nlb_cases.CASES,
    *clb_cases.CASES,
    *steady_cases.CASES,
)


def path_of(case: str) -> Path:
    return DATA / f"{case}.json.gz"


def kept(case: Case) -> CaseFile:
    """What was read when the case was recorded. FileNotFoundError when it never was."""
    return load_case(gzip.decompress(path_of(case.id).read_bytes()).decode())
