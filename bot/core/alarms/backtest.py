"""What an alarm would have done: how often it would have fired, and which known incidents it catches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.core.alarms.evaluate import State, rule_of
from bot.core.alarms.history import AlarmMetrics, Evaluated, evaluated
from bot.core.alarms.plan import AlarmPlan
from bot.core.message import Value
from bot.core.model import Window

DAYS = 14
EARLY = timedelta(minutes=15)
"""A firing this long before an incident's onset still announces it."""


class KnownIncident(Value):
    """Trouble that is known to have been: its window and a name for it."""

    window: Window
    name: str


class Firing(Value):
    """A stretch in ALARM; `end` None: still in ALARM at the end of the history."""

    start: datetime
    end: datetime | None


class Catch(Value):
    """A known incident, and when the alarm fired for it: None when it did not.

    `already`: it did not fire because it had been in ALARM since before; nobody would have been told.
    """

    incident: KnownIncident
    fired_at: datetime | None
    already: bool = False

    @property
    def late(self) -> timedelta | None:
        """After the onset; negative when the alarm was early."""
        return self.fired_at - self.incident.window.start if self.fired_at else None


class BackTest(Value):
    """`judged` is the share (0..1) of points with a verdict: the rest were missing, or had no band yet.

    `unexplained` are the firings that belong to no known incident.
    """

    window: Window
    firings: tuple[Firing, ...]
    in_alarm: timedelta
    judged: float
    catches: tuple[Catch, ...]
    unexplained: int

    @property
    def caught(self) -> int:
        return sum(catch.fired_at is not None for catch in self.catches)


def backtest(plan: AlarmPlan, history: AlarmMetrics, known: Iterable[KnownIncident] = ()) -> BackTest | None:
    """The plan over the history; None when a series it needs was not read: then nothing is known of it."""
    seen = evaluated(plan, history)
    return summed_up(plan, seen, history.window, known) if seen else None


def summed_up(plan: AlarmPlan, seen: Evaluated, window: Window, known: Iterable[KnownIncident]) -> BackTest:
    """The same of a plan that has been evaluated."""
    fired = _firings(seen)
    after = plan.periods * plan.period
    catches = tuple(_catch(incident, fired, after) for incident in known)
    # Where FILL makes a missing point a zero, every point has a verdict.
    filled = rule_of(plan).filled_as is not None
    marks = len(seen.marks) if filled else sum(mark is not None for mark in seen.marks)
    return BackTest(
        window=window,
        firings=fired,
        in_alarm=sum(state is State.ALARM for state in seen.states) * seen.line.step,
        judged=marks / len(seen.marks) if seen.marks else 0.0,
        catches=catches,
        unexplained=sum(not _explained(firing, catches, after) for firing in fired),
    )


def _firings(seen: Evaluated) -> tuple[Firing, ...]:
    found: list[Firing] = []
    since: datetime | None = None
    for index, state in enumerate(seen.states):
        on = state is State.ALARM
        if on and since is None:
            since = seen.evaluated_at(index)
        elif since is not None and not on:
            found.append(Firing(start=since, end=seen.evaluated_at(index)))
            since = None
    if since is not None:
        found.append(Firing(start=since, end=None))
    return tuple(found)


def _catch(incident: KnownIncident, fired: Sequence[Firing], after: timedelta) -> Catch:
    """The first firing that begins from shortly before the onset until the points of the end are judged."""
    announcing = incident.window.widened(EARLY, after)
    first = next((firing.start for firing in fired if announcing.holds(firing.start)), None)
    already = first is None and any(
        firing.start < announcing.start and (firing.end is None or firing.end > incident.window.start)
        for firing in fired
    )
    return Catch(incident=incident, fired_at=first, already=already)


def _explained(firing: Firing, catches: Iterable[Catch], after: timedelta) -> bool:
    windows = [catch.incident.window.widened(EARLY, after) for catch in catches]
    return any(
        firing.start < window.end and (firing.end is None or firing.end > window.start) for window in windows
    )
