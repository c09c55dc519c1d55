"""The emulated load balancers, instances, CloudTrail, Health and S3 answer as the real ones do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bot.sandbox.aws import Estate, SandboxAws

ANCHOR = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class Clock:
    """A clock the test sets."""

    def __init__(self) -> None:
        self.now = ANCHOR

    def __call__(self) -> datetime:
        return self.now


CLOCK = Clock()


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxAws]:
    estate = Estate(ANCHOR, CLOCK, account_id="111122220002", only=["shop-prod", "geo-edge"])
    with SandboxAws(estate) as running:
        yield running


@pytest.fixture
def aws(server: SandboxAws) -> Iterator[SandboxAws]:
    CLOCK.now = ANCHOR
    server.estate.trail.requests_per_second = None
    yield server
    CLOCK.now = ANCHOR
    server.faults.clear()


def code(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def lookup(aws: SandboxAws, **params: Any) -> list[dict[str, Any]]:
    pages = aws.client("cloudtrail").get_paginator("lookup_events").paginate(**params)
    return [event for page in pages for event in page["Events"]]


def test_a_network_load_balancer_says_net_in_its_arn(aws: SandboxAws) -> None:
    elbv2 = aws.client("elbv2")
    found = elbv2.describe_load_balancers(Names=["edge-tcp"])["LoadBalancers"][0]
    assert ":loadbalancer/net/edge-tcp/" in found["LoadBalancerArn"]
    assert found["State"]["Code"] == "active"
    listener = elbv2.describe_listeners(LoadBalancerArn=found["LoadBalancerArn"])["Listeners"][0]
    assert ":listener/net/edge-tcp/" in listener["ListenerArn"]
    tags = elbv2.describe_tags(ResourceArns=[found["LoadBalancerArn"]])["TagDescriptions"][0]["Tags"]
    assert {"Key": "env", "Value": "production"} in tags


def test_attributes_are_complete(aws: SandboxAws) -> None:
    elbv2 = aws.client("elbv2")
    arn = elbv2.describe_load_balancers(Names=["shop-prod"])["LoadBalancers"][0]["LoadBalancerArn"]
    answer = elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    own = {a["Key"]: a["Value"] for a in answer}
    assert own["idle_timeout.timeout_seconds"] == "60"
    assert own["access_logs.s3.enabled"] == "true"
    assert own["access_logs.s3.bucket"] == "lb-logs-111122220002"
    assert own["load_balancing.cross_zone.enabled"] == "true"
    assert own["routing.http.desync_mitigation_mode"] == "defensive"
    group = elbv2.describe_target_groups(Names=["edge-tcp"])["TargetGroups"][0]["TargetGroupArn"]
    tcp = {
        a["Key"]: a["Value"]
        for a in elbv2.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    }
    assert tcp["preserve_client_ip.enabled"] == "true"
    assert tcp["deregistration_delay.timeout_seconds"] == "300"


def test_one_address_on_two_ports_is_two_targets_and_health_changes_with_time(aws: SandboxAws) -> None:
    elbv2 = aws.client("elbv2")
    vpc = elbv2.describe_target_groups(Names=["shop-prod"])["TargetGroups"][0]["VpcId"]
    arn = elbv2.create_target_group(Name="two-ports", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")[
        "TargetGroups"
    ][0]["TargetGroupArn"]
    elbv2.register_targets(
        TargetGroupArn=arn, Targets=[{"Id": "10.20.16.200", "Port": p} for p in (8080, 8081)]
    )

    def seen() -> list[tuple[int, str, str | None]]:
        found = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return [
            (t["Target"]["Port"], t["TargetHealth"]["State"], t["TargetHealth"].get("Reason")) for t in found
        ]

    assert seen() == [(p, "initial", "Elb.InitialHealthChecking") for p in (8080, 8081)]
    CLOCK.now = ANCHOR + timedelta(minutes=1)
    assert seen() == [(p, "healthy", None) for p in (8080, 8081)]
    elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": "10.20.16.200"}])
    assert {state for _, state, _ in seen()} == {"draining"}
    CLOCK.now = ANCHOR + timedelta(minutes=7)
    assert seen() == []


def test_an_unknown_target_is_not_registered_and_an_unknown_group_is_refused(aws: SandboxAws) -> None:
    elbv2 = aws.client("elbv2")
    arn = elbv2.describe_target_groups(Names=["shop-prod"])["TargetGroups"][0]["TargetGroupArn"]
    asked = elbv2.describe_target_health(TargetGroupArn=arn, Targets=[{"Id": "i-0000", "Port": 1}])
    assert asked["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"] == "Target.NotRegistered"
    assert code(elbv2.describe_target_health, TargetGroupArn=arn + "0") == "TargetGroupNotFound"


def test_the_load_balancers_own_interfaces_are_found_by_description(aws: SandboxAws) -> None:
    arn = aws.client("elbv2").describe_load_balancers(Names=["shop-prod"])["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    wanted = [{"Name": "description", "Values": [f"ELB {arn.split(':loadbalancer/')[1]}"]}]
    found = aws.client("ec2").describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]
    assert len(found) == 2
    assert all(n["RequesterManaged"] and n["RequesterId"] == "amazon-elb" for n in found)
    assert {g["GroupName"] for n in found for g in n["Groups"]} == {"shop-prod-lb"}


def test_network_acls_end_with_the_default_deny(aws: SandboxAws) -> None:
    for acl in aws.client("ec2").describe_network_acls()["NetworkAcls"]:
        last = [e for e in acl["Entries"] if e["RuleNumber"] == 32767]
        assert sorted((e["Egress"], e["RuleAction"]) for e in last) == [(False, "deny"), (True, "deny")]


def test_impaired_instances_say_since_when(aws: SandboxAws) -> None:
    answer = aws.client("ec2").describe_instance_status()["InstanceStatuses"]
    impaired = [s for s in answer if s["SystemStatus"]["Status"] == "impaired"]
    assert [s["AvailabilityZone"] for s in impaired] == ["eu-central-1b", "eu-central-1b"]
    assert impaired[0]["SystemStatus"]["Details"][0]["ImpairedSince"] == ANCHOR - timedelta(minutes=14)


def test_classic_instances_have_reason_codes(aws: SandboxAws) -> None:
    states = aws.client("elb").describe_instance_health(LoadBalancerName="legacy-web")["InstanceStates"]
    assert [(s["State"], s["ReasonCode"]) for s in states] == [("InService", "N/A")] * 3


def test_trail_events_come_newest_first_and_by_one_attribute(aws: SandboxAws) -> None:
    events = lookup(aws, StartTime=ANCHOR - timedelta(hours=12), EndTime=ANCHOR)
    times = [event["EventTime"] for event in events]
    assert len(events) > 50
    assert times == sorted(times, reverse=True)
    group = json.loads(
        lookup(
            aws,
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "RevokeSecurityGroupIngress"}],
        )[0]["CloudTrailEvent"]
    )["requestParameters"]["groupId"]
    by_name = lookup(aws, LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": group}])
    assert [event["EventName"] for event in by_name] == ["RevokeSecurityGroupIngress"]


def test_a_trail_event_appears_only_after_the_delay(aws: SandboxAws) -> None:
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "RevokeSecurityGroupIngress"}]
    happened = lookup(aws, LookupAttributes=wanted)[0]["EventTime"]
    CLOCK.now = happened + timedelta(minutes=2, seconds=50)
    assert lookup(aws, LookupAttributes=wanted) == []
    CLOCK.now = happened + timedelta(minutes=3, seconds=10)
    assert len(lookup(aws, LookupAttributes=wanted)) == 1


@pytest.mark.parametrize(
    ("params", "refused"),
    [
        (
            {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "x"}] * 2},
            "InvalidLookupAttributesException",
        ),
        ({"StartTime": ANCHOR, "EndTime": ANCHOR - timedelta(hours=1)}, "InvalidTimeRangeException"),
        ({"MaxResults": 50, "NextToken": "bm90IGEgdG9rZW4="}, "InvalidNextTokenException"),
    ],
)
def test_cloudtrail_refuses_what_the_real_one_refuses(
    aws: SandboxAws, params: dict[str, Any], refused: str
) -> None:
    assert code(aws.client("cloudtrail").lookup_events, **params) == refused


def test_a_trail_token_needs_identical_parameters(aws: SandboxAws) -> None:
    client = aws.client("cloudtrail")
    window = {"StartTime": ANCHOR - timedelta(hours=12), "EndTime": ANCHOR}
    token = client.lookup_events(**window)["NextToken"]
    assert len(client.lookup_events(**window, NextToken=token)["Events"]) > 0
    assert (
        code(client.lookup_events, StartTime=window["StartTime"], NextToken=token)
        == "InvalidNextTokenException"
    )


def test_the_third_lookup_in_a_second_is_throttled(aws: SandboxAws) -> None:
    aws.estate.trail.requests_per_second = 2
    client = aws.client("cloudtrail")
    answers = []
    for _ in range(3):
        try:
            client.lookup_events(MaxResults=1)
            answers.append("ok")
        except ClientError as error:
            answers.append(error.response["Error"]["Code"])
    assert answers == ["ok", "ok", "ThrottlingException"]


def test_what_a_visitor_changes_is_in_the_trail_after_the_delay(aws: SandboxAws) -> None:
    ec2 = aws.client("ec2")
    wanted = [{"Name": "group-name", "Values": ["shop-prod-web"]}]
    group = ec2.describe_security_groups(Filters=wanted)["SecurityGroups"][0]["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 9, "ToPort": 9, "IpRanges": [{"CidrIp": "10.20.0.0/24"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    CLOCK.now = ANCHOR + timedelta(minutes=4)
    attribute = {"AttributeKey": "EventName", "AttributeValue": "AuthorizeSecurityGroupIngress"}
    event = lookup(aws, LookupAttributes=[attribute])[0]
    assert (event["EventTime"], event["Username"]) == (ANCHOR, "you")
    assert json.loads(event["CloudTrailEvent"])["requestParameters"]["groupId"] == group


def test_health_needs_a_subscription(aws: SandboxAws) -> None:
    health = aws.client("health")
    assert code(health.describe_events) == "SubscriptionRequiredException"
    aws.estate.health_subscribed = True
    try:
        event = health.describe_events(filter={"services": ["EC2"], "eventStatusCodes": ["open"]})["events"][
            0
        ]
        detail = health.describe_event_details(eventArns=[event["arn"]])["successfulSet"][0]
        entities = health.describe_affected_entities(filter={"eventArns": [event["arn"]]})["entities"]
    finally:
        aws.estate.health_subscribed = False
    assert event["availabilityZone"] == "eu-central-1b"
    assert "Availability Zone" in detail["eventDescription"]["latestDescription"]
    assert len(entities) == 2


def test_an_automatic_zonal_shift_is_listed(aws: SandboxAws) -> None:
    assert aws.client("arc-zonal-shift").list_autoshifts()["items"][0]["awayFrom"] == "eu-central-1b"


def test_calls_the_sandbox_lacks_are_aws_errors(aws: SandboxAws) -> None:
    assert code(aws.client("ec2").describe_network_insights_paths) == "NotImplemented"
    assert code(aws.client("ssm").get_inventory_schema) == "NotImplemented"
    assert code(
        aws.client("cloudwatch").put_metric_data, Namespace="x", MetricData=[{"MetricName": "m", "Value": 1}]
    ) == ("NotImplemented")


def test_the_rest_of_aws_is_there_too(aws: SandboxAws) -> None:
    assert aws.client("sts").get_caller_identity()["Account"] == "111122220002"
    ec2 = aws.client("ec2")
    groups = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["shop-prod-web"]}])
    assert len(groups["SecurityGroups"]) == 1
    assert ec2.describe_route_tables()["RouteTables"]
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="own", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="own", Key="k", Body=b"v")
    assert s3.get_object(Bucket="own", Key="k")["Body"].read() == b"v"
