"""What evidence of a log consists of: counts by minute, target and place, and a few lines, as values."""

from __future__ import annotations

from datetime import datetime

from bot.core.message import Value
from bot.core.model import Unread, Window


class LogMinute(Value):
    """Requests created in one minute that are alike. `status` and `target_status` are codes or '-'.

    `signature` is one of accesslog.signature. A row without a minute holds what a cap folded together.
    """

    minute: datetime | None
    status: str
    target_status: str
    signature: str
    lines: int


class LogTarget(Value):
    """A target in the log. `errors` are 5xx lines by signature, `served` what it answered below 500.

    `minutes_unreachable` are the minutes in which it refused or did not accept connections,
    `minutes_serving` those of them in which it also answered other requests.
    """

    target: str
    errors: dict[str, int] = {}
    served: int = 0
    minutes_unreachable: int = 0
    minutes_serving: int = 0


class LogNames(Value):
    """5xx lines by name, commonest first; `other` is what had another name."""

    lines: dict[str, int] = {}
    other: int = 0


class LogLine(Value):
    """One line as it was logged, its query strings masked."""

    at: datetime
    signature: str
    target: str
    text: str


class Scanned(Value):
    """How much of what was delivered has been read. Sizes are of the objects as stored.

    `cut` objects ended in the middle: what could be read of them is counted. `failed` could not be read.
    """

    objects: int
    objects_total: int
    bytes: int
    bytes_total: int
    cut: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return self.objects == self.objects_total and not self.cut and not self.failed


class CheckedTarget(Value):
    """Health checks of one target in the health-check log. `fails` by AWS's reason."""

    target: str
    group: str
    passes: int
    fails: dict[str, int] = {}
    first_fail: datetime | None = None
    last_fail: datetime | None = None


class HealthCheckLog(Value):
    """The ALB health-check log over the same window."""

    scanned: Scanned
    lines: int
    malformed: int
    targets: tuple[CheckedTarget, ...]


class ConnectionLog(Value):
    """The ALB connection log over the same window. `verify` counts tls_verify_status ('-': no client TLS)."""

    scanned: Scanned
    lines: int
    malformed: int
    verify: LogNames


class LogSummary(Value):
    """What the access log says about requests created in `window`, which begins an hour before the scope's.

    `lines` + `malformed` is every line read; `outside` of the lines were created outside the window.
    `logged_until` is the end of the newest delivered interval (None: nothing delivered). `minutes` and
    `targets` are by signature (accesslog.signature); groups, nodes, paths and reasons count 5xx lines.
    `approximate` when a cap folded rare names. `health_checks`, `connections`: those logs, where they are
    on; `unread` says which of them could not be read.
    """

    window: Window
    read_at: datetime
    location: str
    logged_until: datetime | None
    scanned: Scanned
    lines: int
    malformed: int
    outside: int
    approximate: bool
    minutes: tuple[LogMinute, ...]
    targets: tuple[LogTarget, ...]
    groups: LogNames
    nodes: LogNames
    paths: LogNames
    error_reasons: LogNames
    first: tuple[LogLine, ...]
    last: tuple[LogLine, ...]
    health_checks: HealthCheckLog | None = None
    connections: ConnectionLog | None = None
    unread: tuple[Unread, ...] = ()
