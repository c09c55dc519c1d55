"""AWS Health and ARC zonal shift: refused without a support plan unless the estate says it is subscribed."""

from __future__ import annotations

from typing import Any

from bot.sandbox.aws.errors import AwsError
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.wire import Call

_DETAIL_ONLY = ("description", "entities")


def describe_events(estate: Estate, call: Call) -> dict[str, Any]:
    """Events that match the filter, newest first; at most 100."""
    _need_subscription(estate)
    wanted = call.params.get("filter") or {}
    events = [e for e in estate.health_events if e["startTime"] <= estate.now() and _matches(e, wanted)]
    newest_first = sorted(events, key=lambda e: e["startTime"], reverse=True)
    return {"events": [{k: v for k, v in e.items() if k not in _DETAIL_ONLY} for e in newest_first[:100]]}


def describe_event_details(estate: Estate, call: Call) -> dict[str, Any]:
    """The text of events by ARN."""
    _need_subscription(estate)
    by_arn = {event["arn"]: event for event in estate.health_events}
    found, failed = [], []
    for arn in call.params.get("eventArns") or []:
        event = by_arn.get(arn)
        if event is None:
            failed.append({"eventArn": arn, "errorName": "InvalidEventArn", "errorMessage": "No such event."})
            continue
        summary = {k: v for k, v in event.items() if k not in _DETAIL_ONLY}
        found.append({"event": summary, "eventDescription": {"latestDescription": event["description"]}})
    return {"successfulSet": found, "failedSet": failed}


def describe_affected_entities(estate: Estate, call: Call) -> dict[str, Any]:
    """Resources named by events."""
    _need_subscription(estate)
    wanted = set((call.params.get("filter") or {}).get("eventArns") or [])
    entities = [
        {
            "eventArn": event["arn"],
            "entityValue": value,
            "awsAccountId": estate.account_id,
            "statusCode": "IMPAIRED",
        }
        for event in estate.health_events
        if event["arn"] in wanted
        for value in event["entities"]
    ]
    return {"entities": entities}


def list_autoshifts(estate: Estate, call: Call) -> dict[str, Any]:
    """Zonal autoshifts of the Region."""
    return {"items": [dict(shift) for shift in estate.autoshifts if shift["startTime"] <= estate.now()]}


def list_zonal_shifts(estate: Estate, call: Call) -> dict[str, Any]:
    """Nobody has shifted a zone by hand."""
    return {"items": []}


def _need_subscription(estate: Estate) -> None:
    if not estate.health_subscribed:
        raise AwsError("SubscriptionRequiredException", "")


def _matches(event: dict[str, Any], wanted: dict[str, Any]) -> bool:
    fields = {
        "services": "service",
        "regions": "region",
        "availabilityZones": "availabilityZone",
        "eventStatusCodes": "statusCode",
        "eventTypeCategories": "eventTypeCategory",
        "eventTypeCodes": "eventTypeCode",
        "eventArns": "arn",
    }
    for name, own in fields.items():
        if wanted.get(name) and event.get(own) not in wanted[name]:
            return False
    if wanted.get("entityValues") and not set(wanted["entityValues"]) & set(event["entities"]):
        return False
    return all(_inside(event.get("startTime"), span) for span in wanted.get("startTimes") or [])


def _inside(moment: Any, span: dict[str, Any]) -> bool:
    return not (span.get("from") and moment < span["from"]) and not (span.get("to") and moment > span["to"])
