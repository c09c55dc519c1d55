"""The daily reading: all load balancers of a Region together, in as few calls as the limits allow."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from bot.aws.api import RegionApi
from bot.aws.collectors.alarms import TYPES, alarms_of, watching
from bot.aws.collectors.metric_catalogue import ERROR_METRIC, NAMESPACES, Query, whole_dimensions
from bot.aws.collectors.targets import classic_target, target
from bot.aws.failures import ReadFailed
from bot.aws.inventory import AwsInventory
from bot.aws.metric_data import ACTION, PUBLICATION_LAG, floor, read_series
from bot.aws.sessions import AwsSessions
from bot.core.digest import DayCount, DigestReading, LoadBalancerDay
from bot.core.evidence import Alarm, Series, Target
from bot.core.model import LoadBalancer, LoadBalancerType, Unread, UnreadReason, Window
from bot.core.series import coarsened, zero_fill

HOUR = timedelta(hours=1)
# Finer than the hours shown, so that a digest asked for at any minute does not leave out the last hour.
PERIOD_S = 300
CALLS_AT_ONCE = 8
DEADLINE_S = 120.0
SERVER_ERRORS = {
    LoadBalancerType.APPLICATION: "HTTPCode_ELB_5XX_Count",
    LoadBalancerType.CLASSIC: "HTTPCode_ELB_5XX",
}
STEADY = {
    LoadBalancerType.APPLICATION: ("RequestCount", "Sum"),
    LoadBalancerType.NETWORK: ("ActiveFlowCount", "Maximum"),
    LoadBalancerType.CLASSIC: ("HealthyHostCount", "Minimum"),
}
"""The metric with the same dimensions whose points prove that a silent counter was 0."""
UNHEALTHY = frozenset({"unhealthy", "unhealthy.draining", "unavailable", "OutOfService"})
NO_SERVER_ERRORS = Unread(reason=UnreadReason.NOT_APPLICABLE, detail="5xx answers of a Network Load Balancer")

Groups = Mapping[str, tuple[str, ...]]
"""Target group ARNs by load balancer ARN."""


class AwsDigest:
    """Reads a day of everything in the inventory."""

    def __init__(self, sessions: AwsSessions, inventory: AwsInventory) -> None:
        self._sessions = sessions
        self._inventory = inventory

    def read_day(self, window: Window, now: datetime) -> tuple[DigestReading, ...]:
        """One reading per Region; a Region that could not be listed says so."""
        listed = self._inventory.load_balancers()
        return tuple(
            self.read_digest(
                region,
                [lb for lb in listed.load_balancers if lb.region == region],
                window,
                now,
                next((u for u in listed.unread if u.detail.startswith(f"{region}:")), None),
            )
            for region in self._sessions.regions
        )

    def read_digest(
        self,
        region: str,
        load_balancers: Sequence[LoadBalancer],
        window: Window,
        now: datetime,
        unread: Unread | None = None,
    ) -> DigestReading:
        """The window, moved back to what is published, beside the same length before it."""
        end = floor(min(window.end, now - PUBLICATION_LAG), PERIOD_S)
        window = Window(start=end - window.length, end=end)
        if unread and not load_balancers:
            return DigestReading(window=window, read_at=now, unread=unread)
        with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            api = RegionApi(self._sessions, region, pool, time.monotonic() + DEADLINE_S)
            days = _days(api, load_balancers, window)
        return DigestReading(window=window, read_at=now, days=days, unread=unread)


def _days(api: RegionApi, lbs: Sequence[LoadBalancer], window: Window) -> tuple[LoadBalancerDay, ...]:
    before = Window(start=window.start - window.length, end=window.start)
    series = _series(api, lbs, Window(start=before.start, end=window.end))
    groups = _groups(api)
    alarms = _alarms(api)
    health = api.each(lambda lb: _health(api, lb, groups), lbs)
    return tuple(
        LoadBalancerDay(
            load_balancer=lb,
            errors=_count(series, lb, ERROR_METRIC[lb.type], window),
            errors_before=_count(series, lb, ERROR_METRIC[lb.type], before),
            server_errors=_count(series, lb, SERVER_ERRORS.get(lb.type), window),
            server_errors_before=_count(series, lb, SERVER_ERRORS.get(lb.type), before),
            targets=targets if isinstance(targets, Unread) else len({(t.id, t.port) for t in targets}),
            unhealthy=targets if isinstance(targets, Unread) else _unhealthy(targets),
            alarms_on=alarms if isinstance(alarms, Unread) else _names(alarms, lb, groups),
        )
        for lb, targets in zip(lbs, health, strict=True)
    )


def _series(api: RegionApi, lbs: Iterable[LoadBalancer], window: Window) -> tuple[Series, ...] | Unread:
    queries = [
        Query(NAMESPACES[lb.type], name, whole_dimensions(lb), statistic, PERIOD_S)
        for lb in lbs
        for name, statistic in (
            (ERROR_METRIC[lb.type], "Sum"),
            (SERVER_ERRORS.get(lb.type), "Sum"),
            STEADY[lb.type],
        )
        if name
    ]
    try:
        return read_series(api, queries, window)
    except ReadFailed as failed:
        return failed.unread


def _count(
    series: tuple[Series, ...] | Unread, lb: LoadBalancer, name: str | None, window: Window
) -> DayCount | Unread:
    if isinstance(series, Unread):
        return series
    if name is None:
        return NO_SERVER_ERRORS
    own = [
        s for s in series if s.dimensions == dict(whole_dimensions(lb)) and s.namespace == NAMESPACES[lb.type]
    ]
    counter = next(s for s in own if s.name == name)
    if counter.status != "Complete":
        return Unread(reason=UnreadReason.ERROR, action=ACTION, detail=counter.message or counter.status)
    line = zero_fill(counter, own, window)
    hours = coarsened(line, window.start, HOUR).values
    return DayCount(
        total=int(line.total) if line.known else None,
        per_hour=tuple(None if value is None else int(value) for value in hours),
    )


def _groups(api: RegionApi) -> Groups | Unread:
    """All groups of the Region in one listing, rather than one call per load balancer."""
    try:
        raw = api.all("elbv2", "describe_target_groups", "TargetGroups")
    except ReadFailed as failed:
        return failed.unread
    groups: dict[str, tuple[str, ...]] = {}
    for group in raw:
        for arn in group.get("LoadBalancerArns", ()):
            groups[arn] = (*groups.get(arn, ()), group["TargetGroupArn"])
    return groups


def _health(api: RegionApi, lb: LoadBalancer, groups: Groups | Unread) -> list[Target] | Unread:
    try:
        if lb.type is LoadBalancerType.CLASSIC:
            answer = api.call("elb", "describe_instance_health", LoadBalancerName=lb.name)
            return [classic_target(raw, 0) for raw in answer["InstanceStates"]]
        if isinstance(groups, Unread):
            return groups
        return [
            target(arn, raw)
            for arn in groups.get(lb.arn, ())
            for raw in api.call("elbv2", "describe_target_health", TargetGroupArn=arn)[
                "TargetHealthDescriptions"
            ]
        ]
    except ReadFailed as failed:
        return failed.unread


def _unhealthy(targets: Iterable[Target]) -> tuple[str, ...]:
    texts = (f"{t.id} ({t.reason or t.state})" for t in targets if t.state in UNHEALTHY)
    return tuple(sorted(dict.fromkeys(texts)))


def _alarms(api: RegionApi) -> list[Alarm] | Unread:
    try:
        pages = api.pages("cloudwatch", "describe_alarms", AlarmTypes=TYPES, StateValue="ALARM")
        return [alarm for page in pages for alarm in alarms_of(page)]
    except ReadFailed as failed:
        return failed.unread


def _names(alarms: list[Alarm], lb: LoadBalancer, groups: Groups | Unread) -> tuple[str, ...]:
    arns = () if isinstance(groups, Unread) else groups.get(lb.arn, ())
    watched = {lb.dimension, *(arn.rpartition(":")[2] for arn in arns)}
    return tuple(sorted(alarm.name for alarm in watching(alarms, watched)))
