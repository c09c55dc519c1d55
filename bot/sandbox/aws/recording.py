"""Writes made to the sandbox become CloudTrail events, so that what a person tries is seen by the checks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError

from bot.sandbox.aws import wire
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.trail import READ_PREFIXES, Actor
from bot.sandbox.aws.wire import Call

SOURCES = {"elbv2": "elasticloadbalancing", "elb": "elasticloadbalancing", "cloudwatch": "monitoring"}
DATA_PLANE = frozenset({"s3", "sqs", "sns"})
CALLER = Actor("sandbox-visitor", "you")


def record_write(estate: Estate, call: Call, body: bytes, status: int) -> None:
    """Add the event of a management call that changes something; reads and data events leave none."""
    if call.service in DATA_PLANE or not call.operation or call.operation.startswith(READ_PREFIXES):
        return
    if call.account != estate.account_id or call.region != estate.region or status >= 500:
        return
    try:
        params = wire.parse(call.service, call.operation, call.protocol, body)
    except (BotoCoreError, ValueError):
        return
    error = (
        {"error_code": "Client.InvalidParameter", "error_message": f"HTTP {status}"} if status >= 400 else {}
    )
    source = SOURCES.get(call.service, call.service)
    estate.trail.record(
        estate.now(),
        call.operation,
        source,
        CALLER,
        request=_camel(params),
        resources=_named(params),
        **error,
    )


def _camel(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {f"{name[:1].lower()}{name[1:]}": _camel(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_camel(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _named(params: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    kinds = {
        "GroupId": "AWS::EC2::SecurityGroup",
        "InstanceId": "AWS::EC2::Instance",
        "TargetGroupArn": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "LoadBalancerArn": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    }
    return tuple(
        (kind, str(params[name])) for name, kind in kinds.items() if isinstance(params.get(name), str)
    )
