"""Network and Classic incidents of the emulated account: what the checks find, and what is concluded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bot.aws.inventory import AwsInventory
from bot.aws.reader import AwsReader
from bot.aws.sessions import AwsSessions
from bot.core.cause import Verdict
from bot.core.evidence import AnomalyBands, LevelHistory
from bot.core.model import Finding, Scope, Status
from bot.core.times import window_around
from bot.diagnose import Answer, diagnose_now
from bot.sandbox.aws.estate import REGION, Estate
from bot.sandbox.aws.scenarios import SCENARIOS
from bot.sandbox.aws.server import SandboxAws
from runbooks import load
from tests.contract.conftest import AWS_NOW

PLAYED = {
    s.id: s
    for s in SCENARIOS
    if s.id in {"mq-edge", "game-tcp", "feed-tcp", "push-tcp", "tickets-classic", "intranet-classic"}
}
CALM = {"port_allocation_zero", "nlb_resets_usual"}
"""Signals that hold while nothing is wrong."""
QUIET = ("edge-tcp", "legacy-web")
ALL = (*PLAYED, *QUIET)


@pytest.fixture(scope="module")
def account(aws_url: tuple[SandboxAws, str]) -> Iterator[AwsSessions]:
    """A second account beside the usual one, with these incidents only; it borrows its credentials."""
    estate = Estate(anchor=AWS_NOW, now=lambda: AWS_NOW, account_id="555566667777", only=tuple(PLAYED))
    server = SandboxAws(estate)
    url = server.start()
    yield AwsSessions([REGION], endpoint_url=url)
    server.stop()


@pytest.fixture(scope="module")
def answers(account: AwsSessions) -> dict[str, Answer]:
    """Every load balancer diagnosed once, an hour around its alarm."""
    return {name: _diagnosed(account, name) for name in ALL}


def _diagnosed(sessions: AwsSessions, name: str) -> Answer:
    scenario = PLAYED.get(name)
    at: datetime = scenario.alarm_at(AWS_NOW) if scenario else AWS_NOW - timedelta(minutes=30)
    window = window_around(at, timedelta(minutes=60), AWS_NOW)
    lb = AwsInventory(sessions).find(name)
    scope = Scope(load_balancer=lb, window=window, alarm_at=at, now=AWS_NOW)
    return diagnose_now(scope, load(), AwsReader(sessions, lambda: AWS_NOW), lambda kind, reading: None)


def finding(answer: Answer, check: str) -> Finding:
    return next(one for one in answer.findings if one.check == check)


OURS = ("nlb_resets", "nlb_flows", "reset_baseline", "clb_surge", "clb_backend")


@pytest.mark.parametrize(
    ("name", "statuses", "held"),
    [
        ("mq-edge", {"nlb_flows": "FAIL"}, {"port_allocation_errors", "flows_near_port_limit"}),
        (
            "game-tcp",
            {"nlb_resets": "FAIL", "reset_baseline": "WARN"},
            {"nlb_target_resets_elevated", "reset_spike"},
        ),
        ("feed-tcp", {"nlb_resets": "WARN", "reset_baseline": "FAIL"}, {"traffic_dip"}),
        (
            "push-tcp",
            {"nlb_resets": "WARN", "reset_baseline": "WARN"},
            {"nlb_target_resets_elevated", "reset_spike"},
        ),
        ("tickets-classic", {"clb_surge": "FAIL"}, {"surge_queue_full", "spillover"}),
        ("intranet-classic", {"clb_backend": "WARN"}, {"health_check_only_errors"}),
        ("edge-tcp", {}, set()),
        ("legacy-web", {}, set()),
    ],
)
def test_each_check_finds_its_own_and_passes_the_rest(
    answers: dict[str, Answer], name: str, statuses: dict[str, str], held: set[str]
) -> None:
    mine = [one for one in answers[name].findings if one.check in OURS]
    assert {one.check: one.status.value for one in mine if one.status is not Status.PASS} == statuses
    holding = {signal.id for one in mine for signal in one.signals if signal.holds}
    assert holding - CALM == held


@pytest.mark.parametrize("name", list(PLAYED))
def test_the_conclusion_is_the_one_the_incident_was_made_with(answers: dict[str, Answer], name: str) -> None:
    scenario, diagnosis = PLAYED[name], answers[name].diagnosis
    assert diagnosis.cause == scenario.cause
    expected = Verdict.CANNOT_TELL if scenario.cause is None else Verdict(scenario.verdict)
    assert diagnosis.verdict is expected


def test_a_deployments_spike_is_told_as_over(answers: dict[str, Answer]) -> None:
    said = [detail.text for detail in finding(answers["push-tcp"], "reset_baseline").details]
    assert any("what a deployment gives" in text for text in said)


def test_a_closed_ports_spike_is_not_told_as_over(answers: dict[str, Answer]) -> None:
    said = [detail.text for detail in finding(answers["game-tcp"], "reset_baseline").details]
    assert not any("heals by itself is what" in text for text in said)


def test_errors_of_health_checks_name_the_instance_that_is_out(answers: dict[str, Answer]) -> None:
    said = [detail.text for detail in finding(answers["intranet-classic"], "clb_backend").details]
    assert "Out of service now: {ids}." in said


def test_the_trained_detectors_band_is_drawn(answers: dict[str, Answer]) -> None:
    bands = answers["feed-tcp"].readings[AnomalyBands]
    assert isinstance(bands, AnomalyBands)
    (band,) = bands.bands
    chart = finding(answers["feed-tcp"], "reset_baseline").chart
    assert chart is not None
    assert chart.band is not None
    assert band.metric == chart.series[0].name == "NewFlowCount"
    assert set(chart.band.points) == {(at, max(0.0, low), high) for at, low, high in band.points}


def test_a_load_balancer_without_detector_has_no_band(answers: dict[str, Answer]) -> None:
    assert answers["push-tcp"].readings[AnomalyBands] == AnomalyBands()


def test_two_weeks_of_the_same_hours_are_read(answers: dict[str, Answer]) -> None:
    history = answers["edge-tcp"].readings[LevelHistory]
    assert isinstance(history, LevelHistory)
    days = {at.date() for series in history.series for at, _ in series.points}
    assert len(days) == 14
    assert {series.period_s for series in history.series} == {300}
