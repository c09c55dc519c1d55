"""The words of the product as values: load balancer, window, unread, signal, finding, chart, moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.message import Message, Value


class LoadBalancerType(StrEnum):
    """AWS's own words for the three types this product knows."""

    APPLICATION = "application"
    NETWORK = "network"
    CLASSIC = "classic"


class LoadBalancer(Value):
    """One load balancer as AWS describes it.

    `arn` is empty for a Classic load balancer. `dimension` is the CloudWatch `LoadBalancer` value
    (`app/name/id`, `net/name/id`) or the Classic name (`LoadBalancerName`).
    """

    name: str
    type: LoadBalancerType
    arn: str = ""
    dns_name: str = ""
    region: str
    account: str
    dimension: str
    vpc_id: str = ""
    scheme: str = ""
    state: str = ""
    ip_address_type: str = "ipv4"
    zones: tuple[Zone, ...] = ()
    security_groups: tuple[str, ...] = ()
    tags: dict[str, str] = {}


class Zone(Value):
    """An enabled Availability Zone and the load balancer's subnet in it."""

    name: str
    subnet_id: str


class Window(Value):
    """A half-open stretch of time [start, end), UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def widened(self, before: timedelta, after: timedelta = timedelta()) -> Window:
        """The window with more time on either side."""
        return Window(start=self.start - before, end=self.end + after)

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end


class Scope(Value):
    """What an incident looks at: one load balancer, one window, and how its metrics are read.

    `alarm_at` is when the alarm fired (or when the person says it began); `now` is when the scope was
    made, so that nothing later needs a clock.
    """

    load_balancer: LoadBalancer
    window: Window
    alarm_at: datetime
    now: datetime
    statistic: str = "Sum"
    period_s: int = 60


class UnreadReason(StrEnum):
    """Why something could not be read."""

    DENIED = "denied"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    NOT_ENABLED = "not_enabled"
    NOT_SUBSCRIBED = "not_subscribed"
    NOT_FOUND = "not_found"
    TOO_FRESH = "too_fresh"
    TOO_OLD = "too_old"
    TOO_LARGE = "too_large"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class Unread(Value):
    """Evidence that could not be read: a value, never a verdict.

    `action` is the IAM action that failed (`cloudtrail:LookupEvents`); `detail` is AWS's own words.
    """

    reason: UnreadReason
    action: str = ""
    detail: str = ""


class Status(StrEnum):
    """What a check found. UNKNOWN is not a mild PASS: nothing may be concluded from it."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    WARN = "WARN"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Signal(Value):
    """A named fact for the diagnosis: it holds or it does not. A signal nobody reports is unknown.

    `because` is the sentence shown as evidence for or against a cause. `zone` restricts it to one zone.
    """

    id: str
    holds: bool
    because: Message
    zone: str = ""


class MomentKind(StrEnum):
    """What kind of thing happened at a moment on the timeline."""

    CHANGE = "change"
    FIRST_ERROR = "first_error"
    LAST_ERROR = "last_error"
    ALARM = "alarm"
    HEALTH = "health"
    LOAD = "load"
    OPENED = "opened"
    ANSWER = "answer"
    CHECK = "check"
    NOTE = "note"
    DIAGNOSIS = "diagnosis"
    RESOLVED = "resolved"


class Moment(Value):
    """One line of the timeline. `key` is unique within an incident: the same fact is never listed twice."""

    at: datetime
    kind: MomentKind
    message: Message
    key: str
    by: str = ""


class ChartSeries(Value):
    """A line of a chart: (time, value) with None for a gap, which is drawn as a gap."""

    name: str
    unit: str = ""
    points: tuple[tuple[datetime, float | None], ...]
    right_axis: bool = False


class ChartMark(Value):
    """A vertical mark on a chart: something happened here."""

    at: datetime
    label: str


class ChartBand(Value):
    """The expected range of the first series, drawn behind it: (time, low, high)."""

    label: str
    points: tuple[tuple[datetime, float, float], ...]


class Chart(Value):
    """A picture's data; drawing it is the edge's business."""

    title: Message
    series: tuple[ChartSeries, ...]
    window: Window
    marks: tuple[ChartMark, ...] = ()
    band: ChartBand | None = None
    alt: Message


class Table(Value):
    """Rows of short untrusted texts under translated headings."""

    columns: tuple[Message, ...]
    rows: tuple[tuple[str, ...], ...]


class Finding(Value):
    """What one check found, with everything needed to show it, verify it and count it.

    `numbers` are the figures behind the sentence, by name with the unit in the name (`errors_total`,
    `lag_min`). `command` reproduces the reading; `console` is the page to look at.
    """

    check: str
    status: Status
    resource: str
    summary: Message
    details: tuple[Message, ...] = ()
    numbers: dict[str, float | int | str | None] = {}
    signals: tuple[Signal, ...] = ()
    moments: tuple[Moment, ...] = ()
    chart: Chart | None = None
    table: Table | None = None
    unread: tuple[Unread, ...] = ()
    command: str = ""
    console: str = ""


LoadBalancer.model_rebuild()
