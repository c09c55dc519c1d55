"""What time it is: the wall clock, or the sandbox's, which runs ahead by what a file says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path


class WallClock:
    """The real time, UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FileClock:
    """The wall clock plus the seconds in a file; the sandbox's page moves it, every process sees it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead()

    def ahead(self) -> timedelta:
        """How far ahead of the wall clock; a missing file is not ahead."""
        try:
            return timedelta(seconds=float(self._path.read_text(encoding="ascii") or 0))
        except FileNotFoundError:
            return timedelta()

    def advance(self, by: timedelta) -> None:
        """Moves every process that reads the file forward; time never goes back."""
        total = self.ahead() + max(by, timedelta())
        fresh = self._path.with_suffix(".new")
        fresh.write_text(str(total.total_seconds()), encoding="ascii")
        fresh.replace(self._path)
