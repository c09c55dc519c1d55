"""The application log read from CloudWatch Logs: which groups, how much, and what refusals cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from bot.aws.collector import Source
from bot.aws.collectors.application_log import TAG, log_groups, read_application_log
from bot.aws.failures import ReadFailed
from bot.aws.inventory import AwsInventory
from bot.aws.options import ReaderOptions
from bot.aws.reader import AwsReader
from bot.aws.sessions import AwsSessions
from bot.core.checks import run_check
from bot.core.evidence import AppLog, TargetGroups
from bot.core.model import Scope, Status, Unread, UnreadReason, Window
from bot.sandbox.aws.estate import REGION
from bot.sandbox.aws.server import SandboxAws
from runbooks.checks.application_log import CHECK
from tests.contract.conftest import AWS_NOW
from tests.evidence_builders import NOW, a_load_balancer, a_scope, a_target_group, readings
from tests.unit.aws.canned_api import Answer, CannedApi

GROUP = "/app/pay-edge"
PAY_EDGE = ReaderOptions(log_groups={"pay-edge": (GROUP,)})


def scope_of(sessions: AwsSessions) -> Scope:
    return Scope(
        load_balancer=AwsInventory(sessions).find("pay-edge"),
        window=Window(start=AWS_NOW - timedelta(minutes=40), end=AWS_NOW + timedelta(minutes=20)),
        alarm_at=AWS_NOW - timedelta(minutes=10),
        now=AWS_NOW,
    )


def read(sessions: AwsSessions, options: ReaderOptions = PAY_EDGE) -> AppLog | Unread:
    reading = AwsReader(sessions, lambda: AWS_NOW, options=options).read([AppLog], scope_of(sessions))[AppLog]
    assert isinstance(reading, AppLog | Unread)
    return reading


def test_a_process_that_was_killed_is_found_in_its_log(aws: SandboxAws, sessions: AwsSessions) -> None:
    log = read(sessions)
    assert isinstance(log, AppLog)
    assert (log.groups, log.complete, log.compared) == ((GROUP,), True, True)
    assert [hint.kind for hint in log.hints] == ["memory"]
    assert log.lines > len(log.minutes) / 2
    assert aws.calls.counts["logs:FilterLogEvents"] == 2


def test_the_check_names_the_killed_process(sessions: AwsSessions) -> None:
    scope = scope_of(sessions)
    known = AwsReader(sessions, lambda: AWS_NOW, options=PAY_EDGE).read(CHECK.kinds, scope)
    finding = run_check(CHECK, scope, known)
    assert finding.status is Status.FAIL
    assert "Killed process" in str(finding.summary.values["text"])


@pytest.fixture
def second_group(endpoint: str) -> Iterator[str]:
    """A group whose lines hold secrets."""
    logs: Any = boto3.client("logs", region_name=REGION, endpoint_url=endpoint)
    logs.create_log_group(logGroupName="/app/second")
    logs.create_log_stream(logGroupName="/app/second", logStreamName="host")
    yield "/app/second"
    logs.delete_log_group(logGroupName="/app/second")


@pytest.mark.usefixtures("aws")
def test_a_group_that_does_not_exist_is_said_beside_one_that_does(
    sessions: AwsSessions, second_group: str
) -> None:
    log = read(sessions, ReaderOptions(log_groups={"pay-edge": (second_group, "/app/gone")}))
    assert isinstance(log, AppLog)
    assert [one.reason for one in log.unread] == [UnreadReason.NOT_FOUND]
    assert not log.compared


def test_a_refusal_is_unread_and_judged_unknown(aws: SandboxAws, sessions: AwsSessions) -> None:
    aws.faults.add("logs:FilterLogEvents", "deny")
    refused = read(sessions)
    assert isinstance(refused, Unread)
    assert (refused.reason, refused.action) == (UnreadReason.DENIED, "logs:FilterLogEvents")
    finding = run_check(CHECK, scope_of(sessions), {AppLog: refused})
    assert finding.status is Status.UNKNOWN


@pytest.mark.usefixtures("aws")
def test_without_a_group_it_is_said_how_to_name_one(sessions: AwsSessions) -> None:
    missing = read(sessions, ReaderOptions())
    assert isinstance(missing, Unread)
    assert missing.reason is UnreadReason.NOT_ENABLED
    assert f"tag pay-edge with {TAG}=NAME" in missing.detail


# What the emulated account does not show


def source(
    tags: dict[str, str] | None = None,
    groups: dict[str, tuple[str, ...]] | None = None,
    pages: Answer = lambda _: [{}],
) -> Source:
    lb = a_load_balancer().model_copy(update={"tags": tags or {}})
    known = readings(TargetGroups(groups=(a_target_group(name="web"),)))
    api = CannedApi(filter_log_events=pages)
    return Source(api, a_scope(lb), known, NOW, ReaderOptions(log_groups=groups or {}))


@pytest.mark.parametrize(
    ("where", "groups"),
    [
        (source({TAG: "/a, /b"}), ["/a", "/b"]),
        (source(None, {"shop-prod": ("/lb",)}), ["/lb"]),
        (source(None, {"web": ("/group",)}), ["/group"]),
        (source({"team": "shop"}, {"tag:team=shop": ("/team",)}), ["/team"]),
        (source({TAG: "/a"}, {"web": ("/a", "/group")}), ["/a", "/group"]),
    ],
)
def test_groups_are_named_by_tag_and_by_setting(where: Source, groups: list[str]) -> None:
    assert log_groups(where) == groups


def test_another_load_balancers_group_is_not_read() -> None:
    with pytest.raises(ReadFailed):
        log_groups(source(None, {"other": ("/lb",)}))


def test_a_cap_stops_the_reading_and_is_said() -> None:
    event = {"timestamp": int(NOW.timestamp() * 1000), "message": "INFO " + "x " * 500, "logStreamName": "s"}

    def pages(_: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"events": [event] * 10, "nextToken": "more"}] * 100

    log = read_application_log(source({TAG: "/a"}, None, pages), cap_bytes=40_000)
    assert not log.complete
    assert not log.compared
    assert log.bytes < 80_000


def test_no_secret_reaches_the_evidence() -> None:
    at = int((NOW - timedelta(minutes=5)).timestamp() * 1000)
    text = "ERROR auth failed: Authorization: Bearer abcdefghijklmnop, restarting, listening on 80"
    event = {"timestamp": at, "message": text, "logStreamName": "s"}
    log = read_application_log(source({TAG: "/a"}, None, lambda _: [{"events": [event]}]))
    assert "abcdefgh" not in log.model_dump_json()
    assert log.messages
