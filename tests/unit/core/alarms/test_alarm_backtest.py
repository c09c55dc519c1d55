"""Two weeks replayed: how often an alarm would have fired, what it would have caught, and how late."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.core.alarms.backtest import BackTest, KnownIncident, backtest
from bot.core.alarms.bands import band_limits
from bot.core.alarms.plan import AlarmPlan, Band, Missing, Share, Sides, Static
from bot.core.alarms.present import plan_of
from bot.core.evidence import Series
from bot.core.model import Window
from bot.core.series import Line
from tests.alarm_builders import (
    END,
    ERRORS,
    REQUESTS,
    TWO_WEEKS,
    a_history,
    a_plan,
    an_alarm,
    but,
    daily_wave,
    fortnight,
)

DAY = timedelta(days=1)


def window(days_before_end: float, minutes: int) -> Window:
    start = END - days_before_end * DAY
    return Window(start=start, end=start + timedelta(minutes=minutes))


DIP, SPIKE = window(2.5, 60), window(4.25, 30)
RESETS_SEEN = fortnight(a_plan().metric, but(daily_wave, {DIP: 40.0, SPIKE: 9000.0}))
KNOWN = KnownIncident(window=DIP, name="INC-1")


def replayed(plan: AlarmPlan, *series: Series, known: tuple[KnownIncident, ...] = ()) -> BackTest:
    found = backtest(plan, a_history(*series), known)
    assert found is not None
    return found


def test_a_band_catches_the_dip_that_a_fixed_threshold_misses() -> None:
    band = replayed(a_plan(Band(width=8)), RESETS_SEEN, known=(KNOWN,))
    static = replayed(a_plan(Static(threshold=5000)), RESETS_SEEN, known=(KNOWN,))
    assert band.catches[0].late == timedelta(minutes=15)
    assert static.catches[0].fired_at is None
    assert band.unexplained == static.unexplained == 1


def test_a_one_sided_band_does_not_see_the_other_side() -> None:
    upper = replayed(a_plan(Band(width=8, sides=Sides.UPPER)), RESETS_SEEN, known=(KNOWN,))
    assert upper.caught == 0
    assert len(upper.firings) == 1


def test_a_band_has_no_verdict_on_the_first_days_because_it_knows_no_earlier_ones() -> None:
    found = replayed(a_plan(Band(width=8)), RESETS_SEEN)
    assert found.judged == pytest.approx(11 / 14, abs=0.02)


def test_a_firing_lasts_until_the_points_are_inside_again() -> None:
    found = replayed(a_plan(Static(threshold=5000), of=(1, 1)), RESETS_SEEN)
    assert [(f.start - SPIKE.start, f.end and f.end - SPIKE.end) for f in found.firings] == [
        (timedelta(minutes=5), timedelta(minutes=5))
    ]
    assert found.in_alarm == timedelta(minutes=30)


def test_an_alarm_that_was_on_for_days_caught_nothing() -> None:
    found = replayed(a_plan(Static(threshold=1), of=(1, 1)), RESETS_SEEN, known=(KNOWN,))
    assert found.firings[0].end is None
    assert found.caught == 0
    assert found.catches[0].already


def test_what_was_not_read_completely_is_no_result() -> None:
    forbidden = fortnight(a_plan().metric, daily_wave, status="Forbidden")
    assert backtest(a_plan(), a_history(forbidden)) is None
    assert backtest(a_plan(), a_history()) is None


def test_a_share_needs_its_requests() -> None:
    share = Share(of=REQUESTS, percent=1, floor=100)
    plan = a_plan(Static(threshold=10, filled=True, share=share), metric=ERRORS, of=(3, 5))
    errors = fortnight(ERRORS, but(lambda at: None, {SPIKE: 5.0}))
    assert backtest(plan, a_history(errors)) is None
    few = replayed(plan, errors, fortnight(REQUESTS, lambda at: 50.0))
    many = replayed(plan, errors, fortnight(REQUESTS, lambda at: 400.0))
    assert (len(few.firings), len(many.firings)) == (0, 1)


def test_one_incident_is_not_learnt_as_normal() -> None:
    """The same dip two days in a row is caught twice."""
    again = window(1.5, 60)
    seen = fortnight(a_plan().metric, but(daily_wave, {DIP: 40.0, again: 40.0}))
    known = (KNOWN, KnownIncident(window=again, name="INC-2"))
    assert replayed(a_plan(), seen, known=known).caught == 2


def test_the_band_of_a_day_does_not_know_the_days_after_it() -> None:
    quiet = Line(TWO_WEEKS.start, timedelta(hours=1), (100.0,) * (7 * 24))
    loud = Line(TWO_WEEKS.start, timedelta(hours=1), quiet.values + (110.0,) * (7 * 24))
    assert band_limits(loud, 8)[: 7 * 24] == band_limits(quiet, 8)[: 7 * 24]


def test_excluded_times_are_not_learnt_from() -> None:
    """A nightly job that began three days ago is expected on the fourth, unless it is excluded."""
    nights = [TWO_WEEKS.start + d * DAY for d in (5, 6, 7, 8)]
    jobs = tuple(Window(start=night, end=night + timedelta(hours=3)) for night in nights)
    values = tuple(
        9000.0 if any(job.holds(TWO_WEEKS.start + h * timedelta(hours=1)) for job in jobs) else 1000.0
        for h in range(9 * 24)
    )
    line = Line(TWO_WEEKS.start, timedelta(hours=1), values)
    excluded = band_limits(line, 8, jobs)[8 * 24 + 1]
    assert excluded is not None
    assert excluded[1] < 2000


def test_a_series_that_never_moved_still_has_a_band() -> None:
    line = Line(TWO_WEEKS.start, timedelta(hours=1), (200.0,) * (5 * 24))
    assert band_limits(line, 8)[-1] == (184.0, 216.0)


# The present alarm as a plan


@pytest.mark.parametrize(
    ("plan", "expression"),
    [
        (a_plan(Static(threshold=3), of=(2, 3), missing=Missing.IGNORE), ""),
        (a_plan(Static(threshold=3, filled=True)), "e1 = FILL(m1,0)"),
        (a_plan(Band(width=4, sides=Sides.LOWER)), "band = ANOMALY_DETECTION_BAND(m1, 4)"),
        (a_plan(Band(width=2)), "ad1 = ANOMALY_DETECTION_BAND(m1)"),
    ],
)
def test_an_alarm_reads_back_as_its_plan(plan: AlarmPlan, expression: str) -> None:
    assert plan_of(an_alarm(plan, expression)) == plan


@pytest.mark.parametrize(
    ("changes", "expression"),
    [
        ({"composite": True}, ""),
        ({}, "e1 = m1/m2"),
        ({"metrics": ()}, "SELECT AVG(x)"),
        ({"treat_missing": "something_new"}, ""),
        ({"comparison": "LessThanSomething"}, ""),
        ({"evaluation_periods": 0, "datapoints_to_alarm": 0}, ""),
    ],
)
def test_what_cannot_be_replayed_is_not_guessed(changes: dict[str, object], expression: str) -> None:
    alarm = an_alarm(a_plan(Static(threshold=3)), expression).model_copy(update=changes)
    assert plan_of(alarm) is None


def test_points_are_judged_when_their_period_has_ended() -> None:
    found = replayed(a_plan(Static(threshold=5000), of=(3, 3)), RESETS_SEEN)
    assert found.firings[0].start == SPIKE.start + timedelta(minutes=15)
    assert isinstance(found.firings[0].start, datetime)
