"""The daily digest's reading: per load balancer, the last 24 h beside the 24 h before (pure values)."""

from __future__ import annotations

from datetime import datetime

from bot.core.message import Value
from bot.core.model import LoadBalancer, Unread, Window


class DayCount(Value):
    """A counter's sum over a day, and per hour for a sparkline. A silent day of a quiet metric is 0 only by
    the sibling rule (DOMAIN.md section 1); otherwise `total` is None."""

    total: int | None
    per_hour: tuple[int | None, ...] = ()


class LoadBalancerDay(Value):
    """What the digest knows of one load balancer.

    `errors` is the type's connection-error counter (Network: target resets), `server_errors` its ELB 5xx.
    `unhealthy` are "target (reason)" texts now. Every part may be Unread on its own.
    """

    load_balancer: LoadBalancer
    errors: DayCount | Unread
    errors_before: DayCount | Unread
    server_errors: DayCount | Unread
    server_errors_before: DayCount | Unread
    targets: int | Unread
    unhealthy: tuple[str, ...] | Unread
    alarms_on: tuple[str, ...] | Unread


class DigestReading(Value):
    """All load balancers of one account and region; `unread` is set when even listing them failed."""

    window: Window
    read_at: datetime
    days: tuple[LoadBalancerDay, ...] = ()
    unread: Unread | None = None
