"""Reading a log's bytes into a tally: whole blocks at once where possible, line by line where not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bot.core.accesslog import blocks
from bot.core.accesslog.lines import (
    STATUS_CODE,
    RequestLine,
    group_of,
    is_minute,
    masked,
    parse_alb,
    parse_classic,
    parse_connection,
    parse_health_check,
    path_of,
    text,
)
from bot.core.accesslog.signature import classify, is_error
from bot.core.accesslog.tally import KEPT_LINES, KeptLine, Row, Tally

LONGEST_LINE = 4 * 2**20
_KEYS_REMEMBERED = 20_000


class LogKind(StrEnum):
    """The logs that are counted."""

    ALB = "alb"
    CLASSIC = "classic"
    CONNECTION = "connection"
    HEALTH_CHECK = "health_check"


@dataclass
class _Seen:
    """How often a key was seen so far; `wanted` when its lines are looked at one by one."""

    row: Row | None
    n: int = 0
    wanted: bool = False


class LogScan:
    """Counts the lines of log objects of one kind into `tally`.

    `first_minute` and `end_minute` ('2026-03-04T05:06', half-open) bound what is counted. Feed an object's
    bytes in pieces of any size, then `finish` it; bounded memory whatever the lines' length. `careful` reads
    every line by itself: slower, and by definition right.
    """

    def __init__(self, kind: LogKind, first_minute: str, end_minute: str, *, careful: bool = False) -> None:
        self.tally = Tally()
        self._window = first_minute, end_minute
        self._node = ""
        self._held = b""
        self._too_long = False
        self._seen: dict[bytes, _Seen] = {}
        self._add: Callable[[bytes], None] = {
            LogKind.ALB: lambda raw: self._add_request(raw, parse_alb(raw)),
            LogKind.CLASSIC: lambda raw: self._add_request(raw, parse_classic(raw)),
            LogKind.CONNECTION: self._add_connection,
            LogKind.HEALTH_CHECK: self._add_health_check,
        }[kind]
        self._at_once = kind is LogKind.ALB and not careful

    def begin(self, node: str) -> None:
        """Starts an object written by that load-balancer node (an address, '' when unknown)."""
        self._node, self._held, self._too_long = node, b"", False

    def feed(self, data: bytes) -> None:
        """The object's next bytes."""
        if self._too_long:
            data = self._after_the_long_line(data)
        data = self._held + data
        size = data.rfind(b"\n") + 1
        self._held = data[size:]
        if size:
            self._add_lines(data, size)
        if len(self._held) > LONGEST_LINE:
            self._held, self._too_long = b"", True

    def finish(self, *, cut: bool = False) -> None:
        """Ends the object. A last line without a newline counts, unless the object was cut inside it."""
        if self._too_long or (cut and self._held):
            self.tally.malformed += 1
        elif self._held:
            self._add(self._held)
        self._held, self._too_long = b"", False
        self._count_seen()

    def _after_the_long_line(self, data: bytes) -> bytes:
        """What follows a line too long to hold; nothing yet while it goes on."""
        _, newline, rest = data.partition(b"\n")
        if newline:
            self.tally.malformed += 1
            self._too_long = False
        return rest

    def _add_lines(self, data: bytes, size: int) -> None:
        block = blocks.read_block(data, size) if self._at_once else None
        if block is None and self._at_once:
            data = self._without_the_peculiar(data[:size])
            block = blocks.read_block(data, len(data))
        if block is None:
            for line in data[:size].split(b"\n")[:-1]:
                self._add(line)
            return
        for line in block.left_lines():
            self._add(line)
        self._add_block(block)

    def _without_the_peculiar(self, data: bytes) -> bytes:
        """Counts the lines that would spoil a whole block for reading at once, and gives the others."""
        usual = []
        for line in data.split(b"\n")[:-1]:
            if line.count(b'"') % 2 or blocks.has_peculiarity(line):
                self._add(line)
            else:
                usual.append(line + b"\n")
        return b"".join(usual)

    # One line at a time -----------------------------------------------------------------------------------

    def _add_request(self, raw: bytes, line: RequestLine | None) -> None:
        if line is None:
            self.tally.malformed += 1
        elif self._inside(line.minute):
            self.tally.add_request(line, self._node, masked(raw) if is_error(line.status) else "")
        else:
            self._add_outside(1)

    def _add_connection(self, raw: bytes) -> None:
        if (line := parse_connection(raw)) is None:
            self.tally.malformed += 1
        elif self._inside(line.at[:16]):
            self.tally.add_connection(line)
        else:
            self._add_outside(1)

    def _add_health_check(self, raw: bytes) -> None:
        if (line := parse_health_check(raw)) is None:
            self.tally.malformed += 1
        elif self._inside(line.at[:16]):
            self.tally.add_health_check(line)
        else:
            self._add_outside(1)

    def _inside(self, minute: str) -> bool:
        return self._window[0] <= minute < self._window[1]

    def _add_outside(self, n: int) -> None:
        self.tally.lines += n
        self.tally.outside += n

    # Many lines at once -----------------------------------------------------------------------------------

    def _add_block(self, block: blocks.Block) -> None:
        if len(self._seen) >= _KEYS_REMEMBERED:
            self._count_seen()
        seen = self._seen
        wanted = np.zeros(len(block.keys), bool)
        for number, (key, n) in enumerate(zip(block.keys, block.counts, strict=True)):
            entry = seen.get(key)
            if entry is None:
                entry = seen[key] = _Seen(_row_of(blocks.open_key(key)))
                entry.wanted = (
                    entry.row is not None and self._inside(entry.row.minute) and is_error(entry.row.status)
                )
            entry.n += n
            wanted[number] = entry.wanted
        if wanted.any():
            self._add_errors(block, np.flatnonzero(wanted[block.of_line]))

    def _count_seen(self) -> None:
        """Moves what blocks have counted by key into the tally."""
        for entry in self._seen.values():
            if entry.row is None:
                self.tally.malformed += entry.n
            elif self._inside(entry.row.minute):
                self.tally.count(entry.row, entry.n)
            else:
                self._add_outside(entry.n)
        self._seen.clear()

    def _add_errors(self, block: blocks.Block, wanted: blocks.Indexes) -> None:
        """Groups, nodes, paths and reasons of the error lines, and the earliest and latest of them."""
        tally = self.tally
        for group, n in Counter(block.fields(wanted, blocks.GROUP)).items():
            tally.groups.add(group_of(group), n)
        for node, n in Counter(block.fields(wanted, blocks.NODE)).items():
            tally.nodes.add(text(node) if node not in (b"", b"-") else self._node, n)
        for request, n in Counter(block.fields(wanted, blocks.REQUEST)).items():
            tally.paths.add(path_of(request), n)
        for reason, n in Counter(block.fields(wanted, blocks.REASON)).items():
            if reason != b"-":
                tally.reasons.add(text(reason), n)
        self._keep(block, wanted)

    def _keep(self, block: blocks.Block, wanted: blocks.Indexes) -> None:
        created = block.fields(wanted, blocks.CREATED)
        order = sorted(range(len(created)), key=created.__getitem__)
        earliest, latest = created[order[:KEPT_LINES][-1]], created[order[-KEPT_LINES:][0]]
        for at in order:
            if earliest < created[at] < latest or not self.tally.keeps(created[at].decode()):
                continue
            row = self._seen[block.keys[block.of_line[wanted[at]]]].row
            if row is not None:
                line = masked(block.raw(int(wanted[at])))
                self.tally.keep([KeptLine(created[at].decode(), line, row.signature, row.target)])


def _row_of(key: blocks.Key) -> Row | None:
    """What a key counts as; None when its minute or codes do not exist."""
    codes = key.status, key.target_status
    if not (is_minute(key.minute) and all(map(STATUS_CODE.fullmatch, codes))):
        return None
    status, target_status, target = (text(part) for part in (*codes, key.target))
    signature = classify(status, target_status, key.times, target)
    return Row(key.minute.decode(), status, target_status, signature.value, target)
