"""The digest as it is shown: what changed since the day before and the last digest, and who is quiet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from bot.core.checks import unread_sentence
from bot.core.digest import DayCount, DigestReading, LoadBalancerDay
from bot.core.message import Message, Value, many, say
from bot.core.model import LoadBalancer, LoadBalancerType, Unread, UnreadReason

# Below this, a day's server errors are the noise of the internet.
SERVER_ERRORS_FLOOR = 10
RESETS_FLOOR = 100
TARGETS_NAMED = 2


class Trend(StrEnum):
    """How a load balancer stands beside the day before."""

    WORSE = "worse"
    STILL = "still"
    CHANGED = "changed"
    BETTER = "better"


class DigestLine(Value):
    """One load balancer that is not quiet: `parts` are its sentences, `per_hour` its errors for a sparkline.

    `load_balancer` is its ARN (Classic: its name), what an incident is started with.
    """

    trend: Trend
    name: str
    load_balancer: str
    parts: tuple[Message, ...]
    per_hour: tuple[int | None, ...] = ()


class DigestView(Value):
    """A digest. `unread` says what is not known; a load balancer with something unread is never quiet."""

    at: datetime
    watched: int
    lines: tuple[DigestLine, ...] = ()
    quiet: tuple[str, ...] = ()
    unread: tuple[Message, ...] = ()


def compose(readings: Iterable[DigestReading], last: Iterable[DigestReading], at: datetime) -> DigestView:
    """`last` are the readings of the digest before, none for the first one."""
    readings = tuple(readings)
    days = [day for reading in readings for day in reading.days]
    before = {_id(day.load_balancer): day for reading in last for day in reading.days}
    lines = [line for day in days if (line := _line(day, before.get(_id(day.load_balancer)), bool(before)))]
    lines += _gone(readings, before)
    loud = {line.load_balancer for line in lines}
    unknown = {_id(day.load_balancer): _unread_parts(day) for day in days}
    return DigestView(
        at=at,
        watched=len(days),
        lines=tuple(sorted(lines, key=lambda line: (list(Trend).index(line.trend), line.name))),
        quiet=tuple(
            sorted(
                day.load_balancer.name
                for day in days
                if not (
                    _id(day.load_balancer) in loud or unknown[_id(day.load_balancer)] or _has_no_figures(day)
                )
            )
        ),
        unread=(*_unread_places(readings), *_unread_sentences(days, unknown), *_no_figures(days)),
    )


def _line(day: LoadBalancerDay, before: LoadBalancerDay | None, has_last: bool) -> DigestLine | None:
    found = [
        *_errors(day),
        *_counts(
            say("server errors"), day.server_errors, day.server_errors_before, floor=SERVER_ERRORS_FLOOR
        ),
        *_unhealthy(day, before),
        *_alarms(day, before),
    ]
    if has_last and before is None:
        found.append((Trend.CHANGED, say("new since the last digest")))
    if not found:
        return None
    trend = min((trend for trend, _ in found), key=list(Trend).index)
    parts = tuple(part for _, part in sorted(found, key=lambda one: list(Trend).index(one[0])))
    per_hour = day.errors.per_hour if isinstance(day.errors, DayCount) and day.errors.total else ()
    return DigestLine(
        trend=trend,
        name=day.load_balancer.name,
        load_balancer=_id(day.load_balancer),
        parts=parts,
        per_hour=per_hour,
    )


def _errors(day: LoadBalancerDay) -> list[tuple[Trend, Message]]:
    """Connection errors are always news. Resets have a usual level: only a doubling or halving is, and a
    halving is no good news, because it may mean that traffic does not arrive (DOMAIN.md section 10)."""
    if day.load_balancer.type is not LoadBalancerType.NETWORK:
        return _counts(say("connection errors"), day.errors, day.errors_before, floor=1)
    found = _counts(say("resets by targets"), day.errors, day.errors_before, floor=RESETS_FLOOR)
    return [
        (Trend.CHANGED if trend is Trend.BETTER else trend, message)
        for trend, message in found
        if trend is not Trend.STILL
    ]


def _counts(
    what: Message, now: DayCount | Unread, before: DayCount | Unread, floor: int
) -> list[tuple[Trend, Message]]:
    """A count beside the day before. Twice as many is worse, half as many or none is better."""
    n = _total(now)
    if n is None:
        return []
    old = _total(before)
    if old is None:
        return (
            [(Trend.WORSE, say("{what}: {n}, the day before unknown", what=what, n=n))] if n >= floor else []
        )
    values: dict[str, object] = {"what": what, "n": n, "old": old}
    if n >= floor and n >= 2 * old:
        return [(Trend.WORSE, say("{what}: {n}, the day before {old}", **values))]
    if n >= floor and 2 * n > old:
        return [(Trend.STILL, say("{what}: still {n}, the day before {old}", **values))]
    if old >= floor and 2 * n <= old:
        return [(Trend.BETTER, say("{what}: down to {n} from {old}", **values))]
    return []


def _unhealthy(day: LoadBalancerDay, before: LoadBalancerDay | None) -> list[tuple[Trend, Message]]:
    if isinstance(day.unhealthy, Unread):
        return []
    known = set(before.unhealthy) if before and not isinstance(before.unhealthy, Unread) else set()
    if day.unhealthy:
        total = day.targets if isinstance(day.targets, int) else None
        new = set(day.unhealthy) - known
        n, which = len(day.unhealthy), _first_few(day.unhealthy)
        if total is None:
            part = many("{n} target unhealthy: {which}", "{n} targets unhealthy: {which}", n, which=which)
        else:
            part = say("{n} of {total} targets unhealthy: {which}", n=n, total=total, which=which)
        return [(Trend.WORSE if new else Trend.STILL, part)]
    return [(Trend.BETTER, say("all targets healthy again"))] if known else []


def _first_few(targets: Sequence[str]) -> list[str | Message]:
    """Enough to look at; the load balancer's own page lists them all."""
    left = len(targets) - TARGETS_NAMED
    if left <= 0:
        return list(targets)
    return [*targets[:TARGETS_NAMED], say("… and {count} more", count=left)]


