"""Application logs in CloudWatch Logs: calm lines of every host, and what incidents left behind."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.logs.models import logs_backends

CALM_EVERY = timedelta(minutes=4)
CALM_FOR = timedelta(hours=3)


@dataclass
class AppLogs:
    """Lines collected while scenarios are built, written once at the end."""

    anchor: datetime
    _lines: dict[tuple[str, str], list[tuple[datetime, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def say(self, group: str, stream: str, at: datetime, text: str) -> None:
        """One line of one host."""
        self._lines[group, stream].append((at, text))

    def calm(
        self, group: str, stream: str, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        """Health lines of a host that has nothing to tell."""
        moment = since or self.anchor - CALM_FOR
        while moment < (until or self.anchor):
            self.say(group, stream, moment, "INFO  request pool ok, queue 0, heap 41 %")
            moment += CALM_EVERY

    def write(self, logs: Any, account: str, region: str) -> None:
        """Create groups and streams and put the lines, past the check against the wall clock."""
        for group in sorted({group for group, _ in self._lines}):
            logs.create_log_group(logGroupName=group)
        for (group, stream), lines in sorted(self._lines.items()):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            events = [
                {"timestamp": int(at.timestamp() * 1000), "message": text} for at, text in sorted(lines)
            ]
            logs_backends[account][region].groups[group].put_log_events(stream, events)
