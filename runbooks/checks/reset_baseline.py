"""Resets and new flows against the same hours of earlier days: spikes, dips, and what each usually means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.core.baseline import Own, Side
from bot.core.checks import Case, Check
from bot.core.evidence import AnomalyBands, LevelHistory, LoadBalancerMetrics
from bot.core.load_balancer_series import ACTION
from bot.core.message import Code, Message, many, say
from bot.core.metric_command import errors_command
from bot.core.model import (
    Chart,
    ChartBand,
    ChartMark,
    ChartSeries,
    Finding,
    LoadBalancerType,
    Moment,
    MomentKind,
    Scope,
    Signal,
    Status,
    Unread,
    UnreadReason,
)
from bot.core.moving_levels import NEW_FLOWS, MovingLevel, moving_levels
from bot.core.reset_counters import Sender

SPIKES = (Sender.TARGET.value, Sender.LOAD_BALANCER.value)
"""Whose resets a spike is told of; what clients do is their own."""
BURST = timedelta(minutes=15)
"""A deployment's spike is over by then, on a grid of five minutes."""


def judge(case: Case) -> Finding:
    """FAIL: far fewer flows than expected. WARN: another spike or dip. PASS: all inside their bands."""
    found = tuple(moving_levels(case))
    levels = {level.metric: level for level in found if isinstance(level, MovingLevel)}
    missing = tuple(
        Unread(reason=UnreadReason.NOT_FOUND, action=ACTION, detail=f"enough history of {name}")
        for name in found
        if isinstance(name, str)
    )
    signals = tuple(_signals(levels))
    return case.finding(
        _status(levels, signals, missing),
        _summary(levels, missing),
        details=_details(case, levels, missing),
        numbers=_numbers(levels),
        signals=signals,
        moments=_moments(levels),
        chart=_chart(case.scope, levels),
        unread=missing,
    )


# Signals ----------------------------------------------------------------------------------------------------


def _signals(levels: dict[str, MovingLevel]) -> Iterator[Signal]:
    """A spike of one sender holds although another is unknown; that there is none takes both."""
    flows = levels.get(NEW_FLOWS)
    if flows and (flows.can_dip or flows.on(Side.LOW)):
        because = _dip(flows) if flows.on(Side.LOW) else say("New flows are not below what is expected.")
        yield Signal(id="traffic_dip", holds=bool(flows.on(Side.LOW)), because=because)
    spikes = [levels[name] for name in SPIKES if name in levels and levels[name].on(Side.HIGH)]
    if spikes:
        yield Signal(id="reset_spike", holds=True, because=_spike(spikes[0]))
    elif all(name in levels for name in SPIKES):
        because = say("Resets by targets and by the load balancer are not above what is expected.")
        yield Signal(id="reset_spike", holds=False, because=because)


def _status(levels: dict[str, MovingLevel], signals: Sequence[Signal], missing: tuple[Unread, ...]) -> Status:
    if any(signal.holds and signal.id == "traffic_dip" for signal in signals):
        return Status.FAIL
    if any(level.unusual for level in levels.values()):
        return Status.WARN
    return Status.UNKNOWN if missing else Status.PASS


# What is said -----------------------------------------------------------------------------------------------


def _summary(levels: dict[str, MovingLevel], missing: tuple[Unread, ...]) -> Message:
    shown = _foremost(levels)
    if shown is None:
        if missing:
            return say("Too little is known of these hours on earlier days to say what is expected.")
        return say("Resets and new flows are where they are expected at these hours.")
    level, side = shown
    if side is Side.HIGH:
        return say("{what} {then}", what=_spike(level), then=_since(level, side))
    return say("{what} {then}", what=_dip(level), then=_since(level, side))


def _foremost(levels: dict[str, MovingLevel]) -> tuple[MovingLevel, Side] | None:
    """A dip of traffic first, then spikes, then dips of resets alone."""
    resets = [sender.value for sender in Sender]
    order = [
        (NEW_FLOWS, Side.LOW),
        *((name, Side.HIGH) for name in resets),
        *((name, Side.LOW) for name in resets),
        (NEW_FLOWS, Side.HIGH),
    ]
    return next(
        ((levels[name], side) for name, side in order if name in levels and levels[name].on(side)), None
    )


def _spike(level: MovingLevel) -> Message:
    worst = max(level.on(Side.HIGH), key=lambda one: one.value - one.expected.high)
    return say(
        "{metric} rose to {n} in {step} at {at}, expected {low}-{high}.",
        metric=Code(text=level.metric),
        n=round(worst.value),
        step=level.line.step,
        at=worst.at,
        low=max(0, round(worst.expected.low)),
        high=round(worst.expected.high),
    )


def _dip(level: MovingLevel) -> Message:
    worst = min(level.on(Side.LOW), key=lambda one: one.value - one.expected.low)
    return say(
        "{metric} fell to {n} in {step} at {at}, expected {low}-{high}.",
        metric=Code(text=level.metric),
        n=round(worst.value),
        step=level.line.step,
        at=worst.at,
        low=max(0, round(worst.expected.low)),
        high=round(worst.expected.high),
    )


def _since(level: MovingLevel, side: Side) -> Message:
    back = level.back_at(side)
    if back:
        return say("It is back inside since {at}.", at=back)
    return say("It has not come back so far.")


