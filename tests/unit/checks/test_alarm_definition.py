"""Alarm definition: smells, whether one explains the firing, and what users felt."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.core.alarm_smells import smells
from bot.core.evidence import (
    Alarm,
    AlarmHistory,
    AlarmMetric,
    Alarms,
    AlarmTransition,
    LoadBalancerMetrics,
    Series,
)
from bot.core.load_balancer_series import whole
from bot.core.model import Finding, LoadBalancerType, MomentKind, Status
from runbooks.checks.alarm_definition import CHECK
from tests.evidence_builders import ALARM_AT, a_load_balancer, a_scope, unread
from tests.metric_builders import Values, around, lb_metrics, metric, run, signals

ALB = a_load_balancer()
CLB = a_load_balancer(LoadBalancerType.CLASSIC)
LONG_AGO = ALARM_AT - timedelta(days=30)


def an_alarm(
    *,
    name: str = "shop-prod-target-errors",
    metric_name: str = "TargetConnectionErrorCount",
    statistic: str = "Sum",
    period_s: int = 60,
    expression: str = "IF(FILL(req,0)>=100,100*FILL(err,0)/req,0)",
    threshold: float = 1,
    comparison: str = "GreaterThanOrEqualToThreshold",
    of: tuple[int, int] = (3, 5),
    missing: str = "notBreaching",
    actions: bool = True,
    configured_at: datetime | None = LONG_AGO,
    dimensions: dict[str, str] | None = None,
    composite: bool = False,
) -> Alarm:
    """A well-defined alarm but for what is given."""
    watched = AlarmMetric(
        namespace="AWS/ApplicationELB",
        name=metric_name,
        dimensions=whole(ALB) if dimensions is None else dimensions,
        statistic=statistic,
        period_s=period_s,
    )
    return Alarm(
        name=name,
        arn=f"arn:aws:cloudwatch:eu-central-1:1:alarm:{name}",
        composite=composite,
        metrics=() if composite else (watched,),
        expression=expression,
        state="ALARM",
        state_since=ALARM_AT,
        configured_at=configured_at,
        threshold=threshold,
        comparison=comparison,
        datapoints_to_alarm=of[0],
        evaluation_periods=of[1],
        treat_missing=missing,
        actions_enabled=actions,
    )


ONE_POINT = an_alarm(expression="", threshold=0, comparison="GreaterThanThreshold", of=(1, 1))


def fired(name: str = "shop-prod-target-errors", at: datetime = ALARM_AT) -> AlarmHistory:
    turned = AlarmTransition(alarm=name, at=at, kind="StateUpdate", summary="", old="OK", new="ALARM")
    return AlarmHistory(transitions=(turned,))


def errors(values: Values, server: Values = (), target: Values = ()) -> LoadBalancerMetrics:
    more: list[Series] = [
        metric(ALB, "HTTPCode_ELB_5XX_Count", server),
        metric(ALB, "HTTPCode_Target_5XX_Count", target),
    ]
    return lb_metrics(None, values, around(1400, 1400), *more)


FEW = errors(around(None, 3, until="14:06"))
MANY = errors(around(None, 80), around(None, 80))


def judged(alarm: Alarm | None, metrics: LoadBalancerMetrics = FEW) -> Finding:
    return run(CHECK, Alarms(alarms=(alarm,) if alarm else ()), fired(), metrics)


def test_a_good_alarm_passes() -> None:
    assert not list(smells(an_alarm(), ALB))
    assert judged(an_alarm(), MANY).status is Status.PASS


def test_refused_alarms_are_unknown() -> None:
    assert run(CHECK, unread={Alarms: unread()}).status is Status.UNKNOWN


def test_no_alarm_at_all_is_a_warning() -> None:
    finding = judged(None)
    assert finding.status is Status.WARN
    assert finding.summary.text == "No alarm watches this load balancer."


@pytest.mark.parametrize(
    ("alarm", "smell"),
    [
        (ONE_POINT, "one_point"),
        (an_alarm(period_s=300, of=(1, 1)), "one_long_period"),
        (an_alarm(missing="breaching"), "missing_breaches"),
        (an_alarm(expression="", threshold=10, of=(3, 3)), "scattered_points"),
        (an_alarm(statistic="Average"), "not_a_sum"),
        (an_alarm(dimensions={"TargetGroup": "targetgroup/web/1"}), "no_load_balancer"),
        (an_alarm(expression="100*FILL(err,0)/FILL(req,1)"), "share_without_floor"),
        (an_alarm(actions=False), "actions_disabled"),
        (an_alarm(composite=True, expression="ALARM(a) OR ALARM(b)", actions=False), "actions_disabled"),
    ],
)
def test_smells(alarm: Alarm, smell: str) -> None:
    assert [s.id for s in smells(alarm, ALB)] == [smell]
    assert judged(alarm, MANY).status is Status.WARN


@pytest.mark.parametrize(
    ("name", "statistic"), [("TargetResponseTime", "Average"), ("HealthyHostCount", "Minimum")]
)
def test_a_gauge_is_not_meant_to_be_summed(name: str, statistic: str) -> None:
    assert not list(smells(an_alarm(metric_name=name, statistic=statistic), ALB))


# Firing


def test_an_alarm_on_one_point_explains_firing_for_three_errors() -> None:
    finding = judged(ONE_POINT)
    assert finding.status is Status.FAIL
    assert finding.summary.text.startswith("The alarm fired because of how it is defined")
    assert signals(finding) == {
        "alarm_smell_explains_firing": True,
        "alarm_reconfigured_recently": False,
        "errors_negligible": True,
        "user_visible_5xx": False,
    }


def test_the_same_alarm_is_right_when_a_sensible_one_would_have_fired_too() -> None:
    finding = judged(ONE_POINT, MANY)
    assert finding.status is Status.WARN
    assert signals(finding)["alarm_smell_explains_firing"] is False
    assert signals(finding)["user_visible_5xx"] is True
    assert signals(finding)["errors_negligible"] is False


def test_an_alarm_that_did_not_fire_explains_nothing() -> None:
    finding = run(CHECK, Alarms(alarms=(ONE_POINT,)), AlarmHistory(transitions=()), FEW)
    assert "alarm_smell_explains_firing" not in signals(finding)


def test_without_its_history_the_alarm_tells_when_it_fired() -> None:
    finding = run(CHECK, Alarms(alarms=(ONE_POINT,)), FEW, unread={AlarmHistory: unread()})
    assert signals(finding)["alarm_smell_explains_firing"] is True
    assert not finding.moments
    assert finding.unread


def test_a_change_of_the_alarm_shortly_before() -> None:
    alarm = an_alarm(configured_at=ALARM_AT - timedelta(hours=2))
    assert signals(judged(alarm))["alarm_reconfigured_recently"] is True
    unknown = an_alarm(configured_at=None)
    assert "alarm_reconfigured_recently" not in signals(judged(unknown))


def test_whether_the_alarm_that_fired_was_changed_is_open_without_its_history() -> None:
    quiet_again = an_alarm(configured_at=ALARM_AT - timedelta(hours=1)).model_copy(update={"state": "OK"})
    refused = unread(action="cloudwatch:DescribeAlarmHistory")
    finding = run(CHECK, Alarms(alarms=(quiet_again,)), FEW, unread={AlarmHistory: refused})
    assert "alarm_reconfigured_recently" not in signals(finding)
    assert finding.unread == (refused,)


def test_errors_that_reach_users_through_targets_count() -> None:
    finding = judged(ONE_POINT, errors(around(None, 3, until="14:06"), target=around(None, 40)))
    assert signals(finding)["user_visible_5xx"] is True


def test_without_metrics_nothing_is_said_about_users() -> None:
    finding = run(CHECK, Alarms(alarms=(ONE_POINT,)), fired(), unread={LoadBalancerMetrics: unread()})
    assert not {"user_visible_5xx", "errors_negligible"} & signals(finding).keys()


def test_5xx_that_were_not_read_leave_users_unknown() -> None:
    finding = judged(ONE_POINT, lb_metrics(None, around(None, 3, until="14:06")))
    assert not {"user_visible_5xx", "errors_negligible"} & signals(finding).keys()


def test_transitions_are_moments_of_the_timeline() -> None:
    (moment,) = judged(ONE_POINT).moments
    assert (moment.kind, moment.at) == (MomentKind.ALARM, ALARM_AT)
    assert moment.key == f"alarm:shop-prod-target-errors:{ALARM_AT.isoformat()}"


@pytest.mark.parametrize("type", [LoadBalancerType.NETWORK, LoadBalancerType.CLASSIC])
def test_other_types_are_judged_too(type: LoadBalancerType) -> None:
    lb = a_load_balancer(type)
    more = [
        metric(lb, name, around(None, 80))
        for name in ("HTTPCode_ELB_5XX", "HTTPCode_Backend_5XX")
        if type is LoadBalancerType.CLASSIC
    ]
    alarm = an_alarm(dimensions=whole(lb))
    finding = run(
        CHECK,
        Alarms(alarms=(alarm,)),
        fired(),
        lb_metrics(lb, around(0, 80), None, *more),
        scope=a_scope(lb),
    )
    assert finding.status is Status.PASS
    assert signals(finding).get("user_visible_5xx") is (True if more else None)
