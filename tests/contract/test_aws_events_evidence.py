"""AWS Health, zonal shifts and ECS services read from the emulated account, and each of it refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from bot.aws.collectors.aws_events import MAX_EVENTS, health_region
from bot.aws.inventory import AwsInventory
from bot.aws.reader import AwsReader
from bot.aws.sessions import AwsSessions
from bot.core.checks import Kind, run_check
from bot.core.evidence import EcsServices, Evidence, HealthEvents, TargetGroups, ZonalShifts
from bot.core.model import Scope, Status, Unread, UnreadReason, Window
from bot.sandbox.aws.estate import REGION
from bot.sandbox.aws.server import SandboxAws
from bot.sandbox.aws.trail import Actor
from runbooks.checks.aws_events import CHECK as AWS_EVENTS
from runbooks.checks.what_changed import CHECK as WHAT_CHANGED
from tests.contract.conftest import AWS_NOW

ZONE = "eu-central-1b"


@pytest.fixture
def subscribed(aws: SandboxAws) -> Iterator[SandboxAws]:
    """The account has a support plan, and no event yet."""
    estate = aws.estate
    kept, estate.health_events[:], estate.health_subscribed = [*estate.health_events], [], True
    yield aws
    estate.health_events[:], estate.health_subscribed = kept, False


def scope_of(sessions: AwsSessions, name: str = "shop-prod") -> Scope:
    return Scope(
        load_balancer=AwsInventory(sessions).find(name),
        window=Window(start=AWS_NOW - timedelta(minutes=40), end=AWS_NOW + timedelta(minutes=20)),
        alarm_at=AWS_NOW - timedelta(minutes=10),
        now=AWS_NOW,
    )


def read(sessions: AwsSessions, kind: Kind) -> Evidence | Unread:
    return AwsReader(sessions, lambda: AWS_NOW).read([kind], scope_of(sessions))[kind]


def happened(aws: SandboxAws, began: float, ended: float | None = None, **fields: Any) -> None:
    """An event that began, and perhaps ended, this many minutes before now."""
    number = len(aws.estate.health_events)
    event = {
        "arn": f"arn:aws:health:eu-central-1::event/EC2/X/X_{number}",
        "service": "EC2",
        "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE",
        "eventTypeCategory": "issue",
        "region": aws.estate.region,
        "availabilityZone": ZONE,
        "startTime": AWS_NOW - timedelta(minutes=began),
        "statusCode": "open" if ended is None else "closed",
        "eventScopeCode": "PUBLIC",
        "description": "We are\ninvestigating.",
        "entities": ["i-0aaa"],
        **({} if ended is None else {"endTime": AWS_NOW - timedelta(minutes=ended)}),
    }
    aws.estate.health_events.append({**event, **fields})


def test_an_event_comes_with_its_text_and_the_resources_it_names(
    subscribed: SandboxAws, sessions: AwsSessions
) -> None:
    happened(subscribed, 15)
    health = read(sessions, HealthEvents)
    assert isinstance(health, HealthEvents)
    assert health.complete
    (event,) = health.events
    assert (event.status, event.scope, event.zone) == ("open", "PUBLIC", ZONE)
    assert event.description == "We are investigating."
    assert event.entities == ("i-0aaa",)


def test_only_events_that_overlap_the_window_of_this_region_are_kept(
    subscribed: SandboxAws, sessions: AwsSessions
) -> None:
    happened(subscribed, 3_000, 50)
    happened(subscribed, 3_000, 30, eventTypeCode="LASTED_INTO_IT")
    happened(subscribed, 15, region="us-east-2")
    happened(subscribed, 15, service="RDS")
    health = read(sessions, HealthEvents)
    assert isinstance(health, HealthEvents)
    assert [event.code for event in health.events] == ["LASTED_INTO_IT"]


def test_more_events_than_are_kept_are_said_to_be_missing(
    subscribed: SandboxAws, sessions: AwsSessions
) -> None:
    for _ in range(MAX_EVENTS + 1):
        happened(subscribed, 15)
    health = read(sessions, HealthEvents)
    assert isinstance(health, HealthEvents)
    assert len(health.events) == MAX_EVENTS
    assert not health.complete


@pytest.mark.usefixtures("aws")
def test_without_a_support_plan_health_is_not_subscribed(sessions: AwsSessions) -> None:
    health = read(sessions, HealthEvents)
    assert isinstance(health, Unread)
    assert health.reason is UnreadReason.NOT_SUBSCRIBED


@pytest.mark.parametrize(
    ("region", "home"),
    [
        ("eu-central-1", "us-east-1"),
        ("us-gov-east-1", "us-gov-west-1"),
        ("cn-north-1", "cn-northwest-1"),
    ],
)
def test_health_is_asked_where_the_partition_keeps_it(region: str, home: str) -> None:
    assert health_region(region) == home


def test_an_autoshift_is_kept_while_it_lasts(aws: SandboxAws, sessions: AwsSessions) -> None:
    began = AWS_NOW - timedelta(minutes=15)
    aws.estate.autoshifts.append({"awayFrom": ZONE, "startTime": began, "status": "ACTIVE"})
    shifts = read(sessions, ZonalShifts)
    aws.estate.autoshifts.clear()
    assert isinstance(shifts, ZonalShifts)
    assert [(s.away_from, s.automatic, s.start) for s in shifts.shifts] == [(ZONE, True, began)]


@pytest.mark.parametrize("action", [*HealthEvents.actions, "ec2:DescribeInstanceStatus"])
def test_with_any_action_refused_aws_events_do_not_pass(
    subscribed: SandboxAws, sessions: AwsSessions, action: str
) -> None:
    happened(subscribed, 15, availabilityZone="eu-central-1c")
    assert _judged(sessions).status is Status.PASS
    subscribed.faults.add(action, "deny")
    finding = _judged(sessions)
    assert finding.status is Status.UNKNOWN
    assert action in {one.action for one in finding.unread}


def _judged(sessions: AwsSessions, check: Any = AWS_EVENTS) -> Any:
    scope = scope_of(sessions)
    return run_check(check, scope, AwsReader(sessions, lambda: AWS_NOW).read(check.kinds, scope))


def _deployed(aws: SandboxAws, endpoint: str, sessions: AwsSessions) -> None:
    """A cluster whose service registers with shop-prod, and an event of its deployment."""
    groups = read(sessions, TargetGroups)
    assert isinstance(groups, TargetGroups)
    ecs: Any = boto3.client("ecs", region_name=REGION, endpoint_url=endpoint)
    ecs.create_cluster(clusterName="shop")
    container = {"name": "web", "image": "web:7", "memory": 128}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    ecs.create_service(
        cluster="shop",
        serviceName="web",
        taskDefinition="web",
        desiredCount=1,
        loadBalancers=[
            {"targetGroupArn": groups.groups[0].arn, "containerName": "web", "containerPort": 8080}
        ],
    )
    request = {"cluster": "shop", "service": "web", "taskDefinition": "web:7"}
    at = AWS_NOW - timedelta(minutes=15)
    aws.estate.trail.record(at, "UpdateService", "ecs", Actor("deploy-bot", "x"), request=request)


def test_the_service_of_a_deployment_says_which_target_groups_it_stands_behind(
    aws: SandboxAws, endpoint: str, sessions: AwsSessions
) -> None:
    _deployed(aws, endpoint, sessions)
    services = read(sessions, EcsServices)
    groups = read(sessions, TargetGroups)
    assert isinstance(services, EcsServices)
    assert isinstance(groups, TargetGroups)
    (service,) = services.services
    assert (service.name, service.cluster) == ("web", "shop")
    assert service.registers_with == (groups.groups[0].arn,)
    aws.faults.add("ecs:DescribeServices", "deny")
    refused = read(sessions, EcsServices)
    assert isinstance(refused, Unread)
    assert (refused.reason, refused.action) == (UnreadReason.DENIED, "ecs:DescribeServices")


def test_without_cloudtrail_nothing_is_said_to_have_changed_or_not(
    aws: SandboxAws, sessions: AwsSessions
) -> None:
    aws.faults.add("cloudtrail:LookupEvents", "deny")
    finding = _judged(sessions, WHAT_CHANGED)
    assert finding.status is Status.UNKNOWN
    assert finding.signals == ()
