"""AWS's errors as reasons a person understands."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from bot.aws.failures import unread_of
from bot.core.model import UnreadReason

ACTION = "ec2:DescribeSubnets"


def refusal(code: str, message: str = "Some words.", operation: str = "DescribeSubnets") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AccessDenied", UnreadReason.DENIED),
        ("AccessDeniedException", UnreadReason.DENIED),
        ("UnauthorizedOperation", UnreadReason.DENIED),
        ("Throttling", UnreadReason.THROTTLED),
        ("ThrottlingException", UnreadReason.THROTTLED),
        ("RequestLimitExceeded", UnreadReason.THROTTLED),
        ("SubscriptionRequiredException", UnreadReason.NOT_SUBSCRIBED),
        ("LoadBalancerNotFound", UnreadReason.NOT_FOUND),
        ("ExpiredToken", UnreadReason.ERROR),
        ("InternalFailure", UnreadReason.ERROR),
        ("ANewCode", UnreadReason.ERROR),
    ],
)
def test_a_refusal_keeps_awss_words_and_the_action(code: str, reason: UnreadReason) -> None:
    unread = unread_of(refusal(code), ACTION)
    assert (unread.reason, unread.action, unread.detail) == (reason, ACTION, "Some words")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (EndpointConnectionError(endpoint_url="https://x"), UnreadReason.UNREACHABLE),
        (ConnectTimeoutError(endpoint_url="https://x"), UnreadReason.UNREACHABLE),
        (ReadTimeoutError(endpoint_url="https://x"), UnreadReason.TIMEOUT),
        (NoCredentialsError(), UnreadReason.ERROR),
        (ResponseParserError("a proxy's page"), UnreadReason.ERROR),
    ],
)
def test_no_answer_is_told_from_a_late_and_a_garbled_one(error: Exception, reason: UnreadReason) -> None:
    unread = unread_of(error, ACTION)
    assert (unread.reason, unread.action) == (reason, ACTION)
    assert unread.detail


def test_an_error_without_words_shows_its_code() -> None:
    assert unread_of(refusal("InternalFailure", ""), ACTION).detail == "InternalFailure"


def test_a_role_that_may_not_be_assumed_is_named_as_such() -> None:
    unread = unread_of(refusal("AccessDenied", operation="AssumeRole"), ACTION)
    assert unread.action == "sts:AssumeRole"
