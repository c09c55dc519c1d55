"""What an application log says, as values: minutes, messages and hints of a restart."""

from __future__ import annotations

from datetime import datetime

from bot.core.message import Value


class AppLogMinute(Value):
    """Counts of one minute. `server_errors` are lines of a 5xx, `static_errors` those for static files."""

    at: datetime
    lines: int
    errors: int
    server_errors: int
    static_errors: int


class AppLogMessage(Value):
    """A message by its template; `count` in the incident, `before` in the hour before; a masked example."""

    template: str
    count: int
    before: int
    error: bool
    first: datetime
    example: str


class AppLogHint(Value):
    """A line that speaks of a restart. `kind` is bind, memory, crash, stop or start; `text` is masked."""

    at: datetime
    kind: str
    stream: str
    text: str