def _details(case: Case, levels: dict[str, MovingLevel], missing: tuple[Unread, ...]) -> Iterator[Message]:
    shown = _foremost(levels)
    for level in levels.values():
        for side, sentence in ((Side.HIGH, _spike), (Side.LOW, _dip)):
            if level.on(side) and (level, side) != shown:
                yield sentence(level)
    yield from _meaning(levels)
    ours = next((level for level in levels.values() if level.cloudwatch is None), None)
    if ours:
        yield from _basis(ours)
    yield from _cloudwatch(case, levels)
    if missing:
        names = ", ".join(unread.detail.removeprefix("enough history of ") for unread in missing)
        yield say("Could not be judged: {names}.", names=names)


def _meaning(levels: dict[str, MovingLevel]) -> Iterator[Message]:
    """What AWS's own users found such changes to mean."""
    flows = levels.get(NEW_FLOWS)
    spikes = [levels[name] for name in SPIKES if name in levels and levels[name].on(Side.HIGH)]
    dips = [level for level in levels.values() if level.metric != NEW_FLOWS and level.on(Side.LOW)]
    if flows and flows.on(Side.LOW):
        yield say("Far fewer flows than expected: traffic is not arriving at the load balancer.")
    elif dips:
        yield say("Fewer resets with usual traffic: connections end more cleanly, or are not ended at all.")
    if spikes:
        yield _healing(spikes[0])
    if flows and flows.on(Side.HIGH) and spikes:
        yield say("New flows rose as well, and resets rise with them.")
    if flows and not flows.can_dip:
        yield say("At so low a level a dip could not be told from chance.")


def _healing(level: MovingLevel) -> Message:
    """Whether a spike was short is seen once it is back, or once it has lasted too long."""
    short = level.length(Side.HIGH) <= BURST
    if short and level.back_at(Side.HIGH):
        return say("A short spike that heals by itself is what a deployment gives, and then no incident.")
    if short:
        return say(
            "A deployment gives a short spike that heals by itself; whether this one does is not seen yet."
        )
    return say("A spike that stays is not a deployment: something ends connections all the time.")


def _basis(level: MovingLevel) -> Iterator[Message]:
    """What our own expectation rests on."""
    yield many(
        "Expected is measured on {n} of the last 14 days, at the same time of day.",
        "Expected is measured on {n} of the last 14 days, at the same time of day.",
        n=level.band.days,
    )
    if level.band.dropped:
        days = ", ".join(day.isoformat() for day in level.band.dropped)
        yield say("Left out, because their whole level was another: {days}.", days=days)
    if Own.WEEKDAY in level.band.own:
        yield say("The same weekday has a level of its own, which is expected too.")
    if Own.RECENT in level.band.own:
        yield say("The last three days have a level of their own, which is expected too.")


def _cloudwatch(case: Case, levels: dict[str, MovingLevel]) -> Iterator[Message]:
    for level in levels.values():
        if level.cloudwatch is not None:
            yield say(
                "For {metric} the band is CloudWatch's own, {width} standard deviations wide.",
                metric=Code(text=level.metric),
                width=level.cloudwatch,
            )
    bands = case.get(AnomalyBands)
    if not isinstance(bands, Unread) and bands.training:
        names = ", ".join(bands.training)
        yield say("CloudWatch's detector is still learning: {names}.", names=names)


def _numbers(levels: dict[str, MovingLevel]) -> dict[str, float | int | str | None]:
    numbers: dict[str, float | int | str | None] = {}
    for name, level in levels.items():
        numbers[f"{name}_periods_above"] = len(level.on(Side.HIGH))
        numbers[f"{name}_periods_below"] = len(level.on(Side.LOW))
    return numbers


def _moments(levels: dict[str, MovingLevel]) -> Iterator[Moment]:
    flows = levels.get(NEW_FLOWS)
    if flows and flows.on(Side.LOW):
        message = say("new flows below what is expected")
        yield Moment(at=flows.on(Side.LOW)[0].at, kind=MomentKind.LOAD, message=message, key="traffic_dip")


def _chart(scope: Scope, levels: dict[str, MovingLevel]) -> Chart | None:
    """The foremost level in its band; without one the targets' resets."""
    shown = _foremost(levels)
    level = shown[0] if shown else next(iter(levels.values()), None)
    if level is None:
        return None
    band = tuple((e.at, max(0.0, e.low), e.high) for e in level.band.points if scope.window.holds(e.at))
    return Chart(
        title=say("{metric} and what is expected", metric=Code(text=level.metric)),
        series=(ChartSeries(name=level.metric, unit="Count", points=level.line.points),),
        window=scope.window,
        marks=(*_began(shown), ChartMark(at=scope.alarm_at, label="alarm")),
        band=ChartBand(label="expected", points=band),
        alt=say("{names} over the window, in the band it is expected in.", names=level.metric),
    )


def _began(shown: tuple[MovingLevel, Side] | None) -> tuple[ChartMark, ...]:
    first: datetime | None = shown[0].on(shown[1])[0].at if shown else None
    return (ChartMark(at=first, label="unusual"),) if first else ()


CHECK = Check(
    id="reset_baseline",
    title="Against the usual",
    asks="Are resets and new flows where the same hours of earlier days put them?",
    needs=(LoadBalancerMetrics, LevelHistory),
    uses=(AnomalyBands,),
    judge=judge,
    signals=("traffic_dip", "reset_spike"),
    console="metrics",
    command=errors_command,
    load_balancer_types=frozenset({LoadBalancerType.NETWORK}),
)
