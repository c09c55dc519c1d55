"""Asked by one, approved by another within 15 minutes, undone by one click: as transitions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alarms.plan import DESCRIPTION_LENGTH
from bot.core.alarms.write import (
    APPROVE_WITHIN,
    PUT_ALARM,
    AlarmWrite,
    WriteState,
    approved,
    done,
    failed,
    mark_of,
    marked,
    requested,
    undo_asked,
)
from bot.core.errors import UserError
from bot.i18n import t
from tests.alarm_builders import NLB, a_plan
from tests.evidence_builders import NOW

ALLOWED = {PUT_ALARM}
PROPOSED = AlarmWrite(id=3, team="T", channel="C", key="k", load_balancer=NLB, plan=a_plan())
ASKED = requested(PROPOSED, "ana", NOW, ALLOWED)


def refusal(call: object) -> str:
    with pytest.raises(UserError) as refused:
        call()  # type: ignore[operator]
    return t(refused.value.message, "en")


def test_what_is_not_allowed_is_refused_with_what_to_set() -> None:
    said = refusal(lambda: requested(PROPOSED, "ana", NOW, ()))
    assert "Set ALLOW_WRITES to cloudwatch:PutMetricAlarm" in said


def test_another_person_approves() -> None:
    after = approved(ASKED, "minh", NOW + timedelta(minutes=14))
    assert (after.state, after.requested_by, after.approved_by) == (WriteState.CREATING, "ana", "minh")


def test_nobody_approves_what_they_asked_for() -> None:
    assert "Another person" in refusal(lambda: approved(ASKED, "ana", NOW))


def test_an_approval_after_15_minutes_is_refused_and_it_can_be_asked_for_again() -> None:
    late = NOW + APPROVE_WITHIN + timedelta(seconds=1)
    assert "more than 15 minutes" in refusal(lambda: approved(ASKED, "minh", late))
    again = requested(ASKED, "minh", late, ALLOWED)
    assert approved(again, "ana", late).state is WriteState.CREATING


def test_asking_twice_within_15_minutes_says_who_asked() -> None:
    assert "@ana" in refusal(lambda: requested(ASKED, "minh", NOW, ALLOWED))


def test_what_nobody_asked_for_cannot_be_approved() -> None:
    assert "Nobody has asked" in refusal(lambda: approved(PROPOSED, "minh", NOW))


def test_a_second_approval_changes_nothing() -> None:
    after = approved(ASKED, "minh", NOW)
    assert approved(after, "zoe", NOW) is after


def test_what_was_created_is_undone_by_anybody_once() -> None:
    created = done(approved(ASKED, "minh", NOW))
    assert created.state is WriteState.CREATED
    undoing = undo_asked(created, "zoe")
    assert undo_asked(undoing, "ana") is undoing
    assert done(undoing).state is WriteState.UNDONE
    assert "nothing to undo" in refusal(lambda: undo_asked(ASKED, "ana"))


def test_a_refused_creation_may_be_asked_for_again_and_a_refused_removal_is_still_there() -> None:
    creating = approved(ASKED, "minh", NOW)
    refused = failed(creating, "no")
    assert (refused.state, refused.why) == (WriteState.FAILED, "no")
    assert requested(refused, "zoe", NOW, ALLOWED).why == ""
    assert failed(undo_asked(done(creating), "ana"), "no").state is WriteState.CREATED


def test_the_mark_is_the_same_for_the_same_plan_and_fits_any_description() -> None:
    assert mark_of(a_plan()) == mark_of(a_plan())
    assert mark_of(a_plan()) != mark_of(a_plan(of=(2, 3)))
    long = marked(a_plan(description="x" * DESCRIPTION_LENGTH))
    assert len(long.description) <= DESCRIPTION_LENGTH
    assert long.description.endswith("]")


@given(
    st.lists(
        st.tuples(st.sampled_from(["ask", "approve", "undo", "done"]), st.sampled_from(["ana", "minh"])),
        max_size=12,
    )
)
def test_nothing_is_ever_created_without_two_people(clicks: list[tuple[str, str]]) -> None:
    write = PROPOSED
    for what, user in clicks:
        try:
            match what:
                case "ask":
                    write = requested(write, user, NOW, ALLOWED)
                case "approve":
                    write = approved(write, user, NOW)
                case "undo":
                    write = undo_asked(write, user)
                case _:
                    write = done(write)
        except UserError:
            continue
        if write.state in (WriteState.CREATING, WriteState.CREATED):
            assert write.approved_by
            assert write.approved_by != write.requested_by
