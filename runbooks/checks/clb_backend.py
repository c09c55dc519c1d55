"""Backend connections of a Classic Load Balancer: did requests fail, or only its own health checks?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.checks import Case, Check, unread_summary
from bot.core.comparison import chart
from bot.core.connection_errors import ConnectionErrors, connection_errors
from bot.core.evidence import BaselineMetrics, LoadBalancerMetrics, TargetHealth
from bot.core.load_balancer_series import MIN_KNOWN_SHARE, LoadBalancerSeries, find_series
from bot.core.message import Code, Message, many, say
from bot.core.metric_command import errors_command
from bot.core.model import Finding, LoadBalancerType, Signal, Status, Unread
from bot.core.series import Line, zero_fill
from bot.core.stats import Baseline

MOST_NAMED = 5
LATENCY = "Latency"


@dataclass(frozen=True)
class Backend:
    """Totals while errors lasted (the whole window without an elevated one); None where unknown.

    `failed` are responses with 5XX that the load balancer itself gave, `answered_5xx` those of the
    instances; `out` is the most instances out of service at once; `out_now` names those out of service now.
    """

    errors: ConnectionErrors
    total: int
    requests: int | None
    failed: int | None
    answered_5xx: int | None
    out: int | None
    latency: tuple[float, Baseline] | None
    out_now: tuple[str, ...]

    @property
    def only_checks(self) -> bool | None:
        """No request failed although connections did, and an instance was failing its checks meanwhile."""
        if not self.total or self.requests == 0:
            return self.total > 0
        if self.failed is None:
            return None
        if self.failed:
            return False
        return None if self.out is None else self.out > 0


def judge(case: Case) -> Finding:
    """FAIL: requests failed. WARN: only health checks did, or repeating helped. PASS: no errors."""
    series = LoadBalancerSeries.of(case)
    errors = connection_errors(series)
    if isinstance(errors, Unread):
        return case.finding(Status.UNKNOWN, unread_summary([errors]), unread=[errors])
    backend = _backend(case, series, errors)
    requests = _zero_filled(series, "RequestCount")
    return case.finding(
        _status(backend),
        _summary(backend),
        details=_details(backend),
        numbers={
            "backend_connection_errors": backend.total,
            "requests": backend.requests,
            "elb_5xx": backend.failed,
            "backend_5xx": backend.answered_5xx,
            "instances_out_of_service": backend.out,
        },
        signals=_signals(backend),
        chart=chart(
            say("Backend connection errors and requests"),
            case.scope,
            errors,
            [("RequestCount", "Count", requests)] if requests else [],
        ),
    )


def _backend(case: Case, series: LoadBalancerSeries, errors: ConnectionErrors) -> Backend:
    return Backend(
        errors,
        int(errors.during(errors.line).total),
        _total(errors, _zero_filled(series, "RequestCount")),
        _total(errors, series.known("HTTPCode_ELB_5XX")),
        _total(errors, series.known("HTTPCode_Backend_5XX")),
        _highest(errors, series.known("UnHealthyHostCount", statistic="Maximum")),
        _latency(errors, series),
        _out_now(case.get(TargetHealth)),
    )


def _zero_filled(series: LoadBalancerSeries, name: str) -> Line | None:
    """A Classic RequestCount is silent when nothing is requested: host counts prove the 0."""
    found = find_series(series.metrics, name, series.whole)
    if isinstance(found, Unread):
        return None
    line = zero_fill(found, series.metrics.series, series.metrics.window)
    return line if line.within(series.scope.window).known_share >= MIN_KNOWN_SHARE else None


def _total(errors: ConnectionErrors, line: Line | None) -> int | None:
    """None also when that stretch is not known well enough: an unknown minute is no zero."""
    inside = errors.during(line) if line else None
    return int(inside.total) if inside and inside.known_share >= MIN_KNOWN_SHARE else None


def _highest(errors: ConnectionErrors, line: Line | None) -> int | None:
    known = errors.during(line).known if line else ()
    return int(max(value for _, value in known)) if known else None


def _latency(errors: ConnectionErrors, series: LoadBalancerSeries) -> tuple[float, Baseline] | None:
    line, usual = series.known(LATENCY, statistic="p99"), series.usual(LATENCY, statistic="p99")
    known = errors.during(line).known if line else ()
    return (max(value for _, value in known), usual) if known and usual else None


def _out_now(health: TargetHealth | Unread) -> tuple[str, ...]:
    if isinstance(health, Unread):
        return ()
    return tuple(sorted(t.id for t in health.targets if t.state == "OutOfService"))


# What is said -----------------------------------------------------------------------------------------------


def _status(backend: Backend) -> Status:
    if not backend.total:
        return Status.PASS
    if backend.only_checks is None:
        return Status.UNKNOWN
    return Status.FAIL if backend.failed and backend.errors.episode else Status.WARN


def _summary(backend: Backend) -> Message:
    if not backend.total:
        return say("No connection to an instance failed, neither for a request nor for a health check.")
    counted = many("{n} connection error", "{n} connection errors", n=backend.total)
    if backend.only_checks is None:
        return say("{errors}, but whether requests failed could not be read.", errors=counted)
    if backend.only_checks and backend.out:
        return many(
            "Only health checks fail: {errors}, {n} instance out of service, no request failed.",
            "Only health checks fail: {errors}, {n} instances out of service, no request failed.",
            n=backend.out,
            errors=counted,
        )
    if backend.only_checks:
        return say("Only health checks fail: {errors}, and there were no requests.", errors=counted)
    if not backend.failed:
        return say("{errors}, yet no request failed: repeating the connection helped.", errors=counted)
    return many(
        "{errors}, and the load balancer answered {n} request with 5XX.",
        "{errors}, and the load balancer answered {n} requests with 5XX.",
        n=backend.failed,
        errors=counted,
    )


def _signals(backend: Backend) -> Iterator[Signal]:
    if backend.only_checks is not None:
        yield Signal(id="health_check_only_errors", holds=backend.only_checks, because=_because(backend))


def _because(backend: Backend) -> Message:
    if backend.only_checks:
        return say("No request failed while connections did: those were health checks.")
    if not backend.total:
        return say("No backend connection failed.")
    if backend.failed:
        return say("Requests failed too, not only health checks.")
    return say("No instance was out of service, so health checks alone do not explain the errors.")


def _details(backend: Backend) -> Iterator[Message]:
    if not backend.total:
        return
    if backend.requests is not None and backend.total > backend.requests:
        yield say(
            "More errors than requests ({requests}): repeated attempts and health checks count too.",
            requests=backend.requests,
        )
    if backend.out_now:
        named = [Code(text=id) for id in backend.out_now[:MOST_NAMED]]
        yield say("Out of service now: {ids}.", ids=named)
    elif backend.out:
        yield say("Every instance that could be read is in service now.")
    if backend.answered_5xx:
        yield many(
            "Instances answered {n} request with 5XX themselves: those connections worked.",
            "Instances answered {n} requests with 5XX themselves: those connections worked.",
            n=backend.answered_5xx,
        )
    highest, usual = backend.latency or (0.0, None)
    if usual and usual.elevated(highest):
        yield say(
            "Answers slowed down too: {metric} p99 reached {highest} s, usually {usual} s.",
            metric=Code(text=LATENCY),
            highest=round(highest, 2),
            usual=round(usual.median, 2),
        )


CHECK = Check(
    id="clb_backend",
    title="Requests or health checks",
    asks="Did requests fail, or only the load balancer's own health checks?",
    needs=(LoadBalancerMetrics,),
    uses=(BaselineMetrics, TargetHealth),
    judge=judge,
    signals=("health_check_only_errors",),
    console="metrics",
    command=errors_command,
    load_balancer_types=frozenset({LoadBalancerType.CLASSIC}),
)
