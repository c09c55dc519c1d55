"""The use cases of an incident against a real database: state, timeline, outbox and jobs move together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.core.channel import Channel
from bot.core.errors import UserError
from bot.core.incident import Choice, Incident, IncidentState, StepStatus
from bot.core.message import say
from bot.core.model import Finding, Status
from bot.i18n import t
from bot.store import channels, inventory
from tests.incident_world import NOW, SHOP, FakeClock, a_request, incidents_on


def wanted(engine: Engine) -> dict[str, int]:
    """The outbox: key -> wanted version, in the order of the thread."""
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT key, wanted_version FROM messages ORDER BY position"))
        return {row.key: row.wanted_version for row in rows}


def jobs(engine: Engine, task: str) -> list[dict[str, Any]]:
    with engine.begin() as connection:
        found = connection.scalars(
            text("SELECT args FROM procrastinate_jobs WHERE task_name = :task ORDER BY id"), {"task": task}
        )
        return list(found)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(UserError) as refused:
        call()
    return t(refused.value.message, "en")


def a_finding(status: Status = Status.PASS) -> Finding:
    return Finding(check="request_load", status=status, resource="shop-prod", summary=say("Normal."))


def test_an_opened_incident_is_stored_whole_and_its_first_messages_are_wanted(engine: Engine) -> None:
    incidents = incidents_on(engine)
    opened = incidents.open(a_request())

    assert incidents.get(opened.id) == opened
    assert incidents.open_in("T", "C") == (opened,)
    assert opened.commander == "ana"
    assert (opened.scope.window.start, opened.scope.window.end) == (NOW - timedelta(minutes=30), NOW)
    assert wanted(engine) == {"headline": 1, "progress": 1, "step:infra": 1}
    assert jobs(engine, "deliver") == [{"lane": f"incident/{opened.id}"}]


def test_the_same_request_opens_one_incident(engine: Engine) -> None:
    incidents = incidents_on(engine)
    with ThreadPoolExecutor(4) as pool:
        opened = set(pool.map(lambda _: incidents.open(a_request(request_key="k")).id, range(8)))
    assert len(opened) == 1
    assert len(jobs(engine, "deliver")) == 1


@pytest.mark.parametrize("said", ["shop-prod", SHOP.arn, "SHOP-prod-1.eu-west-1.elb.amazonaws.com."])
def test_a_load_balancer_is_found_by_name_arn_or_dns_name(engine: Engine, said: str) -> None:
    assert incidents_on(engine).open(a_request(load_balancer=said)).scope.load_balancer == SHOP


def test_an_unknown_load_balancer_names_the_nearest_and_refreshes_the_list(engine: Engine) -> None:
    incidents = incidents_on(engine)
    said = refusal(lambda: incidents.open(a_request(load_balancer="shop-prdo")))
    assert said == (
        "No load balancer is called shop-prdo. Near it: shop-prod. The list was read 4 min ago and is being "
        "read again."
    )
    assert len(jobs(engine, "refresh_inventory")) == 1


def test_a_name_that_several_load_balancers_have_asks_for_one(engine: Engine) -> None:
    incidents = incidents_on(engine)
    twin = SHOP.model_copy(update={"arn": SHOP.arn.replace("eu-west-1", "us-east-1"), "region": "us-east-1"})
    with engine.begin() as connection:
        inventory.replace(connection, [twin], NOW, complete=False)
    said = refusal(lambda: incidents.open(a_request()))
    assert said.endswith("Give its ARN or DNS name.")
    assert incidents.open(a_request(load_balancer=twin.arn)).scope.load_balancer == twin


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"alarm_at": NOW + timedelta(hours=1)}, "2026-11-21 15:10 UTC is in the future. When did it begin?"),
        (
            {"alarm_at": NOW - timedelta(days=456)},
            "2025-08-22 14:10 UTC is too long ago: CloudWatch keeps metrics for 455 days.",
        ),
        ({"window": timedelta()}, "The window must be between 5 min and 1 d, not 0 s."),
        ({"window": timedelta(hours=25)}, "The window must be between 5 min and 1 d, not 1 d 1 h."),
        ({"period_s": 90}, "The period must be a multiple of 60 seconds, not 90."),
        ({"period_s": 7200}, "The period of 2 h is longer than the window of 30 min."),
        (
            {"statistic": "Median"},
            "Median is not a statistic of CloudWatch. Choose Sum, Average, Minimum, Maximum, SampleCount or "
            "a percentile like p99.",
        ),
        (
            {"runbook": "network"},
            "The runbook A Network Load Balancer is not for a load balancer of type application.",
        ),
        ({"runbook": "gone"}, "There is no runbook for a load balancer of type application."),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_with_what_to_do(
    engine: Engine, changes: dict[str, object], sentence: str
) -> None:
    incidents = incidents_on(engine)
    assert refusal(lambda: incidents.open(a_request(**changes))) == sentence
    assert incidents.open_in("T", "C") == ()


def test_an_old_alarm_is_read_with_the_period_cloudwatch_still_has(engine: Engine) -> None:
    opened = incidents_on(engine).open(a_request(alarm_at=NOW - timedelta(days=20)))
    assert opened.scope.period_s == 300


def test_only_allowed_channels_open_incidents(engine: Engine) -> None:
    assert refusal(lambda: incidents_on(engine, allowed_channels=["C2"]).open(a_request())) == (
        "Incidents cannot be opened in this channel."
    )
    with engine.begin() as connection:
        channels.put(connection, Channel(team="T", channel="C", allowed=False))
    assert refusal(lambda: incidents_on(engine).open(a_request())).startswith("Incidents cannot")


def test_a_channel_s_language_is_that_of_its_new_incidents(engine: Engine) -> None:
    incidents = incidents_on(engine, language="en")
    incidents.set_language("T", "C", "vi")
    assert incidents.open(a_request()).locale == "vi"
    assert incidents.language("T", "other") == "en"


def test_an_answer_is_kept_and_shows_where_it_belongs(engine: Engine) -> None:
    incidents = incidents_on(engine)
    opened = incidents.open(a_request())
    after = incidents.answer(opened.id, "infra", 0, Choice.NO, "nothing\x00 changed", "minh")

    assert incidents.get(opened.id).step("infra").answer is not None
    assert after.done == 1
    assert wanted(engine) == {"headline": 2, "progress": 2, "step:infra": 2, "timeline": 1}


def test_of_many_people_who_answer_at_once_one_wins_and_the_others_are_told(engine: Engine) -> None:
    incidents = incidents_on(engine)
    opened = incidents.open(a_request())

    def click(user: str) -> str:
        try:
            incidents.answer(opened.id, "infra", 0, Choice.YES, "", user)
        except UserError as error:
            return t(error.message, "en")
        return user

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(click, [f"u{n}" for n in range(16)]))
    (winner,) = [said for said in told if said.startswith("u")]
    assert set(told) - {winner} == {f"@{winner} already answered: Yes · 14:10 UTC"}
    answers = [m for m in incidents.get(opened.id).moments if m.kind == "answer"]
    assert [m.by for m in answers] == [winner]


def test_a_started_check_is_running_and_has_one_job(engine: Engine) -> None:
    incidents = incidents_on(engine)
    opened = incidents.open(a_request())
    after = incidents.run_check(opened.id, "load", 0, "ana", fresh=True)

    assert after.step("load").status is StepStatus.RUNNING
    assert jobs(engine, "check") == [{"incident_id": opened.id, "step_versions": {"load": 1}, "fresh": True}]
    assert "step:load" in wanted(engine)
    assert "step:status" not in wanted(engine)


def test_run_the_rest_is_one_job_for_all(engine: Engine) -> None:
    incidents = incidents_on(engine)
    opened = incidents.open(a_request())
    incidents.run_rest(opened.id, "ana")
    (job,) = jobs(engine, "check")
    assert job["step_versions"] == {"load": 1, "status": 1}


def test_a_refused_click_leaves_nothing_behind(engine: Engine) -> None:
    incidents = incidents_on(engine)
    opened = incidents.open(a_request())
    before = wanted(engine), len(jobs(engine, "deliver"))
    refusal(lambda: incidents.answer(opened.id, "infra", 7, Choice.NO, "", "minh"))
    assert incidents.get(opened.id) == opened
    assert (wanted(engine), len(jobs(engine, "deliver"))) == before


def test_the_conclusion_comes_when_every_check_has_answered(engine: Engine) -> None:
    incidents = incidents_on(engine)
    opened = incidents.open(a_request())
    incidents.record_finding(opened.id, "load", a_finding())
    assert "conclusion" not in wanted(engine)
    incidents.record_finding(opened.id, "status", a_finding())
    assert "conclusion" in wanted(engine)


def test_a_finding_of_a_run_that_was_overtaken_is_dropped(engine: Engine) -> None:
    clock = FakeClock()
    incidents = incidents_on(engine, clock)
    opened = incidents.open(a_request())
    incidents.run_check(opened.id, "load", 0, "ana")
    changed = incidents.change_window(opened.id, NOW, timedelta(hours=2), "Sum", 60, "ana")
    assert incidents.record_finding(opened.id, "load", a_finding(), version=1) == changed
    assert jobs(engine, "check")[-1]["step_versions"] == {"load": 2}


def test_a_thread_finds_its_incident(engine: Engine) -> None:
    incidents = incidents_on(engine)
    opened = incidents.open(a_request())
    assert incidents.in_thread("T", "C", "") is None
    with engine.begin() as connection:
        connection.execute(text("UPDATE incidents SET thread_ts = '1.5'"))
    assert incidents.in_thread("T", "C", "1.5") == opened.model_copy(update={"thread_ts": "1.5"})
    assert incidents.in_thread("T2", "C", "1.5") is None


def test_a_resolved_incident_is_reported_and_open_no_more(engine: Engine) -> None:
    incidents = incidents_on(engine)
    opened = incidents.open(a_request())
    incidents.note(opened.id, "rolling back", "lan", NOW, "1.2")
    incidents.confirm_cause(opened.id, "the disk was full", "ana")
    incidents.take_over(opened.id, "minh")
    after = incidents.resolve(opened.id, "Rolled\x00 back.", "minh")

    assert after.state is IncidentState.RESOLVED
    assert incidents.get(opened.id).summary == "Rolled back."
    assert incidents.open_in("T", "C") == ()
    assert {"report", "timeline", "conclusion"} <= wanted(engine).keys()
    assert refusal(lambda: incidents.note(opened.id, "late", "lan", NOW, "2")).startswith("@minh resolved")


def test_an_incident_nobody_knows_is_a_sentence(engine: Engine) -> None:
    assert refusal(lambda: incidents_on(engine).get(404)) == "This incident is not here any more."


def test_asking_someone_is_shown_in_the_question(engine: Engine) -> None:
    incidents = incidents_on(engine)
    opened: Incident = incidents.open(a_request())
    assert incidents.ask(opened.id, "infra", 0, "S1", "ana").step("infra").asked == "S1"
    assert wanted(engine)["step:infra"] == 2
