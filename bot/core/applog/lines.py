"""What one line of an application log says: is it an error, a 5xx, a static file, a restart; its template."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_TEMPLATE = 200

_ERROR = re.compile(
    r"\b(?:ERROR|FATAL|CRITICAL|SEVERE|EMERG|PANIC)\b|(?i:\"?(?:level|severity)\"?\s*[:=]\s*\"?(?:error|fatal|crit))"
    r"|\b\w*(?:Exception|Error)\b:|^Traceback |(?i:^\s*panic:)|(?i:\[(?:error|crit|alert|emerg)\])"
)
_METHOD = r"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)"
_5XX = re.compile(
    rf"HTTP/[\d.]+\\?\"\s+5\d\d\b|\b5\d\d\s+{_METHOD}\b|\b{_METHOD}\s+\S+\s+(?:HTTP/[\d.]+\s+)?5\d\d\b"
    r"|(?i:\b(?:status|status_?code|code)\\?\"?\s*[:=]\s*\\?\"?5\d\d\b)"
)
_STATIC = re.compile(r"(?i)/\S*\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|woff2?|ttf|eot)(?=[?\s\"']|$)")

RESTARTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "bind",
        re.compile(r"(?i)address already in use|EADDRINUSE|(?:failed|cannot|could not|unable) to bind\b"),
    ),
    (
        "memory",
        re.compile(
            r"(?i)\bout of memory\b|OutOfMemoryError|OOM-?Killed|\bKilled process \d"
            r"|\bMemoryError\b|heap space"
        ),
    ),
    (
        "crash",
        re.compile(
            r"(?i)\bsegfault\b|segmentation fault|core dumped|SIGSEGV|SIGABRT|^\s*panic:"
            r"|exited with code [1-9]"
        ),
    ),
    (
        "stop",
        re.compile(
            r"(?i)\bSIGTERM\b|\bSIGKILL\b|shutting down|\bshutdown (?:initiated|requested|complete)"
            r"|graceful(?:ly)? (?:stop|shut|exit)|\bstopping (?:the )?(?:server|service|worker|container)"
        ),
    ),
    (
        "start",
        re.compile(
            r"(?i)\blistening (?:on|at)\b|\bstarted \S+ in [\d.]+ ?(?:s|ms|seconds)"
            r"|\bserver (?:is )?(?:started|running)|startup complete|\bbooting worker"
            r"|\bStarted \w*Application\b|ready (?:to|for) (?:accept )?connections"
        ),
    ),
)
"""Kinds of restart hint, the telling ones first."""

_VARYING = (
    re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"),
    re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"),
    re.compile(r"0x[0-9a-fA-F]+"),
    re.compile(r"\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}\b"),
    re.compile(r"\d+(?:[.:,]\d+)*"),
)


@dataclass(frozen=True)
class Said:
    """`restart` is '' or a kind of RESTARTS."""

    error: bool
    server_error: bool
    static: bool
    restart: str


def read_line(text: str) -> Said:
    """The first kilobytes of an already masked line are enough."""
    server_error = bool(_5XX.search(text))
    return Said(
        error=bool(_ERROR.search(text)),
        server_error=server_error,
        static=server_error and bool(_STATIC.search(text)),
        restart=next((kind for kind, pattern in RESTARTS if pattern.search(text)), ""),
    )


def template(text: str) -> str:
    """The line with times, ids, hexadecimal and other numbers folded to '#': equal for equal messages."""
    for pattern in _VARYING:
        text = pattern.sub("#", text)
    return " ".join(text.split())[:MOST_TEMPLATE]
