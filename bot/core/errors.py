"""The errors that have a reader: the person who clicked, or the job runner. Everything else is a bug."""

from __future__ import annotations

from bot.core.message import Message


class UserError(Exception):
    """Shown, translated, to the person who asked; says what to do next."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.text)
        self.message = message


class TransientError(Exception):
    """The world was not ready (a lost reply, a rate limit); the job runner tries again."""

    def __init__(self, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s
