"""Plays cases in the emulated account and keeps what was read: `python -m tests.cases.record [id ...]`.

Only needed when a case or the kinds of evidence change; judging the kept files needs no account.
"""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import runbooks
from bot.aws.inventory import AwsInventory
from bot.aws.reader import AwsReader
from bot.aws.sessions import AwsSessions
from bot.core.anonymise import anonymise
from bot.core.casefile import CaseFile, dump_case, make_case
from bot.core.opening import scope_for
from bot.diagnose import applicable_checks, kinds_of
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.scenarios import Scenario
from bot.sandbox.aws.server import SandboxAws
from tests.cases.case import Case
from tests.cases.case_set import CASES, path_of

ANCHOR = datetime(2026, 11, 18, 14, 18, tzinfo=UTC)
SEED = 42
ACCOUNT = "111122220042"


def record(case: Case) -> CaseFile:
    """The case as it is read at its fixed time; identical for identical code."""
    now = ANCHOR + timedelta(minutes=case.opened_minutes)
    estate = Estate(ANCHOR, lambda: now, SEED, account_id=ACCOUNT)
    estate.trail.requests_per_second = None
    if case.account:
        case.account(estate)
    with SandboxAws(estate, [_scenario(case)]) as aws:
        for action, kind in case.faults:
            aws.faults.add(action, kind)
        return anonymise(_read(case, aws, now), case.id.encode())


def _scenario(case: Case) -> Scenario:
    return Scenario(
        id=case.id,
        title=case.title,
        card=case.title,
        load_balancer=case.id,
        alarm_minutes=case.alarm_minutes,
        cause=case.expected,
        verdict="",
        why=case.why,
        build=case.build,
    )


def _read(case: Case, aws: SandboxAws, now: datetime) -> CaseFile:
    sessions = AwsSessions([aws.estate.region], endpoint_url=aws.endpoint_url)
    scope = scope_for(
        AwsInventory(sessions).find(case.id),
        alarm_at=ANCHOR + timedelta(minutes=case.alarm_minutes),
        window=case.window,
        statistic="Sum",
        period_s=60,
        now=now,
    )
    kinds = kinds_of(applicable_checks(runbooks.load(), scope))
    readings = AwsReader(sessions, lambda: now, timedelta(minutes=5)).read(kinds, scope)
    if case.amend:
        scope, readings = case.amend(scope, readings)
    return make_case(scope, readings, case.human)


def _write(case: Case) -> str:
    os.environ.update(AWS_ACCESS_KEY_ID="any", AWS_SECRET_ACCESS_KEY="any")
    content = gzip.compress(dump_case(record(case)).encode(), mtime=0)
    path_of(case.id).write_bytes(content)
    return f"{case.id}: {len(content) / 1024:.1f} kB"


def _write_all(cases: Iterable[str]) -> list[str]:
    by_id = {case.id: case for case in CASES}
    return [_write(by_id[case]) for case in cases]


def main(wanted: list[str]) -> None:
    """All cases, or those named; files of cases that are gone are removed."""
    known = {case.id for case in CASES}
    if unknown := set(wanted) - known:
        sys.exit(f"no such case: {', '.join(sorted(unknown))}")
    chosen = wanted or [case.id for case in CASES]
    path_of("any").parent.mkdir(exist_ok=True)
    with ProcessPoolExecutor(3) as pool:
        for done in pool.map(_write_all, [[case] for case in chosen]):
            print(*done, sep="\n", flush=True)
    if not wanted:
        _forget({path_of(case) for case in known})


def _forget(kept: set[Path]) -> None:
    for path in set(path_of("any").parent.glob("*.json.gz")) - kept:
        path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
