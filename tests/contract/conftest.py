"""One emulated AWS account per test file, whose clock stands still, and our client to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.aws.sessions import AwsSessions
from bot.sandbox.aws.estate import REGION, Estate
from bot.sandbox.aws.server import SandboxAws

AWS_NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
# Not the account other tests serve in the same process.
AWS_ACCOUNT = "444455556666"


@pytest.fixture(scope="module")
def aws_url() -> Iterator[tuple[SandboxAws, str]]:
    """The emulation and its URL, with credentials in the environment and nothing else of this machine's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "AWS_PROFILE",
            "AWS_ENDPOINT_URL",
            "AWS_SESSION_TOKEN",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
        ):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_CONFIG_FILE", "/dev/null")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        estate = Estate(
            anchor=AWS_NOW,
            now=lambda: AWS_NOW,
            account_id=AWS_ACCOUNT,
            only=("shop-prod", "search-int", "pay-edge"),
        )
        server = SandboxAws(estate)
        yield server, server.start()
        server.stop()


@pytest.fixture
def aws(aws_url: tuple[SandboxAws, str]) -> Iterator[SandboxAws]:
    """The emulation without faults and with an empty call log."""
    server, _ = aws_url
    server.calls.clear()
    # Each test has its own client, so that no pacing spans them.
    server.estate.trail.requests_per_second = None
    yield server
    server.faults.clear()


@pytest.fixture
def endpoint(aws_url: tuple[SandboxAws, str]) -> str:
    """Where the emulation listens."""
    return aws_url[1]


@pytest.fixture
def sessions(aws: SandboxAws, endpoint: str) -> AwsSessions:
    """Our client of the emulated account."""
    return AwsSessions([REGION], endpoint_url=endpoint)
