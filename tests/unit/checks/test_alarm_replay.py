"""The live alarm replayed over the incident: when it fires, what is proposed, and what is not claimed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.core.alarms.natures import metric_of
from bot.core.alarms.plan import AlarmPlan, Band, Comparison, Missing, Static
from bot.core.alarms.proposals import default_plan
from bot.core.evidence import Alarm, AlarmHistory, Alarms, AlarmTransition, LoadBalancerMetrics, Series
from bot.core.model import Finding, LoadBalancer, LoadBalancerType, Status
from bot.i18n import t
from runbooks.checks.alarm_definition import CHECK
from tests.alarm_builders import a_plan, an_alarm
from tests.evidence_builders import a_load_balancer, a_scope, at, unread
from tests.metric_builders import GROUP, Values, around, lb_metrics, metric, run

ALB = a_load_balancer()
NLB = a_load_balancer(LoadBalancerType.NETWORK)
ERRORS = metric_of(ALB, "TargetConnectionErrorCount", "Sum", 60)
ANY = Static(threshold=0, comparison=Comparison.ABOVE)
MANY = lb_metrics(None, around(None, 80))
NO_ERRORS = lb_metrics(None, around(None, None))
THREE = lb_metrics(None, around(None, 3, until="14:06"))


def errors_alarm(
    test: Static | Band = ANY,
    *,
    of: tuple[int, int] = (3, 5),
    missing: Missing = Missing.NOT_BREACHING,
    period_s: int = 60,
    statistic: str = "Sum",
    dimensions: dict[str, str] | None = None,
    expression: str = "",
    **changes: object,
) -> Alarm:
    watched = ERRORS.model_copy(
        update={
            "period_s": period_s,
            "statistic": statistic,
            "dimensions": dimensions or ERRORS.dimensions,
        }
    )
    plan = a_plan(test, metric=watched, of=of, missing=missing, name="errors")
    return an_alarm(plan, expression).model_copy(update=changes)


def judged(
    *alarms: Alarm,
    metrics: LoadBalancerMetrics = MANY,
    fired: str = "",
    lb: LoadBalancer = ALB,
) -> Finding:
    turned = [
        AlarmTransition(alarm=alarm.name, at=at(fired), kind="StateUpdate", summary="", old="OK", new="ALARM")
        for alarm in alarms
        if fired
    ]
    history = AlarmHistory(transitions=tuple(turned))
    return run(CHECK, Alarms(alarms=alarms), history, metrics, scope=a_scope(lb))


def said(finding: Finding) -> list[str]:
    return [t(detail, "en").replace("`", "") for detail in finding.details]


def about(finding: Finding, word: str) -> list[str]:
    return [line for line in said(finding) if word in line]


# When it fires


@pytest.mark.parametrize(
    ("of", "clock"), [((1, 1), "14:06"), ((3, 5), "14:08"), ((2, 3), "14:07"), ((5, 5), "14:10")]
)
def test_it_fires_once_as_many_points_as_it_takes_have_ended(of: tuple[int, int], clock: str) -> None:
    finding = judged(errors_alarm(of=of, test=Static(threshold=1, filled=True), expression="e1 = FILL(m1,0)"))
    assert finding.numbers["replay_fired_at"] == at(clock).isoformat()
    assert about(finding, "replayed") == [
        f"errors: replayed, it fires at {clock} UTC and stays on until 14:35 UTC at least."
    ]


def test_a_short_trouble_is_over_again() -> None:
    finding = judged(errors_alarm(of=(1, 1)), metrics=THREE)
    assert about(finding, "replayed") == ["errors: replayed, it fires at 14:06 UTC and is over at 14:09 UTC."]


def test_several_firings_are_counted() -> None:
    twice = around(None, 80, until="14:07")
    twice[-10] = 80
    finding = judged(errors_alarm(of=(1, 1)), metrics=lb_metrics(None, twice))
    assert about(finding, "replayed") == ["errors: replayed, it fires 2 times, first at 14:06 UTC."]
    assert finding.numbers["replay_firings"] == 2


def test_it_may_not_fire_at_all() -> None:
    finding = judged(errors_alarm(), metrics=NO_ERRORS)
    assert about(finding, "replayed") == ["errors: replayed from 13:35 UTC to 14:35 UTC, it does not fire."]
    assert finding.numbers["replay_fired_at"] is None


def test_an_alarm_that_was_on_before_did_not_fire_in_the_window() -> None:
    finding = judged(errors_alarm(), metrics=lb_metrics(None, around(5, 80)))
    assert about(finding, "replayed") == ["errors: replayed, it is in ALARM since before 13:35 UTC."]


def test_scattered_points_of_a_quiet_counter_count_as_in_a_row() -> None:
    values = around(None, None)
    for clock in ("14:05", "14:07", "14:09"):
        values[(at(clock) - at("12:35")) // timedelta(minutes=1)] = 50
    finding = judged(errors_alarm(of=(3, 3)), metrics=lb_metrics(None, values))
    assert finding.numbers["replay_fired_at"] == at("14:10").isoformat()


def test_a_period_of_five_minutes_slides_by_the_minute() -> None:
    """8 a minute: more than 20 in five minutes once three of them have errors."""
    alarm = errors_alarm(Static(threshold=20), of=(1, 1), period_s=300)
    finding = judged(alarm, metrics=lb_metrics(None, around(None, 8)))
    assert finding.numbers["replay_fired_at"] == at("14:08").isoformat()


def test_nothing_of_the_time_before_decides_unless_it_was_read() -> None:
    sticky = errors_alarm(missing=Missing.IGNORE)
    finding = judged(sticky, metrics=NO_ERRORS)
    assert about(finding, "eplayed") == ["Not replayed, because its state from before decides: errors."]


# What is not claimed


def not_replayed() -> Iterator[tuple[Alarm, str]]:
    yield errors_alarm(composite=True, metrics=(), expression="ALARM(a)"), "because it combines other alarms"
    yield errors_alarm(expression="e1 = 100*m1/m2"), "because it is metric math"
    yield errors_alarm(Band(width=4)), "because its band takes earlier days"
    yield errors_alarm(treat_missing="new"), "because of a setting that is not known here"
    yield errors_alarm(statistic="Average"), "because the series it watches was not read here"
    yield errors_alarm(dimensions={"TargetGroup": "gone"}), "because the series it watches was not read here"
    yield errors_alarm(period_s=3600, of=(1, 1)), "because it looks back further than was read"


@pytest.mark.parametrize(("alarm", "why"), list(not_replayed()))
def test_what_cannot_be_replayed_says_why_and_nothing_else(alarm: Alarm, why: str) -> None:
    finding = judged(alarm)
    assert about(finding, "eplayed") == [f"Not replayed, {why}: errors."]
    assert finding.numbers["alarms_replayed"] == 0
    assert "replay_fired_at" not in finding.numbers


def test_another_namespace_is_not_taken_for_this_one() -> None:
    alarm = errors_alarm()
    elsewhere = alarm.metrics[0].model_copy(update={"namespace": "Shop/Edge"})
    finding = judged(alarm.model_copy(update={"metrics": (elsewhere,)}))
    assert about(finding, "eplayed") == [
        "Not replayed, because the series it watches was not read here: errors."
    ]
    assert not about(finding, "proposed")


def test_a_percentile_of_a_longer_period_does_not_follow_from_minutes() -> None:
    slow = metric(ALB, "TargetResponseTime", around(1, 3), statistic="p99")
    plan = a_plan(Static(threshold=2), metric=metric_of(ALB, "TargetResponseTime", "p99", 300), name="slow")
    finding = judged(an_alarm(plan), metrics=lb_metrics(None, around(None, 80), None, slow))
    assert about(finding, "eplayed") == [
        "Not replayed, because its period does not follow from the points that were read: slow."
    ]


def test_a_reason_is_given_once_for_all_its_alarms() -> None:
    first = errors_alarm(expression="e1 = m1*2")
    finding = judged(first, first.model_copy(update={"name": "share"}))
    assert about(finding, "eplayed") == ["Not replayed, because it is metric math: errors, share."]


def test_an_incomplete_series_is_not_replayed() -> None:
    (errors, *rest) = MANY.series
    partial = MANY.model_copy(update={"series": (errors.model_copy(update={"status": "PartialData"}), *rest)})
    assert about(judged(errors_alarm(), metrics=partial), "eplayed")[0].startswith("Not replayed")


def test_without_metrics_the_replay_claims_nothing() -> None:
    refused = unread(action="cloudwatch:GetMetricData")
    finding = run(CHECK, Alarms(alarms=(errors_alarm(),)), unread={LoadBalancerMetrics: refused})
    assert not about(finding, "eplayed")
    assert refused in finding.unread


# Beside CloudWatch's record


def test_a_record_that_agrees_is_not_repeated() -> None:
    assert not about(judged(errors_alarm(), fired="14:09"), "recorded")


def test_a_record_that_differs_is_said() -> None:
    finding = judged(errors_alarm(), metrics=NO_ERRORS, fired="14:09")
    assert about(finding, "recorded")[0].startswith("CloudWatch recorded errors firing at 14:09 UTC")


def test_an_alarm_changed_since_is_replayed_as_it_is_now() -> None:
    finding = judged(errors_alarm(configured_at=at("14:15")), metrics=NO_ERRORS, fired="14:09")
    assert about(finding, "changed") == [
        "errors was changed at 14:15 UTC: what is replayed is how it is now."
    ]
    assert not about(finding, "recorded")


# Proposals


def test_the_proposed_setting_is_replayed_beside_it() -> None:
    finding = judged(errors_alarm(of=(1, 1)))
    assert about(finding, "set as proposed") == [
        "errors set as proposed (at least 10, or 1 % of RequestCount where that is at least 100;"
        " 3 of 5 points) would fire at 14:08 UTC."
    ]
    assert finding.numbers["proposal_fired_at"] == at("14:08").isoformat()


def test_the_proposed_setting_stays_quiet_for_three_errors() -> None:
    finding = judged(errors_alarm(of=(1, 1)), metrics=THREE)
    assert about(finding, "set as proposed")[0].endswith("would not fire.")
    assert finding.numbers["proposal_fired_at"] is None


def test_a_proposal_for_a_target_group_looks_at_that_group() -> None:
    of_group: list[Series] = [
        metric(ALB, "TargetConnectionErrorCount", around(None, 2), group=True),
        metric(ALB, "RequestCount", around(100, 100), group=True),
    ]
    alarm = errors_alarm(of=(1, 1), dimensions={**ERRORS.dimensions, "TargetGroup": GROUP})
    finding = judged(alarm, metrics=lb_metrics(None, around(None, 2), None, *of_group))
    assert finding.numbers["proposal_fired_at"] == at("14:08").isoformat()


def test_what_is_already_as_proposed_or_takes_earlier_days_gets_no_proposal() -> None:
    rejected = default_plan(ALB, "RejectedConnectionCount")
    series = metric(ALB, "RejectedConnectionCount", around(None, 9))
    finding = judged(an_alarm(rejected), metrics=lb_metrics(None, around(None, 80), None, series))
    assert finding.numbers["alarms_replayed"] == 1
    assert not about(finding, "set as proposed")
    assert not about(judged(resets_alarm(), metrics=resets(50), lb=NLB), "set as proposed")


def test_the_fortnight_is_pointed_to() -> None:
    assert about(judged(errors_alarm()), "14 days") == [
        "Over the last 14 days, for the load balancer as a whole:"
        " /alb-incident alarm shop-prod TargetConnectionErrorCount"
    ]


# A fixed threshold on a level that moves


def resets_alarm(test: Static | Band | None = None) -> Alarm:
    watched = metric_of(NLB, "TCP_Target_Reset_Count", "Sum", 60)
    plan: AlarmPlan = a_plan(test or Static(threshold=150), metric=watched, of=(3, 5), name="resets")
    return an_alarm(plan)


def resets(usual: float | None, then: float = 400) -> LoadBalancerMetrics:
    values: Values = around(usual, then)
    return lb_metrics(NLB, values)


MOVES = "resets: Its usual level moves with traffic and fleet size, so no fixed threshold fits."


def test_a_fixed_threshold_on_resets_is_named_and_replayed() -> None:
    finding = judged(resets_alarm(), metrics=resets(50), lb=NLB)
    assert finding.status is Status.WARN
    assert about(finding, "usual level") == [MOVES]
    assert finding.numbers["replay_fired_at"] == at("14:08").isoformat()


@pytest.mark.parametrize(
    ("alarm", "metrics"),
    [
        (resets_alarm(Band(width=8)), resets(50)),
        (resets_alarm(), resets(0.5)),
        (resets_alarm(), resets(None)),
        (resets_alarm(), LoadBalancerMetrics(window=MANY.window, series=())),
    ],
    ids=["a band", "nearly none", "no level seen", "not read"],
)
def test_it_is_not_named_of_a_band_or_where_no_level_was_seen(
    alarm: Alarm, metrics: LoadBalancerMetrics
) -> None:
    assert not about(judged(alarm, metrics=metrics, lb=NLB), "usual level")


def test_a_fixed_threshold_on_a_level_does_not_by_itself_explain_a_firing() -> None:
    finding = judged(resets_alarm(), metrics=resets(50), fired="14:08", lb=NLB)
    assert [s.holds for s in finding.signals if s.id == "alarm_smell_explains_firing"] == [False]
