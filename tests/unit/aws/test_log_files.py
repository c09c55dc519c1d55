"""Inflating and counting log objects: damaged files give what they have, processes the same answer."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.aws import logworker
from bot.aws.logfiles import Unfetched, scan_objects
from bot.aws.logworker import Inflater, ObjectScanner, frame, serve
from bot.core.accesslog.keys import LogObject
from bot.core.accesslog.scan import LogKind
from tests.log_lines import alb_line

MINUTES = ("2026-11-21T14:00", "2026-11-21T15:00")
TEXT = b"".join(alb_line(agent=str(i)) + b"\n" for i in range(200))
WHOLE = gzip.compress(TEXT)


def inflated(*pieces: bytes) -> tuple[bytes, bool]:
    inflater = Inflater()
    text = b"".join(block for piece in pieces for block in inflater.feed(piece))
    return text, inflater.cut


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, len(WHOLE)), max_size=5), st.integers(1, 3), st.integers(0, 3))
def test_a_file_of_any_members_inflates_whatever_pieces_it_comes_in(
    cuts: list[int], members: int, padding: int
) -> None:
    data = (WHOLE + b"\0" * padding) * members
    at = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(at)]
    assert inflated(*pieces) == (TEXT * members, False)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, len(WHOLE) - 1))
def test_a_cut_file_gives_what_it_has_and_says_so(length: int) -> None:
    text, cut = inflated(WHOLE[:length])
    assert cut
    assert TEXT.startswith(text)


def test_an_empty_file_is_whole() -> None:
    assert inflated() == (b"", False)
    assert inflated(b"") == (b"", False)


@pytest.mark.parametrize(
    "damaged", [WHOLE + b"not gzip", b"not gzip at all, but text", WHOLE[:-8] + b"\1" * 8]
)
def test_a_damaged_file_is_said_to_be_cut(damaged: bytes) -> None:
    assert inflated(damaged)[1]


def test_a_small_file_may_hold_a_great_deal_of_text() -> None:
    inflater = Inflater()
    sizes = [len(block) for block in inflater.feed(gzip.compress(b"\n" * (8 * logworker.BLOCK_BYTES)))]
    assert sum(sizes) == 8 * logworker.BLOCK_BYTES
    assert max(sizes) <= logworker.BLOCK_BYTES


def objects(folder: Path, *contents: bytes) -> list[LogObject]:
    made = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.log.gz"
        path.write_bytes(content)
        end = datetime(2026, 11, 21, 14, 10, tzinfo=UTC)
        made.append(LogObject(LogKind.ALB, "", str(path), len(content), end, "10.0.1.15"))
    return made


def pieces_of(one: LogObject) -> Iterator[bytes]:
    yield Path(one.key).read_bytes()


@pytest.fixture
def log(tmp_path: Path) -> list[LogObject]:
    return objects(tmp_path, WHOLE, b"", WHOLE + WHOLE, WHOLE[: len(WHOLE) // 2], gzip.compress(b"junk\n"))


def test_processes_give_the_same_answer_as_this_one(log: list[LogObject]) -> None:
    here = scan_objects(log, pieces_of, MINUTES, processes=0)
    there = scan_objects(log, pieces_of, MINUTES, processes=2)
    assert here.tallies == there.tallies
    assert here.tallies[LogKind.ALB].lines > 600
    assert here.cut == there.cut == [log[3].key]
    assert {o.key for o in here.scanned} == {o.key for o in there.scanned} == {o.key for o in log}
    assert max(there.peak_memory_bytes) < 64 * 2**20


@pytest.mark.parametrize("processes", [0, 1])
def test_an_object_that_cannot_be_fetched_is_named_and_the_others_count(
    log: list[LogObject], processes: int
) -> None:
    def broken(one: LogObject) -> Iterator[bytes]:
        data = Path(one.key).read_bytes()
        if one is log[0]:
            raise Unfetched(one.key)
        yield data[:100]
        if one is log[2]:
            raise Unfetched(one.key)
        yield data[100:]

    scan = scan_objects(log, broken, MINUTES, processes=processes)
    assert set(scan.failed) == {log[0].key}
    assert set(scan.cut) == {log[2].key, log[3].key}


def test_a_process_that_is_killed_takes_no_lines_with_it_unnoticed(
    log: list[LogObject], monkeypatch: pytest.MonkeyPatch
) -> None:
    import bot.aws.logfiles as logfiles

    start = logfiles._start
    started = []

    def remembered() -> object:
        started.append(start())
        return started[-1]

    def then_killed(one: LogObject) -> Iterator[bytes]:
        yield WHOLE
        os.kill(started[0].pid, signal.SIGKILL)
        started[0].wait()

    monkeypatch.setattr(logfiles, "_start", remembered)
    scan = scan_objects(log, then_killed, MINUTES, processes=1)
    assert scan.tallies == {}
    assert scan.scanned == []
    assert scan.failed[log[0].key] is None


@pytest.mark.parametrize("processes", [0, 1])
def test_when_time_is_up_no_further_object_is_begun(log: list[LogObject], processes: int) -> None:
    scan = scan_objects(log, pieces_of, MINUTES, until=0.0, processes=processes)
    assert (scan.scanned, scan.failed) == ([], {})


def test_the_process_answers_in_json_with_its_peak_of_memory() -> None:
    order = json.dumps(["alb", "a.log", "10.0.1.15", False]).encode()
    inbox = frame(b"W", json.dumps(MINUTES).encode()) + frame(b"O", order) + frame(b"D", TEXT) + frame(b"E")
    outbox = io.BytesIO()
    serve(io.BytesIO(inbox), outbox)
    answer = json.loads(outbox.getvalue())
    assert answer["tallies"]["alb"]["numbers"] == [200, 0, 0, False]
    assert answer["peak_memory_bytes"] > 0


def test_bytes_of_no_object_are_an_error_of_ours() -> None:
    with pytest.raises(RuntimeError):
        ObjectScanner(MINUTES).feed(b"x")
