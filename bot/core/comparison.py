"""One series held against the connection errors: who moved first, do they move together, and the picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.connection_errors import ConnectionErrors
from bot.core.evidence import Change
from bot.core.message import Message, say
from bot.core.model import Chart, ChartMark, ChartSeries, Scope
from bot.core.series import Line, coarsened
from bot.core.stats import (
    Baseline,
    Correlation,
    Order,
    Refusal,
    correlate,
    elevated_times,
    onset,
    order,
)

LEADS_WITHIN = timedelta(minutes=30)
NEAR_ONSET = timedelta(minutes=10)
MOST_CHANGES = 3
FIRST_ERROR, ALARM = "first error", "alarm"


@dataclass(frozen=True)
class Comparison:
    """`began` is the candidate's onset; `order` its place relative to the errors', None without both."""

    correlation: Correlation | Refusal
    began: datetime | None
    order: Order | None
    elevated_near_onset: bool

    @property
    def leads(self) -> bool:
        """Elevated at or before the errors, half an hour at most, and still so when they began."""
        return self.order in (Order.BEFORE, Order.TOGETHER) and self.elevated_near_onset

    @property
    def numbers(self) -> dict[str, float | int | str | None]:
        if isinstance(self.correlation, Refusal):
            return {"rho": None, "lag_min": None, "shared_points": None}
        return {
            "rho": round(self.correlation.rho, 2),
            "lag_min": self.correlation.lag / timedelta(minutes=1),
            "shared_points": self.correlation.n,
        }

    @property
    def sentence(self) -> Message:
        """Whether the errors follow the candidate, with the figures."""
        found = self.correlation
        match found:
            case Refusal.TOO_FEW_POINTS:
                return say("Too few shared points to say whether errors follow it.")
            case Refusal.DIFFERENT_RESOLUTION:
                return say("Its points cannot be laid on the errors' minutes, so they are not correlated.")
            case Refusal.CONSTANT:
                return say("One of the two does not vary, so they cannot be correlated.")
        figures = say(
            "ρ = {rho} at lag {lag} min, n = {n}",
            rho=round(found.rho, 2),
            lag=int(found.lag / timedelta(minutes=1)),
            n=found.n,
        )
        if found.follows:
            return say("Errors follow it: {figures}.", figures=figures)
        return say("Errors do not follow it: {figures}.", figures=figures)


def compare(candidate: Line, errors: ConnectionErrors, common: Baseline | None) -> Comparison:
    """Candidate and errors on one grid. Without anything usual no onset can be named."""
    began = _onset_near(candidate, errors, common)
    return Comparison(
        _correlation(candidate, errors.line),
        began,
        order(began, candidate.step, errors.onset, errors.line.step) if began and errors.onset else None,
        bool(common) and _elevated_near_onset(candidate, errors, common),
    )


def elevated_during(candidate: Line, errors: ConnectionErrors, common: Baseline) -> bool:
    """Elevated from ten minutes before the errors to their end (two periods in a row below five minutes)."""
    stretch = errors.stretch.widened(NEAR_ONSET if errors.episode else timedelta())
    return onset(candidate.within(stretch), common, run_of(candidate)) is not None


def run_of(line: Line) -> int:
    """How many periods in a row make a level: two, so that noise does not; one of five minutes or more."""
    return 2 if line.step < timedelta(minutes=5) else 1


def _onset_near(candidate: Line, errors: ConnectionErrors, common: Baseline | None) -> datetime | None:
    """Its onset in the half hour before the errors and after: an earlier rise is another story."""
    if not common:
        return None
    stretch = errors.stretch.widened(LEADS_WITHIN if errors.episode else timedelta())
    return onset(candidate.within(stretch), common, run_of(candidate))


def _elevated_near_onset(candidate: Line, errors: ConnectionErrors, common: Baseline | None) -> bool:
    if not errors.episode or not common:
        return False
    return any(
        errors.episode.first - NEAR_ONSET - candidate.step < at < errors.episode.first + errors.episode.step
        for at in elevated_times(candidate, common)
    )


def _correlation(candidate: Line, errors: Line) -> Correlation | Refusal:
    if candidate.step > errors.step:
        errors = coarsened(errors, candidate.start, candidate.step)
    return correlate(candidate, errors)


def marks(scope: Scope, errors: ConnectionErrors, changes: Iterable[Change] = ()) -> tuple[ChartMark, ...]:
    """The first error, the alarm, and the changes in the window that are closest to the first error."""
    alarm = ChartMark(at=scope.alarm_at, label=ALARM)
    first = (ChartMark(at=errors.onset, label=FIRST_ERROR),) if errors.onset else ()
    return (*first, alarm, *(ChartMark(at=c.at, label=c.name) for c in _closest(scope, errors, changes)))


def _closest(scope: Scope, errors: ConnectionErrors, changes: Iterable[Change]) -> list[Change]:
    """At most three, oldest first; one of several of the same name in one minute stands for all."""
    begin = errors.onset or scope.alarm_at
    inside = [c for c in changes if scope.window.holds(c.at)]
    told = {(c.name, c.at.replace(second=0, microsecond=0)): c for c in reversed(inside)}
    nearest = sorted(told.values(), key=lambda c: (abs(c.at - begin), c.at, c.id))[:MOST_CHANGES]
    return sorted(nearest, key=lambda c: (c.at, c.id))


def chart(
    title: Message,
    scope: Scope,
    errors: ConnectionErrors,
    candidates: Iterable[tuple[str, str, Line]] = (),
    changes: Iterable[Change] = (),
) -> Chart:
    """Errors on the left axis, candidates (name, unit, line) on the right; unknown minutes are gaps.

    `changes` are the load balancer's own; those in the window become marks.
    """
    marked = marks(scope, errors, changes)
    window = scope.window
    right = tuple(
        ChartSeries(name=name, unit=unit, points=line.within(window).points, right_axis=True)
        for name, unit, line in candidates
    )
    left = ChartSeries(name=errors.metric, unit="Count", points=errors.inside.points)
    return Chart(
        title=title,
        series=(left, *right),
        window=window,
        marks=marked,
        alt=alternative(errors, [series.name for series in right], marked),
    )


def alternative(errors: ConnectionErrors, others: list[str], marked: Iterable[ChartMark] = ()) -> Message:
    """What the picture shows, for people who cannot see it."""
    shown = ", ".join([errors.metric, *others])
    told = say("{names} over the window; no elevated errors.", names=shown)
    if errors.onset:
        told = say("{names} over the window; errors begin at {at}.", names=shown, at=errors.onset)
    changes = [
        say("{event} at {at}", event=mark.label, at=mark.at)
        for mark in marked
        if mark.label not in (FIRST_ERROR, ALARM)
    ]
    return say("{told} Changes: {changes}.", told=told, changes=changes) if changes else told
