"""Resets of a Network Load Balancer: who sends them, with unhealthy targets or without, more or fewer."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.checks import Case, Check, unread_sentence, unread_summary
from bot.core.evidence import BaselineMetrics, LoadBalancerMetrics, TargetGroups
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Message, many, say
from bot.core.metric_command import metric_command
from bot.core.model import (
    Chart,
    ChartMark,
    ChartSeries,
    Finding,
    LoadBalancerType,
    Scope,
    Signal,
    Status,
    Table,
    Window,
)
from bot.core.reset_counters import ResetCounter, Resets, Sender
from bot.core.stats import BURST

CLIENTS_FAR_ABOVE = 3


def judge(case: Case) -> Finding:
    """FAIL: targets reset on, or the load balancer for failing ones. WARN: another change. PASS: usual."""
    resets = Resets.of(LoadBalancerSeries.of(case))
    if not resets.counters:
        return case.finding(Status.UNKNOWN, unread_summary(resets.unread), unread=resets.unread)
    signals = tuple(_signals(resets))
    held = {signal.id for signal in signals if signal.holds} - {"nlb_resets_usual"}
    return case.finding(
        _status(resets, held),
        _summary(resets, held),
        details=_details(resets, signals),
        numbers=_numbers(resets),
        signals=signals,
        chart=_chart(case.scope, resets),
        table=_table(resets),
        unread=resets.unread,
    )


# Signals ----------------------------------------------------------------------------------------------------


def _signals(resets: Resets) -> Iterator[Signal]:
    target = resets.elevated(Sender.TARGET)
    if target is not None:
        because = _level(resets.judged[Sender.TARGET])
        yield Signal(id="nlb_target_resets_elevated", holds=target, because=because)
    yield from _with_unhealthy(resets)
    yield from _idle(resets)
    yield from _clients(resets)
    yield from _usual(resets)


def _with_unhealthy(resets: Resets) -> Iterator[Signal]:
    """Not elevated settles it without the host counts; elevated needs them."""
    one = resets.judged.get(Sender.LOAD_BALANCER)
    if one is None:
        return
    unhealthy = resets.unhealthy(_stretch(one)) if one.episode else 0
    if unhealthy is None:
        return
    because = _level(one)
    if one.episode:
        because = many(
            "The load balancer reset more connections than usual while {n} target was unhealthy.",
            "The load balancer reset more connections than usual while {n} targets were unhealthy.",
            n=unhealthy,
        )
    yield Signal(id="nlb_elb_resets_with_unhealthy", holds=unhealthy > 0, because=because)


def _idle(resets: Resets) -> Iterator[Signal]:
    """Lasting resets of the load balancer beside healthy targets: connections idle for too long."""
    one = resets.judged.get(Sender.LOAD_BALANCER)
    unhealthy = resets.unhealthy(resets.scope.window)
    if one is None or unhealthy is None:
        return
    holds = unhealthy == 0 and (one.lasting or (one.steady and _most(resets, one)))
    because = (
        say(
            "The load balancer resets {n} connections a minute, all the time, while every target is healthy.",
            n=_rounded(one.per_minute),
        )
        if holds
        else say("The load balancer's resets do not look like connections idle for too long.")
    )
    yield Signal(id="nlb_idle_resets", holds=holds, because=because)


def _most(resets: Resets, one: ResetCounter) -> bool:
    """At least half of all resets; unknown counters prove nothing."""
    if len(resets.counters) < len(Sender):
        return False
    return one.inside.total >= sum(c.inside.total for c in resets.counters.values()) / 2


def _clients(resets: Resets) -> Iterator[Signal]:
    """Clients always reset some; the signal is that they do so far more than usual and than the targets."""
    client, target = resets.judged.get(Sender.CLIENT), resets.judged.get(Sender.TARGET)
    if client is None or target is None:
        return
    far_above = client.per_minute > CLIENTS_FAR_ABOVE * max(target.per_minute, 1)
    holds = client.episode is not None and target.episode is None and far_above
    yield Signal(id="nlb_client_resets_dominant", holds=holds, because=_level(client))


def _usual(resets: Resets) -> Iterator[Signal]:
    """Nobody resets more than usual: all that this load balancer counts says that nothing fails."""
    if len(resets.judged) < len(Sender):
        return
    holds = not any(one.episode for one in resets.judged.values())
    because = (
        say("Nobody resets more connections than usual.")
        if holds
        else say("Somebody resets more connections than usual.")
    )
    yield Signal(id="nlb_resets_usual", holds=holds, because=because)


def _stretch(one: ResetCounter) -> Window:
    if one.episode:
        return Window(start=one.episode.first, end=one.episode.end)
    return Window(start=one.inside.start, end=one.inside.end)


# What is shown ----------------------------------------------------------------------------------------------


def _status(resets: Resets, held: set[str]) -> Status:
    target = resets.judged.get(Sender.TARGET)
    if "nlb_elb_resets_with_unhealthy" in held or (target and target.episode and not _over_soon(target)):
        return Status.FAIL
    if held or resets.all_fell or any(one.episode for one in resets.judged.values()):
        return Status.WARN
    return Status.PASS if _all_judged(resets) else Status.UNKNOWN


def _all_judged(resets: Resets) -> bool:
    """Without the host counts nobody knows whether usual resets are connections idle for too long."""
    return len(resets.judged) == len(Sender) and resets.unhealthy(resets.scope.window) is not None


def _summary(resets: Resets, held: set[str]) -> Message:
    judged = resets.judged
    if not judged:
        return say("Resets were counted, but nothing is known to be usual for them.")
    for sender in Sender:
        if resets.elevated(sender):
            return say("{level} {meaning}", level=_level(judged[sender]), meaning=_meaning(resets, sender))
    if fall := resets.all_fell:
        return say(
            "All three reset counters fell to less than half at {at}: traffic may not be arriving.",
            at=fall.start,
        )
    if "nlb_idle_resets" in held:
        return next(s.because for s in _idle(resets))
    if not _all_judged(resets):
        return say("What could be read of the resets is usual, but not all of it could be judged.")
    return say(
        "Resets are usual: {target} a minute by targets, {elb} by the load balancer, {client} by clients.",
        target=_rounded(judged[Sender.TARGET].per_minute),
        elb=_rounded(judged[Sender.LOAD_BALANCER].per_minute),
        client=_rounded(judged[Sender.CLIENT].per_minute),
    )


def _level(one: ResetCounter) -> Message:
    """How many resets of that sender, against the usual."""
    figures = {"n": _rounded(one.per_minute), "usual": _rounded(one.usual_per_minute or 0.0)}
    if not one.episode:
        match one.sender:
            case Sender.TARGET:
                return say("Resets by targets are not above the usual {usual} a minute.", **figures)
            case Sender.LOAD_BALANCER:
                return say("Resets by the load balancer are not above the usual {usual} a minute.", **figures)
        return say("Resets by clients are not above the usual {usual} a minute.", **figures)
    match one.sender:
        case Sender.TARGET:
            return say(
                "Targets reset {n} connections a minute {time}, usually {usual}.", time=_time(one), **figures
            )
        case Sender.LOAD_BALANCER:
            return say(
                "The load balancer reset {n} connections a minute {time}, usually {usual}.",
                time=_time(one),
                **figures,
            )
    return say("Clients reset {n} connections a minute {time}, usually {usual}.", time=_time(one), **figures)


def _time(one: ResetCounter) -> Message:
    stretch = _stretch(one)
    if one.ongoing:
        return say("since {first}", first=stretch.start)
    return say("from {first} to {end}", first=stretch.start, end=stretch.end)


def _meaning(resets: Resets, sender: Sender) -> Message:
    """What such resets usually mean (DOMAIN.md section 3)."""
    match sender:
        case Sender.TARGET if _over_soon(resets.judged[sender]):
            return say("A burst that is over again is what restarts give, as in a deployment.")
        case Sender.TARGET:
            return say("Targets do that when nothing listens on the port, or when the application aborts.")
        case Sender.CLIENT:
            return say("The clients ended those connections.")
    unhealthy = resets.unhealthy(_stretch(resets.judged[sender]))
    if unhealthy is None:
        return say("Whether targets were unhealthy then is not known.")
    if unhealthy:
        return say("With unhealthy targets that suggests a failing target.")
    return say("With every target healthy that suggests connections idle for too long.")


def _over_soon(one: ResetCounter) -> bool:
    return one.episode is not None and not one.ongoing and one.episode.length <= BURST


def _details(resets: Resets, signals: tuple[Signal, ...]) -> Iterator[Message]:
    shown = next((sender for sender in Sender if resets.elevated(sender)), None)
    yield from (
        _level(one) for sender, one in resets.judged.items() if sender is not shown and shown is not None
    )
    if "nlb_elb_resets_with_unhealthy" in {s.id for s in signals if s.holds}:
        yield next(s.because for s in signals if s.id == "nlb_elb_resets_with_unhealthy")
    if resets.all_fell and shown is None:
        yield say("Fewer resets are no recovery: connections that never arrive are never reset.")
    yield from (unread_sentence(unread) for unread in resets.unread)
    if not resets.hosts:
        yield say("Target health of then is unknown: the host counts are missing.")
    yield say("A reset is not a failed connection: a normal program may end a connection with one.")
    yield say("Resets are counted per load balancer and zone: which target sent them, no metric tells.")


def _table(resets: Resets) -> Table:
    rows = []
    for sender, one in resets.counters.items():
        usual = "" if one.usual_per_minute is None else str(_rounded(one.usual_per_minute))
        since = f"{one.episode.first:%H:%M}" if one.episode else ""
        rows.append((sender.value, str(int(one.inside.total)), str(_rounded(one.per_minute)), usual, since))
    return Table(
        columns=(say("Metric"), say("Total"), say("A minute"), say("Usual"), say("Elevated since (UTC)")),
        rows=tuple(rows),
    )


def _chart(scope: Scope, resets: Resets) -> Chart:
    begins = [
        ChartMark(at=one.episode.first, label=s.value) for s, one in resets.judged.items() if one.episode
    ]
    names = [sender.value for sender in resets.counters]
    return Chart(
        title=say("Resets, by who sent them"),
        series=tuple(
            ChartSeries(name=s.value, unit="Count", points=one.inside.points)
            for s, one in resets.counters.items()
        ),
        window=scope.window,
        marks=(*begins[:1], ChartMark(at=scope.alarm_at, label="alarm")),
        alt=say("{names} over the window.", names=", ".join(names)),
    )


def _numbers(resets: Resets) -> dict[str, float | int | str | None]:
    numbers: dict[str, float | int | str | None] = {}
    for name, sender in (("target", Sender.TARGET), ("elb", Sender.LOAD_BALANCER), ("client", Sender.CLIENT)):
        one = resets.counters.get(sender)
        numbers[f"{name}_resets_total"] = int(one.inside.total) if one else None
        numbers[f"{name}_resets_usual_per_minute"] = one.usual_per_minute if one else None
    return numbers


def _rounded(value: float) -> float | int:
    """Whole from ten on, one decimal below."""
    return round(value) if value >= 10 else round(value, 1)


CHECK = Check(
    id="nlb_resets",
    title="Resets",
    asks="Who resets connections - targets, the load balancer or clients - and more or fewer than usual?",
    needs=(LoadBalancerMetrics,),
    uses=(BaselineMetrics, TargetGroups),
    judge=judge,
    signals=(
        "nlb_target_resets_elevated",
        "nlb_elb_resets_with_unhealthy",
        "nlb_idle_resets",
        "nlb_client_resets_dominant",
        "nlb_resets_usual",
    ),
    console="metrics",
    command=lambda scope: metric_command(scope, Sender.TARGET.value),
    load_balancer_types=frozenset({LoadBalancerType.NETWORK}),
)
