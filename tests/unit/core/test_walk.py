"""The walk: what a click does, what the loser of two clicks is told, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.core import walk
from bot.core.cause import Diagnosis, Verdict
from bot.core.errors import UserError
from bot.core.incident import Choice, Incident, IncidentState, StepStatus
from bot.core.message import Message, say
from bot.core.model import (
    Finding,
    LoadBalancer,
    LoadBalancerType,
    Moment,
    MomentKind,
    Scope,
    Status,
    Window,
)
from bot.core.runbook import Runbook
from bot.i18n import t

NOW = datetime(2026, 11, 21, 14, 10, tzinfo=UTC)
RUNBOOK = Runbook.model_validate(
    {
        "id": "book",
        "title": "Book",
        "load_balancer_types": ["application"],
        "error_metric": "TargetConnectionErrorCount",
        "intro": "Intro.",
        "hypotheses": [],
        "steps": [
            {"kind": "question", "id": "infra", "title": "Infrastructure", "ask": "Changed?", "signal": "s"},
            {"kind": "check", "id": "load", "check": "request_load", "title": "Request load", "why": "Why."},
            {"kind": "check", "id": "path", "check": "network_path", "title": "Network path", "why": "Why."},
            {"kind": "instruction", "id": "log", "title": "Log", "look_at": "Look.", "console": "access_log"},
            {"kind": "conclusion", "id": "end", "title": "Judgement", "text": "Judge."},
        ],
        "advice": "Advice.",
    }
)
SCOPE = Scope(
    load_balancer=LoadBalancer(
        name="shop-prod",
        type=LoadBalancerType.APPLICATION,
        region="eu-west-1",
        account="123456789012",
        dimension="app/shop-prod/1",
    ),
    window=Window(start=NOW - timedelta(minutes=30), end=NOW),
    alarm_at=NOW,
    now=NOW,
)


def an_incident() -> Incident:
    return walk.opened(RUNBOOK, SCOPE, team="T", channel="C", locale="en", user="ana", now=NOW)


def a_finding(status: Status = Status.PASS, *moments: Moment) -> Finding:
    return Finding(
        check="network_path", status=status, resource="shop-prod", summary=say("Blocked."), moments=moments
    )


def a_change(key: str = "change:1") -> Moment:
    return Moment(at=NOW, kind=MomentKind.CHANGE, message=say("A change"), key=key)


def answer(incident: Incident, choice: Choice, version: int, user: str = "ana", note: str = "") -> Incident:
    return walk.answered(incident, RUNBOOK, "infra", version, choice, note, user, NOW)


def sentence(refusal: pytest.ExceptionInfo[UserError]) -> str:
    return t(refusal.value.message, "en")


def test_an_answer_is_kept_with_who_and_when_and_told_on_the_timeline() -> None:
    after = answer(an_incident(), Choice.YES, 0, "minh", "rotated the groups")

    step = after.step("infra")
    assert step.status is StepStatus.DONE
    assert step.answer is not None
    assert (step.answer.choice, step.answer.by, step.answer.at) == (Choice.YES, "minh", NOW)
    assert [t(m.message, "en") for m in after.moments if m.kind is MomentKind.ANSWER] == [
        "@minh on Infrastructure: Yes - rotated the groups"
    ]


def test_the_second_of_two_people_learns_who_answered_and_when() -> None:
    after = answer(an_incident(), Choice.NO, 0)
    with pytest.raises(UserError) as refusal:
        answer(after, Choice.YES, 0, "minh")
    assert sentence(refusal) == "@ana already answered: No · 14:10 UTC"


def test_an_answer_can_be_corrected_with_the_newest_button_and_both_stay_on_the_timeline() -> None:
    after = answer(answer(an_incident(), Choice.DONT_KNOW, 0), Choice.YES, 1)
    assert [m.key for m in after.moments if m.kind is MomentKind.ANSWER] == [
        "answer:infra:1",
        "answer:infra:2",
    ]


@pytest.mark.parametrize(
    ("step", "choice"), [("infra", Choice.SEEN), ("log", Choice.YES), ("end", Choice.SEEN)]
)
def test_a_step_takes_only_its_own_kind_of_answer(step: str, choice: Choice) -> None:
    with pytest.raises(UserError) as refusal:
        walk.answered(an_incident(), RUNBOOK, step, 0, choice, "", "ana", NOW)
    assert sentence(refusal) == "This step does not take that answer."


def test_what_a_person_saw_can_stand_in_for_a_check_that_could_not_look() -> None:
    after = walk.answered(an_incident(), RUNBOOK, "path", 0, Choice.SEEN, "port is open", "ana", NOW)
    assert after.step("path").status is StepStatus.DONE


def test_a_step_the_runbook_does_not_have_is_refused() -> None:
    with pytest.raises(UserError) as refusal:
        walk.check_started(an_incident(), RUNBOOK, "gone", 0, "ana", NOW)
    assert sentence(refusal) == "This step is not part of the runbook any more."


def test_a_check_started_by_two_people_runs_once() -> None:
    started = walk.check_started(an_incident(), RUNBOOK, "path", 0, "ana", NOW)
    for version in (0, 1):
        with pytest.raises(UserError) as refusal:
            walk.check_started(started, RUNBOOK, "path", version, "minh", NOW)
        assert sentence(refusal) == "@ana already started this check · 14:10 UTC"


def test_a_finding_ends_the_step_and_tells_its_moments_once() -> None:
    started = walk.check_started(an_incident(), RUNBOOK, "path", 0, "ana", NOW)
    finding = a_finding(Status.FAIL, a_change())
    once = walk.finding_recorded(started, RUNBOOK, "path", finding, NOW, version=1)
    twice = walk.finding_recorded(once, RUNBOOK, "path", finding, NOW, version=1)

    assert once.step("path").finding == finding
    assert once.step("path").status is StepStatus.DONE
    assert [m.key for m in once.moments] == ["change:1", "check:path:2", "opened"]
    assert twice == once


def test_running_a_check_again_replaces_what_its_finding_told() -> None:
    ran = walk.finding_recorded(an_incident(), RUNBOOK, "path", a_finding(Status.PASS, a_change("a")), NOW)
    again = walk.finding_recorded(ran, RUNBOOK, "path", a_finding(Status.PASS, a_change("b")), NOW)
    assert [m.key for m in again.moments] == ["b", "opened"]


def test_a_fact_that_two_checks_tell_stays_while_one_of_them_does() -> None:
    ran = walk.finding_recorded(an_incident(), RUNBOOK, "path", a_finding(Status.PASS, a_change()), NOW)
    both = walk.finding_recorded(ran, RUNBOOK, "load", a_finding(Status.PASS, a_change()), NOW)
    again = walk.finding_recorded(both, RUNBOOK, "path", a_finding(Status.PASS), NOW)
    assert [m.key for m in again.moments] == ["change:1", "opened"]


def test_run_the_rest_starts_only_what_has_not_run() -> None:
    ran = walk.finding_recorded(an_incident(), RUNBOOK, "load", a_finding(), NOW)
    after = walk.rest_started(ran, RUNBOOK, "ana", NOW)
    assert after.step("load").status is StepStatus.DONE
    assert after.step("path").status is StepStatus.RUNNING
    with pytest.raises(UserError) as refusal:
        walk.rest_started(after, RUNBOOK, "ana", NOW)
    assert sentence(refusal) == "Every check has run already or is running."


def test_a_changed_window_runs_again_what_had_run_and_keeps_what_people_said() -> None:
    ran = walk.finding_recorded(
        answer(an_incident(), Choice.NO, 0), RUNBOOK, "path", a_finding(Status.FAIL, a_change()), NOW
    )
    wider = SCOPE.model_copy(update={"window": SCOPE.window.widened(timedelta(hours=1))})
    after = walk.window_changed(ran, RUNBOOK, wider, "minh", NOW)

    assert after.scope == wider
    assert (after.step("path").status, after.step("path").finding) == (StepStatus.RUNNING, None)
    assert after.step("load").status is StepStatus.WAITING
    assert after.step("infra").answer is not None
    assert "change:1" not in {m.key for m in after.moments}


def test_a_run_that_a_changed_window_overtook_records_nothing() -> None:
    started = walk.check_started(an_incident(), RUNBOOK, "path", 0, "ana", NOW)
    changed = walk.window_changed(started, RUNBOOK, SCOPE, "ana", NOW)
    assert walk.finding_recorded(changed, RUNBOOK, "path", a_finding(), NOW, version=1) == changed


def test_the_same_note_twice_is_one_moment() -> None:
    once = walk.noted(an_incident(), "rolling back", "lan", NOW, "1.2")
    assert walk.noted(once, "rolling back", "lan", NOW, "1.2") == once


def test_a_note_from_before_stands_where_it_belongs_in_time() -> None:
    after = walk.noted(an_incident(), "saw it", "lan", NOW - timedelta(minutes=5), "k")
    assert [m.key for m in after.moments] == ["note:k", "opened"]


def test_taking_over_makes_another_commander_once() -> None:
    after = walk.taken_over(an_incident(), "minh", NOW)
    assert after.commander == "minh"
    with pytest.raises(UserError):
        walk.taken_over(after, "minh", NOW)


def test_confirming_a_cause_ends_the_conclusion() -> None:
    after = walk.cause_confirmed(an_incident(), RUNBOOK, "overload", Message(text="Overload"), "ana", NOW)
    assert after.confirmed_cause == "overload"
    assert after.step("end").status is StepStatus.DONE


def test_a_cause_is_told_when_it_is_first_named_and_not_again() -> None:
    named = Diagnosis(verdict=Verdict.LIKELY, cause="overload", causes=())
    once = walk.diagnosed(an_incident(), named, Message(text="Overload"), NOW)
    twice = walk.diagnosed(once, named, Message(text="Overload"), NOW)
    assert [m.key for m in twice.moments if m.kind is MomentKind.DIAGNOSIS] == ["diagnosis:1"]


def test_a_resolved_incident_refuses_every_click_and_says_who_resolved_it() -> None:
    over = walk.resolved(an_incident(), "It was the pool.", "ana", NOW)
    assert over.state is IncidentState.RESOLVED
    title = Message(text="Overload")
    clicks: tuple[Callable[[], Incident], ...] = (
        lambda: answer(over, Choice.YES, 0),
        lambda: walk.asked(over, RUNBOOK, "infra", 0, "minh", "ana", NOW),
        lambda: walk.check_started(over, RUNBOOK, "path", 0, "ana", NOW),
        lambda: walk.rest_started(over, RUNBOOK, "ana", NOW),
        lambda: walk.window_changed(over, RUNBOOK, SCOPE, "ana", NOW),
        lambda: walk.noted(over, "late", "ana", NOW, "k"),
        lambda: walk.taken_over(over, "minh", NOW),
        lambda: walk.cause_confirmed(over, RUNBOOK, "overload", title, "ana", NOW),
        lambda: walk.resolved(over, "", "ana", NOW),
    )
    for click in clicks:
        with pytest.raises(UserError) as refusal:
            click()
        assert (
            sentence(refusal)
            == "@ana resolved this incident · 14:10 UTC. Start a new one with /alb-incident."
        )


def test_a_check_under_way_still_ends_after_the_incident_was_resolved() -> None:
    started = walk.check_started(an_incident(), RUNBOOK, "path", 0, "ana", NOW)
    over = walk.resolved(started, "", "ana", NOW)
    after = walk.finding_recorded(over, RUNBOOK, "path", a_finding(), NOW, version=1)
    assert after.step("path").status is StepStatus.DONE


class Clicks(RuleBasedStateMachine):
    """People click whatever they see, new or stale, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.incident = an_incident()
        self.minute = 0
        self.accepted: list[tuple[str, Choice]] = []
        self.versions = {step.step_id: 0 for step in self.incident.steps}

    def now(self) -> datetime:
        self.minute += 1
        return NOW + timedelta(minutes=self.minute)

    @rule(
        step=st.sampled_from(["infra", "log", "path"]),
        choice=st.sampled_from(Choice),
        stale=st.integers(0, 2),
        user=st.sampled_from(["ana", "minh"]),
    )
    def answer(self, step: str, choice: Choice, stale: int, user: str) -> None:
        version = self.incident.step(step).version - stale
        try:
            self.incident = walk.answered(self.incident, RUNBOOK, step, version, choice, "", user, self.now())
        except UserError:
            return
        assert stale == 0
        self.accepted.append((step, choice))

    @rule(step=st.sampled_from(["load", "path", "infra"]), stale=st.integers(0, 1))
    def start(self, step: str, stale: int) -> None:
        before = self.incident.step(step)
        try:
            self.incident = walk.check_started(
                self.incident, RUNBOOK, step, before.version - stale, "ana", self.now()
            )
        except UserError:
            return
        assert stale == 0
        assert before.status is not StepStatus.RUNNING

    @rule(step=st.sampled_from(["load", "path"]), behind=st.integers(0, 2))
    def finish(self, step: str, behind: int) -> None:
        before = self.incident.step(step)
        self.incident = walk.finding_recorded(
            self.incident, RUNBOOK, step, a_finding(), self.now(), before.version - behind
        )
        assert (self.incident.step(step).version == before.version) == (behind > 0)

    @rule(what=st.sampled_from(["rest", "window", "take over"]))
    def act(self, what: str) -> None:
        acts: dict[str, Callable[[], Incident]] = {
            "rest": lambda: walk.rest_started(self.incident, RUNBOOK, "ana", self.now()),
            "window": lambda: walk.window_changed(self.incident, RUNBOOK, SCOPE, "ana", self.now()),
            "take over": lambda: walk.taken_over(self.incident, "minh", self.now()),
        }
        try:
            self.incident = acts[what]()
        except UserError:
            return

    @invariant()
    def every_accepted_answer_is_told_once_and_no_other(self) -> None:
        told = [m.key.split(":")[1] for m in self.incident.moments if m.kind is MomentKind.ANSWER]
        assert sorted(told) == sorted(step for step, _ in self.accepted)

    @invariant()
    def the_last_accepted_answer_stands(self) -> None:
        for step, choice in dict(self.accepted).items():
            kept = self.incident.step(step).answer
            assert kept is not None
            assert kept.choice is choice

    @invariant()
    def versions_only_grow(self) -> None:
        for step in self.incident.steps:
            assert step.version >= self.versions[step.step_id]
            self.versions[step.step_id] = step.version


TestClicks = Clicks.TestCase
TestClicks.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
