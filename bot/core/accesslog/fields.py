"""Splitting a log line into its fields, quotes respected: the specification every faster way must agree with.

Source: DOMAIN.md section 5 (fields are separated by one blank; some are in double quotes).
"""

from __future__ import annotations

from collections.abc import Iterator

_BLANK, _QUOTE, _BACKSLASH = b" ", b'"', 0x5C


def readings(line: bytes) -> Iterator[list[bytes]]:
    """The ways to read a line as fields, likeliest first; none when it cannot be read at all.

    A backslash before a quote escapes it - or is the last character of what a client sent. The line
    alone does not tell, so both are offered and the caller keeps the first whose fields make sense.
    """
    line = line.rstrip(_BLANK)
    if (fields := _split(line, escapes=True)) is not None:
        yield fields
    if b'\\"' in line and (fields := _split(line, escapes=False)) is not None:
        yield fields


def _split(line: bytes, *, escapes: bool) -> list[bytes] | None:
    """Fields without their quotes, or None: an empty field, an open quote, or a quote inside a bare field."""
    fields: list[bytes] = []
    at, end = 0, len(line)
    while True:
        if line[at : at + 1] == _QUOTE:
            close = _closing_quote(line, at + 1, escapes)
            field, at = line[at + 1 : close], close + 1
            if close < 0:
                return None
        else:
            blank = line.find(_BLANK, at)
            stop = end if blank < 0 else blank
            field, at = line[at:stop], stop
            if not field or _QUOTE in field:
                return None
        fields.append(field)
        if at >= end:
            return fields
        at += 1


def _closing_quote(line: bytes, at: int, escapes: bool) -> int:
    """Where the quote is that ends this field, before a blank or the end of the line; -1 without one."""
    while (quote := line.find(_QUOTE, at)) >= 0:
        ends = line[quote + 1 : quote + 2] in (_BLANK, b"")
        if ends and not (escapes and _is_escaped(line, quote)):
            return quote
        at = quote + 1
    return -1


def _is_escaped(line: bytes, quote: int) -> bool:
    """Whether an odd number of backslashes stands before the quote."""
    at = quote
    while at > 0 and line[at - 1] == _BACKSLASH:
        at -= 1
    return (quote - at) % 2 == 1
