"""Connection errors: since when, how many, burst or sustained, all or some, which codes and zones."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.checks import Case, Check, unread_summary
from bot.core.chosen_statistic import choice_notes, chosen_line
from bot.core.comparison import chart
from bot.core.connection_errors import ConnectionErrors, connection_errors
from bot.core.error_codes import code_signals
from bot.core.error_shape import shape_signals
from bot.core.error_zones import zone_signals
from bot.core.evidence import BaselineMetrics, LoadBalancerMetrics, TargetGroups
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Message, many, say
from bot.core.metric_command import errors_command
from bot.core.model import Finding, LoadBalancerType, Moment, MomentKind, Signal, Status, Unread
from bot.core.series import sparkline
from bot.core.stats import Episode


def judge(case: Case) -> Finding:
    """FAIL: errors above the usual. WARN: too few to judge, or not above the usual. PASS: none."""
    series = LoadBalancerSeries.of(case)
    errors = connection_errors(series)
    if isinstance(errors, Unread):
        return case.finding(Status.UNKNOWN, unread_summary([errors]), unread=[errors])
    signals = (
        *shape_signals(series, errors),
        *code_signals(series, errors),
        *zone_signals(series, errors),
    )
    held = {signal.id for signal in signals if signal.holds}
    requests = [("requests", "Count", errors.requests)] if errors.requests else []
    chosen = chosen_line(series, errors.metric)
    looked_at = [(f"{errors.metric} ({case.scope.statistic})", "Count", chosen)] if chosen else []
    return case.finding(
        _status(errors, held),
        _summary(case.scope.load_balancer.type, errors, held),
        details=[*_details(case, errors, signals), *choice_notes(series, errors.metric)],
        numbers=_numbers(errors),
        signals=signals,
        moments=_moments(case.scope.load_balancer.type, errors),
        chart=chart(say("Connection errors and requests"), case.scope, errors, [*looked_at, *requests]),
    )


def _status(errors: ConnectionErrors, held: set[str]) -> Status:
    if not errors.episode:
        return Status.WARN if errors.inside.total and not errors.usual else Status.PASS
    return Status.WARN if "fewer_than_minimum" in held else Status.FAIL


def _summary(kind: LoadBalancerType, errors: ConnectionErrors, held: set[str]) -> Message:
    episode = errors.episode
    if not episode:
        return _quiet(kind, int(errors.inside.total))
    if kind is LoadBalancerType.NETWORK:
        return many(
            "{n} reset by targets {time}, above the usual.",
            "{n} resets by targets {time}, above the usual.",
            n=int(episode.total),
            time=_time(errors, episode),
        )
    counted = many("{n} connection error", "{n} connection errors", n=int(episode.total))
    if "total_failure" in held:
        return say("Every connection fails {time}: {errors}.", time=_time(errors, episode), errors=counted)
    if errors.share is None:
        return say("{errors} {time}.", errors=counted, time=_time(errors, episode))
    return say(
        "{errors} {time}, {percent} % of requests.",
        errors=counted,
        time=_time(errors, episode),
        percent=_percent(errors.share),
    )


def _time(errors: ConnectionErrors, episode: Episode) -> Message:
    if errors.ongoing:
        return say("since {first}", first=episode.first)
    return say("from {first} to {end}", first=episode.first, end=episode.end)


def _quiet(kind: LoadBalancerType, total: int) -> Message:
    if kind is LoadBalancerType.NETWORK:
        return many(
            "{n} reset by targets, not above the usual.",
            "{n} resets by targets, not above the usual.",
            n=total,
        )
    if not total:
        return say("No connection errors in this window.")
    return many(
        "{n} connection error, not above the usual.", "{n} connection errors, not above the usual.", n=total
    )


def _details(case: Case, errors: ConnectionErrors, signals: tuple[Signal, ...]) -> Iterator[Message]:
    if errors.inside.total:
        yield say("Per period: {bars}", bars=sparkline(errors.inside.values))
    unknown = len(errors.inside.values) - len(errors.inside.known)
    if unknown:
        yield many(
            "For {n} period nothing tells missing from zero; it is left out.",
            "For {n} periods nothing tells missing from zero; they are left out.",
            n=unknown,
        )
    match case.scope.load_balancer.type:
        case LoadBalancerType.NETWORK:
            yield say("A Network Load Balancer does not count failed connections, only resets.")
        case LoadBalancerType.CLASSIC:
            yield say("A Classic Load Balancer counts health checks and repeated attempts too.")
    telling = ("elb_502_dominant", "elb_504_dominant", "one_zone_errors", "unexplained_502")
    yield from (signal.because for signal in signals if signal.holds and signal.id in telling)


def _numbers(errors: ConnectionErrors) -> dict[str, float | int | str | None]:
    requests = errors.requests.within(errors.stretch).total if errors.requests else None
    return {
        "errors_total": int(errors.inside.total),
        "errors_in_episode": int(errors.episode.total) if errors.episode else 0,
        "requests_meanwhile": None if requests is None else int(requests),
        "errors_percent": None if errors.share is None else _percent(errors.share),
        "usual_per_period": errors.usual.median if errors.usual else None,
    }


def _percent(share: float) -> float:
    """Two significant figures: 0.0075 of a per cent must not become zero."""
    return float(f"{100 * share:.2g}")


def _moments(kind: LoadBalancerType, errors: ConnectionErrors) -> Iterator[Moment]:
    """The first and, once it is over, the last error."""
    if not errors.episode:
        return
    resets = kind is LoadBalancerType.NETWORK
    yield Moment(
        at=errors.episode.first,
        kind=MomentKind.FIRST_ERROR,
        message=say("target resets above the usual") if resets else say("first connection error"),
        key="first_error",
    )
    if not errors.ongoing:
        yield Moment(
            at=errors.episode.last,
            kind=MomentKind.LAST_ERROR,
            message=say("last resets above the usual") if resets else say("last connection error"),
            key="last_error",
        )


CHECK = Check(
    id="connection_errors",
    title="Connection errors",
    asks="Since when do connections to the targets fail, how many, and all of them or some?",
    needs=(LoadBalancerMetrics,),
    uses=(BaselineMetrics, TargetGroups),
    judge=judge,
    signals=(
        "errors_present",
        "fewer_than_minimum",
        "errors_usual_for_hour",
        "errors_burst",
        "errors_sustained",
        "errors_recur_daily",
        "total_failure",
        "partial_failure",
        "target_serves_while_failing",
        "elb_502_dominant",
        "elb_504_dominant",
        "unexplained_502",
        "steady_502",
        "connection_errors_explain_502",
        "one_zone_errors",
        "errors_spread_across_zones",
    ),
    console="metrics",
    command=errors_command,
)
