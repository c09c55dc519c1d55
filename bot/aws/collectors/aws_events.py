"""What AWS says about itself: events of AWS Health, and zones it has moved traffic away from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.aws.api import RegionApi, batches, utc
from bot.aws.collector import Source
from bot.aws.failures import ReadFailed
from bot.core.evidence import HealthEvent, HealthEvents, ZonalShift, ZonalShifts
from bot.core.model import Unread, UnreadReason, Window

SERVICES = ["EC2", "ELASTICLOADBALANCING"]
CATEGORIES = ["issue", "scheduledChange"]
KEPT = timedelta(days=90)
MAX_PAGES = 5
MAX_EVENTS = 20
EVENTS_PER_CALL = 10
MAX_ENTITIES = 200
MAX_DESCRIPTION = 1000


def health_region(region: str) -> str:
    """Where a Region's partition keeps AWS Health: one place for all of it (DOMAIN.md section 7)."""
    if region.startswith("us-gov-"):
        return "us-gov-west-1"
    return "cn-northwest-1" if region.startswith("cn-") else "us-east-1"


def read_health_events(source: Source) -> HealthEvents:
    """Events of the Region about EC2 and load balancing that overlap the window, the newest 20."""
    window = source.scope.window
    if window.end < source.now - KEPT:
        raise ReadFailed(
            Unread(
                reason=UnreadReason.TOO_OLD,
                action=HealthEvents.actions[0],
                detail="AWS Health events of 90 days",
            )
        )
    found, complete = _overlapping(source, window)
    kept = sorted(found, key=lambda raw: (raw["startTime"], raw["arn"]), reverse=True)[:MAX_EVENTS]
    arns = [raw["arn"] for raw in kept]
    texts, entities = _texts(source, arns), _entities(source, arns)
    events = tuple(event(raw, texts.get(raw["arn"], ""), entities.get(raw["arn"], ())) for raw in kept)
    return HealthEvents(
        window=window, read_at=source.now, complete=complete and len(kept) == len(found), events=events
    )


def _overlapping(source: Source, window: Window) -> tuple[list[Mapping[str, Any]], bool]:
    """The filter knows when events began, not whether they lasted into the window."""
    wanted = {
        "services": SERVICES,
        "regions": [source.load_balancer.region],
        "eventTypeCategories": CATEGORIES,
        "startTimes": [{"to": window.end}],
    }
    found: list[Mapping[str, Any]] = []
    pages = _api(source).pages("health", "describe_events", filter=wanted)
    for number, page in enumerate(pages, start=1):
        found += [raw for raw in page["events"] if _overlaps(raw, window)]
        if number == MAX_PAGES:
            return found, not page.get("nextToken")
    return found, True


def _overlaps(raw: Mapping[str, Any], window: Window) -> bool:
    end = raw.get("endTime")
    return bool(raw["startTime"] < window.end and (end is None or end > window.start))


def _texts(source: Source, arns: list[str]) -> dict[str, str]:
    """What AWS wrote about each event."""

    def details(batch: list[str]) -> list[Mapping[str, Any]]:
        answer = _api(source).call("health", "describe_event_details", eventArns=batch)
        return list(answer.get("successfulSet", ()))

    read = source.api.each(details, [list(batch) for batch in batches(arns, EVENTS_PER_CALL)])
    return {
        one["event"]["arn"]: one.get("eventDescription", {}).get("latestDescription", "")
        for some in read
        for one in some
    }


def _entities(source: Source, arns: list[str]) -> dict[str, tuple[str, ...]]:
    """Resources of this account that the events name."""

    def affected(batch: list[str]) -> Sequence[Mapping[str, Any]]:
        wanted = {"eventArns": batch}
        return _api(source).all("health", "describe_affected_entities", "entities", filter=wanted)

    read = source.api.each(affected, [list(batch) for batch in batches(arns, EVENTS_PER_CALL)])
    found: dict[str, list[str]] = {}
    for entity in (entity for some in read for entity in some):
        found.setdefault(entity["eventArn"], []).append(entity.get("entityValue", ""))
    return {arn: tuple(values[:MAX_ENTITIES]) for arn, values in found.items()}


def _api(source: Source) -> RegionApi:
    return source.api.elsewhere(health_region(source.load_balancer.region))


def event(raw: Mapping[str, Any], description: str, entities: tuple[str, ...]) -> HealthEvent:
    """An element of DescribeEvents with its text and entities."""
    return HealthEvent(
        arn=raw["arn"],
        service=raw.get("service", ""),
        code=raw.get("eventTypeCode", ""),
        category=raw.get("eventTypeCategory", ""),
        status=raw.get("statusCode", ""),
        scope=raw.get("eventScopeCode", ""),
        zone=raw.get("availabilityZone", ""),
        start=utc(raw["startTime"]),
        end=utc(raw.get("endTime")),
        description=" ".join(description.split())[:MAX_DESCRIPTION],
        entities=entities,
    )


def read_zonal_shifts(source: Source) -> ZonalShifts:
    """Autoshifts of the Region and shifts of this load balancer that overlap the window, oldest first.

    AWS names the zone by its id (`euc1-az2`), which differs from the name an account knows it by.
    """
    window, arn = source.scope.window, source.load_balancer.arn
    moved = source.api.all("arc-zonal-shift", "list_autoshifts", "items")
    shifts = [shift(raw, automatic=True) for raw in moved if _shifted(raw, window)]
    if arn:
        by_hand = source.api.all("arc-zonal-shift", "list_zonal_shifts", "items", resourceIdentifier=arn)
        shifts += [shift(raw, automatic=False) for raw in by_hand if _shifted(raw, window)]
    return ZonalShifts(shifts=tuple(sorted(shifts, key=lambda one: (one.start, one.away_from))))


def _shifted(raw: Mapping[str, Any], window: Window) -> bool:
    """A shift by hand has an expiry from the start, and may have ended before it."""
    end = None if raw.get("status") == "ACTIVE" else raw.get("endTime") or raw.get("expiryTime")
    return bool(raw["startTime"] < window.end and (end is None or end > window.start))


def shift(raw: Mapping[str, Any], *, automatic: bool) -> ZonalShift:
    """An element of ListAutoshifts or ListZonalShifts."""
    return ZonalShift(
        automatic=automatic,
        away_from=raw["awayFrom"],
        start=utc(raw["startTime"]),
        end=utc(raw.get("endTime") or raw.get("expiryTime")),
        status=raw.get("status", ""),
        comment=raw.get("comment", ""),
    )
