"""Access-log speed: ours against duckdb, same objects, same question, both held against the generator.

`python -m tests.bench.access_log [--mb 1500]`. The question: of the 5xx lines, how many per minute, status
pair and target? duckdb is asked only when it is installed; it is needed for nothing else.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from isal import igzip

from bot.aws.logfiles import scan_objects
from bot.core.accesslog.keys import LogObject
from bot.core.accesslog.scan import LogKind
from bot.core.accesslog.tally import Tally

OBJECTS = 60
START = datetime(2026, 11, 21, 13, 30, tzinfo=UTC)
MINUTES = ("2026-11-21T13:00", "2026-11-21T16:00")
GOAL_MIB = 64
_LB = "app/shop-prod/0a1b2c3d4e5f6071"
_GROUP = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web/0f1e2d3c4b5a6978"
_CERT = "arn:aws:acm:eu-central-1:111122223333:certificate/00000000-0000-0000-0000-000000000001"
_AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    f"Chrome/{v}.0.0.0 Safari/537.36"
    for v in range(100, 140)
] + ["curl/8.5.0", "okhttp/4.9.3", "-"]
_PATHS = [
    "/",
    "/cart",
    "/checkout",
    "/api/v1/products/{n}",
    "/static/app.{n}.js",
    "/search?q=red+shoes&page={n}",
]
_ENDINGS = [
    ("-1 -1 -1", "502", "-"),
    ("-1 -1 -1", "504", "-"),
    ("0.001 0.002 -1", "502", "-"),
    ("0.001 -1 -1", "504", "-"),
    ("0.001 0.120 0.000", "500", "500"),
]

Answer = Counter[tuple[str, str, str, str]]


@dataclass
class Corpus:
    """What was written, counted while it was written."""

    paths: list[Path] = field(default_factory=list)
    lines: int = 0
    raw_bytes: int = 0
    errors: Answer = field(default_factory=Counter)


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures; 1 when our answer differs from the generator's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=1500, help="size of the corpus before compression")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, by turns; the fastest counts")
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        corpus = write_corpus(Path(folder), wanted.mb * 10**6)
        packed = sum(path.stat().st_size for path in corpus.paths)
        print(
            f"access log: {OBJECTS} objects, {corpus.lines:,} lines, {corpus.raw_bytes / 1e6:,.0f} MB "
            f"({packed / 1e6:,.0f} MB gzip), {corpus.errors.total():,} lines are 5xx"
        )
        runs = [(_ours(corpus), _theirs(corpus)) for _ in range(wanted.runs)]
    return _report(corpus, [ours for ours, _ in runs], [theirs for _, theirs in runs if theirs])


def write_corpus(folder: Path, raw_bytes: int) -> Corpus:
    """Objects of five minutes and one node each; some nodes still write 29 fields."""
    corpus, draw = Corpus(), random.Random(3)
    for number in range(OBJECTS):
        lines: list[str] = []
        size = 0
        begin = START + timedelta(minutes=5 * (number // 4))
        extra = "" if number % 4 == 3 else ' TID_{:032x} "-" "-" "-" 10.0.1.15'
        for line, counted in _lines(draw, begin, extra):
            lines.append(line)
            size += len(line)
            corpus.errors.update([counted] if counted else [])
            if size >= raw_bytes / OBJECTS:
                break
        path = folder / f"{number:02}.log.gz"
        path.write_bytes(igzip.compress("".join(lines).encode(), 3))
        corpus.paths.append(path)
        corpus.lines += len(lines)
        corpus.raw_bytes += size
    return corpus


def _lines(
    draw: random.Random, begin: datetime, extra: str
) -> Iterator[tuple[str, tuple[str, str, str, str] | None]]:
    """Lines, each with what it counts as when it is a 5xx; in 3 of 100 the request failed."""
    minutes = [f"{begin + timedelta(minutes=m):%Y-%m-%dT%H:%M}" for m in range(5)]
    whole, chance, bits = draw.randrange, draw.random, draw.getrandbits
    while True:
        minute, n = minutes[whole(5)], whole(100_000)
        at = f"{minute}:{whole(60):02}.{whole(10**6):06}Z"
        target = f"10.0.{11 + n % 2}.{10 + n % 10}:8080"
        client = f"[2001:db8::{n:x}]:{n}" if n % 20 == 0 else f"198.51.{n % 256}.{n // 256 % 256}:{n}"
        failed = chance() < 0.03
        times, status, code = draw.choice(_ENDINGS) if failed else (f"0.001 0.{n:05} 0.000", "200", "200")
        agent = _AGENTS[n % len(_AGENTS)] if n % 9973 else 'say \\"hello\\"'
        path = _PATHS[n % len(_PATHS)].format(n=n) + (" x" if n % 211 == 0 else "")
        line = (
            f"https {at} {_LB} {client} {target} {times} {status} {code} {n % 2000} {n} "
            f'"GET https://shop.example.com:443{path} HTTP/1.1" "{agent}" '
            f"ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 {_GROUP} "
            f'"Root=1-{bits(32):08x}-{bits(96):024x}" "shop.example.com" "{_CERT}" 5 {at} '
            f'"forward" "-" "-" "{target}" "{code}" "-" "-"{extra.format(bits(128))}\n'
        )
        yield line, (minute, status, code, target) if failed else None


@dataclass(frozen=True)
class Run:
    """One run: how long it took, how many of the counts were wrong, and what is worth saying about it."""

    seconds: float
    wrong_lines: int
    note: str


def _report(corpus: Corpus, ours: list[Run], theirs: list[Run]) -> int:
    for name, runs in (("ours", ours), ("duckdb", theirs)):
        if runs:
            best = min(runs, key=lambda run: run.seconds)
            wrong = max(run.wrong_lines for run in runs)
            print(
                f"  {name:7} {best.seconds:6.2f} s  {corpus.raw_bytes / best.seconds / 1e6:6,.0f} MB/s  "
                f"{wrong:,} lines off what was generated  ({best.note})"
            )
    if theirs:
        ratio = min(run.seconds for run in ours) / min(run.seconds for run in theirs)
        print(f"  ours takes {ratio:.2f} of duckdb's time")
    else:
        print("  duckdb  is not installed here: pip install duckdb")
    return 1 if any(run.wrong_lines for run in ours) else 0


def _off(corpus: Corpus, answer: Answer) -> int:
    return (answer - corpus.errors).total() + (corpus.errors - answer).total()


def _ours(corpus: Corpus) -> Run:
    objects = [
        LogObject(LogKind.ALB, "", str(path), path.stat().st_size, START, "10.0.1.15")
        for path in corpus.paths
    ]
    started = time.perf_counter()
    scan = scan_objects(objects, _pieces, MINUTES)
    seconds = time.perf_counter() - started
    tally = scan.tallies.get(LogKind.ALB, Tally())
    answer: Answer = Counter()
    for row, n in tally.rows.items():
        if row.target:
            answer[row.minute, row.status, row.target_status, row.target] += n
    peak = max(scan.peak_memory_bytes, default=0) / 2**20
    note = f"{len(scan.peak_memory_bytes)} processes, at most {peak:.0f} MiB each, goal {GOAL_MIB}"
    return Run(seconds, _off(corpus, answer) + tally.malformed + abs(tally.lines - corpus.lines), note)


def _pieces(one: LogObject) -> Iterator[bytes]:
    with Path(one.key).open("rb") as file:
        while piece := file.read(256 * 1024):
            yield piece


def _theirs(corpus: Corpus) -> Run | None:
    try:
        duckdb = importlib.import_module("duckdb")
    except ImportError:
        return None
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(34))
    # All settings are the ones with which it reads the most lines right.
    query = (
        "select substr(c21, 1, 16), c8, c9, c4, count(*) from "  # noqa: S608 - the columns are ours
        "read_csv($1, delim=' ', quote='\"', escape='\\', header=false, auto_detect=false, "
        "null_padding=true, ignore_errors=true, strict_mode=false, "
        f"max_line_size=4000000, columns={{{columns}}}) where c8 >= '500' group by all"
    )
    started = time.perf_counter()
    rows = duckdb.connect().execute(query, [[str(path) for path in corpus.paths]]).fetchall()
    seconds = time.perf_counter() - started
    return Run(
        seconds, _off(corpus, Counter({row[:4]: row[4] for row in rows})), f"version {duckdb.__version__}"
    )


if __name__ == "__main__":
    sys.exit(main())
