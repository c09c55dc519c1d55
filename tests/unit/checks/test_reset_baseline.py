"""Moving levels against earlier days: spikes, dips, CloudWatch's own band, and too little history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import pytest

from bot.core.evidence import AnomalyBand, AnomalyBands, Evidence, LevelHistory, LoadBalancerMetrics, Series
from bot.core.model import Finding, LoadBalancerType, Status
from runbooks.checks.reset_baseline import CHECK
from tests.evidence_builders import WINDOW, a_load_balancer, a_scope, at
from tests.metric_builders import WIDE, Values, around, metric, run, signals

NLB = a_load_balancer(LoadBalancerType.NETWORK)
TARGET, ELB, CLIENT, FLOWS = LEVELS = (
    "TCP_Target_Reset_Count",
    "TCP_ELB_Reset_Count",
    "TCP_Client_Reset_Count",
    "NewFlowCount",
)
USUAL = {TARGET: 40.0, ELB: 20.0, CLIENT: 120.0, FLOWS: 3000.0}
FIVE = timedelta(minutes=5)


def two_weeks(days: int = 14, usual: Mapping[str, float] = USUAL) -> LevelHistory:
    """Five-minute sums at the window's hours and a little around, every day the same."""
    start = WINDOW.start - timedelta(minutes=30)
    series = []
    for name, level in usual.items():
        points = tuple(
            (start - timedelta(days=ago) + i * FIVE, 5 * level)
            for ago in range(days, 0, -1)
            for i in range(24)
        )
        one = metric(NLB, name, ())
        series.append(one.model_copy(update={"period_s": 300, "points": points}))
    return LevelHistory(window=WINDOW, series=tuple(series))


def judged(
    now: Mapping[str, Values] = MappingProxyType({}), *more: Evidence, history: LevelHistory | None = None
) -> Finding:
    """Every level as usual but those given."""
    series: list[Series] = [metric(NLB, name, now.get(name, around(v, v))) for name, v in USUAL.items()]
    metrics = LoadBalancerMetrics(window=WIDE, series=tuple(series))
    return run(CHECK, metrics, history or two_weeks(), *more, scope=a_scope(NLB))


def said(finding: Finding) -> str:
    return " ".join(message.text for message in (finding.summary, *finding.details))


def test_levels_where_they_always_are_pass() -> None:
    finding = judged()
    assert finding.status is Status.PASS
    assert signals(finding) == {"traffic_dip": False, "reset_spike": False}


def test_fewer_new_flows_say_that_traffic_is_not_arriving() -> None:
    low = {name: around(level, 0.08 * level) for name, level in USUAL.items()}
    finding = judged(low)
    assert finding.status is Status.FAIL
    assert signals(finding) == {"traffic_dip": True, "reset_spike": False}
    assert "not arriving" in said(finding)
    assert [moment.at for moment in finding.moments] == [at("14:05")]


@pytest.mark.parametrize(("name", "spike"), [(TARGET, True), (ELB, True), (CLIENT, False), (FLOWS, False)])
def test_spikes_warn_and_only_resets_of_our_side_are_a_spike(name: str, spike: bool) -> None:
    finding = judged({name: around(USUAL[name], 5 * USUAL[name])})
    assert finding.status is Status.WARN
    assert signals(finding)["reset_spike"] is spike


@pytest.mark.parametrize(
    ("until", "words"),
    [("14:12", "what a deployment gives"), ("14:35", "A spike that stays")],
)
def test_a_short_spike_is_called_what_a_deployment_gives(until: str, words: str) -> None:
    assert words in said(judged({TARGET: around(40, 400, until=until)}))


def test_fewer_resets_alone_are_not_lost_traffic() -> None:
    finding = judged({TARGET: around(40, 2)})
    assert finding.status is Status.WARN
    assert signals(finding)["traffic_dip"] is False


def test_without_history_nothing_is_expected() -> None:
    finding = judged(history=two_weeks(days=2))
    assert finding.status is Status.UNKNOWN
    assert not finding.signals
    assert len(finding.unread) == len(LEVELS)


def test_one_unknown_level_never_makes_the_rest_pass() -> None:
    finding = judged({ELB: around(None, None)})
    assert finding.status is Status.UNKNOWN
    assert signals(finding) == {"traffic_dip": False}


def test_at_a_level_near_zero_no_dip_is_denied() -> None:
    tiny = {**USUAL, FLOWS: 1.0}
    finding = judged({FLOWS: around(1, 0)}, history=two_weeks(usual=tiny))
    assert "traffic_dip" not in signals(finding)
    assert "could not be told" in said(finding)


def test_the_picture_holds_the_band_and_the_first_unusual_period() -> None:
    chart = judged({FLOWS: around(3000, 300)}).chart
    assert chart is not None
    assert chart.band is not None
    assert [series.name for series in chart.series] == [FLOWS]
    assert all(low <= 15_000 <= high for _, low, high in chart.band.points)
    assert (chart.marks[0].label, chart.marks[0].at) == ("unusual", at("14:05"))


def test_the_band_of_a_trained_detector_is_used_and_named() -> None:
    points = tuple((at("13:35") + i * FIVE, 1000.0, 2000.0) for i in range(12))
    theirs = AnomalyBands(bands=(AnomalyBand(metric=FLOWS, width=8, period_s=300, points=points),))
    finding = judged({}, theirs)
    assert signals(finding)["traffic_dip"] is False
    assert finding.numbers[f"{FLOWS}_periods_above"] == 12
    (named,) = [detail for detail in finding.details if "CloudWatch's own" in detail.text]
    assert named.values["width"] == 8


def test_a_detector_that_still_learns_is_named_and_not_used() -> None:
    finding = judged({}, AnomalyBands(training=(FLOWS,)))
    assert finding.status is Status.PASS
    assert "still learning" in said(finding)


def test_a_weekend_among_the_days_is_left_out_and_said() -> None:
    history = two_weeks()
    weekend = {at("14:00").date() - timedelta(days=d) for d in (3, 4, 10, 11)}
    quieter = [
        s.model_copy(update={"points": tuple((t, v / 3 if t.date() in weekend else v) for t, v in s.points)})
        for s in history.series
    ]
    finding = judged({}, history=LevelHistory(window=WINDOW, series=tuple(quieter)))
    assert finding.status is Status.PASS
    assert "Left out" in said(finding)
