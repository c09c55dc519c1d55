"""Reading access logs from the emulated account's S3: what is counted, what is refused, what is not whole."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from bot.aws.api import RegionApi
from bot.aws.collector import Source
from bot.aws.collectors.access_log import read_access_log
from bot.aws.failures import ReadFailed
from bot.aws.inventory import AwsInventory
from bot.aws.reader import AwsReader
from bot.aws.sessions import AwsSessions
from bot.core.checks import Readings, run_check
from bot.core.evidence import AccessLog, LoadBalancerAttributes
from bot.core.model import LoadBalancer, LoadBalancerType, Scope, Status, Unread, UnreadReason, Window
from bot.sandbox.aws.estate import REGION
from bot.sandbox.aws.server import SandboxAws
from runbooks.checks.access_log import CHECK
from tests.contract.conftest import AWS_NOW
from tests.log_lines import alb_line, classic_line

ALARM_AT = AWS_NOW - timedelta(minutes=10)
WINDOW = Window(start=AWS_NOW - timedelta(minutes=30), end=AWS_NOW)
BUCKET = "logs-of-tests"


@pytest.fixture(scope="module")
def load_balancers(aws_url: tuple[SandboxAws, str]) -> dict[str, LoadBalancer]:
    inventory = AwsInventory(AwsSessions([REGION], endpoint_url=aws_url[1]))
    return {lb.name: lb for lb in inventory.list_load_balancers()}


def scope_of(load_balancer: LoadBalancer) -> Scope:
    return Scope(load_balancer=load_balancer, window=WINDOW, alarm_at=ALARM_AT, now=AWS_NOW)


@pytest.fixture(scope="module")
def s3(aws_url: tuple[SandboxAws, str]) -> Any:
    """A bucket of our own, to put there what a real one may hold."""
    client = boto3.client("s3", region_name=REGION, endpoint_url=aws_url[1])
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


Read = Callable[..., AccessLog]


@pytest.fixture
def read(sessions: AwsSessions, load_balancers: dict[str, LoadBalancer]) -> Read:
    """Reads the log of a load balancer whose attributes say that it goes to our bucket, below a prefix."""

    def reading(prefix: str, *, also: dict[str, str] | None = None, **limits: Any) -> AccessLog:
        attributes = {
            "access_logs.s3.enabled": "true",
            "access_logs.s3.bucket": BUCKET,
            "access_logs.s3.prefix": prefix,
            **(also or {}),
        }
        return read_access_log(source(sessions, load_balancers["shop-prod"], attributes), **limits)

    return reading


def source(sessions: AwsSessions, load_balancer: LoadBalancer, attributes: dict[str, str]) -> Source:
    api = RegionApi(sessions, REGION, ThreadPoolExecutor(1))
    known: Readings = {LoadBalancerAttributes: LoadBalancerAttributes(attributes=attributes)}
    return Source(api, scope_of(load_balancer), known, AWS_NOW)


def key(load_balancer: LoadBalancer, prefix: str, end: str, ending: str = "10.0.1.15_1.log.gz") -> str:
    """The key of an interval that ended at '14:20' on the day of AWS_NOW."""
    account, name = load_balancer.account, load_balancer.dimension.replace("/", ".")
    file = f"{account}_elasticloadbalancing_{REGION}_{name}_{AWS_NOW:%Y%m%d}T{end.replace(':', '')}Z_{ending}"
    return f"{prefix}/AWSLogs/{account}/elasticloadbalancing/{REGION}/{AWS_NOW:%Y/%m/%d}/{file}"


def lines(*made: bytes) -> bytes:
    return b"".join(line + b"\n" for line in made)


def test_the_incident_is_in_the_log(sessions: AwsSessions, load_balancers: dict[str, LoadBalancer]) -> None:
    reader = AwsReader(sessions, lambda: AWS_NOW)
    log = reader.read((AccessLog,), scope_of(load_balancers["shop-prod"]))[AccessLog]
    assert isinstance(log, AccessLog)
    assert log.lines > 1000
    assert log.malformed == 0
    assert log.scanned.complete
    assert log.scanned.objects > 10
    assert {m.signature for m in log.minutes} >= {"answered", "connect_timeout_504"}
    assert log.logged_until is not None
    assert AWS_NOW - log.logged_until < timedelta(minutes=10)
    assert set(log.nodes.lines)
    assert log.first[0].at < log.last[-1].at


def test_the_check_finds_the_blocked_port_in_it(
    sessions: AwsSessions, load_balancers: dict[str, LoadBalancer]
) -> None:
    scope = scope_of(load_balancers["shop-prod"])
    finding = run_check(CHECK, scope, AwsReader(sessions, lambda: AWS_NOW).read(CHECK.kinds, scope))
    held = {signal.id for signal in finding.signals if signal.holds}
    assert finding.status is Status.FAIL
    assert {"connect_timeout_504", "connect_timeout_total"} <= held
    assert held.isdisjoint({"refused_502", "reset_after_dispatch_502", "log_no_target"})
    assert {moment.key for moment in finding.moments} == {"log_first_error", "log_last_error"}


def test_logging_that_is_off_says_how_to_turn_it_on(
    sessions: AwsSessions, load_balancers: dict[str, LoadBalancer]
) -> None:
    for name, attribute in (("shop-prod", "access_logs.s3.enabled"), ("legacy-web", "AccessLog.Enabled")):
        with pytest.raises(ReadFailed) as failed:
            read_access_log(source(sessions, load_balancers[name], {attribute: "false"}))
        assert failed.value.unread.reason is UnreadReason.NOT_ENABLED
        assert attribute in failed.value.unread.detail
        assert "modify-load-balancer-attributes" in failed.value.unread.detail


def test_a_network_load_balancers_log_names_no_targets(
    sessions: AwsSessions, load_balancers: dict[str, LoadBalancer]
) -> None:
    with pytest.raises(ReadFailed) as failed:
        read_access_log(source(sessions, load_balancers["edge-tcp"], {}))
    assert failed.value.unread.reason is UnreadReason.NOT_APPLICABLE


@pytest.mark.parametrize("action", ["s3:ListBucket", "s3:GetObject"])
def test_what_may_not_be_read_is_unread_with_the_action_to_allow(
    aws: SandboxAws, sessions: AwsSessions, load_balancers: dict[str, LoadBalancer], action: str
) -> None:
    aws.faults.add(action, "deny")
    reading = AwsReader(sessions, lambda: AWS_NOW).read((AccessLog,), scope_of(load_balancers["shop-prod"]))
    assert isinstance(unread := reading[AccessLog], Unread)
    assert (unread.reason, unread.action) == (UnreadReason.DENIED, action)


def test_a_cut_object_counts_as_far_as_it_goes(
    s3: Any, read: Read, load_balancers: dict[str, LoadBalancer]
) -> None:
    lb = load_balancers["shop-prod"]
    whole = gzip.compress(lines(*[alb_line(created="2026-11-20T14:12:00.000000Z")] * 500))
    s3.put_object(Bucket=BUCKET, Key=key(lb, "cut", "14:15"), Body=whole[: len(whole) // 2])
    s3.put_object(Bucket=BUCKET, Key=key(lb, "cut", "14:20"), Body=b"")
    log = read("cut")
    assert log.scanned.cut == (key(lb, "cut", "14:15"),)
    assert log.scanned.objects == 2
    assert 0 < log.lines < 500
    assert log.malformed <= 1


def test_only_objects_of_this_load_balancer_and_time_are_read(
    s3: Any, read: Read, load_balancers: dict[str, LoadBalancer]
) -> None:
    lb = load_balancers["shop-prod"]
    body = gzip.compress(lines(alb_line(created="2026-11-20T14:12:00.000000Z")))
    other = lb.model_copy(update={"dimension": "app/shop-prod-2/0a1b2c3d4e5f6071"})
    for at in ("12:55", "13:05", "14:15"):
        s3.put_object(Bucket=BUCKET, Key=key(lb, "own", at), Body=body)
    s3.put_object(Bucket=BUCKET, Key=key(other, "own", "14:15"), Body=body)
    s3.put_object(Bucket=BUCKET, Key=f"own/AWSLogs/{lb.account}/ELBAccessLogTestFile", Body=b"Enable")
    log = read("own")
    assert (log.scanned.objects, log.scanned.objects_total) == (2, 2)
    assert log.lines == 2


def test_what_was_delivered_after_midnight_is_found_on_the_next_day(
    s3: Any, sessions: AwsSessions, load_balancers: dict[str, LoadBalancer]
) -> None:
    lb = load_balancers["shop-prod"]
    midnight = AWS_NOW.replace(hour=0, minute=0)
    scope = scope_of(lb).model_copy(
        update={"window": Window(start=midnight - timedelta(minutes=30), end=midnight), "alarm_at": midnight}
    )
    body = gzip.compress(lines(alb_line(created="2026-11-19T23:59:59.000000Z")))
    s3.put_object(Bucket=BUCKET, Key=key(lb, "night", "00:00"), Body=body)
    attributes = {
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": BUCKET,
        "access_logs.s3.prefix": "night",
    }
    log = read_access_log(replace(source(sessions, lb, attributes), scope=scope))
    assert log.lines == 1
    assert log.outside == 0


def test_a_cap_reads_what_is_nearest_to_the_alarm_and_says_of_how_much(
    s3: Any, read: Read, load_balancers: dict[str, LoadBalancer]
) -> None:
    lb = load_balancers["shop-prod"]
    for at in ("13:30", "14:10", "14:20"):
        created = f"2026-11-20T{at}:00.000000Z"
        s3.put_object(
            Bucket=BUCKET, Key=key(lb, "cap", at), Body=gzip.compress(lines(alb_line(created=created)))
        )
    log = read("cap", cap_bytes=1)
    assert (log.scanned.objects, log.scanned.objects_total) == (1, 3)
    assert 0 < log.scanned.bytes < log.scanned.bytes_total
    assert [m.minute for m in log.minutes] == [ALARM_AT]
    assert not log.scanned.complete


def test_no_time_left_is_a_timeout_and_never_an_empty_log(
    s3: Any, read: Read, load_balancers: dict[str, LoadBalancer]
) -> None:
    lb = load_balancers["shop-prod"]
    s3.put_object(Bucket=BUCKET, Key=key(lb, "late", "14:15"), Body=gzip.compress(lines(alb_line())))
    with pytest.raises(ReadFailed) as failed:
        read("late", scan_s=-1.0)
    assert failed.value.unread.reason is UnreadReason.TIMEOUT


def test_health_check_and_connection_logs_are_read_where_they_are_on(
    s3: Any, read: Read, load_balancers: dict[str, LoadBalancer]
) -> None:
    lb = load_balancers["shop-prod"]
    checks = lines(
        b"http 2026-11-20T14:06:01.875678Z 0.0195 10.0.4.21:8080 web PASS 200 -",
        b"http 2026-11-20T14:06:31.901409Z 5.0001 10.0.4.23:8080 web FAIL - TimedOut app/web/0a 10.0.1.15",
    )
    place = key(lb, "side", "14:10")
    s3.put_object(
        Bucket=BUCKET,
        Key=place.replace(f"/{lb.account}_", f"/health_check_log_{lb.account}_"),
        Body=gzip.compress(checks),
    )
    s3.put_object(Bucket=BUCKET, Key=place, Body=gzip.compress(lines(alb_line())))
    on = {
        "health_check_logs.s3.enabled": "true",
        "health_check_logs.s3.bucket": BUCKET,
        "health_check_logs.s3.prefix": "side",
        "connection_logs.s3.enabled": "true",
        "connection_logs.s3.bucket": "no-such-bucket",
    }
    log = read("side", also=on)
    assert log.health_checks is not None
    assert log.health_checks.scanned.complete
    failed, passed = log.health_checks.targets
    assert (failed.target, failed.fails) == ("10.0.4.23:8080", {"TimedOut": 1})
    assert (passed.target, passed.passes) == ("10.0.4.21:8080", 1)
    assert log.connections is None
    assert [unread.action for unread in log.unread] == ["s3:ListBucket"]


def test_a_classic_load_balancers_log_is_not_compressed(
    s3: Any, sessions: AwsSessions, load_balancers: dict[str, LoadBalancer]
) -> None:
    lb = load_balancers["legacy-web"]
    assert lb.type is LoadBalancerType.CLASSIC
    attributes = {
        "AccessLog.Enabled": "true",
        "AccessLog.S3BucketName": BUCKET,
        "AccessLog.S3BucketPrefix": "classic",
        "AccessLog.EmitInterval": "60",
    }
    place = key(lb, "classic", "15:00", "10.0.1.15_1.log")
    s3.put_object(Bucket=BUCKET, Key=place, Body=lines(classic_line(at="2026-11-20T14:12:00.000000Z")))
    log = read_access_log(source(sessions, lb, attributes))
    assert log.lines == 1
    assert log.minutes[0].signature == "answered"
