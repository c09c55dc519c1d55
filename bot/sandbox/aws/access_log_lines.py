"""ALB access-log lines, 34 fields each, drawn from a minute of traffic so that they add up to its metrics."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bot.sandbox.aws import noise
from bot.sandbox.aws.estate import AccessLogSource, Estate
from bot.sandbox.aws.http_traffic import Flow, Outcome

CONNECT_TIMEOUT_S = 10.0
PATHS = (
    "/",
    "/cart",
    "/products/4711",
    "/search?q=shoes",
    "/login",
    "/api/v2/items",
    "/static/app.js",
    "/checkout",
)
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1)",
    "okhttp/5.1.0",
    "curl/8.11.1",
)
STATUS: dict[Outcome, tuple[str, str]] = {
    Outcome.OK: ("200", "200"),
    Outcome.REDIRECT: ("302", "302"),
    Outcome.CLIENT_ERROR: ("404", "404"),
    Outcome.SERVER_ERROR: ("500", "500"),
    Outcome.REFUSED: ("502", "-"),
    Outcome.CONNECT_TIMEOUT: ("504", "-"),
    Outcome.CLOSED: ("502", "-"),
    Outcome.NO_REPLY: ("504", "-"),
    Outcome.TLS_FAILED: ("502", "-"),
    Outcome.CLIENT_LEFT: ("460", "-"),
    Outcome.NO_TARGET: ("503", "-"),
    Outcome.RETRIED: ("200", "200"),
}
NEVER_REACHED = frozenset({Outcome.REFUSED, Outcome.CONNECT_TIMEOUT, Outcome.TLS_FAILED, Outcome.NO_TARGET})


class Line(NamedTuple):
    """One request: when it was answered (epoch seconds), the zone of the node logging it, and the text."""

    at: float
    zone: str
    text: str


def lines_of_minute(
    estate: Estate, source: AccessLogSource, minute: int, idle_timeout_s: float = 60.0
) -> list[Line]:
    """Every request created in a minute (relative to the anchor), in order of creation."""
    flow = source.traffic.flow(np.array([minute], dtype=np.int64))
    draw = np.random.default_rng(noise.key(estate.seed, source.load_balancer, "lines", minute))
    seats, outcomes = _requests(flow)
    size = len(seats)
    order = draw.permutation(size)
    offset = (np.arange(size) + 0.9 * draw.random(size)) * (60.0 / max(1, size))
    spread = np.exp(source.traffic.sigma * draw.standard_normal(size))
    chance, number = draw.random(size), draw.integers(1 << 62, size=size)
    writer = _Writer(estate, source, estate.at(minute).timestamp(), idle_timeout_s)
    medians = flow.median_s[0].tolist()
    rows = zip(
        offset.tolist(),
        seats[order].tolist(),
        outcomes[order].tolist(),
        spread.tolist(),
        chance.tolist(),
        number.tolist(),
        strict=True,
    )
    return [writer.line(o, i, Outcome(kind), medians[i] * f, c, n) for o, i, kind, f, c, n in rows]


def _requests(flow: Flow) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    counts = flow.counts[0].astype(np.int64)
    seats, kinds = np.indices(counts.shape)
    return np.repeat(seats.ravel(), counts.ravel()), np.repeat(kinds.ravel(), counts.ravel())


class _Writer:
    def __init__(self, estate: Estate, source: AccessLogSource, start: float, idle_timeout_s: float) -> None:
        self._source = source
        self._start = start
        self._idle_timeout_s = idle_timeout_s
        self._minutes: dict[int, str] = {}
        account, region = estate.account_id, estate.region
        certificate = f"arn:aws:acm:{region}:{account}:certificate/7c1f0b52-0000-4000-8000-00000000a001"
        self._places = [(f"{s.address}:{s.port}", s.zone) for s in source.traffic.seats]
        self._tls = f"ECDHE-RSA-AES128-GCM-SHA256 TLSv1.3 {source.target_group_arn}"
        self._chosen = f'"{source.host}" "{certificate}" 0'

    def line(
        self, offset: float, seat: int, kind: Outcome, took_s: float, chance: float, number: int
    ) -> Line:
        source = self._source
        address, zone = self._places[seat]
        target = "-" if kind is Outcome.NO_TARGET else address
        times, took = self._times(kind, took_s, chance)
        status, target_status = STATUS[kind]
        created = self._start + offset
        at = created + took
        sent = 8_400 + number % 2048 if kind is Outcome.OK else 0 if status == "460" else 277
        listed = '"-" "-"' if target == "-" else f'"{target}" "{target_status}"'
        client = f"203.0.113.{number % 251 + 1}:{number % 28000 + 32768}"
        request = f'"GET https://{source.host}:443{PATHS[number % 8]} HTTP/2.0" "{AGENTS[number % 4]}"'
        trace, end = f'"Root=1-{int(created):08x}-{number:024x}"', source.node_addresses[zone]
        text = (
            f"https {self._clock(at)} {source.load_balancer} {client} {target} {times} {status}"
            f" {target_status} {120 + number % 700} {sent} {request} {self._tls} {trace} {self._chosen}"
            f' {self._clock(created)} "forward" "-" "-" {listed} "-" "-" TID_{number:032x} "-" "-" "-" {end}'
        )
        return Line(at, zone, text)

    def _clock(self, moment: float) -> str:
        minute = int(moment // 60)
        text = self._minutes.get(minute)
        if text is None:
            text = self._minutes[minute] = datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M")
        return f"{text}:{moment - minute * 60:09.6f}Z" if moment % 60 < 59.9999995 else f"{text}:59.999999Z"

    def _times(self, kind: Outcome, took_s: float, chance: float) -> tuple[str, float]:
        if kind is Outcome.CONNECT_TIMEOUT:
            return "-1 -1 -1", CONNECT_TIMEOUT_S + 0.001 * chance
        if kind in NEVER_REACHED:
            return "-1 -1 -1", 0.002 * chance
        if kind is Outcome.NO_REPLY:
            return "0.001 -1 -1", self._idle_timeout_s + 0.001
        if kind is Outcome.CLOSED:
            took = 0.0008 + 0.002 * chance
            return f"0.000 {took:.3f} -1", took
        if kind is Outcome.CLIENT_LEFT:
            return "0.001 -1 -1", min(took_s * 3, self._idle_timeout_s - 1)
        return f"0.000 {took_s:.3f} 0.000", took_s + 0.001


def stamp(moment: datetime) -> str:
    """The time in a log file's name."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%MZ")
