"""What a person writes in the alarm form becomes a plan, or a sentence about what cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.alarms.form import AlarmForm, Shape, form_of, plan_from
from bot.core.alarms.plan import AlarmPlan, Band, Comparison, Missing, Sides, Static
from bot.core.alarms.proposals import default_plan
from bot.core.errors import UserError
from bot.core.model import Window
from bot.i18n import t
from tests.alarm_builders import ALB, NLB

RESETS = form_of(default_plan(NLB, "TCP_Target_Reset_Count"))
ERRORS = form_of(default_plan(ALB, "TargetConnectionErrorCount"))


def but(form: AlarmForm, **changes: object) -> AlarmForm:
    return form.model_copy(update=changes)


@pytest.mark.parametrize(
    "plan", [default_plan(NLB, RESETS.metric), default_plan(ALB, ERRORS.metric)], ids=["band", "threshold"]
)
def test_an_unchanged_form_is_the_usual_plan(plan: AlarmPlan) -> None:
    lb = NLB if isinstance(plan.test, Band) else ALB
    assert plan_from(lb, form_of(plan)) == plan


def test_every_value_can_be_adjusted() -> None:
    form = but(
        RESETS,
        statistic="Average",
        period_s=900,
        of="2 of 4",
        shape=Shape.BAND_LOWER,
        size="6.5",
        excluded="2026-11-18T00:00Z 2026-11-19T00:00Z\n\n2026-11-20T08:00 2026-11-20T10:00+01:00",
        time_zone=" Europe/Berlin ",
    )
    plan = plan_from(NLB, form)
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (18, 19)]
    hours = [datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (8, 9)]
    assert (plan.metric.statistic, plan.metric.period_s, plan.datapoints, plan.periods) == (
        "Average",
        900,
        2,
        4,
    )
    assert plan.test == Band(
        width=6.5,
        sides=Sides.LOWER,
        excluded=(Window(start=days[0], end=days[1]), Window(start=hours[0], end=hours[1])),
        time_zone="Europe/Berlin",
    )


def test_a_counter_of_errors_keeps_its_fill_and_its_share_at_another_period() -> None:
    plan = plan_from(ALB, but(ERRORS, size="50", period_s=300))
    assert isinstance(plan.test, Static)
    assert plan.test.filled
    assert plan.test.share is not None
    assert (plan.test.threshold, plan.test.share.of.period_s) == (50, 300)


def test_a_threshold_on_a_level_does_not_breach_while_nothing_is_reported() -> None:
    plan = plan_from(NLB, but(RESETS, shape=Shape.BELOW, size="5"))
    assert plan.test == Static(comparison=Comparison.BELOW, threshold=5)
    assert plan.missing is Missing.NOT_BREACHING


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"of": "three"}, "3 of 5"),
        ({"of": "4 of 3"}, "may not exceed"),
        ({"of": "300 of 300"}, "a day"),
        ({"size": "wide"}, "wide"),
        ({"size": "0"}, "greater than 0"),
        ({"size": "1e9"}, "1e9"),
        ({"period_s": 90}, "60"),
        ({"time_zone": "Mars/Olympus"}, "Mars"),
        ({"excluded": "yesterday"}, "yesterday"),
        ({"excluded": "2026-11-20T10:00Z 2026-11-20T08:00Z"}, "2026-11-20T10:00Z"),
        ({"excluded": "\n".join(["2026-11-01T00:00Z 2026-11-02T00:00Z"] * 11)}, "10"),
    ],
)
def test_what_makes_no_alarm_is_said_in_the_form(changes: dict[str, object], said: str) -> None:
    with pytest.raises(UserError) as refused:
        plan_from(NLB, but(RESETS, **changes))
    assert said in t(refused.value.message, "en")
