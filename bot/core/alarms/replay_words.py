"""What the replay of a load balancer's alarms over an incident says, and the figures behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.alarms.backtest import Firing
from bot.core.alarms.natures import NATURES
from bot.core.alarms.over_incident import NoReplay, Replay, is_of, proposal_for, replay_of, replay_plan
from bot.core.alarms.plan import AlarmPlan
from bot.core.alarms.plan_words import words_of_test
from bot.core.evidence import Alarm, MetricsEvidence
from bot.core.message import Code, Message, many, say
from bot.core.model import LoadBalancer, Window

PUBLISHING = timedelta(minutes=5)
"""Points reach CloudWatch minutes late: a recorded change this near to the replayed one is the same."""


@dataclass(frozen=True)
class Replayed:
    """One alarm over the incident, when it really fired, and what is proposed for its metric instead."""

    alarm: Alarm
    recorded: tuple[datetime, ...]
    replay: Replay | NoReplay
    proposal: AlarmPlan | None
    proposed: Replay | NoReplay | None

    @classmethod
    def of(
        cls,
        alarm: Alarm,
        recorded: tuple[datetime, ...],
        lb: LoadBalancer,
        metrics: MetricsEvidence,
        window: Window,
    ) -> Replayed:
        plan = proposal_for(alarm, lb)
        proposed = replay_plan(plan, metrics, window) if plan else None
        return cls(alarm, recorded, replay_of(alarm, metrics, window), plan, proposed)


def replay_sentences(replays: Sequence[Replayed], lb: LoadBalancer) -> Iterator[Message]:
    """One for each alarm that could be replayed, one for each reason why others could not, then proposals."""
    for one in replays:
        if isinstance(one.replay, Replay):
            yield _did(one.alarm, one.replay)
            yield from _recorded(one, one.replay)
    for why in NoReplay:
        names = [Code(text=one.alarm.name) for one in replays if one.replay is why]
        if names:
            yield say("Not replayed, {why}: {alarms}.", why=_why(why), alarms=names)
    yield from _proposals(replays)
    yield from _fortnight(replays, lb)


def replay_numbers(replays: Sequence[Replayed]) -> dict[str, float | int | str | None]:
    """Of the alarm that fired, or else the first that could be replayed; times are ISO 8601, UTC."""
    could = [(one, one.replay) for one in replays if isinstance(one.replay, Replay)]
    numbers: dict[str, float | int | str | None] = {"alarms_replayed": len(could)}
    if could:
        chief, replay = min(could, key=lambda both: not both[0].recorded)
        numbers["replay_fired_at"] = _iso(replay.fired_at)
        numbers["replay_firings"] = len(replay.new)
        if isinstance(chief.proposed, Replay):
            numbers["proposal_fired_at"] = _iso(chief.proposed.fired_at)
            numbers["proposal_firings"] = len(chief.proposed.new)
    return numbers


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _did(alarm: Alarm, replay: Replay) -> Message:
    name, seen = Code(text=alarm.name), replay.seen
    if len(replay.new) > 1:
        return many(
            "{alarm}: replayed, it fires {n} time, first at {at}.",
            "{alarm}: replayed, it fires {n} times, first at {at}.",
            n=len(replay.new),
            alarm=name,
            at=replay.fired_at,
        )
    if replay.new:
        return _fired_once(name, replay.new[0], seen)
    if replay.since_before:
        return say("{alarm}: replayed, it is in ALARM since before {start}.", alarm=name, start=seen.start)
    return say(
        "{alarm}: replayed from {start} to {until}, it does not fire.",
        alarm=name,
        start=seen.start,
        until=seen.end,
    )


def _fired_once(name: Code, firing: Firing, seen: Window) -> Message:
    if firing.end:
        return say(
            "{alarm}: replayed, it fires at {at} and is over at {end}.",
            alarm=name,
            at=firing.start,
            end=firing.end,
        )
    return say(
        "{alarm}: replayed, it fires at {at} and stays on until {until} at least.",
        alarm=name,
        at=firing.start,
        until=seen.end,
    )


def _recorded(one: Replayed, replay: Replay) -> Iterator[Message]:
    """Where CloudWatch's record is another, and the likely reason."""
    name, changed = Code(text=one.alarm.name), one.alarm.configured_at
    if changed and changed > replay.seen.start:
        yield say("{alarm} was changed at {at}: what is replayed is how it is now.", alarm=name, at=changed)
    elif one.recorded and one.recorded[0] <= replay.seen.end and not _agrees(one.recorded[0], replay):
        yield say(
            "CloudWatch recorded {alarm} firing at {at}; the replay cannot tell which points came late then.",
            alarm=name,
            at=one.recorded[0],
        )


def _agrees(recorded: datetime, replay: Replay) -> bool:
    return any(abs(firing.start - recorded) <= PUBLISHING for firing in replay.new)


def _why(why: NoReplay) -> Message:
    return {
        NoReplay.COMPOSITE: say("because it combines other alarms"),
        NoReplay.MATH: say("because it is metric math"),
        NoReplay.BAND: say("because its band takes earlier days"),
        NoReplay.SETTING: say("because of a setting that is not known here"),
        NoReplay.NOT_READ: say("because the series it watches was not read here"),
        NoReplay.PERIOD: say("because its period does not follow from the points that were read"),
        NoReplay.TOO_LONG: say("because it looks back further than was read"),
        NoReplay.STATE_BEFORE: say("because its state from before decides"),
    }[why]


def _proposals(replays: Sequence[Replayed]) -> Iterator[Message]:
    """Once for what is watched, whichever alarms watch it."""
    said: list[AlarmPlan] = []
    for one in replays:
        if one.proposal and one.proposal not in said and isinstance(one.proposed, Replay):
            said.append(one.proposal)
            yield _proposed(one.alarm, one.proposal, one.proposed)


def _proposed(alarm: Alarm, plan: AlarmPlan, replay: Replay) -> Message:
    if replay.fired_at:
        text = say("{alarm} set as proposed ({rule}) would fire at {at}.", at=replay.fired_at)
    elif replay.since_before:
        text = say("{alarm} set as proposed ({rule}) would have been in ALARM before.")
    else:
        text = say("{alarm} set as proposed ({rule}) would not fire.")
    rule = say("{test}; {m} of {of} points", test=words_of_test(plan), m=plan.datapoints, of=plan.periods)
    return text.with_values(alarm=Code(text=alarm.name), rule=rule)


def _fortnight(replays: Sequence[Replayed], lb: LoadBalancer) -> Iterator[Message]:
    """Where the back-test is, of the first metric it knows; of an alarm that fired, if there is one."""
    metric = next(
        (
            metric.name
            for one in sorted(replays, key=lambda one: not one.recorded)
            for metric in one.alarm.metrics
            if metric.name in NATURES[lb.type] and is_of(metric, lb)
        ),
        None,
    )
    if metric:
        command = Code(text=f"/alb-incident alarm {lb.name} {metric}")
        yield say("Over the last 14 days, for the load balancer as a whole: {command}", command=command)
