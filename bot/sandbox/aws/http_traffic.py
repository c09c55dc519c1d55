"""Traffic through one Application or Classic Load Balancer, minute by minute: who got which answer.

The metrics and the access logs are both read from here, so they agree.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from bot.sandbox.aws import noise
from bot.sandbox.aws.noise import DAY_MIN, Flags, Floats, Minutes


class Outcome(IntEnum):
    """How a request ends; the comment is status and log triple (request/target/response time)."""

    OK = 0  # 200
    REDIRECT = 1  # 302 by the target
    CLIENT_ERROR = 2  # 404 by the target
    SERVER_ERROR = 3  # 500 by the target
    REFUSED = 4  # 502, -1/-1/-1, connection error
    CONNECT_TIMEOUT = 5  # 504, -1/-1/-1, connection error
    CLOSED = 6  # 502, >=0/>=0/-1
    NO_REPLY = 7  # 504, >=0/-1/-1
    TLS_FAILED = 8  # 502, -1/-1/-1, TLS counter
    CLIENT_LEFT = 9  # 460
    NO_TARGET = 10  # 503, target "-"
    RETRIED = 11  # 200 after a first connection failed: a connection error nobody saw


OUTCOMES = len(Outcome)
UNREACHED = (Outcome.REFUSED, Outcome.CONNECT_TIMEOUT, Outcome.TLS_FAILED, Outcome.NO_TARGET)
_BACKGROUND = {
    Outcome.REDIRECT: 0.03,
    Outcome.CLIENT_ERROR: 0.008,
    Outcome.SERVER_ERROR: 0.0002,
    Outcome.CLIENT_LEFT: 0.0001,
}


@dataclass(frozen=True)
class Seat:
    """A target as traffic sees it: address, port, zone; the load balancer's node in that zone serves it."""

    instance_id: str
    address: str
    port: int
    zone: str


@dataclass
class Draft:
    """The traffic of some minutes before it is made whole; incidents change it in place.

    ``requests`` per minute; ``weights``, ``median_s`` and ``cpu`` per minute and target; ``share`` per
    minute, target and outcome (what is left over is OK). ``minute`` counts from the anchor.
    """

    minute: Minutes
    requests: Floats
    weights: Floats
    share: Floats
    median_s: Floats
    cpu: Floats

    def between(self, since: int, until: int | None = None) -> Flags:
        """The minutes from ``since`` up to, not including, ``until``."""
        chosen = self.minute >= since
        return chosen if until is None else chosen & (self.minute < until)


Effect = Callable[[Draft], None]


@dataclass(frozen=True)
class Flow:
    """What happened: ``counts`` [minute, target, outcome], and per minute and target latency and CPU."""

    counts: Floats
    median_s: Floats
    cpu: Floats

    @property
    def chosen(self) -> Floats:
        """Requests a target was chosen for, per minute and target: AWS's RequestCount."""
        return np.asarray(self.counts.sum(axis=2) - self.counts[:, :, Outcome.NO_TARGET])

    @property
    def reached(self) -> Floats:
        """Requests that reached the target's process."""
        return np.asarray(self.counts.sum(axis=2) - self.counts[:, :, list(UNREACHED)].sum(axis=2))

    def of(self, *outcomes: Outcome) -> Floats:
        """Requests that ended one of these ways, per minute and target."""
        return np.asarray(self.counts[:, :, list(outcomes)].sum(axis=2))


@dataclass(frozen=True)
class _Day:
    """A day kept small: only the outcomes that occur; latency and CPU as two levels."""

    kinds: Any
    counts: Any
    levels: Any


