"""The connection errors of a load balancer as one value, which every other series is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.load_balancer_series import (
    ACTION,
    ERROR_METRIC,
    MIN_KNOWN_SHARE,
    REQUEST_METRIC,
    LoadBalancerSeries,
)
from bot.core.model import LoadBalancerType, Unread, UnreadReason, Window
from bot.core.series import Line, added
from bot.core.stats import QUIET_AFTER, Baseline, Episode, main_episode

ANSWER_METRIC = {
    LoadBalancerType.APPLICATION: "HTTPCode_ELB_5XX_Count",
    LoadBalancerType.CLASSIC: "HTTPCode_ELB_5XX",
}


@dataclass(frozen=True)
class ConnectionErrors:
    """`line` is the whole widened series, `inside` its part in the incident's window.

    For a Network load balancer, which has no connection-error metric, these are the resets its targets
    sent. `episode` is None when no minute of the window is above the usual.
    """

    metric: str
    line: Line
    inside: Line
    requests: Line | None
    usual: Baseline | None
    episode: Episode | None = None

    def high(self, value: float) -> bool:
        """Above the usual; where nothing is known to be usual, any error is."""
        return self.usual.elevated(value) if self.usual else value > 0

    @property
    def onset(self) -> datetime | None:
        return self.episode.first if self.episode else None

    @property
    def ongoing(self) -> bool:
        """No five quiet minutes have been seen since the last elevated one."""
        if not self.episode:
            return False
        after = sum(at >= self.episode.end for at, _ in self.inside.known)
        return after * self.inside.step < QUIET_AFTER

    @property
    def stretch(self) -> Window:
        """From the first to the end of the last elevated period; the window looked at without one."""
        if self.episode:
            return Window(start=self.episode.first, end=self.episode.end)
        return Window(start=self.inside.start, end=self.inside.end)

    def during(self, line: Line) -> Line:
        """The part of another line that lies in that stretch."""
        return line.within(self.stretch)

    @property
    def share(self) -> float | None:
        """Errors per request in that stretch; None when requests are unknown or there were none."""
        requests = self.during(self.requests).total if self.requests else 0.0
        return self.during(self.line).total / requests if requests > 0 else None


def connection_errors(series: LoadBalancerSeries) -> ConnectionErrors | Unread:
    """Unread when CloudWatch refused, or when nothing tells missing from zero for most of the window."""
    return _errors(series, ERROR_METRIC[series.scope.load_balancer.type])


def visible_errors(series: LoadBalancerSeries) -> ConnectionErrors | Unread:
    """The connection errors or, when there are none above the usual, the load balancer's own 5XX answers.

    For everything that asks what came first: a full queue, a failed TLS handshake or a target that closes
    too early fails requests without a failed connection.
    """
    errors = connection_errors(series)
    metric = ANSWER_METRIC.get(series.scope.load_balancer.type)
    if isinstance(errors, Unread) or errors.episode or metric is None:
        return errors
    answers = _errors(series, metric)
    return errors if isinstance(answers, Unread) or not answers.episode else answers


def _errors(series: LoadBalancerSeries, metric: str) -> ConnectionErrors | Unread:
    scope = series.scope
    line = series.read(metric)
    if isinstance(line, Unread):
        return line
    inside = line.within(scope.window)
    if inside.known_share < MIN_KNOWN_SHARE:
        return Unread(reason=UnreadReason.NOT_FOUND, action=ACTION, detail=f"{metric} in most minutes")
    requests = series.known(REQUEST_METRIC[scope.load_balancer.type])
    errors = ConnectionErrors(metric, line, inside, requests, series.usual(metric))
    return replace(errors, episode=main_episode(inside, errors.high))


def is_total(errors: Line, tried: Line) -> bool | None:
    """Errors at least 95 % of attempts in the typical minute with attempts; None without such minutes.

    The typical (median) minute, because the first and the last are only partly affected.
    """
    shares = sorted(
        error / attempts
        for at, error in errors.known
        if (attempts := tried.at(at)) is not None and attempts > 0
    )
    return shares[len(shares) // 2] >= 0.95 if shares else None


def attempts(errors: Line, answered: Sequence[Line]) -> Line:
    """Connections tried: failures plus answers of the targets.

    For Classic, whose error counter includes health checks and retries and so may exceed its requests.
    """
    return added([errors, *answered])


def counts_failed_connections(kind: LoadBalancerType) -> bool:
    """A Network load balancer only forwards: resets of its targets are not failed connections."""
    return kind is not LoadBalancerType.NETWORK
