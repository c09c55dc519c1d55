"""From botocore's exceptions to `Unread`: why a read failed, in the product's words and AWS's own."""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectionError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from bot.core.model import Unread, UnreadReason

AWS_FAILURES = (BotoCoreError, ClientError, ResponseParserError)
"""All that botocore raises for a call that did not work out; anything else is a bug of ours."""

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


class ReadFailed(Exception):
    """A read that ended without evidence; carries why, and never leaves bot.aws."""

    def __init__(self, unread: Unread) -> None:
        super().__init__(unread.reason, unread.action, unread.detail)
        self.unread = unread


def unread_of(error: Exception, action: str) -> Unread:
    """Why the call for the IAM action `action` gave no evidence."""
    if isinstance(error, ClientError):
        return _refusal(error, action)
    return Unread(reason=_connection_reason(error), action=action, detail=_sentence(str(error)))


def error_code(error: Exception) -> str:
    """AWS's code, such as AccessDenied; '' when AWS did not answer."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def _refusal(error: ClientError, action: str) -> Unread:
    code = error_code(error)
    # Credentials of a role are fetched inside the first call; what failed then is not that call.
    action = "sts:AssumeRole" if error.operation_name == "AssumeRole" else action
    words = _sentence(str(error.response.get("Error", {}).get("Message", ""))) or code
    return Unread(reason=_refusal_reason(code), action=action, detail=words)


def _refusal_reason(code: str) -> UnreadReason:
    if code in DENIED:
        return UnreadReason.DENIED
    if code in THROTTLED:
        return UnreadReason.THROTTLED
    if code == "SubscriptionRequiredException":
        return UnreadReason.NOT_SUBSCRIBED
    return UnreadReason.NOT_FOUND if "NotFound" in code else UnreadReason.ERROR


def _connection_reason(error: Exception) -> UnreadReason:
    if isinstance(error, ReadTimeoutError):
        return UnreadReason.TIMEOUT
    unreachable = (ConnectionError, EndpointConnectionError, ConnectionClosedError)
    return UnreadReason.UNREACHABLE if isinstance(error, unreachable) else UnreadReason.ERROR


def _sentence(words: str) -> str:
    """AWS's words without their full stop, because they are put inside a sentence."""
    return " ".join(words.split()).removesuffix(".")
