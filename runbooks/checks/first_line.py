"""First line: is it the clients, the load balancer, the way to the targets, or the targets?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.core.checks import Case, Check
from bot.core.chosen_statistic import choice_notes
from bot.core.evidence import BaselineMetrics, LoadBalancerMetrics, TargetGroups
from bot.core.load_balancer_series import ERROR_METRIC, LoadBalancerSeries
from bot.core.message import Code, Message, say
from bot.core.metric_command import errors_command
from bot.core.model import Finding, LoadBalancerType, Signal, Status, Table, Unread
from bot.core.sides import Counter, Side, counters

TLS_PROTOCOLS = frozenset({"HTTPS", "TLS", "SSL"})


def judge(case: Case) -> Finding:
    """FAIL: some side shows trouble. PASS: none does. UNKNOWN: one could not be read and none shows any."""
    series = LoadBalancerSeries.of(case)
    found = counters(series)
    troubled = [side for side in Side if any(c.elevated for c in found if c.side is side)]
    unknown = [side for side in Side if side not in troubled and _has_gap(side, found)]
    impaired = case.scope.load_balancer.state == "active_impaired"
    status = Status.FAIL if troubled or impaired else Status.UNKNOWN if unknown else Status.PASS
    return case.finding(
        status,
        _summary(found, troubled, unknown),
        details=[
            *_details(found, unknown, impaired),
            *choice_notes(series, ERROR_METRIC[case.scope.load_balancer.type]),
        ],
        numbers={c.metric: c.total for c in found},
        signals=_signals(case, {c.metric: c for c in found}),
        table=_table(found),
    )


def _has_gap(side: Side, found: Iterable[Counter]) -> bool:
    return any(c.elevated is None for c in found if c.side is side)


# What is said -----------------------------------------------------------------------------------------------


def _summary(found: tuple[Counter, ...], troubled: list[Side], unknown: list[Side]) -> Message:
    if not troubled and unknown:
        return say("No side shows trouble, but not every side could be read.")
    if not troubled:
        return say("The clients, the load balancer and the targets look normal ({than}).", than=_than(found))
    normal = [_name(side) for side in Side if side not in troubled and side not in unknown]
    if not normal:
        return say("{where}.", where=_where(troubled))
    return say(
        "{where}; looking normal: {normal} ({than}).",
        where=_where(troubled),
        normal=normal,
        than=_than(found),
    )


def _name(side: Side) -> Message:
    match side:
        case Side.CLIENTS:
            return say("the clients")
        case Side.LOAD_BALANCER:
            return say("the load balancer")
        case Side.BETWEEN:
            return say("the way to the targets")
        case Side.TARGETS:
            return say("the targets")


def _where(troubled: list[Side]) -> Message:
    """One side in a sentence of its own, several as a list."""
    if len(troubled) > 1:
        return say("Errors are in several places: {sides}", sides=[_name(side) for side in troubled])
    match troubled[0]:
        case Side.CLIENTS:
            return say("Errors are at the clients")
        case Side.LOAD_BALANCER:
            return say("Errors are at the load balancer itself")
        case Side.BETWEEN:
            return say("Errors are between the load balancer and its targets")
        case Side.TARGETS:
            return say("Errors come from the targets")


def _than(found: Iterable[Counter]) -> Message:
    if any(c.week for c in found):
        return say("same hours, last 7 days")
    return say("than before the window")


def _details(found: Iterable[Counter], unknown: list[Side], impaired: bool) -> Iterator[Message]:
    if impaired:
        yield say("AWS calls this load balancer {state}.", state=Code(text="active_impaired"))
    for counter in found:
        if counter.elevated:
            yield say("{metric}: {n} in the window.", metric=Code(text=counter.metric), n=counter.total or 0)
    if unknown:
        yield say("Not known: {sides}.", sides=[_name(side) for side in unknown])


def _table(found: Iterable[Counter]) -> Table:
    return Table(
        columns=(say("Metric"), say("In the window"), say("Usual per period")),
        rows=tuple(
            (c.metric, _number(c.total), _number(c.usual))
            for c in sorted(found, key=lambda c: not c.elevated)
        ),
    )


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"


# Signals ----------------------------------------------------------------------------------------------------


def _signals(case: Case, found: dict[str, Counter]) -> Iterator[Signal]:
    kind = case.scope.load_balancer.type
    for signal, metric in ELEVATED[kind].items():
        yield from _elevated(signal, found[metric])
    if "TargetTLSNegotiationErrorCount" in found:
        yield from _any("tls_errors_to_target", found["TargetTLSNegotiationErrorCount"])
        yield from _without_tls(case)
    if case.scope.load_balancer.state:
        impaired = case.scope.load_balancer.state == "active_impaired"
        because = say(
            "The load balancer's state is {state}.", state=Code(text=case.scope.load_balancer.state)
        )
        yield Signal(id="load_balancer_impaired", holds=impaired, because=because)


ELEVATED = {
    LoadBalancerType.APPLICATION: {
        "client_errors_elevated": "HTTPCode_ELB_4XX_Count",
        "client_tls_errors": "ClientTLSNegotiationErrorCount",
        "rejected_elevated": "RejectedConnectionCount",
    },
    LoadBalancerType.NETWORK: {
        "client_tls_errors": "ClientTLSNegotiationErrorCount",
        "rejected_elevated": "RejectedFlowCount",
    },
    LoadBalancerType.CLASSIC: {"client_errors_elevated": "HTTPCode_ELB_4XX"},
}


def _elevated(signal: str, counter: Counter) -> Iterator[Signal]:
    if counter.elevated is None:
        return
    because = (
        say("{metric} is above the usual: {n}.", metric=Code(text=counter.metric), n=counter.total or 0)
        if counter.elevated
        else say("{metric} is not above the usual.", metric=Code(text=counter.metric))
    )
    yield Signal(id=signal, holds=counter.elevated, because=because)


def _any(signal: str, counter: Counter) -> Iterator[Signal]:
    """For counters of which a single one is too many."""
    if counter.total is not None:
        because = say("{metric} is {n}.", metric=Code(text=counter.metric), n=counter.total)
        yield Signal(id=signal, holds=counter.total > 0, because=because)


def _without_tls(case: Case) -> Iterator[Signal]:
    groups = case.get(TargetGroups)
    if isinstance(groups, Unread) or not groups.groups:
        return
    protocols = sorted({group.protocol for group in groups.groups})
    because = say("Traffic to the targets is {protocols}.", protocols=", ".join(protocols))
    yield Signal(id="groups_without_tls", holds=not TLS_PROTOCOLS & set(protocols), because=because)


CHECK = Check(
    id="first_line",
    title="Where it fails",
    asks="Is it the clients, the load balancer, the way to the targets, or the targets?",
    needs=(LoadBalancerMetrics,),
    uses=(BaselineMetrics, TargetGroups),
    judge=judge,
    signals=(
        "client_errors_elevated",
        "client_tls_errors",
        "rejected_elevated",
        "tls_errors_to_target",
        "groups_without_tls",
        "load_balancer_impaired",
    ),
    console="metrics",
    command=errors_command,
)
