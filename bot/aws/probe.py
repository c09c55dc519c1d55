"""Tries every declared read action once, as cheaply as it can be tried: what `doctor` shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name

from bot.aws.collectors.aws_events import health_region
from bot.aws.failures import AWS_FAILURES, error_code, unread_of
from bot.aws.policy import READ_ACTIONS
from bot.aws.sessions import AwsSessions
from bot.core.checks import unread_sentence
from bot.core.message import Code, Message, say
from bot.core.model import UnreadReason

NAME = "alb-incident-probe"
HEALTH_EVENT = "arn:aws:health:global::event/EC2/PROBE/PROBE_0"
_AFTER_AUTHORISATION = re.compile("NotFound|Validation|InvalidParameter|Malformed|DryRunOperation")
"""AWS checks permission first: who is told that a thing does not exist was allowed to ask."""
_V2 = "elbv2"


@dataclass(frozen=True)
class Probe:
    """Whether an IAM action may be used, None when the account has no such service; `what_to_do` then."""

    action: str
    ok: bool | None
    what_to_do: Message | None = None


def probe(sessions: AwsSessions) -> tuple[Probe, ...]:
    """The declared read actions in the first Region, by name. AwsUnreachable, IdentityRefused.

    Those on S3 are left out: they are allowed per bucket, and only a load balancer names its bucket.
    """
    identity = sessions.identity()
    region = sessions.regions[0]
    attempts = _attempts(f"arn:{identity.arn.split(':')[1]}:elasticloadbalancing:{region}:{identity.account}")
    with ThreadPoolExecutor(8) as pool:
        return tuple(
            pool.map(lambda action: _try(sessions, region, action, attempts[action]), sorted(attempts))
        )


Attempt = tuple[str, str, Mapping[str, Any]]
"""boto3 service, method, parameters."""


def _try(sessions: AwsSessions, region: str, action: str, attempt: Attempt) -> Probe:
    service, method, params = attempt
    # AWS Health answers for all Regions in one.
    region = health_region(region) if service == "health" else region
    try:
        getattr(sessions.client(service, region), method)(**params)
    except AWS_FAILURES as error:
        return _judged(action, error)
    return Probe(action, ok=True)


def _judged(action: str, error: Exception) -> Probe:
    code = error_code(error)
    if _AFTER_AUTHORISATION.search(code):
        return Probe(action, ok=True)
    unread = unread_of(error, action)
    if unread.reason is UnreadReason.NOT_SUBSCRIBED:
        return Probe(action, ok=None, what_to_do=unread_sentence(unread))
    if unread.reason is UnreadReason.DENIED:
        hint = say(
            "Allow {action}; the command iam-policy prints the whole policy.", action=Code(text=action)
        )
    else:
        hint = say("{why} Try again.", why=unread_sentence(unread))
    return Probe(action, ok=False, what_to_do=hint)


def _attempts(elb: str) -> dict[str, Attempt]:
    """One harmless request per action: about things that do not exist, one item, or a dry run."""
    balancer = f"{elb}:loadbalancer/app/{NAME}/0000000000000000"
    group = f"{elb}:targetgroup/{NAME}/0000000000000000"
    listener = f"{elb}:listener/app/{NAME}/0000000000000000/0000000000000000"
    attempts: dict[str, Attempt] = {
        "cloudtrail:LookupEvents": ("cloudtrail", "lookup_events", {"MaxResults": 1}),
        "cloudwatch:DescribeAlarmHistory": ("cloudwatch", "describe_alarm_history", {"MaxRecords": 1}),
        "cloudwatch:DescribeAlarms": ("cloudwatch", "describe_alarms", {"MaxRecords": 1}),
        "arc-zonal-shift:ListAutoshifts": ("arc-zonal-shift", "list_autoshifts", {"maxResults": 1}),
        "arc-zonal-shift:ListZonalShifts": ("arc-zonal-shift", "list_zonal_shifts", {"maxResults": 1}),
        "cloudformation:DescribeStackResources": (
            "cloudformation",
            "describe_stack_resources",
            {"StackName": NAME},
        ),
        "cloudformation:GetTemplate": ("cloudformation", "get_template", {"StackName": NAME}),
        "cloudwatch:DescribeAnomalyDetectors": (
            "cloudwatch",
            "describe_anomaly_detectors",
            {"MaxResults": 1},
        ),
        "ecs:DescribeServices": ("ecs", "describe_services", {"cluster": NAME, "services": [NAME]}),
        "health:DescribeAffectedEntities": (
            "health",
            "describe_affected_entities",
            {"filter": {"eventArns": [HEALTH_EVENT]}},
        ),
        "health:DescribeEventDetails": ("health", "describe_event_details", {"eventArns": [HEALTH_EVENT]}),
        "health:DescribeEvents": ("health", "describe_events", {"maxResults": 10}),
        "logs:FilterLogEvents": ("logs", "filter_log_events", {"logGroupName": NAME, "limit": 1}),
        "cloudwatch:GetMetricData": ("cloudwatch", "get_metric_data", _no_metrics()),
        "sts:GetCallerIdentity": ("sts", "get_caller_identity", {}),
    }
    about: dict[str, Mapping[str, Any]] = {
        "DescribeListeners": {"LoadBalancerArn": balancer},
        "DescribeLoadBalancerAttributes": {"LoadBalancerArn": balancer},
        "DescribeLoadBalancers": {"PageSize": 1},
        "DescribeRules": {"ListenerArn": listener},
        "DescribeTags": {"ResourceArns": [balancer]},
        "DescribeTargetGroupAttributes": {"TargetGroupArn": group},
        "DescribeTargetGroups": {"PageSize": 1},
        "DescribeTargetHealth": {"TargetGroupArn": group},
    }
    for operation, params in about.items():
        attempts[f"elasticloadbalancing:{operation}"] = (_V2, xform_name(operation), params)
    attempts["elasticloadbalancing:DescribeInstanceHealth"] = (
        "elb",
        "describe_instance_health",
        {"LoadBalancerName": NAME},
    )
    prefix_list = {"PrefixListId": "pl-00000000000000000"}
    for action in READ_ACTIONS:
        if action.startswith("ec2:"):
            operation = action.partition(":")[2]
            params = prefix_list if operation == "GetManagedPrefixListEntries" else {}
            attempts[action] = ("ec2", xform_name(operation), {**params, "DryRun": True})
    return attempts


def _no_metrics() -> dict[str, Any]:
    """A request over no time at all: refused as invalid, and so free."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    metric = {"Namespace": "AWS/ApplicationELB", "MetricName": "RequestCount"}
    stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
    return {"MetricDataQueries": [{"Id": "q0", "MetricStat": stat}], "StartTime": at, "EndTime": at}
