"""Many ALB access-log lines at once, over numpy arrays; whatever is unusual is left to the careful parser.

The careful parser (lines.parse_alb) is the specification. A line is taken here only when reading it
without it must give the same answer: 25 to 40 fields, no backslash before a quote, every quote where a
field begins or ends, codes of three digits, and times as AWS writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.core.accesslog.lines import ALB_FIELDS

Bytes: TypeAlias = NDArray[np.uint8]
Indexes: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

NEWLINE, BLANK, QUOTE, DASH, ZERO, NINE = b'\n "-09'
TARGET, TIMES, STATUS, TARGET_STATUS, REQUEST, GROUP, CREATED, REASON, NODE = 4, 5, 8, 9, 12, 16, 21, 24, 33
CREATED_WIDTH, STATUS_WIDTH, TARGET_WIDTHS = 27, 8, (24, 48)
_SHAPE_LOW = np.frombuffer(b"0000-00-00T00:00:00.000000Z", np.uint8)
_SHAPE_SPAN = np.frombuffer(b"9999-99-99T99:99:59.999999Z", np.uint8) - _SHAPE_LOW
_KEEP = {w: (np.arange(w) < np.arange(w + 1)[:, None]).astype(np.uint8) * np.uint8(255) for w in (8, 24, 48)}
_MIX = np.array([0x9E3779B97F4A7C15 * (2 * i + 1) % 2**64 | 1 for i in range(10)], np.uint64)
_SMALLEST = 64
# Above this share of separators the index arrays would need more memory than the block is worth.
_MOST_SEPARATORS = 0.3


@dataclass(frozen=True)
class Block:
    """Lines of a block that were read at once.

    `starts`, `ends` are offsets of every line; `taken` the line numbers read here, `left` the others.
    `keys` are the distinct (minute, codes, signs, target) among the taken, `of_line` each one's key.
    """

    data: bytes
    starts: Indexes
    ends: Indexes
    taken: Indexes
    left: Indexes
    keys: list[bytes]
    of_line: Indexes
    counts: list[int]
    blanks: Indexes
    first_blank: Indexes

    def left_lines(self) -> Iterator[bytes]:
        """Lines for the careful parser."""
        for i in self.left.tolist():
            yield self.data[self.starts[i] : self.ends[i]]

    def fields(self, wanted: Indexes, number: int) -> list[bytes]:
        """Field `number` (1 or more, without quotes) of the wanted ones among the taken; b'' where absent."""
        lines = self.taken[wanted]
        at = self.first_blank[lines] + number
        last = self.first_blank[lines + 1]
        begin = self.blanks.take(at - 1, mode="clip") + 1
        # The last field of a line ends where the line does; blanks[] goes on with the next line's.
        end = np.where(at < last, self.blanks.take(at, mode="clip"), self.ends[lines])
        absent = at > last
        return [
            b"" if gone else self._unquoted(b, e)
            for b, e, gone in zip(begin.tolist(), end.tolist(), absent.tolist(), strict=True)
        ]

    def raw(self, wanted: int) -> bytes:
        """The whole line of one of the taken."""
        line = self.taken[wanted]
        return self.data[self.starts[line] : self.ends[line]]

    def _unquoted(self, begin: int, end: int) -> bytes:
        if self.data[begin] == QUOTE:
            return self.data[begin + 1 : end - 1]
        return self.data[begin:end]


@dataclass(frozen=True)
class Key:
    """A key taken apart. `times` as in signature.classify."""

    minute: bytes
    status: bytes
    target_status: bytes
    times: str
    target: bytes


def open_key(key: bytes) -> Key:
    """The key's parts: 16 bytes of minute, 7 of codes, 1 of signs, the rest the target's address."""
    negative = key[23]
    return Key(
        minute=key[:16],
        status=key[16:19],
        target_status=key[20:23].rstrip(b"\0"),
        times="".join("-" if negative >> i & 1 else "+" for i in range(3)),
        target=key[24:].rstrip(b"\0"),
    )


def has_peculiarity(data: bytes) -> bool:
    """A backslash before a quote may or may not escape it; keys are padded with NUL."""
    # One backslash is looked for first: that is a hundred times faster than looking for the pair.
    return (b"\\" in data and b'\\"' in data) or b"\0" in data


def read_block(data: bytes, size: int) -> Block | None:
    """The lines of data[:size], which ends with a newline; None when the careful parser must read them all.

    `data` may go on after `size`; what follows is not looked at.
    """
    if size < _SMALLEST or has_peculiarity(data):
        return None
    chars = np.frombuffer(data, np.uint8, size)
    # One comparison finds blank, quote and newline, and a few other characters that never matter below.
    candidates = chars <= QUOTE
    at = np.flatnonzero(candidates)
    if at.size > _MOST_SEPARATORS * size:
        return None
    kinds = chars[at]
    is_quote = kinds == QUOTE
    quoted = np.bitwise_xor.accumulate(is_quote)
    line_ends = np.flatnonzero(kinds == NEWLINE)
    if quoted[line_ends].any():
        return None
    ends = at[line_ends]
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    is_separator = (kinds == BLANK) & ~quoted
    separators = np.flatnonzero(is_separator)
    blanks = at[separators]
    first_blank = np.searchsorted(separators, line_ends)
    first_blank = np.concatenate((np.zeros(1, np.int64), first_blank))
    good = _well_formed(chars, at[np.flatnonzero(is_quote)], starts, ends, blanks, first_blank)
    return _keyed(data, chars, starts, ends, blanks, first_blank, good)


def _well_formed(
    chars: Bytes, quotes: Indexes, starts: Indexes, ends: Indexes, blanks: Indexes, first_blank: Indexes
) -> Mask:
    """Which lines have the right number of fields, none of them empty, and quotes only around fields."""
    count = np.diff(first_blank) + 1
    good = (count >= ALB_FIELDS[0]) & (count <= ALB_FIELDS[1])
    good &= (chars[starts] != BLANK) & (chars[ends - 1] != BLANK)
    # Every line has an even number of quotes, so they open and close by turns.
    opening, closing = quotes[0::2], quotes[1::2]
    after = chars[closing + 1]
    stray = np.concatenate(
        (
            blanks[1:][np.diff(blanks) == 1],
            opening[chars[opening - 1] != BLANK],
            closing[(after != BLANK) & (after != NEWLINE)],
        )
    )
    if stray.size:
        good[np.searchsorted(ends, stray)] = False
    return good


def _keyed(
    data: bytes,
    chars: Bytes,
    starts: Indexes,
    ends: Indexes,
    blanks: Indexes,
    first_blank: Indexes,
    good: Mask,
) -> Block:
    """Groups the good lines by key, and leaves those whose fields are not as usual."""
    lines = np.flatnonzero(good)
    first = first_blank[lines]
    target_at, target_end = blanks[first + TARGET - 1] + 1, blanks[first + TARGET]
    status_at, status_end = blanks[first + STATUS - 1] + 1, blanks[first + STATUS]
    code_end = blanks[first + TARGET_STATUS]
    created_at, created_end = blanks[first + CREATED - 1] + 1, blanks[first + CREATED]
    width = TARGET_WIDTHS[bool(((target_end - target_at) > TARGET_WIDTHS[0]).any())]
    usual = (
        (target_end - target_at <= width)
        & (chars[target_at] != QUOTE)
        & (target_at + width <= chars.size)
        & (status_end - status_at == 3)
        & ((code_end - status_end == 4) | ((code_end - status_end == 2) & (chars[status_end + 1] == DASH)))
        & (created_end - created_at == CREATED_WIDTH)
    )
    if not usual.all():
        lines, first, target_at, target_end = lines[usual], first[usual], target_at[usual], target_end[usual]
        status_at, code_end, created_at = status_at[usual], code_end[usual], created_at[usual]
    created = _fixed(data, created_at, CREATED_WIDTH)
    codes = _cut(_fixed(data, status_at, STATUS_WIDTH), code_end - status_at)
    targets = _cut(_fixed(data, target_at, width), target_end - target_at)
    signs, fits = _signs(chars, blanks, first)
    codes[:, 7] = signs
    table = np.concatenate((created[:, :16], codes, targets), axis=1)
    in_shape = (created - _SHAPE_LOW) <= _SHAPE_SPAN
    if not in_shape.all():
        fits &= in_shape.all(axis=1)
    if not fits.all():
        lines, table = lines[fits], table[fits]
    keys, of_line, counts = _distinct(table)
    left = np.ones(starts.size, bool)
    left[lines] = False
    return Block(data, starts, ends, lines, np.flatnonzero(left), keys, of_line, counts, blanks, first_blank)


def _fixed(data: bytes, at: Indexes, width: int) -> Bytes:
    """A row of `width` bytes from each offset."""
    windows = np.ndarray((len(data) - width + 1,), f"V{width}", data, strides=(1,))
    return windows[at].view(np.uint8).reshape(-1, width)


def _cut(rows: Bytes, lengths: Indexes) -> Bytes:
    """The rows with zeros after each one's length."""
    rows &= _KEEP[rows.shape[1]][lengths]
    return rows


