"""Which messages a change shows: enough that nothing is stale, few enough that a thread stays calm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.core import walk
from bot.core.cause import Diagnosis, Verdict
from bot.core.incident import Choice, Incident
from bot.core.message import say
from bot.core.model import Chart, Finding, LoadBalancer, LoadBalancerType, Scope, Status, Window
from bot.core.runbook import Runbook
from bot.core.showing import messages_to_show

NOW = datetime(2026, 11, 21, 14, 10, tzinfo=UTC)
WINDOW = Window(start=NOW - timedelta(minutes=30), end=NOW)
SCOPE = Scope(
    load_balancer=LoadBalancer(
        name="shop-prod", type=LoadBalancerType.APPLICATION, region="r", account="1", dimension="app/shop/1"
    ),
    window=WINDOW,
    alarm_at=NOW,
    now=NOW,
)
RUNBOOK = Runbook.model_validate(
    {
        "id": "book",
        "title": "Book",
        "load_balancer_types": ["application"],
        "error_metric": "E",
        "intro": "Intro.",
        "hypotheses": [],
        "steps": [
            {"kind": "question", "id": "infra", "title": "Infra", "ask": "Changed?", "signal": "s"},
            {"kind": "check", "id": "load", "check": "load", "title": "Load", "why": "Why."},
            {"kind": "instruction", "id": "log", "title": "Log", "look_at": "Look.", "console": "access_log"},
            {"kind": "conclusion", "id": "end", "title": "End", "text": "Judge."},
        ],
        "advice": "Advice.",
    }
)
OPENED = walk.opened(RUNBOOK, SCOPE, team="T", channel="C", locale="en", user="ana", now=NOW)


def shown(before: Incident | None, after: Incident) -> list[str]:
    return [key for key, _ in sorted(messages_to_show(before, after, RUNBOOK), key=lambda one: one[1])]


def found(incident: Incident, chart: Chart | None = None) -> Incident:
    finding = Finding(
        check="load", status=Status.PASS, resource="shop-prod", summary=say("Normal."), chart=chart
    )
    return walk.finding_recorded(incident, RUNBOOK, "load", finding, NOW)


def test_a_thread_opens_with_the_headline_the_progress_and_what_people_must_do() -> None:
    assert shown(None, OPENED) == ["headline", "progress", "step:infra", "step:log"]


def test_a_check_gets_its_message_when_it_is_started() -> None:
    started = walk.check_started(OPENED, RUNBOOK, "load", 0, "ana", NOW)
    assert shown(OPENED, started) == ["progress", "step:load"]


def test_a_picture_follows_its_finding_and_is_shown_anew_only_when_it_changed() -> None:
    chart = Chart(title=say("Errors"), series=(), window=WINDOW, alt=say("Errors"))
    once = found(OPENED, chart)
    assert shown(OPENED, once) == ["headline", "progress", "step:load", "chart:load"]
    assert "chart:load" not in shown(once, found(once, chart))
    assert "chart:load" in shown(once, found(once))


def test_a_note_touches_the_timeline_only() -> None:
    assert shown(OPENED, walk.noted(OPENED, "rolling back", "lan", NOW, "k")) == ["timeline"]


def test_an_answer_that_names_nothing_leaves_the_conclusion_unsaid() -> None:
    after = walk.answered(OPENED, RUNBOOK, "infra", 0, Choice.NO, "", "ana", NOW)
    unsure = after.model_copy(
        update={"diagnosis": Diagnosis(verdict=Verdict.CANNOT_TELL, cause=None, causes=())}
    )
    assert "conclusion" not in shown(OPENED, unsure)


def test_a_named_cause_brings_the_conclusion_and_its_withdrawal_edits_it() -> None:
    named = OPENED.model_copy(
        update={"diagnosis": Diagnosis(verdict=Verdict.LIKELY, cause="overload", causes=())}
    )
    assert shown(OPENED, named) == ["headline", "conclusion"]
    assert shown(named, OPENED) == ["headline", "conclusion"]


def test_resolving_takes_the_buttons_off_every_message_and_adds_the_report() -> None:
    after = walk.resolved(found(OPENED), "Over.", "ana", NOW)
    assert shown(found(OPENED), after) == [
        "headline",
        "progress",
        "step:infra",
        "step:load",
        "step:log",
        "timeline",
        "report",
        "timeline_file",
    ]


def test_nothing_changed_shows_nothing() -> None:
    assert shown(OPENED, OPENED) == []
