"""The daily reading of the emulated account, and what `doctor` finds allowed there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.aws.digest import AwsDigest
from bot.aws.inventory import AwsInventory
from bot.aws.policy import READ_ACTIONS
from bot.aws.probe import probe
from bot.aws.sessions import AwsSessions
from bot.core.digest import DayCount, DigestReading, LoadBalancerDay
from bot.core.model import Unread, UnreadReason, Window
from bot.sandbox.aws.server import SandboxAws
from tests.contract.conftest import AWS_NOW

DAY = Window(start=AWS_NOW - timedelta(days=1), end=AWS_NOW)


@pytest.fixture
def digest(sessions: AwsSessions) -> AwsDigest:
    return AwsDigest(sessions, AwsInventory(sessions))


def days(reading: DigestReading) -> dict[str, LoadBalancerDay]:
    return {day.load_balancer.name: day for day in reading.days}


def test_a_day_of_everything_costs_one_metric_call(aws: SandboxAws, digest: AwsDigest) -> None:
    (reading,) = digest.read_day(DAY, AWS_NOW)
    assert aws.calls.counts["cloudwatch:GetMetricData"] == 1
    assert aws.calls.counts["cloudwatch:DescribeAlarms"] == 1
    assert aws.calls.counts["elasticloadbalancing:DescribeTargetGroups"] == 1
    assert len(reading.days) >= 6


def test_errors_of_the_last_minutes_count_and_quiet_days_are_zero(digest: AwsDigest) -> None:
    by_name = days(digest.read_day(DAY, AWS_NOW)[0])
    errors, before = by_name["search-int"].errors, by_name["search-int"].errors_before
    assert isinstance(errors, DayCount)
    assert isinstance(before, DayCount)
    assert errors.total
    assert before.total == 0
    assert len(errors.per_hour) == 24
    assert sum(hour or 0 for hour in errors.per_hour) == errors.total


def test_unhealthy_targets_and_ringing_alarms_are_named(digest: AwsDigest) -> None:
    by_name = days(digest.read_day(DAY, AWS_NOW)[0])
    unhealthy = by_name["search-int"].unhealthy
    assert isinstance(unhealthy, tuple)
    assert len(unhealthy) == 2
    assert all(text.endswith("(Target.Timeout)") for text in unhealthy)
    assert by_name["search-int"].targets == 6
    assert by_name["shop-prod"].alarms_on == ("shop-prod-target-errors",)


def test_a_network_load_balancer_has_no_server_errors(digest: AwsDigest) -> None:
    edge = days(digest.read_day(DAY, AWS_NOW)[0])["edge-tcp"]
    assert isinstance(edge.errors, DayCount)
    assert isinstance(edge.server_errors, Unread)
    assert edge.server_errors.reason is UnreadReason.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("action", "part"),
    [
        ("cloudwatch:GetMetricData", "errors"),
        ("cloudwatch:DescribeAlarms", "alarms_on"),
        ("elasticloadbalancing:DescribeTargetHealth", "targets"),
        ("elasticloadbalancing:DescribeTargetGroups", "unhealthy"),
    ],
)
def test_each_part_may_be_refused_on_its_own(
    aws: SandboxAws, digest: AwsDigest, action: str, part: str
) -> None:
    aws.faults.add(action, "deny")
    day = days(digest.read_day(DAY, AWS_NOW)[0])["shop-prod"]
    refused = getattr(day, part)
    assert isinstance(refused, Unread)
    assert (refused.reason, refused.action) == (UnreadReason.DENIED, action)
    others = {"errors", "alarms_on", "targets", "unhealthy"} - {part, "targets", "unhealthy"}
    assert not any(isinstance(getattr(day, other), Unread) for other in others)


def test_a_region_that_cannot_be_listed_says_so(aws: SandboxAws, digest: AwsDigest) -> None:
    aws.faults.add("elasticloadbalancing:DescribeLoadBalancers", "deny")
    (reading,) = digest.read_day(DAY, AWS_NOW)
    assert reading.days == ()
    assert reading.unread
    assert reading.unread.reason is UnreadReason.DENIED


def test_the_doctor_tries_every_action_that_is_not_bound_to_a_bucket(sessions: AwsSessions) -> None:
    probes = probe(sessions)
    assert {one.action for one in probes} == {a for a in READ_ACTIONS if not a.startswith("s3:")}
    refused = {one.action for one in probes if not one.ok}
    assert refused == {a for a in READ_ACTIONS if a.startswith("health:")}, "the account has no such plan"
    assert not [one for one in probes if one.ok is False]


def test_the_doctor_names_what_is_refused_and_what_to_do(aws: SandboxAws, sessions: AwsSessions) -> None:
    aws.faults.add("cloudtrail:LookupEvents", "deny")
    aws.faults.add("ec2:DescribeNetworkAcls", "deny")
    refused = [one for one in probe(sessions) if one.ok is False]
    assert [one.action for one in refused] == ["cloudtrail:LookupEvents", "ec2:DescribeNetworkAcls"]
    assert refused[0].what_to_do
    assert refused[0].what_to_do.text.startswith("Allow {action}")
