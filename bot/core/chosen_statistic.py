"""A statistic or period somebody chose to look at, where no verdict may rest on it (DOMAIN.md section 1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Code, Message, say
from bot.core.model import Scope, Unread
from bot.core.series import Line

SUM = "Sum"


def chosen_line(series: LoadBalancerSeries, metric: str) -> Line | None:
    """The metric by the chosen statistic; None for Sum, and where CloudWatch has no point of it."""
    chosen = series.scope.statistic
    line = series.read(metric, statistic=chosen) if chosen != SUM else None
    return None if line is None or isinstance(line, Unread) or not line.known else line


def choice_notes(series: LoadBalancerSeries, metric: str) -> Iterator[Message]:
    """Every node of a load balancer reports its own count: only Sum is a number of anything. And what is
    read in long periods cannot be put in order."""
    scope, line = series.scope, series.read(metric)
    if scope.statistic != SUM:
        yield say(
            "{metric} is judged by its Sum: by {chosen} each load-balancer node counts for itself,"
            " which misleads.",
            metric=Code(text=metric),
            chosen=scope.statistic,
        )
    chosen = timedelta(seconds=scope.period_s)
    if not isinstance(line, Unread) and line.step < chosen:
        yield say(
            "It is judged in periods of {step}, not of {chosen}: those would hide when it began.",
            step=line.step,
            chosen=chosen,
        )


def gauge_note(scope: Scope, metric: str, used: str) -> Iterator[Message]:
    """For metrics of the targets, which are always read by the statistic that shows their peak."""
    if scope.statistic in (used, SUM):
        return
    yield say(
        "{metric} is judged by its {used}, not by the chosen {chosen}.",
        metric=Code(text=metric),
        used=used,
        chosen=scope.statistic,
    )
