"""What may be looked at: turning a person's request into a scope, or telling what is wrong with it (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches

from bot.core.errors import UserError
from bot.core.message import At, Code, Message, say
from bot.core.model import LoadBalancer, LoadBalancerType, Scope
from bot.core.runbook import Runbook
from bot.core.times import window_around

SHORTEST_WINDOW = timedelta(minutes=5)
LONGEST_WINDOW = timedelta(hours=24)
# CloudWatch keeps nothing longer (DOMAIN.md section 1, resolution).
KEPT = timedelta(days=455)
STATISTICS = ("Sum", "Average", "Minimum", "Maximum", "SampleCount")
_PERCENTILE = re.compile(r"p(100|\d{1,2}(\.\d{1,10})?)")
# Clocks of people and machines differ a little.
_SKEW = timedelta(minutes=1)


def scope_for(
    load_balancer: LoadBalancer,
    *,
    alarm_at: datetime,
    window: timedelta,
    statistic: str,
    period_s: int,
    now: datetime,
) -> Scope:
    """The scope of an incident: `window` lies half before and half after `alarm_at`, cut at `now`.

    UserError when nothing could be read for it. Where CloudWatch keeps only coarser points by now, the
    period is raised to what it has.
    """
    _check_moment(alarm_at, now)
    _check_window(window)
    _check_statistic(statistic)
    if period_s <= 0 or period_s % 60:
        raise UserError(say("The period must be a multiple of 60 seconds, not {period}.", period=period_s))
    at = min(alarm_at, now)
    placed = window_around(at, window, now)
    period_s = _kept_period(period_s, now - placed.start)
    if period_s > placed.length.total_seconds():
        raise UserError(
            say(
                "The period of {period} is longer than the window of {window}.",
                period=timedelta(seconds=period_s),
                window=placed.length,
            )
        )
    return Scope(
        load_balancer=load_balancer,
        window=placed,
        alarm_at=at,
        now=now,
        statistic=statistic,
        period_s=period_s,
    )


def runbook_for(runbooks: Mapping[str, Runbook], wanted: str, kind: LoadBalancerType) -> Runbook:
    """The wanted runbook, with '' the first for that type of load balancer; UserError when none fits."""
    for book in runbooks.values():
        if kind in book.load_balancer_types and wanted in ("", book.id):
            return book
    if wanted in runbooks:
        raise UserError(
            say(
                "The runbook {runbook} is not for a load balancer of type {kind}.",
                runbook=Message(text=runbooks[wanted].title),
                kind=kind.value,
            )
        )
    raise UserError(say("There is no runbook for a load balancer of type {kind}.", kind=kind.value))


def unknown_load_balancer(
    said: str, names: Iterable[str], read_at: datetime | None, now: datetime
) -> UserError:
    """Names the nearest ones, and how old the list is."""
    if read_at is None:
        return UserError(
            say("The list of load balancers is being read for the first time. Try again in a minute.")
        )
    values: dict[str, object] = {"name": said, "ago": _whole(now - read_at)}
    by_lower = {name.lower(): name for name in sorted(names)}
    near = get_close_matches(said.lower(), by_lower, n=3, cutoff=0.5)
    if not near:
        return UserError(
            say(
                "No load balancer is called {name}. The list was read {ago} ago and is being read again: "
                "try again in a minute.",
                **values,
            )
        )
    return UserError(
        say(
            "No load balancer is called {name}. Near it: {near}. The list was read {ago} ago and is being "
            "read again.",
            near=_codes(by_lower[name] for name in near),
            **values,
        )
    )


def several_load_balancers(said: str, found: Iterable[LoadBalancer]) -> UserError:
    """One name, several load balancers: asks for something that names one."""
    places = [
        say(
            "{kind} in {region}, account {account}",
            kind=one.type.value,
            region=one.region,
            account=one.account,
        )
        for one in found
    ]
    return UserError(
        say("{name} is the name of several: {places}. Give its ARN or DNS name.", name=said, places=places)
    )


def _check_moment(alarm_at: datetime, now: datetime) -> None:
    if alarm_at > now + _SKEW:
        raise UserError(say("{at} is in the future. When did it begin?", at=At(at=alarm_at, show="day_time")))
    if alarm_at < now - KEPT:
        raise UserError(
            say(
                "{at} is too long ago: CloudWatch keeps metrics for {days} days.",
                at=At(at=alarm_at, show="day_time"),
                days=KEPT.days,
            )
        )


def _check_window(window: timedelta) -> None:
    if not SHORTEST_WINDOW <= window <= LONGEST_WINDOW:
        raise UserError(
            say(
                "The window must be between {shortest} and {longest}, not {window}.",
                shortest=SHORTEST_WINDOW,
                longest=LONGEST_WINDOW,
                window=window,
            )
        )


def _check_statistic(statistic: str) -> None:
    if statistic not in STATISTICS and not _PERCENTILE.fullmatch(statistic):
        raise UserError(
            say(
                "{statistic} is not a statistic of CloudWatch. Choose {known} or a percentile like {p}.",
                statistic=statistic,
                known=_codes(STATISTICS),
                p=Code(text="p99"),
            )
        )


def _kept_period(period_s: int, age: timedelta) -> int:
    """The next period CloudWatch still has points for (DOMAIN.md section 1, resolution)."""
    step = 60 if age <= timedelta(days=15) else 300 if age <= timedelta(days=63) else 3600
    return -(-period_s // step) * step


def _whole(length: timedelta) -> timedelta:
    """Whole minutes, at least one: how old a list is needs no seconds."""
    return max(timedelta(minutes=length // timedelta(minutes=1)), timedelta(minutes=1))


def _codes(names: Iterable[str]) -> list[Message | Code]:
    return [Code(text=name) for name in names]
