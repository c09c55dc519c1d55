"""What people see of an incident: golden files, Slack's limits, and hostile text in every place."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.cause import Diagnosis, Verdict
from bot.core.incident import Incident, StepState, StepStatus
from bot.core.message import say
from bot.core.model import Finding, Moment, MomentKind
from bot.core.ports import Rendered
from bot.sandbox.slack.block_checker import Checker, Surface
from bot.sandbox.slack.block_rules import check_blocks
from bot.slack.blocks.messages import render
from bot.slack.blocks.timeline import LINES_SHOWN, most_telling
from tests.evidence_builders import ONSET
from tests.slack_samples import (
    BLOCKED,
    CONTENT,
    DIAGNOSIS,
    a_new_incident,
    a_resolved_incident,
    an_incident,
    hostile,
    with_step,
)

GOLDEN = Path(__file__).parent / "golden"
KEYS = (
    "headline",
    "progress",
    "conclusion",
    "timeline",
    "report",
    *(f"step:{step.id}" for step in CONTENT.runbooks["alb_errors"].steps),
)
STATES = {"new": a_new_incident(), "walked": an_incident(), "resolved": a_resolved_incident()}


def refused(rendered: Rendered) -> list[Any]:
    """What Slack would refuse in it."""
    check = Checker(Surface.MESSAGE)
    check_blocks(check, list(rendered.blocks))
    return list(check.problems)


def texts(rendered: Rendered) -> str:
    return json.dumps([*rendered.blocks, rendered.text], ensure_ascii=False)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("key", KEYS)
def test_a_message_looks_as_agreed(key: str, state: str) -> None:
    """UPDATE_GOLDEN=1 writes the files anew; read the diff before committing it."""
    rendered = render(key, STATES[state], CONTENT)
    shown = json.dumps(rendered.model_dump(exclude={"file"}), indent=1, ensure_ascii=False) + "\n"
    path = GOLDEN / f"{key.replace(':', '_')}.{state}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("key", KEYS)
def test_slack_takes_every_message_even_with_hostile_text(key: str, state: str) -> None:
    incident = hostile(STATES[state])
    assert isinstance(incident, Incident)
    rendered = render(key, incident, CONTENT)
    assert refused(rendered) == []
    assert 0 < len(rendered.text) <= 4000
    for forbidden in ("<!channel>", "<!here>", "<https://evil", "\u202e", "\x1b"):
        assert forbidden not in texts(rendered)


def test_every_text_object_is_verbatim_so_that_slack_adds_no_mentions() -> None:
    for key in KEYS:
        for block in render(key, an_incident(), CONTENT).blocks:
            objects = [block["text"]] if "text" in block else block["elements"]
            assert all(o.get("verbatim") for o in objects if o["type"] == "mrkdwn")


def test_buttons_of_open_steps_carry_the_version_they_were_shown_with() -> None:
    blocks = render("step:network_path", an_incident(), CONTENT).blocks
    values = {e["action_id"]: e["value"] for b in blocks if b["type"] == "actions" for e in b["elements"]}
    assert values["run_again"] == "12:network_path:2"


def test_a_resolved_incident_offers_nothing_that_would_change_it() -> None:
    for key in KEYS:
        blocks = render(key, a_resolved_incident(), CONTENT).blocks
        ids = {e["action_id"] for b in blocks if b["type"] == "actions" for e in b["elements"]}
        assert ids <= {"open_thread", "details", "how_to_allow", "console", "export_case"}


def test_a_running_check_shows_a_bar_and_no_button_to_run_it_again() -> None:
    incident = with_step(an_incident(), StepState(step_id="cpu", status=StepStatus.RUNNING, version=1))
    progress, step = render("progress", incident, CONTENT), render("step:cpu", incident, CONTENT)
    assert "▰▰▰▰▰▰▰▱▱▱▱▱" in texts(progress)
    assert "⏳" in texts(step)
    assert not [b for b in step.blocks if b["type"] == "actions"]


def test_the_cost_is_said_before_the_click() -> None:
    assert "4 checks left: about 7 read calls, under $0.01" in texts(
        render("progress", a_new_incident(), CONTENT)
    )


def test_a_refused_check_offers_to_show_what_to_allow() -> None:
    assert "how_to_allow" in texts(render("step:changes", an_incident(), CONTENT))
    assert "how_to_allow" not in texts(render("step:network_path", an_incident(), CONTENT))


def test_when_it_cannot_tell_the_headline_says_so_and_names_no_cause() -> None:
    diagnosis = DIAGNOSIS.model_copy(
        update={
            "verdict": Verdict.CANNOT_TELL,
            "cause": None,
            "reasons": (say("Less than half of what could tell was read."),),
        }
    )
    shown = render("headline", an_incident(diagnosis=diagnosis), CONTENT).text
    assert "Cannot tell yet" in shown
    assert "Network block" not in shown


def test_an_empty_diagnosis_is_no_verdict() -> None:
    empty = Diagnosis(verdict=Verdict.CANNOT_TELL, cause=None, causes=())
    assert "Nothing to conclude yet" in render("conclusion", an_incident(diagnosis=empty), CONTENT).text


def test_a_conclusion_has_a_button_for_each_check_that_was_never_run() -> None:
    shown = texts(render("conclusion", an_incident(), CONTENT))
    assert "Run: CPUUtilization" in shown
    assert "Run: Changes" not in shown


def _moment(minute: int, kind: MomentKind) -> Moment:
    return Moment(
        at=ONSET + timedelta(minutes=minute),
        kind=kind,
        message=say("line {text}", text="long words " * 40),
        key=f"{minute}",
    )


def test_a_long_timeline_keeps_errors_changes_and_answers_and_says_what_it_left_out() -> None:
    telling = (MomentKind.FIRST_ERROR, MomentKind.CHANGE, MomentKind.ANSWER)
    moments = tuple(_moment(i, MomentKind.CHECK if i % 5 else telling[i % 3]) for i in range(400))
    rendered = render("timeline", an_incident(moments=moments), CONTENT)
    assert refused(rendered) == []
    assert f"{400 - LINES_SHOWN} lines left out" in texts(rendered)
    kept = most_telling(moments, LINES_SHOWN)
    assert {m.key for m in moments if m.kind in telling} <= {m.key for m in kept}
    assert list(kept) == sorted(kept, key=lambda m: m.at)


def test_a_change_is_measured_from_the_first_error() -> None:
    assert "−2 min 49 s" in render("timeline", an_incident(), CONTENT).text


def test_a_finding_with_many_long_details_still_fits() -> None:
    finding = BLOCKED.model_copy(update={"details": tuple(say("{t}", t="<&>" * 400) for _ in range(40))})
    assert isinstance(finding, Finding)
    state = StepState(step_id="network_path", status=StepStatus.DONE, version=2, finding=finding)
    rendered = render("step:network_path", with_step(an_incident(), state), CONTENT)
    assert refused(rendered) == []
    assert "34 more lines in Details" in texts(rendered)


def test_an_unknown_key_is_a_bug_not_an_empty_message() -> None:
    with pytest.raises(KeyError):
        render("nonsense", an_incident(), CONTENT)
