"""Running checks: evidence is read once, findings come as they are ready, and everything ends visibly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from bot.core.checks import Case
from bot.core.evidence import InstanceStatuses, LoadBalancerMetrics
from bot.core.incident import Incident, StepStatus
from bot.core.model import Finding, Status
from bot.i18n import t
from bot.incidents import Incidents
from bot.jobs.checking import Checking
from tests.incident_world import CHECKS, NOW, RUNBOOK, FakeReader, a_check, a_request, incidents_on

ALL = {"load": 1, "status": 1}


@pytest.fixture
def incidents(engine: Engine) -> Incidents:
    return incidents_on(engine)


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def checking(engine: Engine, incidents: Incidents, reader: FakeReader) -> Checking:
    return Checking(engine, incidents, {"book": RUNBOOK}, CHECKS, reader)


@pytest.fixture
def running(incidents: Incidents) -> Incident:
    """An incident whose checks were all started."""
    return incidents.run_rest(incidents.open(a_request()).id, "ana")


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, "the condition never came true"
        time.sleep(0.01)


def summary(incident: Incident, step: str) -> str:
    finding = incident.step(step).finding
    assert finding is not None
    return t(finding.summary, "en")


def test_every_check_gets_its_finding(checking: Checking, incidents: Incidents, running: Incident) -> None:
    checking.run(running.id, ALL)
    after = incidents.get(running.id)
    assert [f.status for f in after.findings] == [Status.PASS, Status.PASS]
    assert after.done == 2


def test_evidence_is_read_once_for_all_checks_of_an_incident(
    checking: Checking, incidents: Incidents, reader: FakeReader
) -> None:
    opened = incidents.open(a_request())
    for version in (0, 2):
        incidents.run_check(opened.id, "load", version, "ana")
        checking.run(opened.id, {"load": version + 1})
    assert reader.asked == ["LoadBalancerMetrics"]


def test_a_fresh_run_reads_anew(checking: Checking, running: Incident, reader: FakeReader) -> None:
    checking.run(running.id, {"load": 1})
    checking.run(running.id, {"status": 1}, fresh=True)
    assert reader.asked == ["LoadBalancerMetrics", "InstanceStatuses"]


def test_a_finding_is_recorded_while_slower_evidence_is_still_read(
    checking: Checking, incidents: Incidents, running: Incident, reader: FakeReader
) -> None:
    reader.slow[InstanceStatuses] = threading.Event()
    job = threading.Thread(target=checking.run, args=(running.id, ALL))
    job.start()
    wait_for(lambda: incidents.get(running.id).step("load").status is StepStatus.DONE)
    assert incidents.get(running.id).step("status").status is StepStatus.RUNNING
    reader.slow[InstanceStatuses].set()
    job.join()
    assert incidents.get(running.id).step("status").status is StepStatus.DONE


def test_what_does_not_come_in_time_is_unknown(
    engine: Engine, incidents: Incidents, running: Incident, reader: FakeReader
) -> None:
    never = reader.slow[InstanceStatuses] = threading.Event()
    deadline = timedelta(seconds=0.2)
    Checking(engine, incidents, {"book": RUNBOOK}, CHECKS, reader, deadline).run(running.id, ALL)
    never.set()
    after = incidents.get(running.id)
    assert summary(after, "load") == "Looks normal."
    assert summary(after, "status") == (
        "No answer in time from ec2:DescribeInstanceStatus. Nothing is concluded from it."
    )


def test_a_job_that_runs_twice_records_once(
    checking: Checking, incidents: Incidents, running: Incident
) -> None:
    checking.run(running.id, ALL)
    once = incidents.get(running.id)
    checking.run(running.id, ALL)
    assert incidents.get(running.id) == once


def test_a_broken_reader_ends_in_unknown_and_is_logged_once(
    checking: Checking, incidents: Incidents, running: Incident, reader: FakeReader
) -> None:
    reader.broken = RuntimeError("surprise")
    with capture_logs() as logs:
        checking.run(running.id, ALL)
    after = incidents.get(running.id)
    assert {f.status for f in after.findings} == {Status.UNKNOWN}
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert logs[0]["incident"] == running.id


def test_a_broken_check_ends_in_unknown_and_does_not_stop_the_others(
    engine: Engine, incidents: Incidents, running: Incident, reader: FakeReader
) -> None:
    def breaks(case: Case) -> Finding:
        raise ZeroDivisionError

    checks = {**CHECKS, "request_load": a_check("request_load", LoadBalancerMetrics, breaks)}
    with capture_logs() as logs:
        Checking(engine, incidents, {"book": RUNBOOK}, checks, reader).run(running.id, ALL)
    after = incidents.get(running.id)
    assert summary(after, "load") == "This check broke. Nothing is concluded from it."
    assert summary(after, "status") == "Looks normal."
    assert [(entry["incident"], entry["check"]) for entry in logs] == [(running.id, "request_load")]


def test_another_window_needs_other_evidence(
    checking: Checking, incidents: Incidents, running: Incident, reader: FakeReader
) -> None:
    checking.run(running.id, {"load": 1})
    changed = incidents.change_window(running.id, NOW, timedelta(hours=2), "Sum", 60, "ana")
    checking.run(running.id, {"load": changed.step("load").version})
    assert reader.asked == ["LoadBalancerMetrics", "LoadBalancerMetrics"]