def _signs(chars: Bytes, blanks: Indexes, first: Indexes) -> tuple[Bytes, Mask]:
    """One bit per processing time that is -1; and whether all three are that or begin with a digit."""
    signs = np.zeros(first.size, np.uint8)
    known = np.ones(first.size, bool)
    for i in range(3):
        begins = chars[blanks[first + TIMES + i - 1] + 1]
        dash = begins == DASH
        signs |= dash.astype(np.uint8) << i
        known &= dash | ((begins >= ZERO) & (begins <= NINE))
    return signs, known


def _distinct(table: Bytes) -> tuple[list[bytes], Indexes, list[int]]:
    """The distinct rows, each row's number among them, and how often each occurs.

    Compared by a 64-bit mix first, which is then checked, so that a collision costs time and not truth.
    """
    words = table.view(np.uint64)
    mixed = words @ _MIX[: words.shape[1]]
    mixed ^= mixed >> np.uint64(29)
    order = np.argsort(mixed)
    ranked = mixed[order]
    begins = np.flatnonzero(np.concatenate((np.ones(min(ranked.size, 1), bool), ranked[1:] != ranked[:-1])))
    counts = np.diff(begins, append=ranked.size)
    of_line = np.empty(order.size, np.int64)
    of_line[order] = np.repeat(np.arange(begins.size), counts)
    distinct = table[order[begins]]
    if (distinct.view(np.uint64)[of_line] != words).any():
        distinct, of_line, counts = np.unique(table, axis=0, return_inverse=True, return_counts=True)
    kept, width = distinct.tobytes(), table.shape[1]
    keys = [kept[i : i + width] for i in range(0, len(kept), width)]
    return keys, of_line.reshape(-1), counts.tolist()
