"""Faults and the call log of the emulated account, from Python and over HTTP."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from bot.sandbox.aws import Estate, SandboxAws

ANCHOR = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxAws]:
    estate = Estate(ANCHOR, lambda: ANCHOR + timedelta(seconds=5), account_id="111122220003", only=[])
    with SandboxAws(estate) as running:
        yield running


@pytest.fixture
def aws(server: SandboxAws) -> Iterator[SandboxAws]:
    server.calls.clear()
    yield server
    server.faults.clear()


def post(aws: SandboxAws, path: str, body: Any) -> Any:
    data = json.dumps(body).encode()
    request = urllib.request.Request(f"{aws.endpoint_url}/_sandbox/{path}", data=data, method="POST")
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def get(aws: SandboxAws, path: str) -> Any:
    with urllib.request.urlopen(f"{aws.endpoint_url}/_sandbox/{path}", timeout=5) as answer:
        return json.load(answer)


def failing(call: Any, **params: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


WINDOW = {"StartTime": ANCHOR - timedelta(minutes=5), "EndTime": ANCHOR}
CALLS: dict[str, Any] = {
    "elasticloadbalancing:DescribeLoadBalancers": lambda aws: aws.client("elbv2").describe_load_balancers,
    "ec2:DescribeInstances": lambda aws: aws.client("ec2").describe_instances,
    "cloudtrail:LookupEvents": lambda aws: aws.client("cloudtrail").lookup_events,
    "cloudwatch:DescribeAlarms": lambda aws: aws.client("cloudwatch").describe_alarms,
    "s3:ListAllMyBuckets": lambda aws: aws.client("s3").list_buckets,
    "logs:DescribeLogGroups": lambda aws: aws.client("logs").describe_log_groups,
}


@pytest.mark.parametrize(
    ("action", "denied", "throttled"),
    [
        ("elasticloadbalancing:DescribeLoadBalancers", ("AccessDenied", 403), ("ThrottlingException", 400)),
        ("ec2:DescribeInstances", ("UnauthorizedOperation", 403), ("RequestLimitExceeded", 503)),
        ("cloudtrail:LookupEvents", ("AccessDeniedException", 400), ("ThrottlingException", 400)),
        ("cloudwatch:DescribeAlarms", ("AccessDenied", 403), ("Throttling", 400)),
        ("s3:ListAllMyBuckets", ("AccessDenied", 403), ("SlowDown", 503)),
        ("logs:DescribeLogGroups", ("AccessDeniedException", 400), ("ThrottlingException", 400)),
    ],
)
def test_each_service_refuses_in_its_own_words(
    aws: SandboxAws, action: str, denied: tuple[str, int], throttled: tuple[str, int]
) -> None:
    call = CALLS[action](aws)
    aws.faults.add(action, "deny", times=1)
    assert failing(call) == denied
    aws.faults.add(action, "throttle", times=1)
    assert failing(call) == throttled
    call()


def test_a_pattern_with_a_count_fails_that_often(aws: SandboxAws) -> None:
    post(aws, "faults", {"action": "ec2:Describe*", "kind": "error_503", "times": 2})
    ec2 = aws.client("ec2")
    assert failing(ec2.describe_vpcs)[1] == 503
    assert failing(ec2.describe_subnets)[1] == 503
    assert ec2.describe_vpcs()["Vpcs"]


def test_retries_get_through_an_internal_error(aws: SandboxAws) -> None:
    aws.faults.add("elasticloadbalancing:*", "error_500", times=1)
    assert aws.client("elbv2", attempts=2).describe_load_balancers()["LoadBalancers"]
    assert aws.calls.counts["elasticloadbalancing:DescribeLoadBalancers"] == 2


def test_a_delay_is_waited_for(aws: SandboxAws) -> None:
    aws.faults.add("ec2:DescribeVpcs", "delay", delay_ms=150)
    started = time.monotonic()
    aws.client("ec2").describe_vpcs()
    assert time.monotonic() - started >= 0.15


def test_a_black_hole_answers_nobody_until_it_is_closed(aws: SandboxAws) -> None:
    aws.faults.add("ec2:DescribeVpcs", "hang")
    config = Config(read_timeout=0.3, retries={"total_max_attempts": 1})
    with pytest.raises(ReadTimeoutError):
        aws.client("ec2", config=config).describe_vpcs()
    post(aws, "reset", {})
    assert aws.client("ec2").describe_vpcs()["Vpcs"]


def test_the_call_log_knows_actions_statuses_and_concurrency(aws: SandboxAws) -> None:
    aws.faults.add("cloudwatch:DescribeAlarms", "delay", delay_ms=120)
    cloudwatch = aws.client("cloudwatch")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: cloudwatch.describe_alarms(), range(3)))
    seen = get(aws, "calls")
    assert seen["counts"] == {"cloudwatch:DescribeAlarms": 3}
    assert seen["max_concurrency"] == 3
    assert [call["status"] for call in seen["calls"]] == [200, 200, 200]
    post(aws, "reset", {})
    assert get(aws, "calls")["total"] == 0
    assert get(aws, "faults")["faults"] == []


def test_bad_orders_are_refused(aws: SandboxAws) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(aws, "faults", {"action": "ec2:*", "kind": "explode"})
    assert caught.value.code == 400
    caught.value.close()


def test_options_are_set_over_http(aws: SandboxAws) -> None:
    answer = post(aws, "options", {"trail_requests_per_second": None, "trail_delay_s": 0})
    assert answer == {"health_subscribed": False, "trail_delay_s": 0.0, "trail_requests_per_second": None}


def test_only_loopback_is_served_and_an_account_only_once(aws: SandboxAws) -> None:
    with pytest.raises(ValueError, match="loopback"):
        SandboxAws(Estate(ANCHOR, account_id="111122220009")).start(host="0.0.0.0")  # noqa: S104 - refused
    with pytest.raises(RuntimeError, match="already served"):
        SandboxAws(Estate(ANCHOR, account_id="111122220003")).start()
