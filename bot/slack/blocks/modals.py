"""The modals a person fills in. `private_metadata` carries what the button was about."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.core.incident import Choice, Incident
from bot.core.message import Message, say
from bot.core.runbook import Step
from bot.slack.blocks import controls, inputs
from bot.slack.blocks.content import Content
from bot.slack.blocks.controls import Press
from bot.slack.blocks.words import choice_word, what_is_wrong
from bot.slack.blocks.writer import Writer

TITLE = 24
SUMMARY_LENGTH = 1000
OWN_WORDS = 150


@dataclass(frozen=True)
class OpenForm:
    """What the open modal starts with; `channel` is '' when it was not opened in one."""

    channel: str
    alarm_at: datetime
    load_balancer: str = ""
    window_min: int = 60


def open_modal(form: OpenForm, content: Content, write: Writer) -> dict[str, Any]:
    """Six inputs, only the load balancer must be filled in."""
    titles = {ident: book.title for ident, book in content.runbooks.items()}
    blocks = [
        inputs.load_balancer(write, form.load_balancer),
        inputs.moment(write, "alarm_at", say("When did the alarm fire?"), form.alarm_at),
        inputs.window(write, form.window_min),
        inputs.statistic(write, "Sum"),
        inputs.period(write, 60),
        inputs.runbook(write, titles),
    ]
    if not form.channel:
        blocks.append(inputs.channel(write))
    metadata = json.dumps({"channel": form.channel})
    return _form(controls.VIEW_OPEN, say("New incident"), say("Open"), blocks, metadata, write)


def answer_modal(press: Press, step: Step, choice: Choice, note: str, write: Writer) -> dict[str, Any]:
    """Answer and note together; `choice` is preselected."""
    options = [
        inputs.option(write.label(choice_word(c)), str(c)) for c in (Choice.NO, Choice.YES, Choice.DONT_KNOW)
    ]
    what = say("What changed, and when?")
    blocks = [
        inputs.choice(write, say("Answer"), options, str(choice)),
        inputs.words(write, what, initial=note, optional=True),
    ]
    return _form(controls.VIEW_ANSWER, write.title(step.title, TITLE), say("Save"), blocks, str(press), write)


def ask_modal(press: Press, step: Step, write: Writer) -> dict[str, Any]:
    """A person or a user group; Slack has no element for groups, so handlers/options.py lists them."""
    blocks = [inputs.person(write), inputs.group(write)]
    return _form(controls.VIEW_ASK, write.title(step.title, TITLE), say("Ask"), blocks, str(press), write)


def looked_modal(press: Press, step: Step, note: str, write: Writer) -> dict[str, Any]:
    """What a person saw where the bot could not look."""
    seen = inputs.words(write, say("What did you see?"), initial=note)
    return _form(controls.VIEW_LOOKED, write.title(step.title, TITLE), say("Save"), [seen], str(press), write)


def note_modal(press: Press, write: Writer) -> dict[str, Any]:
    words = inputs.words(write, say("Note"), placeholder=say("What you saw, did or decided"))
    return _form(controls.VIEW_NOTE, say("Add to the timeline"), say("Add"), [words], str(press), write)


def window_modal(incident: Incident, write: Writer) -> dict[str, Any]:
    """The present scope, to be changed; everything already read is read again."""
    scope = incident.scope
    minutes = _whole_window_min(incident)
    hint = say("Checks that ran will run again for the new window.")
    blocks = [
        inputs.moment(write, "alarm_at", say("When did the alarm fire?"), scope.alarm_at, hint),
        inputs.window(write, minutes),
        inputs.statistic(write, scope.statistic),
        inputs.period(write, scope.period_s),
    ]
    press = str(Press(incident.id))
    return _form(controls.VIEW_WINDOW, say("Change window"), say("Change"), blocks, press, write)


def _whole_window_min(incident: Incident) -> int:
    """The length that was asked for: the window is cut at `now`, its half before the alarm is not."""
    before = incident.scope.alarm_at - incident.scope.window.start
    return max(2, round(before.total_seconds() / 60) * 2)


def resolve_modal(incident: Incident, write: Writer) -> dict[str, Any]:
    load_balancer = incident.scope.load_balancer
    wrong = what_is_wrong(load_balancer.type, load_balancer.name)
    summary = inputs.words(
        write,
        say("What was it, and what ended it?"),
        placeholder=say("One or two sentences for people who were not here"),
        optional=True,
        length=SUMMARY_LENGTH,
    )
    blocks = [*write.sections([write.text(wrong)]), summary]
    return _form(
        controls.VIEW_RESOLVE, say("Resolve"), say("Resolve"), blocks, str(Press(incident.id)), write
    )


def cause_modal(incident: Incident, content: Content, write: Writer) -> dict[str, Any]:
    """Which cause it really was: what the ranking is measured against later."""
    kind = incident.scope.load_balancer.type
    fitting = [cause for cause in content.causes if kind in cause.load_balancer_types]
    options = [inputs.option(write.title(cause.title), cause.id) for cause in fitting]
    other = inputs.words(write, say("Or in your own words"), optional=True, length=OWN_WORDS)
    blocks = [inputs.select(write, "cause", say("What was it?"), options), other]
    press = str(Press(incident.id))
    return _form(controls.VIEW_CAUSE, say("Cause"), say("Save"), blocks, press, write)


def _form(
    name: str, title: Message | str, submit: Message, blocks: Iterable[Block], metadata: str, write: Writer
) -> dict[str, Any]:
    shown = title if isinstance(title, str) else write.label(title, TITLE)
    return View(
        type="modal",
        callback_id=name,
        title=shown,
        submit=write.label(submit, TITLE),
        close=write.label(say("Cancel"), TITLE),
        blocks=list(blocks),
        private_metadata=metadata,
    ).to_dict()
