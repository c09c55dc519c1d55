"""The emulated account: everything its services would answer, as values relative to one anchor in time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bot.sandbox.aws.alarms import AlarmBook
from bot.sandbox.aws.http_traffic import HttpTraffic
from bot.sandbox.aws.metric_queries import alarm_points
from bot.sandbox.aws.metrics import MetricStore
from bot.sandbox.aws.target_health import TargetHealthBook
from bot.sandbox.aws.trail import Trail

ACCOUNT_ID = "111122223333"
REGION = "eu-central-1"


@dataclass(frozen=True)
class InstanceWatch:
    """What DescribeInstanceStatus says of an instance beyond running: check states and scheduled events."""

    instance_status: str = "ok"
    system_status: str = "ok"
    impaired_since: datetime | None = None
    events: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class AccessLogSource:
    """A load balancer that logs its requests to S3."""

    traffic: HttpTraffic
    prefix: str
    load_balancer: str
    target_group_arn: str
    node_addresses: dict[str, str]
    host: str
    kind: str = "app"


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


@dataclass
class Estate:
    """One account in one Region. ``anchor`` is the instant every scenario is relative to; ``now`` the clock.

    ``only`` limits the incidents to some scenario ids; the others' load balancers do not exist.
    Identical anchor, seed and ``only`` give identical identifiers and values.
    """

    anchor: datetime
    now: Callable[[], datetime] = utc_now
    seed: int = 42
    account_id: str = ACCOUNT_ID
    region: str = REGION
    only: Iterable[str] | None = None
    health_subscribed: bool = False
    metrics: MetricStore = field(init=False)
    trail: Trail = field(init=False)
    targets: TargetHealthBook = field(init=False)
    instances: dict[str, InstanceWatch] = field(init=False, default_factory=dict)
    classic_health: TargetHealthBook = field(init=False)
    access_logs: list[AccessLogSource] = field(init=False, default_factory=list)
    health_events: list[dict[str, Any]] = field(init=False, default_factory=list)
    autoshifts: list[dict[str, Any]] = field(init=False, default_factory=list)
    alarms: AlarmBook = field(init=False)
    anomaly_detectors: list[dict[str, Any]] = field(init=False, default_factory=list)
    lock: threading.RLock = field(init=False, default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.anchor = self.anchor.astimezone(UTC).replace(second=0, microsecond=0)
        self.metrics = MetricStore(self.anchor, self.now)
        self.trail = Trail(self.anchor, self.seed)
        self.targets = TargetHealthBook(self.anchor)
        self.classic_health = TargetHealthBook(self.anchor)
        self.alarms = AlarmBook(self.now, partial(alarm_points, self.metrics, self.now))

    @property
    def log_bucket(self) -> str:
        """The bucket every access log goes to."""
        return f"lb-logs-{self.account_id}"

    def at(self, minutes: float) -> datetime:
        """The instant this many minutes after the anchor (negative: before)."""
        return self.anchor + timedelta(minutes=minutes)
