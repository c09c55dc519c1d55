"""The three reset counters read together: who reset, beside healthy targets or not, and fewer than usual."""

from __future__ import annotations

import pytest

from bot.core.evidence import LoadBalancerMetrics, Series
from bot.core.model import Finding, LoadBalancerType, Status
from runbooks.checks.nlb_resets import CHECK
from tests.evidence_builders import a_load_balancer, a_scope
from tests.metric_builders import WIDE, Values, around, metric, run, signals, wave

NLB = a_load_balancer(LoadBalancerType.NETWORK)
SENDERS = TARGET, ELB, CLIENT = "TCP_Target_Reset_Count", "TCP_ELB_Reset_Count", "TCP_Client_Reset_Count"


def hosts(unhealthy: float | None) -> tuple[Series, ...]:
    if unhealthy is None:
        return ()
    return (
        metric(NLB, "HealthyHostCount", around(4, 4 - unhealthy), statistic="Minimum", group=True),
        metric(NLB, "UnHealthyHostCount", around(0, unhealthy), statistic="Maximum", group=True),
    )


def judged(
    target: Values | None = None,
    elb: Values | None = None,
    client: Values | None = None,
    unhealthy: float | None = 0,
) -> Finding:
    """The finding; a counter that is not given stays at its usual 20 a minute."""
    given = {TARGET: target, ELB: elb, CLIENT: client}
    counters = [metric(NLB, n, wave(around(20, 20), 1) if v is None else v) for n, v in given.items()]
    evidence = LoadBalancerMetrics(window=WIDE, series=(*counters, *hosts(unhealthy)))
    return run(CHECK, evidence, scope=a_scope(NLB))


def test_usual_resets_pass_because_some_are_always_there() -> None:
    finding = judged()
    assert finding.status is Status.PASS
    assert {id for id, holds in signals(finding).items() if holds} == {"nlb_resets_usual"}


@pytest.mark.parametrize(
    ("who", "unhealthy", "status", "held"),
    [
        (TARGET, 0, Status.FAIL, {"nlb_target_resets_elevated"}),
        (TARGET, 1, Status.FAIL, {"nlb_target_resets_elevated"}),
        (ELB, 1, Status.FAIL, {"nlb_elb_resets_with_unhealthy"}),
        (ELB, 0, Status.WARN, {"nlb_idle_resets"}),
        (CLIENT, 0, Status.WARN, {"nlb_client_resets_dominant"}),
    ],
)
def test_who_resets_more_than_usual(who: str, unhealthy: float, status: Status, held: set[str]) -> None:
    target, elb, client = (wave(around(20, 200), 1) if name == who else None for name in SENDERS)
    finding = judged(target, elb, client, unhealthy)
    assert finding.status is status
    assert {id for id, holds in signals(finding).items() if holds} == held


def test_a_burst_that_is_over_warns_as_a_restart_does() -> None:
    finding = judged(target=wave(around(20, 300, until="14:10"), 1))
    assert finding.status is Status.WARN
    assert signals(finding)["nlb_target_resets_elevated"] is True
    assert "restarts give" in str(finding.summary.values["meaning"])


def test_a_single_noisy_minute_is_not_more_than_usual() -> None:
    assert signals(judged(target=around(20, 60, until="14:06")))["nlb_target_resets_elevated"] is False


def test_counting_noise_around_a_quiet_week_is_not_elevated() -> None:
    noisy = [5.0 if i % 3 else 12.0 for i in range(120)]
    assert judged(target=noisy).status is Status.PASS


def test_clients_and_targets_together_are_not_blamed_on_the_clients() -> None:
    rise = wave(around(20, 200), 1)
    found = signals(judged(target=rise, client=wave(around(20, 900), 1)))
    assert found["nlb_client_resets_dominant"] is False


def test_resets_of_the_load_balancer_that_are_most_of_all_are_idle_connections() -> None:
    finding = judged(elb=wave(around(90, 90), 1))
    assert finding.status is Status.WARN
    assert signals(finding)["nlb_idle_resets"] is True


def test_without_host_counts_nothing_is_said_about_unhealthy_targets() -> None:
    found = signals(judged(elb=wave(around(20, 200), 1), unhealthy=None))
    assert "nlb_elb_resets_with_unhealthy" not in found
    assert "nlb_idle_resets" not in found
    assert judged(unhealthy=None).status is Status.UNKNOWN


def test_fewer_resets_of_all_three_say_that_traffic_may_not_arrive() -> None:
    low = wave(around(40, 2, since="14:10"), 1)
    finding = judged(low, low, low)
    assert finding.status is Status.WARN
    assert "fell" in finding.summary.text


def test_fewer_resets_of_one_sender_are_no_lost_traffic() -> None:
    low = wave(around(40, 2, since="14:10"), 1)
    assert judged(target=low).status is Status.PASS


def test_a_low_level_cannot_be_seen_to_fall() -> None:
    none = around(2, 0, since="14:10")
    assert judged(none, none, none).status is Status.PASS


def test_a_counter_that_is_missing_is_unknown_and_not_zero() -> None:
    finding = judged(target=around(None, None))
    assert finding.status is Status.UNKNOWN
    assert "nlb_target_resets_elevated" not in signals(finding)
    assert "nlb_client_resets_dominant" not in signals(finding)
    assert [unread.detail for unread in finding.unread] == [f"{TARGET} in most minutes"]


def test_without_anything_usual_nothing_is_concluded() -> None:
    recent = around(None, 20, since="13:35")
    finding = judged(recent, recent, recent)
    assert finding.status is Status.UNKNOWN
    assert not finding.signals


def test_it_says_what_no_metric_can_tell() -> None:
    said = [detail.text for detail in judged().details]
    assert any("no metric tells" in text for text in said)
    assert any("not a failed connection" in text for text in said)


def test_the_picture_shows_all_three_from_the_first_elevated_minute() -> None:
    chart = judged(target=wave(around(20, 200), 1)).chart
    assert chart is not None
    assert [series.name for series in chart.series] == [TARGET, ELB, CLIENT]
    assert [mark.label for mark in chart.marks] == [TARGET, "alarm"]
