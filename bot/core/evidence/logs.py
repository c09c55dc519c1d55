"""What logs say, counted while they are read."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from bot.core.accesslog.values import LogSummary
from bot.core.applog.values import AppLogHint, AppLogMessage, AppLogMinute
from bot.core.evidence.base import Evidence
from bot.core.model import Unread, Window


class AccessLog(Evidence, LogSummary):
    """What the access log says, and the health-check and connection log where they are on."""

    actions: ClassVar = ("s3:ListBucket", "s3:GetObject")


class AppLog(Evidence):
    """What the applications logged in `window`, and in the hour before it, with every line masked.

    `complete` is False when a cap on bytes or time cut the window short; `compared` is whether the hour
    before was read whole, so that a message that was not in it is new. `unread`: groups that were refused.
    """

    actions: ClassVar = ("logs:FilterLogEvents",)
    window: Window
    read_at: datetime
    groups: tuple[str, ...]
    lines: int
    bytes: int
    complete: bool
    compared: bool
    minutes: tuple[AppLogMinute, ...]
    messages: tuple[AppLogMessage, ...]
    hints: tuple[AppLogHint, ...]
    unread: tuple[Unread, ...] = ()
