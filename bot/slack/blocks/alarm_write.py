"""Below the advice: where creating the alarm stands, and the buttons that move it on."""

from __future__ import annotations

from slack_sdk.models.blocks import Block, ConfirmObject

from bot.core.alarms.write import AlarmWrite, WriteState
from bot.core.message import At, Code, Message, Person, say
from bot.slack.blocks import controls
from bot.slack.blocks.controls import Press
from bot.slack.blocks.writer import Writer, actions


def creating(alarm: AlarmWrite, write: Writer) -> list[Block]:
    """Nobody asked, waiting for a second person, under way, there, or gone again."""
    lines = [line for line in (_standing(alarm), _why(alarm)) if line]
    blocks: list[Block] = [*write.sections(write.text(line) for line in lines)]
    button = _button(alarm)
    if button:
        label, action, danger = button
        confirm = ConfirmObject(
            title=write.label(label, 100),
            text=write.plain(say("This changes the AWS account: {name}.", name=alarm.plan.name), 300),
            confirm=write.label(say("Yes"), 30),
            deny=write.label(say("No"), 30),
        )
        style = "danger" if danger else None
        press = Press(alarm.id)
        blocks += actions([write.button(label, action, press, style=style, confirm=confirm)])
    return blocks


def _standing(alarm: AlarmWrite) -> Message | None:
    asked_by, approved_by = Person(id=alarm.requested_by), Person(id=alarm.approved_by)
    name = Code(text=alarm.plan.name)
    match alarm.state:
        case WriteState.REQUESTED if alarm.requested_at:
            return say(
                "{who} asked at {at} to create {name}. Another person must approve it within 15 minutes.",
                who=asked_by,
                at=At(at=alarm.requested_at),
                name=name,
            )
        case WriteState.CREATING:
            return say("Creating {name}, approved by {who} …", name=name, who=approved_by)
        case WriteState.CREATED:
            return say(
                "Created {name}: asked by {asked_by}, approved by {approved_by}.",
                name=name,
                asked_by=asked_by,
                approved_by=approved_by,
            )
        case WriteState.UNDOING:
            return say("Removing {name} again …", name=name)
        case WriteState.UNDONE:
            return say("Removed {name} again, by {who}.", name=name, who=Person(id=alarm.undone_by))
        case WriteState.FAILED:
            return say("{name} was not created.", name=name)
        case _:
            return None


def _why(alarm: AlarmWrite) -> Message | None:
    return say("AWS says: {why}.", why=alarm.why) if alarm.why else None


def _button(alarm: AlarmWrite) -> tuple[Message, str, bool] | None:
    match alarm.state:
        case WriteState.REQUESTED:
            return say("Approve"), controls.ALARM_APPROVE, False
        case WriteState.CREATED:
            return say("Undo"), controls.ALARM_UNDO, True
        case WriteState.CREATING | WriteState.UNDOING:
            return None
        case _:
            return say("Create this alarm"), controls.ALARM_CREATE, False
