"""What EC2's status checks of the targets say around the errors."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.connection_errors import ConnectionErrors
from bot.core.target_series import TargetLines

METRIC = "StatusCheckFailed"
BEFORE = timedelta(minutes=15)
WELL_KNOWN = 0.8


def failures(checks: TargetLines, errors: ConnectionErrors) -> dict[str, datetime]:
    """The first failed minute by instance, from 15 min before the errors to their end."""
    found = {}
    for name, line in checks.lines.items():
        failed = [at for at, value in line.within(errors.stretch.widened(BEFORE)).known if value > 0]
        if failed:
            found[name] = failed[0]
    return found


def all_zero(checks: TargetLines, errors: ConnectionErrors) -> bool:
    """Every target was heard nearly all the time, and nothing failed."""
    stretch = errors.stretch.widened(BEFORE)
    return checks.complete and all(
        line.within(stretch).known_share >= WELL_KNOWN and not line.within(stretch).total
        for line in checks.lines.values()
    )
