"""What was changed: CloudTrail's write events from an hour before the window."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta
from typing import Any

from bot.aws.collector import Source
from bot.aws.failures import ReadFailed
from bot.core.evidence import Change, Changes
from bot.core.model import Unread, UnreadReason, Window

ACTION = "cloudtrail:LookupEvents"
BEFORE = timedelta(minutes=60)
KEPT = timedelta(days=90)
MAX_PAGES = 20
MAX_JSON_CHARS = 4096
MAX_RESOURCES = 200
WRITES = [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]

_ID = re.compile(r"(?:[a-z]{1,12}-(?:[0-9a-f]{8}|[0-9a-f]{17})|arn:aws[\w-]*:\S+)")
_NAMED = re.compile(r"(?i).*(?:name|id|arn|^service|^cluster|taskdefinition)$")


def read_changes(source: Source) -> Changes:
    """Errorless and failed write events, newest first, at most 20 pages (DOMAIN.md section 6).

    The pages come newest first, so what is missing from an incomplete list is the oldest part.
    """
    scope = source.scope
    if scope.window.start < source.now - KEPT:
        raise ReadFailed(
            Unread(reason=UnreadReason.TOO_OLD, action=ACTION, detail="CloudTrail event history of 90 days")
        )
    window = Window(start=scope.window.start - BEFORE, end=min(scope.window.end, source.now))
    changes: list[Change] = []
    complete = True
    pages = source.api.pages(
        "cloudtrail",
        "lookup_events",
        LookupAttributes=WRITES,
        StartTime=window.start,
        EndTime=window.end,
        PaginationConfig={"PageSize": 50},
    )
    for number, page in enumerate(pages, start=1):
        changes += [change(event) for event in page["Events"]]
        if number == MAX_PAGES:
            complete = not page.get("NextToken")
            break
    return Changes(window=window, read_at=source.now, complete=complete, changes=tuple(changes))


def change(event: Mapping[str, Any]) -> Change:
    """An element of LookupEvents. What its JSON document does not say comes from the envelope."""
    document = _document(event.get("CloudTrailEvent", ""))
    identity = _mapping(document.get("userIdentity"))
    request, response = document.get("requestParameters"), document.get("responseElements")
    return Change(
        id=event["EventId"],
        at=event["EventTime"].astimezone(UTC),
        name=event["EventName"],
        service=event.get("EventSource", ""),
        principal=principal(identity) or event.get("Username", ""),
        invoked_by=str(identity.get("invokedBy") or ""),
        source_ip=str(document.get("sourceIPAddress") or ""),
        error=str(document.get("errorCode") or ""),
        resources=_resources(event, request, response),
        request=_json(request),
        response=_json(response),
    )


def principal(identity: Mapping[str, Any]) -> str:
    """Who: `role/deploy-bot`, `user/lan`, `root`, or the AWS service; '' when it is not said."""
    match identity.get("type"):
        case "Root":
            return "root"
        case "AssumedRole":
            issuer = _mapping(_mapping(identity.get("sessionContext")).get("sessionIssuer"))
            return f"role/{issuer['userName']}" if issuer.get("userName") else _arn_tail(identity)
        case "AWSService":
            return str(identity.get("invokedBy") or "")
        case "AWSAccount":
            return f"account/{identity.get('accountId', '')}"
    name = identity.get("userName")
    return f"user/{name}" if name else _arn_tail(identity)


def _arn_tail(identity: Mapping[str, Any]) -> str:
    """`assumed-role/name/session` out of the ARN."""
    return str(identity.get("arn") or "").rpartition(":")[2]


def _document(text: str) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(text))
    except ValueError:
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _resources(event: Mapping[str, Any], *documents: object) -> tuple[str, ...]:
    """Identifiers, each once: CloudTrail's own list is often incomplete, so the parameters count too."""
    listed = [r["ResourceName"] for r in event.get("Resources", ()) if r.get("ResourceName")]
    found = [one for document in documents for one in _identifiers("", document)]
    return tuple(dict.fromkeys([*listed, *found]))[:MAX_RESOURCES]


def _identifiers(key: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _identifiers(str(name), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _identifiers(key, inner)
    elif isinstance(value, str) and value and (_ID.fullmatch(value) or _NAMED.fullmatch(key)):
        yield value


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)[:MAX_JSON_CHARS] if value else ""
