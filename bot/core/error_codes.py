"""What the load balancer's own response codes say about failed connections (DOMAIN.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.connection_errors import ConnectionErrors
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Message, say
from bot.core.model import Signal, Window
from bot.core.series import Line

DOMINANT = 0.8
FEW = 5
QUARTERS = 4
LOW_RATE = 0.05


@dataclass(frozen=True)
class Codes:
    """Lines of an Application Load Balancer over the widened window; None where unread or mostly unknown."""

    bad_gateway: Line | None
    timeout: Line | None
    tls_errors: Line | None


def read_codes(series: LoadBalancerSeries) -> Codes:
    return Codes(
        series.known("HTTPCode_ELB_502_Count"),
        series.known("HTTPCode_ELB_504_Count"),
        series.known("TargetTLSNegotiationErrorCount"),
    )


def code_signals(series: LoadBalancerSeries, errors: ConnectionErrors) -> Iterator[Signal]:
    """502 and 504 beside connection errors, and 502 without them."""
    codes = read_codes(series)
    if errors.episode and codes.bad_gateway and codes.timeout:
        yield from _dominance(codes.bad_gateway, codes.timeout, errors)
    if codes.bad_gateway and codes.tls_errors:
        yield from _unexplained(codes.bad_gateway, codes.tls_errors, errors, series.scope.window)


def _dominance(bad_gateway: Line, timeout: Line, errors: ConnectionErrors) -> Iterator[Signal]:
    """Which code connection errors became: a refusal becomes 502, a connect timeout 504."""
    refused, silent = errors.during(bad_gateway).total, errors.during(timeout).total
    failed = errors.during(errors.line).total
    both = refused + silent
    # 502s that the connection errors do not account for have another origin.
    is_refusal = both > 0 and refused >= DOMINANT * both and failed >= DOMINANT * refused
    is_silence = both > 0 and silent >= DOMINANT * both
    figures = say(
        "{refused} times 502 and {silent} times 504 beside {failed} connection errors",
        refused=int(refused),
        silent=int(silent),
        failed=int(failed),
    )
    yield Signal(id="elb_502_dominant", holds=is_refusal, because=_refusal(is_refusal, figures))
    yield Signal(id="elb_504_dominant", holds=is_silence, because=_silence(is_silence, figures))


def _refusal(holds: bool, figures: Message) -> Message:
    if holds:
        return say("Connections are refused, not lost: {figures}.", figures=figures)
    return say("Refused connections do not dominate: {figures}.", figures=figures)


def _silence(holds: bool, figures: Message) -> Message:
    if holds:
        return say("Connections time out, they are not refused: {figures}.", figures=figures)
    return say("Connect timeouts do not dominate: {figures}.", figures=figures)


def _unexplained(
    bad_gateway: Line, tls_errors: Line, errors: ConnectionErrors, window: Window
) -> Iterator[Signal]:
    """502 in minutes whose connection and TLS counters are both a proven zero: closed after dispatch."""
    inside = bad_gateway.within(window)
    alone = Line(
        inside.start,
        inside.step,
        tuple(
            value if value and errors.line.at(at) == 0 and tls_errors.at(at) == 0 else 0.0
            for at, value in inside.points
        ),
    )
    explained = sum(min(value, errors.line.at(at) or 0.0) for at, value in inside.known)
    holds = alone.total >= FEW and alone.total >= inside.total / 2
    yield Signal(id="unexplained_502", holds=holds, because=_alone(int(alone.total), int(inside.total)))
    yield Signal(
        id="steady_502", holds=holds and _is_steady(alone, errors), because=_steady(int(alone.total))
    )
    if inside.total >= FEW:
        yield Signal(
            id="connection_errors_explain_502",
            holds=explained >= DOMINANT * inside.total,
            because=say(
                "Connection errors account for {explained} of {total} responses with 502.",
                explained=int(explained),
                total=int(inside.total),
            ),
        )


def _alone(alone: int, total: int) -> Message:
    if not total:
        return say("The load balancer answered no request with 502.")
    return say(
        "{alone} of {total} responses with 502 came in minutes without any connection error.",
        alone=alone,
        total=total,
    )


def _steady(alone: int) -> Message:
    return say("{alone} such 502 responses are spread over the window, at a low rate.", alone=alone)


def _is_steady(alone: Line, errors: ConnectionErrors) -> bool:
    """Some in every quarter of the window, below 5 % of requests: it goes with traffic, not with an event."""
    if not errors.requests or not alone.values:
        return False
    requests = errors.requests.within(Window(start=alone.start, end=alone.end)).total
    size = max(1, len(alone.values) // QUARTERS)
    quarters = [alone.values[i * size : (i + 1) * size] for i in range(QUARTERS)]
    everywhere = all(any(value for value in quarter if value) for quarter in quarters)
    return everywhere and requests > 0 and alone.total < LOW_RATE * requests
