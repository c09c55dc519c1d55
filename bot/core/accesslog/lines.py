"""One line of each kind of load-balancer log, parsed carefully; None when it is malformed.

Fields and their order: DOMAIN.md section 5. AWS appends fields, on some nodes first, so each parser
accepts a range of counts and ignores what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from bot.core.accesslog.fields import readings
from bot.core.accesslog.signature import Signature, classify

T = TypeVar("T")

ALB_FIELDS = (25, 40)
CLASSIC_FIELDS = (15, 30)
CONNECTION_FIELDS = (11, 30)
HEALTH_CHECK_FIELDS = (8, 20)
NLB_FIELDS = (22, 40)

_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(?:\.\d{1,9})?Z?")
STATUS_CODE = re.compile(rb"\d{1,3}|-")
_QUERY = re.compile(rb'\?(?:[^"\\]|\\.?)*?(?= HTTP/\d[\d.]*"|"|\Z)', re.DOTALL)
_PATH_CAP, _LINE_CAP = 200, 1200


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request as the counts see it. `created` is as logged ('2026-03-04T05:06:07.087000Z', UTC).

    `target` is 'address:port' or '-'; `group` the target group's ARN tail; `node` the load-balancer
    node's address ('' when the line does not have it).
    """

    created: str
    status: str
    target_status: str
    signature: Signature
    target: str
    path: str
    group: str
    node: str
    error_reason: str

    @property
    def minute(self) -> str:
        """'2026-03-04T05:06'."""
        return self.created[:16]


@dataclass(frozen=True, slots=True)
class HealthCheckLine:
    """One health check of one target; `reason` is AWS's word, '-' when it passed."""

    at: str
    latency_s: str
    target: str
    group: str
    status: str
    status_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """One client connection; `verify` is `Success`, `Failed:<reason>` or '-'."""

    at: str
    client: str
    listener_port: str
    tls_protocol: str
    handshake_s: str
    verify: str


@dataclass(frozen=True, slots=True)
class NlbLine:
    """One TLS connection through an NLB listener. `handshake_ms` is '-' when the handshake failed."""

    at: str
    listener: str
    client: str
    destination: str
    connection_ms: str
    handshake_ms: str
    alert: str
    domain: str


def parse_alb(line: bytes) -> RequestLine | None:
    """An ALB access-log line, 25 to 40 fields, stamped with its request_creation_time."""
    return _first_that_fits(line, ALB_FIELDS, _alb)


def parse_classic(line: bytes) -> RequestLine | None:
    """A Classic access-log line; its time is the request's arrival."""
    return _first_that_fits(line, CLASSIC_FIELDS, _classic)


def parse_connection(line: bytes) -> ConnectionLine | None:
    """An ALB connection-log line."""
    return _first_that_fits(line, CONNECTION_FIELDS, _connection)


def parse_health_check(line: bytes) -> HealthCheckLine | None:
    """An ALB health-check-log line, with or without the two newer fields."""
    return _first_that_fits(line, HEALTH_CHECK_FIELDS, _health_check)


def parse_nlb(line: bytes) -> NlbLine | None:
    """An NLB TLS-log line. Its ALPN list holds bare quoted commas, so only blanks separate here."""
    fields = line.rstrip(b" ").split(b" ")
    return _nlb(fields) if NLB_FIELDS[0] <= len(fields) <= NLB_FIELDS[1] and all(fields) else None


def _first_that_fits(
    line: bytes, count: tuple[int, int], build: Callable[[list[bytes]], T | None]
) -> T | None:
    for fields in readings(line):
        if count[0] <= len(fields) <= count[1] and (built := build(fields)) is not None:
            return built
    return None


def _alb(f: list[bytes]) -> RequestLine | None:
    group, reason = f[16], f[24]
    return _request(f[21], f[8], f[9], f[5:8], f[4], f[12], group, f[33] if len(f) > 33 else b"", reason)


def _classic(f: list[bytes]) -> RequestLine | None:
    return _request(f[0], f[7], f[8], f[4:7], f[3], f[11], b"", b"", b"-")


def _request(
    created: bytes,
    status: bytes,
    target_status: bytes,
    times: list[bytes],
    target: bytes,
    request: bytes,
    group: bytes,
    node: bytes,
    reason: bytes,
) -> RequestLine | None:
    if not (is_time(created) and STATUS_CODE.fullmatch(status) and STATUS_CODE.fullmatch(target_status)):
        return None
    codes = status.decode(), target_status.decode()
    where = text(target)
    return RequestLine(
        created=created.decode(),
        status=codes[0],
        target_status=codes[1],
        signature=classify(*codes, "".join(map(sign, times)), where),
        target=where,
        path=path_of(request),
        group=group_of(group),
        node="" if node == b"-" else text(node),
        error_reason=text(reason),
    )


def _connection(f: list[bytes]) -> ConnectionLine | None:
    if not is_time(f[0]):
        return None
    return ConnectionLine(*(text(f[i]) for i in (0, 1, 3, 4, 6, 10)))


def _health_check(f: list[bytes]) -> HealthCheckLine | None:
    if not is_time(f[1]) or f[5] not in (b"PASS", b"FAIL"):
        return None
    return HealthCheckLine(*(text(field) for field in f[1:8]))


def _nlb(f: list[bytes]) -> NlbLine | None:
    if not is_time(f[2]):
        return None
    return NlbLine(*(text(f[i]) for i in (2, 4, 5, 6, 7, 8, 11, 17)))


def is_time(field: bytes) -> bool:
    """Whether a field is an ISO 8601 time of a day that exists."""
    return _TIME.fullmatch(field) is not None and is_minute(field[:16])


@lru_cache(maxsize=4096)
def is_minute(field: bytes) -> bool:
    """Whether 'YYYY-MM-DDTHH:MM' exists: no 31 February, no 24:00."""
    try:
        datetime.strptime(field.decode(), "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def sign(time: bytes) -> str:
    """'-' for -1, '+' for a time in seconds, '?' for anything else."""
    return "-" if time[:1] == b"-" else "+" if time[:1].isdigit() else "?"


def path_of(request: bytes) -> str:
    """The path of 'GET http://host:80/a b?x=1 HTTP/1.1', without its query; '-' when there is none."""
    url = request.partition(b" ")[2].rpartition(b" ")[0]
    _, has_host, rest = url.partition(b"://")
    if has_host:
        _, slash, rest = rest.partition(b"/")
        url = slash + rest
    return text(url.partition(b"?")[0][:_PATH_CAP]) if url.startswith(b"/") else "-"


def group_of(arn: bytes) -> str:
    """'targetgroup/name/id' from its ARN; '-' when the line has none."""
    return text(arn.rpartition(b":")[2]) or "-"


def masked(line: bytes) -> str:
    """A line fit to be kept: query strings may hold secrets, so only that there was one is kept."""
    kept = _QUERY.sub(b"?***", line[:_LINE_CAP])
    return text(kept) + ("..." if len(line) > _LINE_CAP else "")


def text(field: bytes) -> str:
    """Bytes from a log as text; what is not UTF-8 becomes \\xNN."""
    return field.decode("utf-8", "backslashreplace")
