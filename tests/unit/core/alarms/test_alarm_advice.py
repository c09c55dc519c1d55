"""Static or band, one side or two, how wide: what is proposed for which metric, and why."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.core.alarms.advise import Advice, advise, check_metric, wanted
from bot.core.alarms.backtest import KnownIncident
from bot.core.alarms.natures import NATURES, metric_of
from bot.core.alarms.plan import Band, Comparison, Missing, Sides, Static
from bot.core.alarms.proposals import default_plan, proposals
from bot.core.errors import UserError
from bot.core.evidence import Series
from bot.core.model import LoadBalancer, Window
from bot.i18n import t
from tests.alarm_builders import (
    ALB,
    CLB,
    END,
    ERRORS,
    NLB,
    REQUESTS,
    RESETS,
    SIX_DAYS,
    a_history,
    a_plan,
    an_alarm,
    but,
    daily_wave,
    fortnight,
)

HOUR = Window(start=END - timedelta(days=2), end=END - timedelta(days=2) + timedelta(hours=1))


def advised(lb: LoadBalancer, metric: str, *series: Series) -> Advice:
    return advise(lb, metric, a_history(*series, window=SIX_DAYS))


def words(advice: Advice) -> str:
    return " ".join(t(reason, "en") for reason in advice.reasons)


def test_resets_have_a_two_sided_band_of_width_8_over_3_periods_of_300_seconds() -> None:
    plan = default_plan(NLB, "TCP_Target_Reset_Count")
    assert plan.test == Band(width=8, sides=Sides.BOTH)
    assert (plan.metric.statistic, plan.metric.period_s, plan.datapoints, plan.periods) == ("Sum", 300, 3, 3)
    assert plan.metric.dimensions == {"LoadBalancer": NLB.dimension}


@pytest.mark.parametrize(
    ("lb", "metric"),
    [
        (NLB, "TCP_Client_Reset_Count"),
        (NLB, "TCP_ELB_Reset_Count"),
        (ALB, "RequestCount"),
        (CLB, "RequestCount"),
    ],
)
def test_what_moves_with_traffic_is_watched_on_both_sides(lb: LoadBalancer, metric: str) -> None:
    test = default_plan(lb, metric).test
    assert isinstance(test, Band)
    assert test.sides is Sides.BOTH


def test_connection_errors_have_a_filled_threshold_with_a_share_and_a_floor() -> None:
    plan = default_plan(ALB, "TargetConnectionErrorCount")
    assert isinstance(plan.test, Static)
    assert (plan.test.threshold, plan.test.filled, plan.test.comparison) == (10, True, Comparison.AT_LEAST)
    assert plan.test.share is not None
    assert (plan.test.share.percent, plan.test.share.floor, plan.test.share.of) == (1, 100, REQUESTS)
    assert (plan.datapoints, plan.periods, plan.metric.period_s) == (3, 5, 60)
    assert plan.missing is Missing.NOT_BREACHING


def test_sparse_resets_get_no_band_because_it_would_hug_zero() -> None:
    sparse = fortnight(RESETS, lambda at: 2.0 if at.hour == 3 else None, window=SIX_DAYS)
    advice = advised(NLB, "TCP_Target_Reset_Count", sparse)
    assert isinstance(advice.proposed.plan.test, Static)
    assert "hug zero" in words(advice)


def test_silence_breaches_where_the_metric_is_never_silent() -> None:
    steady = advised(NLB, "TCP_Target_Reset_Count", fortnight(RESETS, daily_wave, window=SIX_DAYS))
    quiet_nights = fortnight(RESETS, lambda at: None if at.hour < 4 else daily_wave(at), window=SIX_DAYS)
    nightly = advised(NLB, "TCP_Target_Reset_Count", quiet_nights)
    assert steady.proposed.plan.missing is Missing.BREACHING
    assert nightly.proposed.plan.missing is Missing.MISSING


def test_a_noisy_metric_gets_a_wider_band_and_the_reason() -> None:
    def noisy(at: datetime) -> float:
        """Half an hour of somewhat more, twice a day, never at the same time."""
        return daily_wave(at) + (180 if (at.hour + at.day * 5) % 12 == 0 and at.minute < 30 else 0)

    advice = advised(NLB, "TCP_Target_Reset_Count", fortnight(RESETS, noisy, window=SIX_DAYS))
    test = advice.proposed.plan.test
    assert isinstance(test, Band)
    assert test.width > 8
    assert f"{test.width:g} instead of 8" in words(advice)


def test_catching_a_known_incident_outweighs_what_is_usual() -> None:
    """A shallow dip that width 8 does not see and width 6 does."""
    series = fortnight(RESETS, but(daily_wave, {HOUR: 960.0}), window=SIX_DAYS)
    history = a_history(series, window=SIX_DAYS)
    unknown = advise(NLB, "TCP_Target_Reset_Count", history)
    known = advise(NLB, "TCP_Target_Reset_Count", history, known=[KnownIncident(window=HOUR, name="INC-7")])
    assert [a.proposed.plan.test for a in (unknown, known)] == [Band(width=8), Band(width=6)]
    assert known.proposed.test is not None
    assert known.proposed.test.caught == 1


def test_the_present_alarm_is_tested_beside_the_proposal() -> None:
    present = an_alarm(a_plan(Static(threshold=1, comparison=Comparison.ABOVE), metric=ERRORS, of=(1, 1)))
    blips = fortnight(ERRORS, lambda at: 2.0 if at.minute == 7 else None)
    traffic = fortnight(REQUESTS, lambda at: 5000.0)
    advice = advise(ALB, "TargetConnectionErrorCount", a_history(blips, traffic), [present])
    assert advice.present[0].tried is not None
    assert advice.present[0].tried.test is not None
    assert advice.proposed.test is not None
    assert len(advice.present[0].tried.test.firings) > 300
    assert advice.proposed.test.firings == ()


def test_an_alarm_that_cannot_be_replayed_is_named_without_figures() -> None:
    odd = an_alarm(a_plan(Static(threshold=1), metric=ERRORS), "e1 = m1/m2")
    advice = advise(ALB, "TargetConnectionErrorCount", a_history(), [odd])
    assert [(alarm.name, alarm.tried) for alarm in advice.present] == [(odd.name, None)]


def test_without_any_reading_the_usual_plan_is_proposed_and_has_no_figures() -> None:
    advice = advised(NLB, "TCP_Target_Reset_Count")
    assert advice.proposed.plan == default_plan(NLB, "TCP_Target_Reset_Count")
    assert advice.proposed.test is None


def test_an_unknown_metric_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError) as refused:
        check_metric(NLB, "TargetConnectionErrorCount")
    assert "TCP_Target_Reset_Count" in t(refused.value.message, "en")


def test_the_series_to_read_include_what_present_alarms_watch_at_their_own_period() -> None:
    average = metric_of(ALB, "TargetConnectionErrorCount", "Average", 300)
    present = an_alarm(a_plan(Static(threshold=1), metric=average))
    elsewhere = an_alarm(a_plan(Static(threshold=1), metric=RESETS))
    assert wanted(ALB, "TargetConnectionErrorCount", [present, elsewhere]) == (ERRORS, REQUESTS, average)


@pytest.mark.parametrize(
    ("lb", "metric"),
    [(lb, metric) for lb in (ALB, NLB, CLB) for metric in NATURES[lb.type]],
)
def test_every_metric_has_a_first_proposal_and_a_reason(lb: LoadBalancer, metric: str) -> None:
    assert proposals(lb, metric, None)[0].metric.name == metric
    assert words(advised(lb, metric))
