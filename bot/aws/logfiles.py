"""Scanning many log objects: little ones here, many or large ones by processes beside this one."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.aws.logworker import Ending, ObjectScanner, frame
from bot.core.accesslog.keys import LogObject
from bot.core.accesslog.scan import LogKind
from bot.core.accesslog.tally import Tally

Open = Callable[[LogObject], Iterator[bytes]]
"""An object's bytes in pieces; `Unfetched` when they cannot be had, also half-way."""

INLINE_BYTES = 4 * 2**20
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "TMPDIR", "SYSTEMROOT")
_PIPE_BYTES = 2**20
# Blocks of one size are freed and taken again thousands of times: keep them instead of asking the kernel.
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "33554432"}


class Unfetched(Exception):
    """An object, or the rest of it, could not be fetched. The cause says why."""


@dataclass
class Scan:
    """What was counted, which objects were begun, and which of them are not whole.

    `failed` maps keys of objects of which nothing was counted to why (None: their process died).
    """

    tallies: dict[LogKind, Tally] = field(default_factory=dict)
    scanned: list[LogObject] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    failed: dict[str, Unfetched | None] = field(default_factory=dict)
    peak_memory_bytes: list[int] = field(default_factory=list)

    def add_tallies(self, tallies: dict[LogKind, Tally]) -> None:
        for kind, tally in tallies.items():
            self.tallies.setdefault(kind, Tally()).merge(tally)


def scan_objects(
    objects: Sequence[LogObject],
    open_object: Open,
    minutes: tuple[str, str],
    *,
    until: float = float("inf"),
    processes: int | None = None,
) -> Scan:
    """Counts the objects' lines created within `minutes`, in the given order as far as time allows.

    Past `until` (a `time.monotonic()` value) no further object is begun and the present one is left.
    `processes` defaults to none for a few megabytes and to one per processor (at most 4) for more.
    """
    if processes is None:
        little = sum(o.size_bytes for o in objects) <= INLINE_BYTES
        processes = 0 if little else min(os.cpu_count() or 1, 4)
    waiting, scan, lock = deque(objects), Scan(), threading.Lock()
    if processes == 0:
        _scan_here(_taken(waiting, until), open_object, minutes, until, scan)
        return scan
    threads = [
        threading.Thread(target=_scan_there, args=(waiting, open_object, minutes, until, scan, lock))
        for _ in range(min(processes, len(objects)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return scan


def _taken(waiting: deque[LogObject], until: float) -> Iterator[LogObject]:
    """Objects, one at a time, shared with the other threads."""
    while time.monotonic() < until:
        try:
            yield waiting.popleft()
        except IndexError:
            return


def _scan_here(
    objects: Iterable[LogObject], open_object: Open, minutes: tuple[str, str], until: float, scan: Scan
) -> None:
    scanner = ObjectScanner(minutes)
    for one in objects:
        pieces = _Pieces(one, open_object, until)
        if not pieces.opened:
            scan.failed[one.key] = pieces.why
            continue
        scan.scanned.append(one)
        scanner.begin(one.kind, one.key, one.node, one.is_gzip)
        for piece in pieces:
            scanner.feed(piece)
        scanner.end(pieces.ending)
    scan.add_tallies(scanner.tallies)
    scan.cut += scanner.cut


def _scan_there(
    waiting: deque[LogObject],
    open_object: Open,
    minutes: tuple[str, str],
    until: float,
    scan: Scan,
    lock: threading.Lock,
) -> None:
    """Feeds one process until no object is left, then adds what it counted."""
    given: list[LogObject] = []
    failed: dict[str, Unfetched | None] = {}
    process = _start()
    answer: dict[str, Any] | None = None
    try:
        with process:
            _feed(process, _taken(waiting, until), open_object, minutes, until, given, failed)
            answer = _answer(process)
    except BrokenPipeError:
        # It was killed. What it had counted is lost with it, and said to be.
        answer = None
    with lock:
        scan.failed |= failed
        if answer is None:
            scan.failed |= dict.fromkeys((o.key for o in given), None)
            return
        scan.scanned += given
        scan.cut += answer["cut"]
        scan.peak_memory_bytes.append(answer["peak_memory_bytes"])
        scan.add_tallies({LogKind(kind): Tally.from_json(t) for kind, t in answer["tallies"].items()})


def _feed(
    process: subprocess.Popen[bytes],
    objects: Iterable[LogObject],
    open_object: Open,
    minutes: tuple[str, str],
    until: float,
    given: list[LogObject],
    failed: dict[str, Unfetched | None],
) -> None:
    if process.stdin is None:
        raise RuntimeError("the process was started without a pipe")
    write = process.stdin.write
    write(frame(b"W", json.dumps(minutes).encode()))
    for one in objects:
        pieces = _Pieces(one, open_object, until)
        if not pieces.opened:
            failed[one.key] = pieces.why
            continue
        given.append(one)
        write(frame(b"O", json.dumps([one.kind.value, one.key, one.node, one.is_gzip]).encode()))
        for piece in pieces:
            write(frame(b"D", piece))
        write(frame(b"E" if pieces.ending == "whole" else b"X"))


def _start() -> subprocess.Popen[bytes]:
    """A process that sees neither credentials nor this program's memory."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1", **_MEMORY}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.aws.logworker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
    if process.stdin and hasattr(fcntl, "F_SETPIPE_SZ"):
        # The process then need not wait for this one's turn in the middle of a block; refused is fine too.
        with contextlib.suppress(OSError):
            fcntl.fcntl(process.stdin, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return process


def _answer(process: subprocess.Popen[bytes]) -> dict[str, Any] | None:
    """What the process counted; None when it ended otherwise."""
    written, _ = process.communicate()
    if process.returncode != 0:
        return None
    answer: dict[str, Any] = json.loads(written)
    return answer


class _Pieces:
    """An object's bytes as far as they can be had: `opened` after the first, `ending` after the last."""

    def __init__(self, one: LogObject, open_object: Open, until: float) -> None:
        self.why: Unfetched | None = None
        self.ending: Ending = "whole"
        self.opened = True
        self._until = until
        self._rest: Iterator[bytes] = iter(())
        self._first = b""
        try:
            self._rest = open_object(one)
            self._first = next(self._rest, b"")
        except Unfetched as why:
            self.opened, self.why = False, why

    def __iter__(self) -> Iterator[bytes]:
        if self._first:
            yield self._first
        try:
            for piece in self._rest:
                yield piece
                if time.monotonic() > self._until:
                    self.ending = "aborted"
                    return
        except Unfetched as why:
            self.ending, self.why = "aborted", why
