"""The shape of connection errors as signals: enough to judge, burst or sustained, all or some, every day?"""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.connection_errors import ConnectionErrors, attempts, counts_failed_connections, is_total
from bot.core.host_counts import registered
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Code, many, say
from bot.core.model import LoadBalancerType, Signal
from bot.core.series import Line
from bot.core.stats import Episode, is_burst, is_sustained, recurs_daily

FEW_ERRORS = 5
FEW_REQUESTS = 100
BACKEND_CODES = tuple(f"HTTPCode_Backend_{n}XX" for n in (2, 3, 4, 5))
OTHER_FAILURES = {
    LoadBalancerType.APPLICATION: ("HTTPCode_ELB_5XX_Count", "TargetTLSNegotiationErrorCount"),
    LoadBalancerType.CLASSIC: ("HTTPCode_ELB_5XX",),
}
OK_METRIC = {
    LoadBalancerType.APPLICATION: "HTTPCode_Target_2XX_Count",
    LoadBalancerType.CLASSIC: "HTTPCode_Backend_2XX",
}


def shape_signals(series: LoadBalancerSeries, errors: ConnectionErrors) -> Iterator[Signal]:
    yield _present(errors)
    yield from _enough(series, errors)
    yield from _usual_for_hour(errors)
    if not errors.episode:
        return
    yield from _in_time(errors, errors.episode)
    yield from _recurring(series, errors, errors.episode)
    if counts_failed_connections(series.scope.load_balancer.type):
        yield from _extent(series, errors)
        yield from _serving(series, errors)


def _present(errors: ConnectionErrors) -> Signal:
    if errors.episode:
        because = say(
            "{n} {metric} from {at}.",
            n=int(errors.episode.total),
            metric=Code(text=errors.metric),
            at=errors.episode.first,
        )
    else:
        because = say("{metric} is not above the usual.", metric=Code(text=errors.metric))
    return Signal(id="errors_present", holds=errors.episode is not None, because=because)


def _enough(series: LoadBalancerSeries, errors: ConnectionErrors) -> Iterator[Signal]:
    """Fewer than 5 failures of any kind or 100 requests are too few to judge.

    A Network load balancer counts no failures, so only its flows are held against the minimum.
    """
    window = series.scope.window
    requests = errors.requests.within(window).total if errors.requests else None
    failures = _failures(series, errors)
    few = (requests is not None and requests < FEW_REQUESTS) or (
        failures is not None and failures < FEW_ERRORS
    )
    if not few and requests is None:
        return
    because = (
        say("{failures} failures in {requests} requests.", failures=failures, requests=int(requests))
        if failures is not None and requests is not None
        else many("{n} request or flow.", "{n} requests or flows.", n=int(requests or 0))
    )
    yield Signal(id="fewer_than_minimum", holds=few, because=because)


def _failures(series: LoadBalancerSeries, errors: ConnectionErrors) -> int | None:
    """The largest of the failure counters, since they overlap; None for Network or while one is unknown."""
    kind = series.scope.load_balancer.type
    if not counts_failed_connections(kind):
        return None
    lines = [series.known(name) for name in OTHER_FAILURES[kind]]
    # Requests sent to targets that failed their checks are at risk, whatever became of them.
    risky = "UnhealthyRoutingRequestCount"
    lines += [series.known(risky, dimensions) for dimensions in series.groups(risky)]
    if series.groups_unread:
        lines.append(None)
    totals = [line.within(series.scope.window).total for line in lines if line]
    largest = max([errors.inside.total, *totals])
    return int(largest) if largest >= FEW_ERRORS or len(totals) == len(lines) else None


def _usual_for_hour(errors: ConnectionErrors) -> Iterator[Signal]:
    """Errors that are there every day at this hour are not news (needs the previous week)."""
    if errors.usual and errors.usual.week and errors.inside.total:
        yield Signal(
            id="errors_usual_for_hour",
            holds=errors.episode is None,
            because=say(
                "{n} errors; usual for these hours: {usual} a period.",
                n=int(errors.inside.total),
                usual=errors.usual.median,
            ),
        )


def _in_time(errors: ConnectionErrors, episode: Episode) -> Iterator[Signal]:
    because = say("Errors from {first} to {end}.", first=episode.first, end=episode.end)
    burst = is_burst(errors.inside, episode, errors.high)
    if burst is not None:
        yield Signal(id="errors_burst", holds=burst, because=because)
    sustained = is_sustained(errors.inside, episode)
    if sustained is not None:
        yield Signal(id="errors_sustained", holds=sustained, because=because)


def _recurring(series: LoadBalancerSeries, errors: ConnectionErrors, episode: Episode) -> Iterator[Signal]:
    recurs = recurs_daily(episode.first, series.earlier(errors.metric), errors.high)
    if recurs is not None:
        because = (
            say("Errors began at the same time of day on at least three of the last seven days.")
            if recurs
            else say("No errors at this time of day on most of the last seven days.")
        )
        yield Signal(id="errors_recur_daily", holds=recurs, because=because)


def _extent(series: LoadBalancerSeries, errors: ConnectionErrors) -> Iterator[Signal]:
    """Whether everything fails, on the load balancer or on one of its target groups."""
    tried = _tried(series, errors)
    total = is_total(errors.during(errors.line), tried) if tried else None
    if total is None:
        return
    if not total and series.groups_unread and series.groups_exist:
        return
    group = None if total else _failing_group(series, errors)
    if group:
        because = say("Every connection to target group {group} fails.", group=Code(text=group))
    elif total:
        because = say("Every connection to the targets fails.")
    else:
        because = say("Some connections to the targets succeed.")
    yield Signal(id="total_failure", holds=total or group is not None, because=because)
    yield Signal(id="partial_failure", holds=not total and group is None, because=because)


def _tried(series: LoadBalancerSeries, errors: ConnectionErrors) -> Line | None:
    if series.scope.load_balancer.type is LoadBalancerType.APPLICATION:
        return errors.requests
    answered = [series.known(name) for name in BACKEND_CODES]
    lines = [line for line in answered if line]
    return attempts(errors.line, lines) if len(lines) == len(answered) else None


def _failing_group(series: LoadBalancerSeries, errors: ConnectionErrors) -> str | None:
    for dimensions in series.groups(errors.metric):
        failed, asked = series.known(errors.metric, dimensions), series.known("RequestCount", dimensions)
        if failed and asked and is_total(errors.during(failed), asked):
            return dimensions["TargetGroup"].split("/")[1]
    return None


def _serving(series: LoadBalancerSeries, errors: ConnectionErrors) -> Iterator[Signal]:
    """Whether the failing target itself serves meanwhile.

    Metrics have no per-target dimension: that is certain only if there is one target, or nothing at all is
    served. In between only the access log knows.
    """
    line = series.known(OK_METRIC[series.scope.load_balancer.type])
    if line is None:
        return
    served = sum(ok for at, ok in errors.during(line).known if errors.line.at(at))
    if served == 0:
        because = say("No request got a 2XX answer in the minutes with errors.")
        yield Signal(id="target_serves_while_failing", holds=False, because=because)
    elif registered(series) == 1:
        because = say("The only target answers with 2XX in the minutes with errors.")
        yield Signal(id="target_serves_while_failing", holds=True, because=because)
