"""Counts the lines of an application log with bounded memory; keeps nothing that is not masked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.applog.lines import read_line, template
from bot.core.applog.masking import masked
from bot.core.applog.values import AppLogHint, AppLogMessage, AppLogMinute
from bot.core.model import Window

MOST_TEMPLATES = 5_000
MOST_MESSAGES = 10
MOST_HINTS = 50
MOST_EXAMPLE = 300
MINUTE = timedelta(minutes=1)


@dataclass
class _Message:
    error: bool
    first: datetime
    example: str
    count: int = 0
    before: int = 0


@dataclass
class AppLogTally:
    """`window` is the time of the incident; lines before it are what it is compared with.

    `approximate`: there were more different messages than are kept apart.
    """

    window: Window
    lines: int = 0
    approximate: bool = False
    _minutes: dict[datetime, Counter[str]] = field(default_factory=dict)
    _messages: dict[str, _Message] = field(default_factory=dict)
    _hints: list[AppLogHint] = field(default_factory=list)

    def add(self, at: datetime, stream: str, raw: str) -> None:
        """One line as it was logged, times in UTC."""
        text = masked(raw)
        said = read_line(text)
        self.lines += 1
        counts = self._minutes.setdefault(at.replace(second=0, microsecond=0), Counter())
        counts.update(
            lines=1,
            errors=int(said.error),
            server_errors=int(said.server_error),
            static_errors=int(said.static),
        )
        self._count_message(at, text, error=said.error or said.server_error)
        if said.restart and self.window.holds(at):
            hint = AppLogHint(at=at, kind=said.restart, stream=masked(stream), text=text[:MOST_EXAMPLE])
            self._hints.append(hint)
            if len(self._hints) >= 2 * MOST_HINTS:
                self._hints = self._kept_hints()

    def _count_message(self, at: datetime, text: str, *, error: bool) -> None:
        key = template(text)
        found = self._messages.get(key)
        if found is None:
            if len(self._messages) >= MOST_TEMPLATES:
                self.approximate = True
                return
            found = self._messages[key] = _Message(error, at, text[:MOST_EXAMPLE])
        if not self.window.holds(at):
            found.before += 1
            return
        if not found.count or (at, text[:MOST_EXAMPLE]) < (found.first, found.example):
            found.first, found.example = at, text[:MOST_EXAMPLE]
        found.count += 1

    @property
    def minutes(self) -> tuple[AppLogMinute, ...]:
        """Minutes with at least one line, oldest first."""
        return tuple(AppLogMinute(at=at, **counts) for at, counts in sorted(self._minutes.items()))

    @property
    def messages(self) -> tuple[AppLogMessage, ...]:
        """Errors of the incident, those that are new first, then by how often."""
        found = [
            AppLogMessage(
                template=key, count=m.count, before=m.before, error=m.error, first=m.first, example=m.example
            )
            for key, m in self._messages.items()
            if m.count and m.error
        ]
        return tuple(sorted(found, key=lambda m: (m.before > 0, -m.count, m.template))[:MOST_MESSAGES])

    @property
    def hints(self) -> tuple[AppLogHint, ...]:
        return tuple(self._kept_hints())

    def _kept_hints(self) -> list[AppLogHint]:
        """The earliest, whatever the order they were read in."""
        return sorted(self._hints, key=lambda h: (h.at, h.stream, h.text))[:MOST_HINTS]
