"""What lines of an application log count as, and which of their messages are new."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.core.applog.lines import read_line, template
from bot.core.applog.tally import MOST_HINTS, MOST_TEMPLATES, AppLogTally
from bot.core.model import Window
from tests.evidence_builders import ONSET

WINDOW = Window(start=ONSET - timedelta(minutes=5), end=ONSET + timedelta(minutes=25))
HOUR_BEFORE = ONSET - timedelta(minutes=30)


def tally(*lines: tuple[datetime, str]) -> AppLogTally:
    counted = AppLogTally(WINDOW)
    for at, text in lines:
        counted.add(at, "web-1", text)
    return counted


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("2026-11-21 14:05:01 ERROR could not connect", True),
        ('{"level":"error","msg":"boom"}', True),
        ('time=... level=fatal msg="boom"', True),
        ("java.lang.IllegalStateException: closed", True),
        ("Traceback (most recent call last):", True),
        ("[error] 7#7: *1 upstream timed out", True),
        ("INFO  request pool ok, queue 0, heap 41 %", False),
        ("INFO errors: 0", False),
        ("WARN slow query", False),
    ],
)
def test_errors_are_known_by_their_level_or_exception(line: str, error: bool) -> None:
    assert read_line(line).error is error


@pytest.mark.parametrize(
    ("line", "server_error", "static"),
    [
        ('10.0.0.1 - - "GET /app.css HTTP/1.1" 503 12', True, True),
        ('10.0.0.1 - - "GET /cart HTTP/1.1" 502 12', True, False),
        ('{"path":"/logo.png","status":500}', True, True),
        ("WARN 504 POST /checkout", True, False),
        ('10.0.0.1 - - "GET /app.css HTTP/1.1" 200 512', False, False),
        ("took 503 ms", False, False),
    ],
)
def test_5xx_and_static_files_are_counted(line: str, server_error: bool, static: bool) -> None:
    said = read_line(line)
    assert (said.server_error, said.static) == (server_error, static)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Error: listen EADDRINUSE: address already in use :::8080", "bind"),
        ("Out of memory: Killed process 2214 (java)", "memory"),
        ("java.lang.OutOfMemoryError: Java heap space", "memory"),
        ("panic: runtime error: index out of range", "crash"),
        ("received SIGTERM, shutting down", "stop"),
        ("INFO  started orders in 41.2 s, listening on 8080", "start"),
        ("request pool ok", ""),
    ],
)
def test_signs_of_a_restart_are_recognised(line: str, kind: str) -> None:
    assert read_line(line).restart == kind


def test_messages_that_differ_in_ids_and_numbers_are_one() -> None:
    assert template(
        "2026-11-21T14:05:01.123Z ERROR order 4711 of 10.0.1.7:5432 took 3.5 s id 0xdeadbeef"
    ) == (template("2026-11-22T01:00:00Z ERROR order 9 of 10.9.9.9:1 took 12 s id 0x1"))


def test_a_message_the_hour_before_did_not_have_is_new_and_comes_first() -> None:
    counted = tally(
        (HOUR_BEFORE, "ERROR cache miss 1"),
        (ONSET, "ERROR cache miss 2"),
        (ONSET, "ERROR cache miss 3"),
        (ONSET, "ERROR pool of 10 exhausted"),
        (ONSET, "INFO fine"),
    )
    assert [(m.template, m.count, m.before) for m in counted.messages] == [
        ("ERROR pool of # exhausted", 1, 0),
        ("ERROR cache miss #", 2, 1),
    ]


def test_a_restart_of_the_hour_before_is_no_hint() -> None:
    assert tally((HOUR_BEFORE, "listening on 8080")).hints == ()


def test_what_is_kept_is_masked() -> None:
    counted = tally((ONSET, "ERROR login of ana@example.com with password=hunter2hunter2, shutting down"))
    kept = f"{counted.messages} {counted.hints}"
    assert "hunter2" not in kept
    assert "example.com" not in kept


def test_memory_is_bounded_and_the_bound_is_said() -> None:
    counted = AppLogTally(WINDOW)
    for n in range(MOST_TEMPLATES + 5):
        letters = "".join(chr(ord("a") + int(digit)) for digit in str(n))
        counted.add(ONSET, "web-1", f"ERROR {letters} listening on 80")
    assert counted.approximate
    assert counted.lines == MOST_TEMPLATES + 5
    assert len(counted.hints) == MOST_HINTS


def test_the_order_of_lines_changes_nothing() -> None:
    lines = [(ONSET + timedelta(seconds=n), f"ERROR number {n} listening on {n}") for n in range(9)]
    forward, backward = tally(*lines), tally(*reversed(lines))
    assert (forward.minutes, forward.messages, forward.hints) == (
        backward.minutes,
        backward.messages,
        backward.hints,
    )