def _alarms(day: LoadBalancerDay, before: LoadBalancerDay | None) -> list[tuple[Trend, Message]]:
    if isinstance(day.alarms_on, Unread) or not day.alarms_on:
        return []
    known = set(before.alarms_on) if before and not isinstance(before.alarms_on, Unread) else set()
    trend = Trend.WORSE if set(day.alarms_on) - known else Trend.STILL
    return [(trend, say("in alarm: {alarms}", alarms=list(day.alarms_on)))]


def _gone(readings: tuple[DigestReading, ...], before: Mapping[str, LoadBalancerDay]) -> list[DigestLine]:
    """Load balancers of the last digest that are no more; unknown where a place could not be listed."""
    if any(reading.unread for reading in readings):
        return []
    there = {_id(day.load_balancer) for reading in readings for day in reading.days}
    return [
        DigestLine(
            trend=Trend.CHANGED,
            name=day.load_balancer.name,
            load_balancer=key,
            parts=(say("deleted since the last digest"),),
        )
        for key, day in before.items()
        if key not in there
    ]


def _unread_places(readings: Iterable[DigestReading]) -> list[Message]:
    unread = dict.fromkeys(reading.unread for reading in readings if reading.unread)
    return [say("Load balancers not listed. {why}", why=unread_sentence(one)) for one in unread]


def _unread_sentences(days: Iterable[LoadBalancerDay], unknown: Mapping[str, set[Unread]]) -> list[Message]:
    """One sentence per reason, with the load balancers it is about."""
    names: dict[Unread, list[str]] = {}
    for day in days:
        for unread in unknown[_id(day.load_balancer)]:
            names.setdefault(unread, []).append(day.load_balancer.name)
    return [
        many(
            "{why} Unknown for {n} load balancer: {names}",
            "{why} Unknown for {n} load balancers: {names}",
            len(about),
            why=unread_sentence(unread),
            names=sorted(about),
        )
        for unread, about in sorted(
            names.items(), key=lambda item: (item[0].action, item[0].reason, item[0].detail)
        )
    ]


def _no_figures(days: Iterable[LoadBalancerDay]) -> list[Message]:
    """A metric that reports only when non-zero says nothing by its silence (DOMAIN.md section 1)."""
    names = sorted(day.load_balancer.name for day in days if _has_no_figures(day))
    if not names:
        return []
    return [
        many(
            "No figures from CloudWatch for {n} load balancer: {names}",
            "No figures from CloudWatch for {n} load balancers: {names}",
            len(names),
            names=names,
        )
    ]


def _has_no_figures(day: LoadBalancerDay) -> bool:
    return any(isinstance(c, DayCount) and c.total is None for c in (day.errors, day.server_errors))


def _unread_parts(day: LoadBalancerDay) -> set[Unread]:
    parts = (day.errors, day.server_errors, day.targets, day.unhealthy, day.alarms_on)
    return {
        part for part in parts if isinstance(part, Unread) and part.reason is not UnreadReason.NOT_APPLICABLE
    }


def _total(count: DayCount | Unread) -> int | None:
    return count.total if isinstance(count, DayCount) else None


def _id(load_balancer: LoadBalancer) -> str:
    return load_balancer.arn or load_balancer.name
