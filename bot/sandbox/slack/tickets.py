"""The short-lived permissions an interaction gives the app: trigger ids and response URLs."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sandbox.slack import limits
from bot.sandbox.slack.model import SlackError


@dataclass
class _Trigger:
    user: str
    issued_at: float
    used: bool = False


class Triggers:
    """trigger_id: good for one views.open or views.push, for a few seconds."""

    def __init__(self, monotonic: Callable[[], float], ttl_s: float) -> None:
        self._monotonic = monotonic
        self._ttl_s = ttl_s
        self._issued: dict[str, _Trigger] = {}

    def issue(self, user: str) -> str:
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = _Trigger(user, self._monotonic())
        return trigger_id

    def redeem(self, trigger_id: str) -> str:
        """The user who clicked; refuses unknown, used and stale ids."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._monotonic() - trigger.issued_at > self._ttl_s:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger.user


@dataclass
class ResponseTarget:
    """Where a response_url answers: to whom, in which place, and on which message it was issued."""

    user: str
    channel: str
    source_ts: str
    thread_ts: str
    expires: datetime
    uses_left: int = limits.RESPONSE_URL_USES


class ResponseUrls:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._targets: dict[str, ResponseTarget] = {}
        self.base_url = ""

    def issue(self, user: str, channel: str, source_ts: str = "", thread_ts: str = "") -> str:
        key = secrets.token_urlsafe(18)
        expires = self._now() + timedelta(seconds=limits.RESPONSE_URL_SECONDS)
        self._targets[key] = ResponseTarget(user, channel, source_ts, thread_ts, expires)
        return f"{self.base_url}/actions/response/{key}"

    def redeem(self, key: str) -> ResponseTarget:
        target = self._targets.get(key)
        if target is None:
            raise SlackError("invalid_url")
        if self._now() > target.expires:
            raise SlackError("expired_url")
        if target.uses_left <= 0:
            raise SlackError("used_url")
        target.uses_left -= 1
        return target
