"""Whether the same thing happens at this time of day on other days, with the number of days looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from bot.core.connection_errors import ConnectionErrors
from bot.core.load_balancer_series import BASELINE_DAYS, LoadBalancerSeries
from bot.core.message import Message, many, say
from bot.core.model import Window
from bot.core.series import Line

MIN_DAYS = 3
AS_MUCH = 0.9
"""At least this share of today's level is as much as today."""


@dataclass(frozen=True)
class OtherDays:
    """Of `known` earlier days that were read, how many were `alike` at the same time of day."""

    alike: int
    known: int


def other_days(
    series: LoadBalancerSeries, metric: str, stretch: Window, alike: Callable[[float], bool]
) -> OtherDays:
    """The last seven days; a day is alike when any of its periods that overlaps the stretch is.

    `alike` is asked about values brought to the period of the window.
    """
    days: dict[int, bool] = {}
    for period, value in series.earlier_periods(metric):
        for ago in range(1, BASELINE_DAYS + 1):
            shift = timedelta(days=ago)
            if period.start + shift < stretch.end and period.end + shift > stretch.start:
                days[ago] = days.get(ago, False) or alike(value)
    return OtherDays(sum(days.values()), len(days))


def errors_on_other_days(series: LoadBalancerSeries, errors: ConnectionErrors) -> Iterator[Message]:
    """Nothing without an episode, or when no earlier day was read."""
    if not errors.episode:
        return
    days = other_days(series, errors.metric, errors.stretch, errors.high)
    if days.known >= MIN_DAYS and not days.alike:
        yield say("No such errors at this time of day on the last {days} days.", days=days.known)
    elif days.known >= MIN_DAYS:
        yield say(
            "Such errors also came at this time of day on {n} of the last {days} days.",
            n=days.alike,
            days=days.known,
        )
    elif days.known:
        yield _too_few(days)


def requests_on_other_days(
    series: LoadBalancerSeries, metric: str, line: Line, errors: ConnectionErrors
) -> Iterator[Message]:
    """Whether this hour always is this busy; nothing when no earlier day was read."""
    today = [value for _, value in errors.during(line).known]
    if not today:
        return
    level = median(today)
    days = other_days(series, metric, errors.stretch, lambda value: value >= AS_MUCH * level)
    if days.known >= MIN_DAYS:
        yield say(
            "As many requests at this time of day on {n} of the last {days} days.",
            n=days.alike,
            days=days.known,
        )
    elif days.known:
        yield _too_few(days)


def _too_few(days: OtherDays) -> Message:
    return many(
        "Only {n} earlier day could be read: too few to say whether this happens every day.",
        "Only {n} earlier days could be read: too few to say whether this happens every day.",
        n=days.known,
    )
