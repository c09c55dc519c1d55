"""Spacing calls so that a service's own rate limit is not reached, shared by all threads of the process."""

from __future__ import annotations

import threading
import time


class Pacer:
    """At most `burst` calls at once and `per_second` after that; the others wait for their turn."""

    def __init__(self, per_second: float, burst: int = 1) -> None:
        self._interval_s = 1 / per_second
        self._slack_s = (burst - 1) * self._interval_s
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Sleep until this call's turn."""
        with self._lock:
            now = time.monotonic()
            self._next = max(self._next, now)
            turn = self._next - self._slack_s
            self._next += self._interval_s
        if turn > now:
            time.sleep(turn - now)
