"""Alarm definition: did the alarm fire for something users feel, or because of how it is defined?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.alarm_smells import Smell, good_alarm_fires, moving_level, smells
from bot.core.alarms.replay_words import Replayed, replay_numbers, replay_sentences
from bot.core.checks import Case, Check
from bot.core.connection_errors import (
    ConnectionErrors,
    connection_errors,
    counts_failed_connections,
    visible_errors,
)
from bot.core.evidence import Alarm, AlarmHistory, Alarms, BaselineMetrics, LoadBalancerMetrics
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Code, Message, many, say
from bot.core.model import (
    Finding,
    LoadBalancerType,
    Moment,
    MomentKind,
    Scope,
    Signal,
    Status,
    Table,
    Unread,
)
from bot.core.series import Line
from bot.core.stats import onset

NEGLIGIBLE = 0.001
FEW = 5
RECENTLY = timedelta(hours=24)
NEAR_ALARM = timedelta(minutes=5)
SERVER_ERRORS = {
    LoadBalancerType.APPLICATION: ("HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count"),
    LoadBalancerType.CLASSIC: ("HTTPCode_ELB_5XX", "HTTPCode_Backend_5XX"),
}


@dataclass(frozen=True)
class Watch:
    """One alarm, what is odd about it, and when it went into ALARM around the incident."""

    alarm: Alarm
    smells: tuple[Smell, ...]
    fired: tuple[datetime, ...]


def judge(case: Case) -> Finding:
    """FAIL: its definition explains why it fired. WARN: something is odd, or no alarm watches. PASS: fine."""
    watches = tuple(_watch(case, alarm) for alarm in case[Alarms].alarms)
    signals = tuple(_signals(case, watches))
    explained = any(s.holds for s in signals if s.id == "alarm_smell_explains_firing")
    replays = tuple(_replays(case, watches))
    numbers = {"alarms": len(watches), "fired": sum(bool(w.fired) for w in watches)}
    return case.finding(
        _status(watches, explained),
        _summary(watches, explained),
        details=(*_details(watches), *replay_sentences(replays, case.scope.load_balancer)),
        numbers={**numbers, **replay_numbers(replays)},
        signals=signals,
        moments=_moments(case),
        table=_table(watches),
    )


def _watch(case: Case, alarm: Alarm) -> Watch:
    found, metrics = tuple(smells(alarm, case.scope.load_balancer)), case.get(LoadBalancerMetrics)
    if not isinstance(metrics, Unread):
        found += tuple(moving_level(alarm, metrics, case.scope.window.start))
    return Watch(alarm, found, _fired(case, alarm))


def _replays(case: Case, watches: tuple[Watch, ...]) -> Iterator[Replayed]:
    """None without the metrics: that they are unread is said of the finding as a whole."""
    metrics, scope = case.get(LoadBalancerMetrics), case.scope
    if isinstance(metrics, Unread):
        return
    for watch in watches:
        yield Replayed.of(watch.alarm, watch.fired, scope.load_balancer, metrics, scope.window)


def _fired(case: Case, alarm: Alarm) -> tuple[datetime, ...]:
    """Its changes into ALARM in the window; without the history, the one it is in now."""
    history, window = case.get(AlarmHistory), case.scope.window
    if isinstance(history, Unread):
        since = alarm.state_since
        return (since,) if alarm.state == "ALARM" and since and window.holds(since) else ()
    return tuple(
        sorted(
            t.at
            for t in history.transitions
            if t.alarm == alarm.name and t.kind == "StateUpdate" and t.new == "ALARM" and window.holds(t.at)
        )
    )


# Signals ----------------------------------------------------------------------------------------------------


def _signals(case: Case, watches: tuple[Watch, ...]) -> Iterator[Signal]:
    yield from _reconfigured(case, watches)
    metrics = case.get(LoadBalancerMetrics)
    if isinstance(metrics, Unread):
        return
    series = LoadBalancerSeries(case.scope, metrics, case.get(BaselineMetrics))
    errors = connection_errors(series)
    if isinstance(errors, Unread):
        return
    seen = visible_errors(series)
    yield from _explained(watches, errors if isinstance(seen, Unread) else seen)
    if counts_failed_connections(case.scope.load_balancer.type):
        yield from _felt_by_users(series, errors)


def _reconfigured(case: Case, watches: tuple[Watch, ...]) -> Iterator[Signal]:
    """Within a day before the alarm; only alarms that fired matter, which not every one tells by itself."""
    alarm_at = case.scope.alarm_at
    changed = [
        (at, w.alarm.name)
        for w in watches
        if (at := w.alarm.configured_at) and alarm_at - RECENTLY <= at <= alarm_at + NEAR_ALARM
    ]
    fired = {w.alarm.name for w in watches if w.fired}
    unsure = changed and isinstance(case.get(AlarmHistory), Unread)
    if changed := [one for one in changed if one[1] in fired]:
        at, name = max(changed)
        because = say("{alarm} was reconfigured at {at}.", alarm=Code(text=name), at=at)
        yield Signal(id="alarm_reconfigured_recently", holds=True, because=because)
    elif watches and not unsure and all(w.alarm.configured_at for w in watches):
        because = say("No alarm that fired was reconfigured in the day before.")
        yield Signal(id="alarm_reconfigured_recently", holds=False, because=because)


def _explained(watches: tuple[Watch, ...], errors: ConnectionErrors) -> Iterator[Signal]:
    """A smell explains the firing only if a sensible alarm would have stayed quiet."""
    fired = [w for w in watches if w.fired]
    if not fired:
        return
    odd = [(w, s) for w in fired for s in w.smells if s.fires]
    serious = good_alarm_fires(errors.inside, errors.requests)
    holds = bool(odd) and not serious
    if holds:
        because = say("{alarm}: {smell}", alarm=Code(text=odd[0][0].alarm.name), smell=odd[0][1].message)
    elif serious:
        because = say("A sensible alarm would have fired too.")
    else:
        because = say("Nothing in its definition explains why it fired.")
    yield Signal(id="alarm_smell_explains_firing", holds=holds, because=because)


def _felt_by_users(series: LoadBalancerSeries, errors: ConnectionErrors) -> Iterator[Signal]:
    names = SERVER_ERRORS[series.scope.load_balancer.type]
    lines = {name: line for name in names if (line := series.known(name))}
    felt = [name for name, line in lines.items() if _is_felt(series, name, line)]
    if felt:
        because = say("{metric} is above the usual: users got errors.", metric=Code(text=felt[0]))
        yield Signal(id="user_visible_5xx", holds=True, because=because)
    elif len(lines) == len(names):
        because = say("5XX answers are not above the usual.")
        yield Signal(id="user_visible_5xx", holds=False, because=because)
    own = lines.get(names[0])
    if own and errors.requests:
        yield from _negligible(series, errors, errors.requests, own)


def _is_felt(series: LoadBalancerSeries, name: str, line: Line) -> bool:
    """Elevated for two periods in a row, and more than a handful."""
    inside, usual = line.within(series.scope.window), series.usual(name)
    if usual is None:
        return inside.total >= FEW
    return onset(inside, usual, run=2) is not None and inside.total >= FEW


def _negligible(
    series: LoadBalancerSeries, errors: ConnectionErrors, requests: Line, own: Line
) -> Iterator[Signal]:
    """Fewer than one request in a thousand failed, and the load balancer answered none with 5XX."""
    window = series.scope.window
    asked, failed = requests.within(window).total, errors.inside.total
    if not asked:
        return
    holds = 0 < failed < NEGLIGIBLE * asked and not own.within(window).total
    because = say(
        "{errors} errors in {requests} requests, {answers} answers with 5XX by the load balancer.",
        errors=int(failed),
        requests=int(asked),
        answers=int(own.within(window).total),
    )
    yield Signal(id="errors_negligible", holds=holds, because=because)


# What is said -----------------------------------------------------------------------------------------------


def _status(watches: tuple[Watch, ...], explained: bool) -> Status:
    if explained:
        return Status.FAIL
    return Status.WARN if not watches or any(w.smells for w in watches) else Status.PASS


def _summary(watches: tuple[Watch, ...], explained: bool) -> Message:
    if not watches:
        return say("No alarm watches this load balancer.")
    odd = [w for w in watches if w.smells]
    if explained:
        fired = next(w for w in odd if w.fired and any(s.fires for s in w.smells))
        smell = next(s for s in fired.smells if s.fires)
        return say(
            "The alarm fired because of how it is defined. {alarm}: {smell}",
            alarm=Code(text=fired.alarm.name),
            smell=smell.message,
        )
    if odd:
        return say("{n} of {total} alarms could be better.", n=len(odd), total=len(watches))
    return many(
        "{n} alarm watches it, and it is defined well.",
        "{n} alarms watch it, all defined well.",
        n=len(watches),
    )


def _details(watches: tuple[Watch, ...]) -> Iterator[Message]:
    for watch in watches:
        for smell in watch.smells:
            yield say("{alarm}: {smell}", alarm=Code(text=watch.alarm.name), smell=smell.message)


def _moments(case: Case) -> Iterator[Moment]:
    """Changes of state in the window, of the alarms that watch this load balancer."""
    history = case.get(AlarmHistory)
    if isinstance(history, Unread):
        return
    names = {alarm.name for alarm in case[Alarms].alarms}
    for t in sorted(history.transitions, key=lambda t: (t.at, t.alarm)):
        if t.kind == "StateUpdate" and t.alarm in names and case.scope.window.holds(t.at):
            yield Moment(
                at=t.at,
                kind=MomentKind.ALARM,
                message=say("alarm {alarm} → {state}", alarm=t.alarm, state=t.new),
                key=f"alarm:{t.alarm}:{t.at.isoformat()}",
            )


def _table(watches: tuple[Watch, ...]) -> Table | None:
    if not watches:
        return None
    columns = (
        say("Alarm"),
        say("State"),
        say("Watches"),
        say("Condition"),
        say("Points"),
        say("Missing data"),
    )
    return Table(columns=columns, rows=tuple(_row(w.alarm) for w in watches))


def _row(alarm: Alarm) -> tuple[str, ...]:
    watched = alarm.expression or ", ".join(f"{m.statistic} {m.name}" for m in alarm.metrics)
    condition = f"{alarm.comparison} {alarm.threshold_band or _number(alarm.threshold)}".strip()
    points = f"{alarm.datapoints_to_alarm or alarm.evaluation_periods} of {alarm.evaluation_periods}"
    if alarm.composite:
        return alarm.name, alarm.state, watched, "", "", ""
    return alarm.name, alarm.state, watched, condition, points, alarm.treat_missing


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _command(scope: Scope) -> str:
    lb = scope.load_balancer
    return f"aws cloudwatch describe-alarms --region {lb.region} --alarm-types MetricAlarm CompositeAlarm"


CHECK = Check(
    id="alarm_definition",
    title="Alarm definition",
    asks="Did the alarm fire for something users feel, or because of how it is defined?",
    needs=(Alarms,),
    uses=(AlarmHistory, LoadBalancerMetrics, BaselineMetrics),
    judge=judge,
    signals=(
        "alarm_smell_explains_firing",
        "alarm_reconfigured_recently",
        "errors_negligible",
        "user_visible_5xx",
    ),
    console="alarms",
    command=_command,
)
