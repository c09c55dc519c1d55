"""ALB access-log lines, 34 fields each, drawn from a minute of traffic so that they add up to its metrics."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from bot.sandbox.aws import noise
from bot.sandbox.aws.estate import AccessLogSource, Estate
from bot.sandbox.aws.http_traffic import Flow, Outcome

CONNECT_TIMEOUT_S = 10.0
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
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


@dataclass(frozen=True)
class Line:
    """One request: when it was answered, the zone of the node that logged it, and the text."""

    at: datetime
    zone: str
    text: str


def lines_of_minute(
    estate: Estate, source: AccessLogSource, minute: int, idle_timeout_s: float = 60.0
) -> list[Line]:
    """Every request created in a minute (relative to the anchor), in order of creation."""
    flow = source.traffic.flow(np.array([minute], dtype=np.int64))
    draw = random.Random(noise.key(estate.seed, source.load_balancer, "lines", minute))
    outcomes = list(_requests(flow))
    draw.shuffle(outcomes)
    start = estate.at(minute)
    step = 60.0 / max(1, len(outcomes))
    writer = _Writer(estate, source, draw, idle_timeout_s)
    return [
        writer.line(
            start + timedelta(seconds=(i + draw.random() * 0.9) * step),
            seat,
            outcome,
            float(flow.median_s[0, seat]),
        )
        for i, (seat, outcome) in enumerate(outcomes)
    ]


def _requests(flow: Flow) -> Iterator[tuple[int, Outcome]]:
    for seat in range(flow.counts.shape[1]):
        for outcome in Outcome:
            yield from ((seat, outcome) for _ in range(int(flow.counts[0, seat, outcome])))


class _Writer:
    def __init__(
        self, estate: Estate, source: AccessLogSource, draw: random.Random, idle_timeout_s: float
    ) -> None:
        self._source = source
        self._draw = draw
        self._idle_timeout_s = idle_timeout_s
        account, region = estate.account_id, estate.region
        self._certificate = f"arn:aws:acm:{region}:{account}:certificate/7c1f0b52-0000-4000-8000-00000000a001"

    def line(self, created: datetime, seat: int, outcome: Outcome, median_s: float) -> Line:
        source, draw = self._source, self._draw
        place = source.traffic.seats[seat]
        target = "-" if outcome is Outcome.NO_TARGET else f"{place.address}:{place.port}"
        times, took = self._times(outcome, median_s)
        elb_status, target_status = STATUS[outcome]
        at = created + timedelta(seconds=took)
        sent = 8_400 + draw.getrandbits(11) if outcome is Outcome.OK else 0 if elb_status == "460" else 277
        number = draw.getrandbits(96)
        listed = '"-" "-"' if target == "-" else f'"{target}" "{target_status}"'
        path = PATHS[number % 8]
        client = f"203.0.113.{number % 251 + 1}:{number % 28000 + 32768}"
        text = (
            f"https {at:{_TIME}} {source.load_balancer} {client} {target} {times} {elb_status} "
            f'{target_status} {120 + number % 700} {sent} "GET https://{source.host}:443{path} HTTP/2.0" '
            f'"{AGENTS[number % 4]}" '
            f"ECDHE-RSA-AES128-GCM-SHA256 TLSv1.3 {source.target_group_arn} "
            f'"Root=1-{int(created.timestamp()):08x}-{number:024x}" "{source.host}" '
            f'"{self._certificate}" 0 {created:{_TIME}} "forward" "-" "-" {listed} "-" "-" '
            f'TID_{number:032x} "-" "-" "-" {source.node_addresses[place.zone]}'
        )
        return Line(at, place.zone, text)

    def _times(self, outcome: Outcome, median_s: float) -> tuple[str, float]:
        draw = self._draw
        if outcome is Outcome.CONNECT_TIMEOUT:
            return "-1 -1 -1", CONNECT_TIMEOUT_S + 0.001 * draw.random()
        if outcome in NEVER_REACHED:
            return "-1 -1 -1", 0.002 * draw.random()
        if outcome is Outcome.NO_REPLY:
            return "0.001 -1 -1", self._idle_timeout_s + 0.001
        if outcome is Outcome.CLOSED:
            took = 0.0008 + 0.002 * draw.random()
            return f"0.000 {took:.3f} -1", took
        took = draw.lognormvariate(float(np.log(median_s)), self._source.traffic.sigma)
        if outcome is Outcome.CLIENT_LEFT:
            return "0.001 -1 -1", min(took * 3, self._idle_timeout_s - 1)
        return f"0.000 {took:.3f} 0.000", took + 0.001


def stamp(moment: datetime) -> str:
    """The time in a log file's name."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%MZ")
