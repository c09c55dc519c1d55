"""What the evidence says about incidents whose truth is known: the emulated account's scenarios."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from bot.aws.inventory import AwsInventory
from bot.aws.reader import AwsReader
from bot.aws.sessions import AwsSessions
from bot.core.checks import Kind
from bot.core.evidence import (
    AlarmHistory,
    Alarms,
    BaselineMetrics,
    Changes,
    Evidence,
    Instances,
    Interfaces,
    Listeners,
    LoadBalancerMetrics,
    SecurityGroups,
    Subnets,
    TargetGroups,
    TargetHealth,
    TargetMetrics,
)
from bot.core.model import LoadBalancer, Scope, Unread, UnreadReason, Window
from bot.sandbox.aws.estate import REGION
from bot.sandbox.aws.server import SandboxAws
from bot.sandbox.aws.trail import Actor
from tests.contract.conftest import AWS_NOW

HALF = timedelta(minutes=30)


def read(
    sessions: AwsSessions, name: str, kind: Kind, window: Window | None = None, **how: Any
) -> Evidence | Unread:
    """One kind for a load balancer of the emulated account, by default around the present."""
    window = window or Window(start=AWS_NOW - HALF, end=AWS_NOW + HALF)
    lb = AwsInventory(sessions).find(name)
    scope = Scope(load_balancer=lb, window=window, alarm_at=window.start + HALF, now=AWS_NOW, **how)
    return AwsReader(sessions, lambda: AWS_NOW).read([kind], scope)[kind]


def test_listeners_name_the_groups_they_forward_to(sessions: AwsSessions) -> None:
    listeners, groups = read(sessions, "shop-prod", Listeners), read(sessions, "shop-prod", TargetGroups)
    assert isinstance(listeners, Listeners)
    assert isinstance(groups, TargetGroups)
    assert {arn for one in listeners.listeners for arn in one.target_group_arns} == {
        group.arn for group in groups.groups
    }


def test_a_check_on_another_port_shows_in_group_and_targets(sessions: AwsSessions) -> None:
    groups, health = read(sessions, "shop-prod", TargetGroups), read(sessions, "shop-prod", TargetHealth)
    assert isinstance(groups, TargetGroups)
    assert isinstance(health, TargetHealth)
    assert (groups.groups[0].port, groups.groups[0].health_check.port) == (8080, "8081")
    assert {(target.port, target.health_port) for target in health.targets} == {(8080, "8081")}


def test_unhealthy_targets_carry_awss_reason(sessions: AwsSessions) -> None:
    health = read(sessions, "search-int", TargetHealth)
    assert isinstance(health, TargetHealth)
    assert sorted(t.reason for t in health.targets if t.state == "unhealthy") == ["Target.Timeout"] * 2


def test_a_classic_load_balancer_has_one_group_made_of_its_health_check(sessions: AwsSessions) -> None:
    groups, health = read(sessions, "legacy-web", TargetGroups), read(sessions, "legacy-web", TargetHealth)
    assert isinstance(groups, TargetGroups)
    assert isinstance(health, TargetHealth)
    (group,) = groups.groups
    assert (group.arn, group.health_check.protocol, group.health_check.path) == ("", "HTTP", "/index.html")
    assert {(t.group, t.state, t.reason) for t in health.targets} == {("", "InService", "")}


def test_the_load_balancers_interfaces_are_found_by_their_description(sessions: AwsSessions) -> None:
    interfaces, subnets = read(sessions, "shop-prod", Interfaces), read(sessions, "shop-prod", Subnets)
    assert isinstance(interfaces, Interfaces)
    assert isinstance(subnets, Subnets)
    known = {subnet.id: subnet for subnet in subnets.subnets}
    for one in (*interfaces.load_balancer, *interfaces.targets.values()):
        assert one.private_ips
        assert one.subnet_id in known
    assert set(subnets.vpc_cidrs) == {AwsInventory(sessions).find("shop-prod").vpc_id}


def test_prefix_lists_are_expanded(endpoint: str, sessions: AwsSessions) -> None:
    lb = AwsInventory(sessions).find("shop-prod")
    prefix_list = _rule_with_prefix_list(endpoint, lb)
    groups = read(sessions, "shop-prod", SecurityGroups)
    assert isinstance(groups, SecurityGroups)
    assert groups.prefix_lists == {prefix_list: ("192.0.2.0/24",)}
    named = [r for g in groups.groups for r in g.rules if r.prefix_list == prefix_list]
    assert [(rule.direction, rule.from_port) for rule in named] == [("ingress", 443)]


def _rule_with_prefix_list(endpoint: str, lb: LoadBalancer) -> str:
    ec2: Any = boto3.client("ec2", region_name=REGION, endpoint_url=endpoint)
    made = ec2.create_managed_prefix_list(
        PrefixListName="offices", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "192.0.2.0/24"}]
    )
    id = str(made["PrefixList"]["PrefixListId"])
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "PrefixListIds": [{"PrefixListId": id}],
    }
    ec2.authorize_security_group_ingress(GroupId=lb.security_groups[0], IpPermissions=[permission])
    return id


def test_metrics_reach_an_hour_back_and_leave_out_what_is_not_yet_published(sessions: AwsSessions) -> None:
    metrics = read(sessions, "shop-prod", LoadBalancerMetrics)
    assert isinstance(metrics, LoadBalancerMetrics)
    assert metrics.window.start == AWS_NOW - HALF - timedelta(hours=1)
    assert metrics.window.end == AWS_NOW - timedelta(minutes=2)
    (requests,) = [s for s in metrics.find("RequestCount", "Sum") if set(s.dimensions) == {"LoadBalancer"}]
    times = [at for at, _ in requests.points]
    assert times == sorted(times)
    assert times[-1] == metrics.window.end - timedelta(minutes=1)
    assert {"AvailabilityZone", "TargetGroup"} <= {key for s in metrics.series for key in s.dimensions}


def test_the_statistic_asked_for_is_read_beside_the_sum_and_never_in_longer_periods(
    sessions: AwsSessions,
) -> None:
    metrics = read(sessions, "shop-prod", LoadBalancerMetrics, statistic="Average", period_s=300)
    assert isinstance(metrics, LoadBalancerMetrics)
    assert metrics.find("TargetConnectionErrorCount", "Average")
    assert {series.period_s for series in metrics.series} == {60}


def test_older_metrics_come_in_the_period_that_is_kept(sessions: AwsSessions) -> None:
    long_ago = AWS_NOW - timedelta(days=20)
    metrics = read(sessions, "shop-prod", LoadBalancerMetrics, Window(start=long_ago, end=long_ago + HALF))
    assert isinstance(metrics, LoadBalancerMetrics)
    assert {series.period_s for series in metrics.series} == {300}
    assert any(series.points for series in metrics.find("RequestCount"))


def test_a_window_that_has_not_begun_is_too_fresh(sessions: AwsSessions) -> None:
    window = Window(start=AWS_NOW + timedelta(hours=2), end=AWS_NOW + timedelta(hours=3))
    metrics = read(sessions, "shop-prod", LoadBalancerMetrics, window)
    assert isinstance(metrics, Unread)
    assert metrics.reason is UnreadReason.TOO_FRESH


def test_basic_monitoring_is_asked_for_in_five_minutes_and_status_checks_in_one(
    sessions: AwsSessions,
) -> None:
    metrics = read(sessions, "legacy-web", TargetMetrics)
    assert isinstance(metrics, TargetMetrics)
    assert {series.period_s for series in metrics.find("CPUUtilization")} == {300}
    assert {series.period_s for series in metrics.find("StatusCheckFailed", "Maximum")} == {60}
    assert metrics.find("CPUCreditBalance", "Minimum")
    assert all(series.points for series in metrics.find("CPUUtilization"))


def test_the_baseline_holds_the_same_hours_of_seven_days(sessions: AwsSessions) -> None:
    baseline = read(sessions, "shop-prod", BaselineMetrics)
    assert isinstance(baseline, BaselineMetrics)
    (requests,) = baseline.find("RequestCount", "Sum")
    days = sorted({at.date() for at, _ in requests.points})
    assert len(days) == 7
    assert days[-1] == (AWS_NOW - timedelta(days=1)).date()
    first, last = (AWS_NOW - HALF).time(), (AWS_NOW + HALF).time()
    assert all(first <= at.time() < last for at, _ in requests.points)


def test_changes_say_who_changed_what(sessions: AwsSessions) -> None:
    changes = read(sessions, "search-int", Changes)
    assert isinstance(changes, Changes)
    assert changes.complete
    (opened,) = [one for one in changes.changes if one.name == "AuthorizeSecurityGroupIngress"]
    assert (opened.principal, opened.service, opened.error) == ("role/ops-admin", "ec2.amazonaws.com", "")
    assert any(id.startswith("sg-") for id in opened.resources)
    assert '"fromPort":9100' in opened.request
    assert not [one for one in changes.changes if one.name.startswith("Describe")]


def test_pages_of_changes_are_all_read_at_the_pace_cloudtrail_allows(
    aws: SandboxAws, sessions: AwsSessions
) -> None:
    long_ago = AWS_NOW - timedelta(days=30)
    for i in range(120):
        at = long_ago + timedelta(seconds=i)
        aws.estate.trail.record(at, "CreateTags", "ec2", Actor("ops-admin", "lan"))
    aws.estate.trail.requests_per_second = 2.0
    changes = read(sessions, "shop-prod", Changes, Window(start=long_ago, end=long_ago + HALF))
    assert isinstance(changes, Changes)
    assert changes.complete
    assert len([one for one in changes.changes if one.name == "CreateTags"]) >= 120
    # A throttled lookup would have been repeated.
    assert aws.calls.counts["cloudtrail:LookupEvents"] == -(-len(changes.changes) // 50)


def test_a_window_older_than_the_event_history_is_too_old(aws: SandboxAws, sessions: AwsSessions) -> None:
    long_ago = AWS_NOW - timedelta(days=91)
    changes = read(sessions, "shop-prod", Changes, Window(start=long_ago, end=long_ago + HALF))
    assert isinstance(changes, Unread)
    assert changes.reason is UnreadReason.TOO_OLD
    assert aws.calls.counts["cloudtrail:LookupEvents"] == 0


def test_only_the_load_balancers_own_alarms_are_kept_and_their_history_is_in_order(
    sessions: AwsSessions,
) -> None:
    alarms, history = read(sessions, "shop-prod", Alarms), read(sessions, "shop-prod", AlarmHistory)
    assert isinstance(alarms, Alarms)
    assert isinstance(history, AlarmHistory)
    names = {alarm.name for alarm in alarms.alarms}
    assert "shop-prod-target-errors" in names
    assert not any(name.startswith(("search-int", "pay-edge")) for name in names)
    assert {t.alarm for t in history.transitions} <= names
    times = [t.at for t in history.transitions]
    assert times == sorted(times)
    assert ("OK", "ALARM") in {(t.old, t.new) for t in history.transitions if t.kind == "StateUpdate"}


@pytest.fixture
def far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own time zone is not UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Ho_Chi_Minh")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_from_utc")
@pytest.mark.parametrize("kind", [Instances, Changes, Alarms, AlarmHistory, TargetMetrics])
def test_all_times_are_utc_whatever_the_machines_zone(sessions: AwsSessions, kind: Kind) -> None:
    assert not re.search(r"[0-9]\+07:?00", str(read(sessions, "shop-prod", kind).model_dump(mode="json")))


def test_an_alarm_in_an_hour_that_has_not_ended_is_read_minute_by_minute(sessions: AwsSessions) -> None:
    """In periods of an hour the emulated account would look silent: its last whole hour has no error."""
    window = Window(start=AWS_NOW - timedelta(hours=4), end=AWS_NOW)
    metrics = read(sessions, "shop-prod", LoadBalancerMetrics, window, period_s=3600)
    assert isinstance(metrics, LoadBalancerMetrics)
    (errors,) = [
        s for s in metrics.find("TargetConnectionErrorCount", "Sum") if set(s.dimensions) == {"LoadBalancer"}
    ]
    assert errors.period_s == 60
    assert errors.points
