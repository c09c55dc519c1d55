"""Creating an alarm from Slack: asked by one person, approved by another, undone by one click (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.alarms.plan import DESCRIPTION_LENGTH, AlarmPlan
from bot.core.errors import UserError
from bot.core.message import Code, Person, Value, say
from bot.core.model import LoadBalancer

PUT_ALARM = "cloudwatch:PutMetricAlarm"
"""What ALLOW_WRITES must name."""
APPROVE_WITHIN = timedelta(minutes=15)


class WriteState(StrEnum):
    PROPOSED = "proposed"
    REQUESTED = "requested"
    CREATING = "creating"
    CREATED = "created"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"


class Made(Value):
    """What creating adds to the account, decided before it begins: undoing removes this and nothing else."""

    alarm: bool
    detector: bool


class AlarmWrite(Value):
    """One alarm that may be created. `why` is AWS's or our reason for a failure."""

    id: int = 0
    team: str
    channel: str
    key: str
    load_balancer: LoadBalancer
    plan: AlarmPlan
    state: WriteState = WriteState.PROPOSED
    requested_by: str = ""
    requested_at: datetime | None = None
    approved_by: str = ""
    approved_at: datetime | None = None
    undone_by: str = ""
    made: Made | None = None
    why: str = ""


def requested(write: AlarmWrite, user: str, now: datetime, allowed: Collection[str]) -> AlarmWrite:
    """Asked for, also again after it failed, was undone or nobody approved it in time. UserError."""
    if PUT_ALARM not in allowed:
        raise UserError(
            say(
                "Creating alarms is off. Set {name} to {value} to allow it.",
                name=Code(text="ALLOW_WRITES"),
                value=Code(text=PUT_ALARM),
            )
        )
    waiting = write.state is WriteState.REQUESTED and not _late(write, now)
    if waiting or write.state in (WriteState.CREATING, WriteState.CREATED, WriteState.UNDOING):
        raise UserError(say("{who} has asked for it already.", who=Person(id=write.requested_by)))
    return write.model_copy(
        update={
            "state": WriteState.REQUESTED,
            "requested_by": user,
            "requested_at": now,
            "approved_by": "",
            "approved_at": None,
            "undone_by": "",
            "made": None,
            "why": "",
        }
    )


def approved(write: AlarmWrite, user: str, now: datetime) -> AlarmWrite:
    """By another person, within 15 minutes; a second click changes nothing. UserError."""
    if write.state in (WriteState.CREATING, WriteState.CREATED):
        return write
    if write.state is not WriteState.REQUESTED:
        raise UserError(say("Nobody has asked for this alarm now."))
    if user == write.requested_by:
        raise UserError(say("Another person must approve it: you asked for it yourself."))
    if _late(write, now):
        raise UserError(say("It was asked for more than 15 minutes ago. Ask for it again."))
    return write.model_copy(update={"state": WriteState.CREATING, "approved_by": user, "approved_at": now})


def undo_asked(write: AlarmWrite, user: str) -> AlarmWrite:
    """One click by anybody; a second one changes nothing. UserError when there is nothing to undo."""
    if write.state in (WriteState.UNDOING, WriteState.UNDONE):
        return write
    if write.state is not WriteState.CREATED:
        raise UserError(say("There is nothing to undo."))
    return write.model_copy(update={"state": WriteState.UNDOING, "undone_by": user})


def done(write: AlarmWrite) -> AlarmWrite:
    """AWS did what was under way."""
    after = {WriteState.CREATING: WriteState.CREATED, WriteState.UNDOING: WriteState.UNDONE}
    return write.model_copy(update={"state": after.get(write.state, write.state), "why": ""})


def failed(write: AlarmWrite, why: str) -> AlarmWrite:
    """AWS refused: creating ended, or what was created is still there."""
    after = {WriteState.CREATING: WriteState.FAILED, WriteState.UNDOING: WriteState.CREATED}
    return write.model_copy(update={"state": after.get(write.state, write.state), "why": why})


def marked(plan: AlarmPlan) -> AlarmPlan:
    """The plan whose description says that it is ours, so that it can be recognised (`mark_of`)."""
    room = DESCRIPTION_LENGTH - len(mark_of(plan)) - 1
    words = f"{plan.description[:room]} {mark_of(plan)}".strip()
    return plan.model_copy(update={"description": words})


def mark_of(plan: AlarmPlan) -> str:
    """'[alb-incident 1a2b3c4d5e6f]', the same for the same plan."""
    digest = hashlib.sha256(plan.model_dump_json().encode()).hexdigest()
    return f"[alb-incident {digest[:12]}]"


def _late(write: AlarmWrite, now: datetime) -> bool:
    return write.requested_at is None or now - write.requested_at > APPROVE_WITHIN
