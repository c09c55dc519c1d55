"""The access log: finds its objects in S3 and counts what they say; two smaller logs where they are on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.aws.api import RegionApi
from bot.aws.collector import Source
from bot.aws.failures import AWS_FAILURES, ReadFailed, unread_of
from bot.aws.logfiles import Open, Scan, Unfetched, scan_objects
from bot.core.accesslog.keys import (
    BEFORE,
    LogObject,
    LogPlace,
    how_to_turn_on,
    listing_prefixes,
    log_object,
    log_place,
    needed,
    within_cap,
)
from bot.core.accesslog.scan import LogKind
from bot.core.accesslog.summary import access_log, connection_log, health_check_log, minute_bounds
from bot.core.accesslog.tally import Tally
from bot.core.accesslog.values import Scanned
from bot.core.evidence import AccessLog, LoadBalancerAttributes
from bot.core.model import LoadBalancerType, Scope, Unread, UnreadReason, Window

CAP_BYTES = 2**30
"""Compressed bytes of the access log that are read at most; the rest is said to be unread."""
SIDE_CAP_BYTES = 2**26
SCAN_S = 20.0
"""Seconds after which what has been counted is the answer; a check has 30 in all."""
_PIECE_BYTES = 2**18
_SIDE_LOGS = (LogKind.HEALTH_CHECK, LogKind.CONNECTION)
_MAIN_LOG = {LoadBalancerType.APPLICATION: LogKind.ALB, LoadBalancerType.CLASSIC: LogKind.CLASSIC}


@dataclass(frozen=True)
class _Listing:
    """The objects a window needs, those of them to read, and the newest delivered interval's end."""

    needed: list[LogObject]
    wanted: list[LogObject]
    newest: datetime | None


def read_access_log(source: Source, *, cap_bytes: int = CAP_BYTES, scan_s: float = SCAN_S) -> AccessLog:
    """What was logged from an hour before the scope's window to its end, as far as cap and time allow."""
    until = time.monotonic() + scan_s
    attributes = source[LoadBalancerAttributes].attributes
    place = _place(source, attributes)
    window = source.scope.window.widened(BEFORE)
    listing = _list(source.api, place, source.scope, window, cap_bytes)
    side, unread = _side_listings(source, attributes, window)
    wanted = [*listing.wanted, *(one for listed in side.values() for one in listed.wanted)]
    scan = scan_objects(wanted, _opener(source.api), minute_bounds(window), until=until)
    scanned = _scanned(listing, scan)
    if listing.wanted and not scanned.objects:
        raise ReadFailed(_why(listing.wanted[0], scan))
    counted = {kind: (scan.tallies.get(kind, Tally()), _scanned(side[kind], scan)) for kind in side}
    return access_log(
        scan.tallies.get(place.kind, Tally()),
        window=window,
        read_at=source.now,
        location=f"s3://{place.bucket}/{place.prefix}".rstrip("/"),
        logged_until=listing.newest,
        scanned=scanned,
        health_checks=health_check_log(*health) if (health := counted.get(LogKind.HEALTH_CHECK)) else None,
        connections=connection_log(*made) if (made := counted.get(LogKind.CONNECTION)) else None,
        unread=unread,
    )


def _place(source: Source, attributes: dict[str, str]) -> LogPlace:
    load_balancer = source.load_balancer
    kind = _MAIN_LOG.get(load_balancer.type)
    if kind is None:
        # DOMAIN.md section 5: an NLB logs TLS connections to its listener, never a target.
        detail = "an access log of a Network Load Balancer that names targets"
        raise ReadFailed(Unread(reason=UnreadReason.NOT_APPLICABLE, detail=detail))
    place = log_place(kind, attributes)
    if place is None:
        raise ReadFailed(Unread(reason=UnreadReason.NOT_ENABLED, detail=how_to_turn_on(load_balancer)))
    return place


def _side_listings(
    source: Source, attributes: dict[str, str], window: Window
) -> tuple[dict[LogKind, _Listing], tuple[Unread, ...]]:
    """Listings of the health-check and connection log, where on; and why one of them could not be listed."""
    listings: dict[LogKind, _Listing] = {}
    unread: list[Unread] = []
    for kind in _SIDE_LOGS:
        if place := log_place(kind, attributes):
            try:
                listings[kind] = _list(source.api, place, source.scope, window, SIDE_CAP_BYTES)
            except ReadFailed as failed:
                unread.append(failed.unread)
    return listings, tuple(unread)


def _list(api: RegionApi, place: LogPlace, scope: Scope, window: Window, cap_bytes: int) -> _Listing:
    found: list[LogObject] = []
    for prefix in listing_prefixes(place, scope.load_balancer, window):
        for item in api.all("s3", "list_objects_v2", "Contents", Bucket=place.bucket, Prefix=prefix):
            if one := log_object(place, prefix, item["Key"], item["Size"]):
                found.append(one)
    objects = needed(found, window, scope.alarm_at)
    return _Listing(objects, within_cap(objects, cap_bytes), max((o.end for o in found), default=None))


def _opener(api: RegionApi) -> Open:
    def pieces(one: LogObject) -> Iterator[bytes]:
        try:
            body = api.call("s3", "get_object", Bucket=one.bucket, Key=one.key)["Body"]
            yield from body.iter_chunks(_PIECE_BYTES)
        except (ReadFailed, *AWS_FAILURES) as error:
            raise Unfetched(one.key) from error

    return pieces


def _why(one: LogObject, scan: Scan) -> Unread:
    """Why an object could not be read."""
    action = "s3:GetObject"
    if one.key not in scan.failed:
        return Unread(reason=UnreadReason.TIMEOUT, action=action)
    failure = scan.failed[one.key]
    match failure.__cause__ if failure else None:
        case ReadFailed() as failed:
            return failed.unread
        case Exception() as error:
            return unread_of(error, action)
    return Unread(reason=UnreadReason.ERROR, action=action, detail="the counting process ended early")


def _scanned(listing: _Listing, scan: Scan) -> Scanned:
    """Of one log's objects: how many were read, and which not whole."""
    own = {o.key for o in listing.needed}
    read = [o for o in scan.scanned if o.key in own]
    return Scanned(
        objects=len(read),
        objects_total=len(listing.needed),
        bytes=sum(o.size_bytes for o in read),
        bytes_total=sum(o.size_bytes for o in listing.needed),
        cut=tuple(sorted(own.intersection(scan.cut))),
        failed=tuple(sorted(own.intersection(scan.failed))),
    )
