"""Slack's rate limits: a token bucket for each method, and for each channel that is posted to."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Tier(Enum):
    """(steady calls per second, burst). The bursts are the sandbox's own; Slack does not publish them."""

    NONE = (0.0, 0.0)
    T1 = (1 / 60, 5.0)
    T2 = (20 / 60, 20.0)
    T3 = (50 / 60, 50.0)
    T4 = (100 / 60, 100.0)
    POST = (1.0, 10.0)


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class RateLimiter:
    def __init__(self, monotonic: Callable[[], float], strict: bool) -> None:
        self.strict = strict
        self._monotonic = monotonic
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take(self, method: str, channel: str, tier: Tier) -> int:
        """0 when the call may go on, otherwise the whole seconds to wait (Retry-After)."""
        rate, burst = tier.value
        if not self.strict or tier is Tier.NONE:
            return 0
        now = self._monotonic()
        bucket = self._buckets.setdefault((method, channel), _Bucket(burst, now))
        bucket.tokens = min(burst, bucket.tokens + (now - bucket.filled_at) * rate)
        bucket.filled_at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return max(1, math.ceil((1 - bucket.tokens) / rate))

    def forget(self) -> None:
        self._buckets.clear()