@dataclass
class HttpTraffic:
    """The model of one load balancer's traffic. Computed per relative day and kept for a few days."""

    name: str
    seats: list[Seat]
    seed: int
    per_minute: float
    daily: float = 0.3
    peak_minute: int = 15 * 60
    weekend: float = 0.7
    jitter: float = 0.03
    median_s: float = 0.045
    sigma: float = 0.55
    idle_cpu: float = 6.0
    busy_cpu: float = 32.0
    background: dict[Outcome, float] = field(default_factory=lambda: dict(_BACKGROUND))
    effects: list[Effect] = field(default_factory=list)
    _days: OrderedDict[int, _Day] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    DAYS_KEPT = 15

    def flow(self, minutes: Minutes) -> Flow:
        """What happened in these consecutive minutes (relative to the anchor)."""
        if minutes.size == 0:
            return _cut([], 0, 0, len(self.seats))
        first, last = int(minutes[0]), int(minutes[-1])
        days = [self._day(day) for day in range(first // DAY_MIN, last // DAY_MIN + 1)]
        begin = first - first // DAY_MIN * DAY_MIN
        return _cut(days, begin, last - first + 1, len(self.seats))

    def _day(self, day: int) -> _Day:
        with self._lock:
            found = self._days.get(day)
            if found is None:
                found = self._compute(np.arange(day * DAY_MIN, (day + 1) * DAY_MIN, dtype=np.int64))
                self._days[day] = found
                while len(self._days) > self.DAYS_KEPT:
                    self._days.popitem(last=False)
            return found

    def _compute(self, minutes: Minutes) -> _Day:
        draft = self._draft(minutes)
        for effect in self.effects:
            effect(draft)
        counts = self._whole(draft)
        cpu = self._cpu(draft, counts)
        kinds = np.flatnonzero(counts.any(axis=(0, 1)))
        compact = counts[:, :, kinds].astype(np.uint16)
        return _Day(kinds, compact, np.stack([draft.median_s, cpu]).astype(np.float32))

    def _stream(self, *names: object) -> int:
        return noise.key(self.seed, self.name, *names)

    def _draft(self, minutes: Minutes) -> Draft:
        wave = noise.rhythm(minutes, daily=self.daily, peak_minute=self.peak_minute, weekend=self.weekend)
        bump = 1 + self.jitter * noise.normal(self._stream("requests"), minutes)
        shape = (minutes.size, len(self.seats))
        share = np.zeros((*shape, OUTCOMES))
        for outcome, part in self.background.items():
            share[:, :, outcome] = part
        slow = [1 + 0.04 * noise.normal(self._stream("latency", i), minutes) for i in range(shape[1])]
        requests = np.maximum(self.per_minute * wave * bump, 0)
        return Draft(
            minutes, requests, np.ones(shape), share, self.median_s * np.stack(slow, axis=1), np.zeros(shape)
        )

    def _whole(self, draft: Draft) -> Floats:
        total = np.round(draft.requests)
        weight = draft.weights.sum(axis=1)
        parts = np.divide(
            draft.weights, weight[:, None], out=np.zeros_like(draft.weights), where=weight[:, None] > 0
        )
        edges = np.floor(np.cumsum(parts, axis=1) * total[:, None] + 0.5)
        each = np.diff(edges, axis=1, prepend=0.0)
        counts = np.zeros(draft.share.shape)
        left = each.copy()
        for outcome in (o for o in Outcome if o is not Outcome.OK):
            expected = draft.share[:, :, outcome] * each
            if not expected.any():
                continue
            for seat in range(each.shape[1]):
                drawn = noise.whole(self._stream(outcome.name, seat), draft.minute, expected[:, seat])
                counts[:, seat, outcome] = np.minimum(drawn, left[:, seat])
                left[:, seat] -= counts[:, seat, outcome]
        counts[:, :, Outcome.OK] = left
        return counts

    def _cpu(self, draft: Draft, counts: Floats) -> Floats:
        reached = counts.sum(axis=2) - counts[:, :, list(UNREACHED)].sum(axis=2)
        usual = self.per_minute / max(1, len(self.seats))
        level = self.idle_cpu + (self.busy_cpu - self.idle_cpu) * reached / usual + draft.cpu
        wobble = [
            1 + 0.05 * noise.normal(self._stream("cpu", i), draft.minute) for i in range(level.shape[1])
        ]
        return np.asarray(np.clip(level * np.stack(wobble, axis=1), 0.3, 99.6))


def _cut(days: list[_Day], begin: int, length: int, seats: int) -> Flow:
    counts = np.zeros((length, seats, OUTCOMES))
    levels = np.zeros((2, length, seats))
    for number, day in enumerate(days):
        since, until = max(begin - number * DAY_MIN, 0), min(begin + length - number * DAY_MIN, DAY_MIN)
        to = slice(number * DAY_MIN + since - begin, number * DAY_MIN + until - begin)
        counts[to, :, day.kinds] = day.counts[since:until]
        levels[:, to] = day.levels[:, since:until]
    return Flow(counts, levels[0], levels[1])
