"""Surge queue of a Classic Load Balancer: requests waiting for an instance, and requests turned away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.core.checks import Case, Check, unread_sentence, unread_summary
from bot.core.evidence import LoadBalancerMetrics
from bot.core.load_balancer_series import ACTION, LoadBalancerSeries
from bot.core.message import Message, many, say
from bot.core.metric_command import metric_command
from bot.core.model import (
    Chart,
    ChartMark,
    ChartSeries,
    Finding,
    LoadBalancerType,
    Moment,
    MomentKind,
    Scope,
    Signal,
    Status,
    Unread,
    UnreadReason,
)
from bot.core.series import Line

CAPACITY = 1024
"""Requests a full surge queue holds (DOMAIN.md section 1)."""
QUEUE, SPILLED = "SurgeQueueLength", "SpilloverCount"


@dataclass(frozen=True)
class Surge:
    """Both lines in the incident's window; None where unread or mostly unknown."""

    queue: Line | None
    spilled: Line | None

    @property
    def longest(self) -> int | None:
        """The most requests waiting at once."""
        return int(max((v for _, v in self.queue.known), default=0)) if self.queue else None

    @property
    def turned_away(self) -> int | None:
        return int(self.spilled.total) if self.spilled else None


def judge(case: Case) -> Finding:
    """FAIL: the queue was full or requests were turned away. WARN: requests waited. PASS: none did."""
    series = LoadBalancerSeries.of(case)
    queue, spilled = series.known(QUEUE, statistic="Maximum"), series.known(SPILLED)
    window = case.scope.window
    surge = Surge(queue and queue.within(window), spilled and spilled.within(window))
    missing = tuple(_missing(surge))
    if len(missing) == 2:
        return case.finding(Status.UNKNOWN, unread_summary(missing), unread=missing)
    return case.finding(
        _status(surge),
        _summary(surge),
        details=_details(series, surge, missing),
        numbers={"longest_queue": surge.longest, "spilled_requests": surge.turned_away},
        signals=_signals(surge),
        moments=_moments(surge),
        chart=_chart(case.scope, surge),
        unread=missing,
    )


def _missing(surge: Surge) -> Iterator[Unread]:
    for name, line in ((QUEUE, surge.queue), (SPILLED, surge.spilled)):
        if line is None:
            yield Unread(reason=UnreadReason.NOT_FOUND, action=ACTION, detail=f"{name} in most minutes")


def _status(surge: Surge) -> Status:
    if (surge.longest or 0) >= CAPACITY or surge.turned_away:
        return Status.FAIL
    if surge.longest:
        return Status.WARN
    return Status.UNKNOWN if surge.longest is None or surge.turned_away is None else Status.PASS


def _summary(surge: Surge) -> Message:
    if surge.turned_away:
        return many(
            "{n} request was turned away from {at}: the surge queue was full.",
            "{n} requests were turned away from {at}: the surge queue was full.",
            n=surge.turned_away,
            at=_reached(surge.spilled, 1),
        )
    if surge.longest is not None and surge.longest >= CAPACITY:
        return say(
            "The surge queue was full ({capacity} requests) from {at}.",
            capacity=CAPACITY,
            at=_reached(surge.queue, CAPACITY),
        )
    if surge.longest:
        return say(
            "Up to {n} of {capacity} requests waited for an instance; none was turned away.",
            n=surge.longest,
            capacity=CAPACITY,
        )
    if surge.longest is None or surge.turned_away is None:
        return say("No request was seen waiting or turned away, but not both could be read.")
    return say("No request waited for an instance, and none was turned away.")


def _reached(line: Line | None, level: int) -> datetime:
    """When the line first reached a level that it did reach."""
    return next(at for at, value in (line.known if line else ()) if value >= level)


def _signals(surge: Surge) -> Iterator[Signal]:
    if surge.longest is not None:
        because = say(
            "The surge queue held up to {n} of {capacity} requests.", n=surge.longest, capacity=CAPACITY
        )
        yield Signal(id="surge_queue_full", holds=surge.longest >= CAPACITY, because=because)
    if surge.turned_away is not None:
        because = many(
            "{n} request was turned away (SpilloverCount).",
            "{n} requests were turned away (SpilloverCount).",
            n=surge.turned_away,
        )
        yield Signal(id="spillover", holds=surge.turned_away > 0, because=because)


def _details(series: LoadBalancerSeries, surge: Surge, missing: tuple[Unread, ...]) -> Iterator[Message]:
    yield from (unread_sentence(unread) for unread in missing)
    if not surge.longest and not surge.turned_away:
        return
    yield say("The queue fills when instances accept requests more slowly than clients send them.")
    if surge.turned_away:
        yield say("Requests beyond the full queue get 503 and reach no instance: no instance logs them.")
    healthy = series.known("HealthyHostCount", statistic="Minimum")
    if healthy:
        least = int(min((v for _, v in healthy.within(series.scope.window).known), default=0))
        yield many(
            "At least {n} instance was in service.", "At least {n} instances were in service.", n=least
        )


def _moments(surge: Surge) -> Iterator[Moment]:
    if surge.turned_away:
        message = say("first request turned away, the surge queue is full")
        yield Moment(at=_reached(surge.spilled, 1), kind=MomentKind.LOAD, message=message, key="spillover")


def _chart(scope: Scope, surge: Surge) -> Chart:
    lines = [(name, line) for name, line in ((QUEUE, surge.queue), (SPILLED, surge.spilled)) if line]
    return Chart(
        title=say("Surge queue and requests turned away"),
        series=tuple(
            ChartSeries(
                name=name, unit="Count", points=line.points, right_axis=name == SPILLED and len(lines) == 2
            )
            for name, line in lines
        ),
        window=scope.window,
        marks=(ChartMark(at=scope.alarm_at, label="alarm"),),
        alt=say("{names} over the window.", names=", ".join(name for name, _ in lines)),
    )


CHECK = Check(
    id="clb_surge",
    title="Surge queue",
    asks="Did requests wait for an instance, and were any turned away?",
    needs=(LoadBalancerMetrics,),
    judge=judge,
    signals=("surge_queue_full", "spillover"),
    console="metrics",
    command=lambda scope: metric_command(scope, SPILLED),
    load_balancer_types=frozenset({LoadBalancerType.CLASSIC}),
)
