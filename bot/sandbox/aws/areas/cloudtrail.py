"""CloudTrail LookupEvents: one attribute, 50 a page newest first, two requests a second, a delay."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

from bot.sandbox.aws.errors import AwsError, throttled
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.trail import KEPT, TrailEvent
from bot.sandbox.aws.wire import Call

PAGE = 50
ATTRIBUTES = frozenset(
    {
        "EventId",
        "EventName",
        "ReadOnly",
        "Username",
        "ResourceType",
        "ResourceName",
        "EventSource",
        "AccessKeyId",
    }
)


def lookup_events(estate: Estate, call: Call) -> dict[str, Any]:
    """Events that match, newest first. Raises the service's own exceptions for what it refuses."""
    if not estate.trail.admit():
        raise throttled("cloudtrail")
    params = call.params
    attribute = _attribute(params)
    now = estate.now()
    start, end = params.get("StartTime") or now - KEPT, params.get("EndTime") or now
    if start > end:
        raise AwsError("InvalidTimeRangeException", "The start time must be before the end time.")
    size = params.get("MaxResults") or PAGE
    if not 1 <= size <= PAGE:
        raise AwsError("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
    if call.region != estate.region or call.account != estate.account_id:
        return {"Events": []}
    before, now = _read_token(params, now)
    matching = [e for e in estate.trail.between(start, end, now) if _matches(e, attribute)]
    remaining = [e for e in matching if before is None or (e.at.timestamp(), e.event_id) < before]
    page = remaining[:size]
    answer: dict[str, Any] = {"Events": [_described(e, estate) for e in page]}
    if len(remaining) > size:
        answer["NextToken"] = _token(params, page[-1], now.timestamp())
    return answer


def _attribute(params: Any) -> tuple[str, str] | None:
    attributes = params.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise AwsError("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
    if not attributes:
        return None
    name, value = attributes[0].get("AttributeKey"), attributes[0].get("AttributeValue")
    if name not in ATTRIBUTES or not value:
        raise AwsError("InvalidLookupAttributesException", "An invalid lookup attribute was specified.")
    return name, value


def _matches(event: TrailEvent, attribute: tuple[str, str] | None) -> bool:
    if attribute is None:
        return True
    name, value = attribute
    if name in {"ResourceType", "ResourceName"}:
        return any(value == pair[name == "ResourceName"] for pair in event.resources)
    own = {
        "EventId": event.event_id,
        "EventName": event.name,
        "ReadOnly": str(event.read_only).lower(),
        "Username": event.actor.session,
        "EventSource": event.source,
        "AccessKeyId": event.access_key,
    }
    return own[name] == value


def _described(event: TrailEvent, estate: Estate) -> dict[str, Any]:
    return {
        "EventId": event.event_id,
        "EventName": event.name,
        "ReadOnly": str(event.read_only).lower(),
        "AccessKeyId": event.access_key,
        "EventTime": event.at.replace(microsecond=0),
        "EventSource": event.source,
        "Username": event.actor.session,
        "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in event.resources],
        "CloudTrailEvent": event.document(estate.account_id, estate.region),
    }


def _same(params: Any) -> str:
    return json.dumps(
        {k: v for k, v in params.items() if k not in {"NextToken", "MaxResults"}}, sort_keys=True, default=str
    )


def _token(params: Any, last: TrailEvent, seen_at: float) -> str:
    inside = [_same(params), last.at.timestamp(), last.event_id, seen_at]
    return base64.urlsafe_b64encode(json.dumps(inside).encode()).decode()


def _read_token(params: Any, now: Any) -> tuple[tuple[float, str] | None, Any]:
    if not params.get("NextToken"):
        return None, now
    refused = AwsError(
        "InvalidNextTokenException", "A token that is not valid, or that was used with other parameters."
    )
    try:
        same, stamp, event_id, seen_at = json.loads(base64.urlsafe_b64decode(params["NextToken"]))
    except ValueError as error:
        raise refused from error
    if same != _same(params):
        raise refused
    return (stamp, event_id), now - timedelta(seconds=max(0.0, now.timestamp() - seen_at))
