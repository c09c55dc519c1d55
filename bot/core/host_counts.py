"""The history of target health from HealthyHostCount and UnHealthyHostCount: what was, not what is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from statistics import median

from bot.core.load_balancer_series import MIN_KNOWN_SHARE, LoadBalancerSeries
from bot.core.message import Message, say
from bot.core.model import LoadBalancerType, Moment, MomentKind, Unread, Window
from bot.core.series import Line, added

MOST_MOMENTS = 12


@dataclass(frozen=True)
class HostCounts:
    """One target group's (or Classic load balancer's) counts over the widened window.

    The lowest healthy and the highest unhealthy count that any load-balancer node saw in a minute.
    """

    group: str
    healthy: Line
    unhealthy: Line

    def lost(self, before: datetime, window: Window) -> tuple[datetime, int] | None:
        """The first time in the window with fewer healthy targets than usual before, and how many fewer."""
        earlier = [value for at, value in self.healthy.known if at < before]
        if not earlier:
            return None
        usual = median(earlier)
        return next(
            ((at, ceil(usual - value)) for at, value in self.healthy.within(window).known if value < usual),
            None,
        )

    def none_healthy(self, window: Window) -> datetime | None:
        """The first time without any healthy target although some were registered."""
        inside = self.healthy.within(window).known
        return next((at for at, value in inside if value == 0 and (self.unhealthy.at(at) or 0) > 0), None)

    def moments(self, window: Window) -> Iterator[Moment]:
        """A line for the count at the start of the window and for every change in it."""
        last: tuple[float, float] | None = None
        told = 0
        for at, healthy in self.healthy.within(window).known:
            unhealthy = self.unhealthy.at(at)
            if unhealthy is None or (healthy, unhealthy) == last or told >= MOST_MOMENTS:
                continue
            last, told = (healthy, unhealthy), told + 1
            yield Moment(
                at=at,
                kind=MomentKind.HEALTH,
                message=_counts(self.group, int(healthy), int(healthy + unhealthy)),
                key=f"health:{self.group}:{at.isoformat()}",
            )


def _counts(group: str, healthy: int, total: int) -> Message:
    if not group:
        return say("healthy {healthy} of {total}", healthy=healthy, total=total)
    return say("{group}: healthy {healthy} of {total}", group=group, healthy=healthy, total=total)


def host_dimensions(series: LoadBalancerSeries) -> tuple[dict[str, str], ...]:
    """Host counts are per target group; a Classic load balancer is its own group."""
    if series.scope.load_balancer.type is LoadBalancerType.CLASSIC:
        return (series.whole,)
    return series.groups("HealthyHostCount")


def host_counts(series: LoadBalancerSeries) -> tuple[HostCounts, ...]:
    """Of every group with registered targets; () while one of them is not known for most of the window.

    All or none, because a statement about the targets is one about all of them. CloudWatch has no point at
    all for a group without targets.
    """
    found = []
    for dimensions in host_dimensions(series):
        healthy = series.read("HealthyHostCount", dimensions, "Minimum")
        unhealthy = series.read("UnHealthyHostCount", dimensions, "Maximum")
        if isinstance(healthy, Unread) or isinstance(unhealthy, Unread):
            return ()
        if not healthy.known and not unhealthy.known:
            continue
        if min(_known_share(series, healthy), _known_share(series, unhealthy)) < MIN_KNOWN_SHARE:
            return ()
        tail = dimensions.get("TargetGroup", "").split("/")
        found.append(HostCounts(tail[1] if len(tail) > 1 else "", healthy, unhealthy))
    return tuple(found)


def _known_share(series: LoadBalancerSeries, line: Line) -> float:
    return line.within(series.scope.window).known_share


def registered(series: LoadBalancerSeries) -> int | None:
    """The most targets registered at once during the window; None when a group's counts are unknown."""
    total = 0.0
    for dimensions in host_dimensions(series):
        healthy = series.known("HealthyHostCount", dimensions, "Maximum")
        unhealthy = series.known("UnHealthyHostCount", dimensions, "Maximum")
        if not healthy or not unhealthy:
            return None
        inside = added([healthy, unhealthy]).within(series.scope.window)
        total += max((value for _, value in inside.known), default=0.0)
    return int(total) or None
