"""The reset counters of a Network Load Balancer: who sent more resets than usual, who fewer, since when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from math import sqrt

from bot.core.host_counts import HostCounts, host_counts
from bot.core.load_balancer_series import ACTION, MIN_KNOWN_SHARE, LoadBalancerSeries
from bot.core.model import Scope, Unread, UnreadReason, Window
from bot.core.series import Line
from bot.core.stats import QUIET_AFTER, Baseline, Episode, is_sustained, main_episode, onset

RUN = timedelta(minutes=3)
FALL_RUN = timedelta(minutes=5)
NOTICED_WITHIN = timedelta(minutes=10)
"""Health checks notice a dying target within this time of its first resets, or did before."""


class Sender(StrEnum):
    """Who sent the reset; the value is CloudWatch's metric."""

    TARGET = "TCP_Target_Reset_Count"
    LOAD_BALANCER = "TCP_ELB_Reset_Count"
    CLIENT = "TCP_Client_Reset_Count"


@dataclass(frozen=True)
class ResetCounter:
    """One counter over the widened window (`line`) and in the incident's window (`inside`).

    `usual` has at least the spread that counting alone gives. `episode` is where the counter was elevated
    for three minutes in a row; `fell` where it was below half the usual for five.
    """

    sender: Sender
    line: Line
    inside: Line
    usual: Baseline | None
    episode: Episode | None = None
    fell: Window | None = None

    @property
    def ongoing(self) -> bool:
        """Elevated, and no five quiet minutes since."""
        if not self.episode:
            return False
        after = sum(at >= self.episode.end for at, _ in self.inside.known)
        return after * self.inside.step < QUIET_AFTER

    @property
    def can_fall(self) -> bool:
        """The usual is high enough for a fall to be told from chance."""
        return self.usual is not None and _fall_limit(self.usual) > 0

    @property
    def lasting(self) -> bool:
        """Elevated for more than ten minutes."""
        return self.episode is not None and is_sustained(self.inside, self.episode) is True

    @property
    def steady(self) -> bool:
        """Some in at least 80 % of the minutes of the window."""
        known = self.inside.known
        return bool(known) and sum(value > 0 for _, value in known) >= 0.8 * len(known)

    @property
    def per_minute(self) -> float:
        """The average of what is known of the window, or of the episode when there is one."""
        part = self.inside
        if self.episode:
            part = part.within(Window(start=self.episode.first, end=self.episode.end))
        minutes = len(part.known) * (part.step / timedelta(minutes=1))
        return part.total / minutes if minutes else 0.0

    @property
    def usual_per_minute(self) -> float | None:
        return self.usual.median / (self.inside.step / timedelta(minutes=1)) if self.usual else None


@dataclass(frozen=True)
class Resets:
    """The three counters that could be read, and the history of target health (() when unknown)."""

    counters: dict[Sender, ResetCounter]
    unread: tuple[Unread, ...]
    hosts: tuple[HostCounts, ...]
    scope: Scope

    @classmethod
    def of(cls, series: LoadBalancerSeries) -> Resets:
        read = {sender: reset_counter(series, sender) for sender in Sender}
        return cls(
            {sender: one for sender, one in read.items() if isinstance(one, ResetCounter)},
            tuple(
                one or _silent(sender) for sender, one in read.items() if not isinstance(one, ResetCounter)
            ),
            host_counts(series),
            series.scope,
        )

    @property
    def judged(self) -> dict[Sender, ResetCounter]:
        """Those for which something is usual."""
        return {sender: one for sender, one in self.counters.items() if one.usual}

    def elevated(self, sender: Sender) -> bool | None:
        """None when the counter, or what is usual for it, is unknown."""
        one = self.judged.get(sender)
        return None if one is None else one.episode is not None

    def unhealthy(self, window: Window) -> int | None:
        """The most targets unhealthy at once in that time; None when the host counts are unknown."""
        if not self.hosts:
            return None
        near = window.widened(NOTICED_WITHIN, NOTICED_WITHIN)
        return sum(
            int(max((v for _, v in host.unhealthy.within(near).known), default=0.0)) for host in self.hosts
        )

    @property
    def all_fell(self) -> Window | None:
        """Where every counter that can be seen to fall did; None while one did not, or is unknown."""
        able = [one for one in self.judged.values() if one.can_fall]
        falls = [one.fell for one in able if one.fell]
        if len(self.judged) < len(Sender) or not falls or len(falls) < len(able):
            return None
        start, end = max(fall.start for fall in falls), min(fall.end for fall in falls)
        return Window(start=start, end=end) if start < end else None


def reset_counter(series: LoadBalancerSeries, sender: Sender) -> ResetCounter | Unread | None:
    """Unread when CloudWatch refused; None when it is unknown for most of the window, never a zero."""
    line = series.read(sender.value)
    if isinstance(line, Unread):
        return line
    inside = line.within(series.scope.window)
    if inside.known_share < MIN_KNOWN_SHARE:
        return None
    usual = with_counting_noise(series.usual(sender.value))
    found = ResetCounter(sender, line, inside, usual)
    return replace(found, episode=_episode(inside, usual), fell=_fall(inside, usual)) if usual else found


def with_counting_noise(usual: Baseline | None) -> Baseline | None:
    """Counts of independent events scatter by about their square root, whatever a quiet week showed."""
    return replace(usual, mad=max(usual.mad, sqrt(max(usual.median, 1)))) if usual else None


def _episode(inside: Line, usual: Baseline) -> Episode | None:
    if onset(inside, usual, _run(inside, RUN)) is None:
        return None
    return main_episode(inside, usual.elevated)


def _fall(inside: Line, usual: Baseline) -> Window | None:
    """The first stretch of five minutes or more below that limit."""
    run = _run(inside, FALL_RUN)
    low = [value is not None and value < _fall_limit(usual) for value in inside.values]
    start = next((i for i in range(len(low) - run + 1) if all(low[i : i + run])), None)
    if start is None:
        return None
    end = next((i for i in range(start, len(low)) if not low[i]), len(low))
    return Window(start=inside.start + start * inside.step, end=inside.start + end * inside.step)


def _fall_limit(usual: Baseline) -> float:
    """Below half the usual, and below what counting noise explains; at 0 or less no fall can be seen."""
    return min(usual.median / 2, usual.median - 2 * usual.mad)


def _run(line: Line, length: timedelta) -> int:
    """How many periods in a row make up that time; one of them at least."""
    return max(1, -(-length // line.step))


def _silent(sender: Sender) -> Unread:
    return Unread(reason=UnreadReason.NOT_FOUND, action=ACTION, detail=f"{sender.value} in most minutes")
