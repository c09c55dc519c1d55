"""Reading evidence from the emulated account: all kinds, each once, and every refusal an Unread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.aws.collectors import COLLECTORS
from bot.aws.inventory import AwsInventory
from bot.aws.reader import AwsReader
from bot.aws.sessions import AwsSessions
from bot.core.checks import Kind, Readings
from bot.core.evidence import (
    KINDS,
    AccessLog,
    AlarmDefinitions,
    AlarmHistory,
    Alarms,
    AnomalyBands,
    AppLog,
    BaselineMetrics,
    Changes,
    EcsServices,
    HealthEvents,
    Instances,
    InstanceStatuses,
    Interfaces,
    LevelHistory,
    Listeners,
    LoadBalancerAttributes,
    LoadBalancerMetrics,
    NetworkAcls,
    RouteTables,
    SecurityGroups,
    StackAlarms,
    Subnets,
    TargetGroupAttributes,
    TargetGroups,
    TargetHealth,
    TargetMetrics,
    ZonalShifts,
)
from bot.core.model import Scope, Unread, UnreadReason, Window
from bot.sandbox.aws.estate import REGION
from bot.sandbox.aws.server import SandboxAws
from tests.contract.conftest import AWS_NOW

ScopeOf = Callable[[str], Scope]
# These have tests of their own: here they would only add calls, or this account does not have them.
APART: set[Kind] = {AccessLog, AlarmDefinitions, AppLog, HealthEvents}
TESTED = tuple(kind for kind in KINDS if kind not in APART)
# No security group of this account names a prefix list, no event an ECS service, and no stack made an alarm.
NOTHING_TO_ASK_ABOUT = {
    "ec2:GetManagedPrefixListEntries",
    "ecs:DescribeServices",
    "cloudformation:GetTemplate",
}
NETWORK: set[Kind] = {SecurityGroups, NetworkAcls, RouteTables, Subnets}
ON_TARGETS: set[Kind] = {Interfaces, *NETWORK, Instances, InstanceStatuses, TargetMetrics}
BLOCKED: set[Kind] = {Interfaces, SecurityGroups}
DENIED: dict[str, set[Kind]] = {
    "elasticloadbalancing:DescribeListeners": {Listeners},
    "elasticloadbalancing:DescribeRules": {Listeners},
    "elasticloadbalancing:DescribeLoadBalancerAttributes": {LoadBalancerAttributes},
    "elasticloadbalancing:DescribeTargetGroups": {
        TargetGroups,
        TargetGroupAttributes,
        TargetHealth,
        *ON_TARGETS,
        Alarms,
        AlarmHistory,
        StackAlarms,
    },
    "elasticloadbalancing:DescribeTargetGroupAttributes": {TargetGroupAttributes},
    "elasticloadbalancing:DescribeTargetHealth": {TargetHealth, *ON_TARGETS},
    "ec2:DescribeNetworkInterfaces": {Interfaces, *NETWORK},
    "ec2:DescribeSecurityGroups": {SecurityGroups},
    "ec2:DescribeNetworkAcls": {NetworkAcls},
    "ec2:DescribeRouteTables": {RouteTables},
    "ec2:DescribeSubnets": {Subnets},
    "ec2:DescribeVpcs": {Subnets},
    "ec2:DescribeInstances": {Instances, TargetMetrics},
    "ec2:DescribeInstanceStatus": {InstanceStatuses},
    "cloudtrail:LookupEvents": {Changes, EcsServices},
    "cloudformation:DescribeStackResources": {StackAlarms},
    "arc-zonal-shift:ListZonalShifts": {ZonalShifts},
    "arc-zonal-shift:ListAutoshifts": {ZonalShifts},
    "cloudwatch:DescribeAlarms": {Alarms, AlarmHistory, StackAlarms},
    "cloudwatch:DescribeAlarmHistory": {AlarmHistory},
    "cloudwatch:GetMetricData": {LoadBalancerMetrics, TargetMetrics, BaselineMetrics, LevelHistory},
    "cloudwatch:DescribeAnomalyDetectors": {AnomalyBands},
}


@pytest.fixture(scope="module")
def scope_of(aws_url: tuple[SandboxAws, str]) -> ScopeOf:
    """The hour around the alarm of a load balancer in the emulated account."""
    inventory = AwsInventory(AwsSessions([REGION], endpoint_url=aws_url[1]))
    by_name = {lb.name: lb for lb in inventory.list_load_balancers()}

    def scope(name: str) -> Scope:
        window = Window(start=AWS_NOW - timedelta(minutes=40), end=AWS_NOW + timedelta(minutes=20))
        return Scope(
            load_balancer=by_name[name], window=window, alarm_at=AWS_NOW - timedelta(minutes=10), now=AWS_NOW
        )

    return scope


@pytest.fixture
def reader(sessions: AwsSessions) -> AwsReader:
    return AwsReader(sessions, lambda: AWS_NOW)


def unread(readings: Readings) -> set[Kind]:
    return {kind for kind, reading in readings.items() if isinstance(reading, Unread)}


def test_every_kind_has_a_collector() -> None:
    assert {*KINDS} <= {*COLLECTORS}


@pytest.mark.parametrize("name", ["shop-prod", "edge-tcp", "legacy-web"])
def test_every_kind_is_read_for_every_type(reader: AwsReader, scope_of: ScopeOf, name: str) -> None:
    readings = reader.read(TESTED, scope_of(name))
    assert tuple(readings) == TESTED
    assert unread(readings) == set()
    health, interfaces = readings[TargetHealth], readings[Interfaces]
    assert isinstance(health, TargetHealth)
    assert isinstance(interfaces, Interfaces)
    assert {target.id for target in health.targets} == interfaces.targets.keys()
    metrics = readings[LoadBalancerMetrics]
    assert isinstance(metrics, LoadBalancerMetrics)
    assert any(series.points for series in metrics.series)


@pytest.mark.parametrize(
    ("name", "extra", "absent"),
    [
        ("shop-prod", set(), {"elasticloadbalancing:DescribeInstanceHealth"}),
        (
            "edge-tcp",
            set(),
            {"elasticloadbalancing:DescribeInstanceHealth", "elasticloadbalancing:DescribeRules"},
        ),
        (
            "legacy-web",
            {"elasticloadbalancing:DescribeLoadBalancers"},
            {
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetGroupAttributes",
                "elasticloadbalancing:DescribeTargetHealth",
                "arc-zonal-shift:ListZonalShifts",
            },
        ),
    ],
)
def test_the_calls_are_exactly_the_declared_ones(
    aws: SandboxAws, reader: AwsReader, scope_of: ScopeOf, name: str, extra: set[str], absent: set[str]
) -> None:
    reader.read(TESTED, scope_of(name))
    declared = {action for kind in TESTED for action in kind.actions}
    assert set(aws.calls.counts) == (declared | extra) - absent - NOTHING_TO_ASK_ABOUT


def test_one_reading_costs_as_few_calls_as_possible(
    aws: SandboxAws, reader: AwsReader, scope_of: ScopeOf
) -> None:
    alarms = reader.read(TESTED, scope_of("shop-prod"))[Alarms]
    assert isinstance(alarms, Alarms)
    more_than_one = {
        "ec2:DescribeNetworkInterfaces": 2,
        "cloudwatch:GetMetricData": 4,
        "cloudformation:DescribeStackResources": len(alarms.alarms),
    }
    assert dict(aws.calls.counts) == {action: more_than_one.get(action, 1) for action in aws.calls.counts}


def test_what_is_known_is_not_read_again(aws: SandboxAws, reader: AwsReader, scope_of: ScopeOf) -> None:
    scope = scope_of("shop-prod")
    known = reader.read([TargetGroups, TargetHealth], scope)
    aws.calls.clear()
    readings = reader.read([TargetHealth, Instances], scope, known)
    assert readings[TargetHealth] is known[TargetHealth]
    assert dict(aws.calls.counts) == {"ec2:DescribeInstances": 1}


def test_a_known_refusal_is_not_tried_again(aws: SandboxAws, reader: AwsReader, scope_of: ScopeOf) -> None:
    refused = Unread(reason=UnreadReason.DENIED, action="elasticloadbalancing:DescribeTargetHealth")
    readings = reader.read([Instances], scope_of("shop-prod"), {TargetHealth: refused})
    assert readings[Instances] == refused
    assert dict(aws.calls.counts) == {}


@pytest.mark.parametrize("action", sorted(DENIED))
def test_one_refused_action_costs_only_what_needs_it(
    aws: SandboxAws, reader: AwsReader, scope_of: ScopeOf, action: str
) -> None:
    aws.faults.add(action, "deny")
    readings = reader.read(TESTED, scope_of("shop-prod"))
    assert unread(readings) == DENIED[action]
    for kind in DENIED[action]:
        reading = readings[kind]
        assert isinstance(reading, Unread)
        assert (reading.reason, reading.action) == (UnreadReason.DENIED, action)
        assert "not authorized" in reading.detail


def test_the_refusals_above_are_all_there_are(aws: SandboxAws) -> None:
    untested = {"elasticloadbalancing:DescribeInstanceHealth", *NOTHING_TO_ASK_ABOUT}
    assert {action for kind in TESTED for action in kind.actions} - untested == set(DENIED)


def test_without_target_groups_the_load_balancers_own_metrics_are_read(
    aws: SandboxAws, reader: AwsReader, scope_of: ScopeOf
) -> None:
    aws.faults.add("elasticloadbalancing:DescribeTargetGroups", "deny")
    metrics = reader.read([LoadBalancerMetrics], scope_of("shop-prod"))[LoadBalancerMetrics]
    assert isinstance(metrics, LoadBalancerMetrics)
    assert metrics.find("RequestCount")
    assert not [series for series in metrics.series if "TargetGroup" in series.dimensions]


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        ("throttle", UnreadReason.THROTTLED, "Rate exceeded"),
        ("error_500", UnreadReason.ERROR, "internal error"),
        ("error_503", UnreadReason.ERROR, "temporarily unavailable"),
    ],
)
def test_a_failing_service_is_unread_in_its_own_words(
    aws: SandboxAws, reader: AwsReader, scope_of: ScopeOf, fault: str, reason: UnreadReason, words: str
) -> None:
    aws.faults.add("cloudtrail:LookupEvents", fault)
    reading = reader.read([Changes], scope_of("shop-prod"))[Changes]
    assert isinstance(reading, Unread)
    assert reading.reason is reason
    assert words in reading.detail


def test_one_throttled_call_is_repeated(aws: SandboxAws, reader: AwsReader, scope_of: ScopeOf) -> None:
    aws.faults.add("cloudwatch:DescribeAlarms", "throttle", times=1)
    assert isinstance(reader.read([Alarms], scope_of("shop-prod"))[Alarms], Alarms)


def test_a_service_that_never_answers_does_not_hang(
    aws: SandboxAws, endpoint: str, scope_of: ScopeOf
) -> None:
    aws.faults.add("ec2:DescribeNetworkInterfaces", "hang")
    reader = AwsReader(AwsSessions([REGION], endpoint_url=endpoint, read_s=0.1), lambda: AWS_NOW)
    readings = reader.read([SecurityGroups, Instances], scope_of("shop-prod"))
    assert unread(readings) == BLOCKED
    reading = readings[SecurityGroups]
    assert isinstance(reading, Unread)
    assert (reading.reason, reading.action) == (UnreadReason.TIMEOUT, "ec2:DescribeNetworkInterfaces")


def test_past_the_deadline_the_rest_is_unread(
    aws: SandboxAws, sessions: AwsSessions, scope_of: ScopeOf
) -> None:
    aws.faults.add("ec2:DescribeNetworkInterfaces", "hang")
    reader = AwsReader(sessions, lambda: AWS_NOW, deadline=timedelta(seconds=0.5))
    readings = reader.read([SecurityGroups], scope_of("shop-prod"))
    assert unread(readings) == BLOCKED
    assert {r.reason for r in readings.values() if isinstance(r, Unread)} == {UnreadReason.TIMEOUT}


def test_an_address_nobody_listens_on_is_unreachable(scope_of: ScopeOf) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        reader = AwsReader(AwsSessions([REGION], endpoint_url=nobody, connect_s=0.2), lambda: AWS_NOW)
        reading = reader.read([TargetGroups], scope_of("shop-prod"))[TargetGroups]
    assert isinstance(reading, Unread)
    assert reading.reason is UnreadReason.UNREACHABLE


def test_progress_is_told_of_each_kind_once_in_the_callers_thread(
    reader: AwsReader, scope_of: ScopeOf
) -> None:
    heard: list[tuple[Kind, threading.Thread]] = []
    reader.read(
        [Listeners, TargetHealth],
        scope_of("legacy-web"),
        {},
        lambda kind, _: heard.append((kind, threading.current_thread())),
    )
    assert sorted(kind.__name__ for kind, _ in heard) == ["Listeners", "TargetHealth"]
    assert {thread for _, thread in heard} == {threading.current_thread()}


def test_the_same_account_reads_the_same_evidence_twice(reader: AwsReader, scope_of: ScopeOf) -> None:
    first, second = (reader.read(TESTED, scope_of("search-int")) for _ in range(2))
    assert [r.model_dump_json() for r in first.values()] == [r.model_dump_json() for r in second.values()]
