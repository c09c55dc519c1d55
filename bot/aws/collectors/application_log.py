"""The application's own log in CloudWatch Logs: around the alarm, and the hour before to compare with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.aws.collector import Source
from bot.aws.failures import ReadFailed
from bot.core.applog.tally import AppLogTally
from bot.core.evidence import AppLog, TargetGroups
from bot.core.model import Unread, UnreadReason, Window

ACTION = "logs:FilterLogEvents"
TAG = "alb-incident:log-group"
AROUND = timedelta(minutes=30)
BEFORE = timedelta(hours=1)
MOST_GROUPS = 5
CAP_BYTES = 32 * 2**20
SCAN_S = 15.0
"""Each of the two stretches gets half of the bytes and of the time."""


def read_application_log(source: Source, *, cap_bytes: int = CAP_BYTES, scan_s: float = SCAN_S) -> AppLog:
    """The incident first, so that a cap costs the comparison and not the incident."""
    groups = log_groups(source)
    window = _window(source)
    tally = AppLogTally(window)
    now = _Scan(source, groups, cap_bytes // 2, time.monotonic() + scan_s / 2)
    now.read(window, tally)
    if len(now.unread) == len(groups):
        raise ReadFailed(now.unread[groups[0]])
    earlier = Window(start=window.start - BEFORE, end=window.start)
    then = _Scan(source, groups, cap_bytes // 2, time.monotonic() + scan_s / 2)
    then.read(earlier, tally)
    return AppLog(
        window=window,
        read_at=source.now,
        groups=tuple(groups),
        lines=tally.lines,
        bytes=now.bytes + then.bytes,
        complete=now.complete,
        compared=then.complete and not then.unread and not tally.approximate,
        minutes=tally.minutes,
        messages=tally.messages,
        hints=tally.hints,
        unread=tuple(now.unread.values()),
    )


def log_groups(source: Source) -> list[str]:
    """Named by the load balancer's tag, or set for it, for one of its tags or target groups; ReadFailed."""
    lb, settings = source.load_balancer, source.options.log_groups
    groups = source.get(TargetGroups)
    names = [] if isinstance(groups, Unread) else [group.name for group in groups.groups]
    keys = [lb.name, *(f"tag:{key}={value}" for key, value in sorted(lb.tags.items())), *names]
    tagged = [name.strip() for name in lb.tags.get(TAG, "").split(",")]
    found = [*tagged, *(group for key in keys for group in settings.get(key, ()))]
    chosen = list(dict.fromkeys(name for name in found if name))
    if not chosen:
        detail = f"no log group is known; tag {lb.name} with {TAG}=NAME or set LOG_GROUPS={lb.name}=NAME"
        raise ReadFailed(Unread(reason=UnreadReason.NOT_ENABLED, action=ACTION, detail=detail))
    return chosen[:MOST_GROUPS]


def _window(source: Source) -> Window:
    """Half an hour around the alarm: logs are many, and this is where the answer is."""
    scope = source.scope
    return Window(
        start=max(scope.window.start, scope.alarm_at - AROUND),
        end=min(scope.window.end, scope.alarm_at + AROUND, source.now),
    )


@dataclass
class _Scan:
    """Reads one stretch of all groups, up to a number of bytes and a `time.monotonic()` value."""

    source: Source
    groups: list[str]
    cap_bytes: int
    until: float

    def __post_init__(self) -> None:
        self.bytes = 0
        self.complete = True
        self.unread: dict[str, Unread] = {}

    def read(self, window: Window, tally: AppLogTally) -> None:
        for group in self.groups:
            try:
                for at, stream, message in self._events(group, window):
                    tally.add(at, stream, message)
            except ReadFailed as failed:
                self.unread[group] = failed.unread

    def _events(self, group: str, window: Window) -> Iterator[tuple[datetime, str, str]]:
        """FilterLogEvents takes milliseconds and includes both ends."""
        pages = self.source.api.pages(
            "logs",
            "filter_log_events",
            logGroupName=group,
            startTime=_milliseconds(window.start),
            endTime=_milliseconds(window.end) - 1,
        )
        for page in pages:
            for event in page.get("events", ()):
                message = event.get("message", "")
                self.bytes += len(message.encode())
                at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                yield at, event.get("logStreamName", ""), message
            if self.bytes >= self.cap_bytes or time.monotonic() > self.until:
                self.complete = self.complete and not page.get("nextToken")
                return


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
