"""What goes wrong on purpose, and a record of every call: both are set and read by the tests and the page."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from bot.sandbox.aws.errors import AwsError, access_denied, throttled
from bot.sandbox.aws.wire import Call

HANG_AT_MOST_S = 300.0


class FaultKind(StrEnum):
    """How a call fails."""

    DENY = "deny"
    THROTTLE = "throttle"
    ERROR_500 = "error_500"
    ERROR_503 = "error_503"
    DELAY = "delay"
    HANG = "hang"


@dataclass
class Fault:
    """A fault for the actions matching a pattern such as ``cloudtrail:*``; ``times`` None: until reset."""

    action: str
    kind: FaultKind
    times: int | None = None
    delay_ms: int = 0

    def matches(self, action: str) -> bool:
        """True for this action while the fault has calls left."""
        return self.times != 0 and fnmatchcase(action.lower(), self.action.lower())


class Faults:
    """The faults in force. Safe to change while calls are running."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._released = threading.Event()

    def add(self, action: str, kind: FaultKind | str, *, times: int | None = None, delay_ms: int = 0) -> None:
        """Let matching calls fail; faults of different kinds add up, delays first."""
        with self._lock:
            self._faults.append(Fault(action, FaultKind(kind), times, delay_ms))

    def clear(self) -> None:
        """No more faults; hanging calls are let go."""
        with self._lock:
            self._faults.clear()
            self._released.set()
            self._released = threading.Event()

    def listed(self) -> list[dict[str, Any]]:
        """The faults in force, as JSON values."""
        with self._lock:
            return [asdict(fault) for fault in self._faults if fault.times != 0]

    def apply(self, call: Call, caller: str) -> None:
        """Wait, or raise what the call must answer. Raises AwsError."""
        for kind, delay_ms in self._take(call.action):
            if kind is FaultKind.DELAY:
                time.sleep(delay_ms / 1000)
            elif kind is FaultKind.HANG:
                self._released.wait(HANG_AT_MOST_S)
            else:
                raise _error(kind, call, caller)

    def _take(self, action: str) -> list[tuple[FaultKind, int]]:
        with self._lock:
            taken = [fault for fault in self._faults if fault.matches(action)]
            for fault in taken:
                if fault.times is not None:
                    fault.times -= 1
        waits = (FaultKind.DELAY, FaultKind.HANG)
        return [(f.kind, f.delay_ms) for f in sorted(taken, key=lambda f: f.kind not in waits)]


def _error(kind: FaultKind, call: Call, caller: str) -> AwsError:
    if kind is FaultKind.DENY:
        return access_denied(call.service, call.action, caller)
    if kind is FaultKind.THROTTLE:
        return throttled(call.service)
    if kind is FaultKind.ERROR_503:
        return AwsError("ServiceUnavailable", "The service is temporarily unavailable.", 503)
    code = "InternalError" if call.service in {"ec2", "s3"} else "InternalFailure"
    return AwsError(code, "An internal error has occurred.", 500)


@dataclass(frozen=True)
class LoggedCall:
    """A call as it ended: when it began (epoch seconds), the IAM action, HTTP status, milliseconds taken."""

    at: float
    action: str
    status: int
    took_ms: float


class CallLog:
    """Counts and the last calls; remembers how many ran at once."""

    def __init__(self, keep: int = 5000) -> None:
        self._lock = threading.Lock()
        self._last: deque[LoggedCall] = deque(maxlen=keep)
        self.counts: Counter[str] = Counter()
        self.max_concurrency = 0
        self._running = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Counts one more call as long as it runs."""
        with self._lock:
            self._running += 1
            self.max_concurrency = max(self.max_concurrency, self._running)
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1

    def record(self, action: str, status: int, started: float) -> None:
        """Write down a call that has ended; ``started`` is ``time.time()`` at its start."""
        with self._lock:
            self.counts[action] += 1
            self._last.append(LoggedCall(started, action, status, (time.time() - started) * 1000))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self.counts.clear()
            self._last.clear()
            self.max_concurrency = self._running

    def snapshot(self) -> dict[str, Any]:
        """Counts by action, the highest concurrency, and the last calls in order, as JSON values."""
        with self._lock:
            return {
                "counts": dict(self.counts),
                "total": sum(self.counts.values()),
                "max_concurrency": self.max_concurrency,
                "calls": [asdict(call) for call in self._last],
            }
