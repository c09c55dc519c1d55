"""Slack's Web API client as this product uses it, and what its failures mean."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException
from typing import Any, TypeVar

from slack_sdk import WebClient as SlackClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.core.errors import TransientError
from bot.core.ports import RefusedError

T = TypeVar("T")

__all__ = ["NO_CONNECTION", "ApiRefusal", "SlackClient", "call", "make_client"]

NO_CONNECTION = (OSError, HTTPException, SlackClientError)
"""What slack_sdk raises when a call did not get through."""

TIMEOUT_S = 10
RETRY_AFTER_S = 30.0
_PASSING = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "accesslimited",
        "rollup_error",
        "timeout",
        "team_added_to_org",
        "message_limit_exceeded",
    }
)
BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "block_mismatch"})
GONE = frozenset({"message_not_found", "thread_not_found"})


def make_client(token: str | None, base_url: str) -> SlackClient:
    """Without retry handlers: slack_sdk's default one posts again after a lost reply."""
    return SlackClient(token=token, base_url=base_url, timeout=TIMEOUT_S, retry_handlers=[])


def call(method: Callable[..., T], **arguments: Any) -> T:
    """Calls a method of the client.

    TransientError when the same call may succeed later, RefusedError when it never will. After a
    TransientError nobody knows whether the call took effect, unless it says when to come back.
    """
    try:
        return method(**arguments)
    except SlackApiError as error:
        raise _meaning(error) from error
    except NO_CONNECTION as error:
        raise TransientError(f"{method.__name__}: {type(error).__name__}: {error}") from error


class ApiRefusal(RefusedError):
    """Slack's answer `code` to `method`; `needed` is the scope it asks for."""

    def __init__(self, code: str, needed: str = "") -> None:
        super().__init__(f"{code} (needs {needed})" if needed else code)
        self.code = code


def _meaning(error: SlackApiError) -> Exception:
    response = error.response
    status, headers = _status(response), getattr(response, "headers", None) or {}
    code = str(response.get("error") or "") if hasattr(response, "get") else ""
    if status == 429 or code == "ratelimited":
        return TransientError("ratelimited", float(headers.get("Retry-After", RETRY_AFTER_S)))
    if (status is not None and status >= 500) or code in _PASSING or not code:
        return TransientError(f"Slack answered {status}: {code or 'no JSON'}")
    return ApiRefusal(code, str(response.get("needed") or ""))


def _status(response: Any) -> int | None:
    """slack_sdk gives a SlackResponse, or a plain dict when the body was no JSON."""
    status = getattr(response, "status_code", None)
    if status is None and isinstance(response, dict):
        status = response.get("status")
    return int(status) if status is not None else None
