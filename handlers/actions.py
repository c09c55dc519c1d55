"""Buttons: those that act at once, and those that open a form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from slack_bolt import App

from bot.core.errors import UserError
from bot.core.incident import Choice, Incident
from bot.core.message import say
from bot.core.runbook import CheckStep, Step
from bot.slack.blocks import controls
from bot.slack.blocks.controls import NOTHING, Press
from bot.slack.blocks.details import allow_modal, details_modal
from bot.slack.blocks.modals import (
    answer_modal,
    ask_modal,
    cause_modal,
    looked_modal,
    note_modal,
    resolve_modal,
    window_modal,
)
from bot.slack.blocks.writer import Writer
from handlers.asked import pressed, writer_for
from handlers.commands import open_form
from handlers.guard import Click, guarded
from handlers.services import Services

Form = Callable[[Click, Press, Incident, Writer], dict[str, Any]]


def register(app: App, services: Services) -> None:
    """Each button by its name; `name:detail` where one row holds several of a kind."""
    for name, handle in AT_ONCE.items():
        app.action(re.compile(rf"^{name}(:.*)?$"))(guarded(services, handle))
    for name, form in FORMS.items():
        app.action(name)(guarded(services, _opening(form)))
    for name in (controls.OPEN_THREAD, controls.CONSOLE):
        app.action(name)(guarded(services, followed))


def answer(click: Click) -> None:
    """No and Don't know are recorded at once; a Yes asks what it was, because that is what matters."""
    press = pressed(click.body)
    choice = Choice(str(click.body["actions"][0]["action_id"]).partition(":")[2])
    if choice is Choice.YES:
        _opening(_answer_form_for(choice))(click)
        return
    click.services.incidents.answer(press.incident, press.what, press.version, choice, "", click.who.user)


def run_check(click: Click) -> None:
    press = pressed(click.body)
    click.services.incidents.run_check(press.incident, press.what, press.version, click.who.user)


def run_again(click: Click) -> None:
    """Everything is read anew: the person knows what was read before."""
    press = pressed(click.body)
    click.services.incidents.run_check(press.incident, press.what, press.version, click.who.user, fresh=True)


def run_rest(click: Click) -> None:
    click.services.incidents.run_rest(pressed(click.body).incident, click.who.user)


def take_over(click: Click) -> None:
    click.services.incidents.take_over(pressed(click.body).incident, click.who.user)


def confirm_cause(click: Click) -> None:
    press = pressed(click.body)
    click.services.incidents.confirm_cause(press.incident, press.what, click.who.user)


def export(click: Click) -> None:
    press = pressed(click.body)
    click.services.incidents.export(press.incident, str(click.body.get("trigger_id") or ""))


def alarm_create(click: Click) -> None:
    click.services.alarm_writes.request(pressed(click.body).incident, click.who.user)


def alarm_approve(click: Click) -> None:
    click.services.alarm_writes.approve(pressed(click.body).incident, click.who.user)


def alarm_undo(click: Click) -> None:
    click.services.alarm_writes.undo(pressed(click.body).incident, click.who.user)


def start(click: Click) -> None:
    """From the Home tab or a line of a digest; the form asks for the channel when there is none."""
    value = str(click.body["actions"][0].get("value") or NOTHING)
    open_form(click, click.who.channel, "" if value == NOTHING else value)


def followed(click: Click) -> None:
    """A link button: the browser follows it, Slack still wants an ack."""


def _opening(form: Form) -> Callable[[Click], None]:
    """A handler that acks and then opens the form, about the incident as it is now."""

    def handle(click: Click) -> None:
        press, services = pressed(click.body), click.services
        click.done()

        def make() -> dict[str, Any]:
            incident = services.incidents.get(press.incident)
            return form(click, press, incident, writer_for(services, click.who))

        click.open_view(make)

    return handle


def _step(click: Click, press: Press, incident: Incident) -> Step:
    try:
        return click.services.content.runbooks[incident.runbook].step(press.what)
    except KeyError:
        raise UserError(say("This step is not part of the runbook any more.")) from None


def _check_step(click: Click, press: Press, incident: Incident) -> CheckStep:
    step = _step(click, press, incident)
    if not isinstance(step, CheckStep):
        raise UserError(say("This step is not part of the runbook any more."))
    return step


def _answer_form_for(choice: Choice) -> Form:
    def form(click: Click, press: Press, incident: Incident, write: Writer) -> dict[str, Any]:
        return answer_modal(press, _step(click, press, incident), choice, "", write)

    return form


def _change_form(click: Click, press: Press, incident: Incident, write: Writer) -> dict[str, Any]:
    given = incident.step(press.what).answer
    step = _step(click, press, incident)
    return answer_modal(
        press, step, given.choice if given else Choice.DONT_KNOW, given.note if given else "", write
    )


def _ask_form(click: Click, press: Press, incident: Incident, write: Writer) -> dict[str, Any]:
    step = _step(click, press, incident)
    click.services.later(click.services.people.refresh_groups)
    return ask_modal(press, step, write)


def _looked_form(click: Click, press: Press, incident: Incident, write: Writer) -> dict[str, Any]:
    given = incident.step(press.what).answer
    return looked_modal(press, _step(click, press, incident), given.note if given else "", write)


def _note_form(click: Click, press: Press, incident: Incident, write: Writer) -> dict[str, Any]:
    return note_modal(press, write)


def _window_form(click: Click, press: Press, incident: Incident, write: Writer) -> dict[str, Any]:
    return window_modal(incident, write)


def _resolve_form(click: Click, press: Press, incident: Incident, write: Writer) -> dict[str, Any]:
    return resolve_modal(incident, write)


def _cause_form(click: Click, press: Press, incident: Incident, write: Writer) -> dict[str, Any]:
    return cause_modal(incident, click.services.content, write)


def _details_form(click: Click, press: Press, incident: Incident, write: Writer) -> dict[str, Any]:
    return details_modal(incident, _check_step(click, press, incident), click.services.content, write)


def _allow_form(click: Click, press: Press, incident: Incident, write: Writer) -> dict[str, Any]:
    return allow_modal(incident, _check_step(click, press, incident), write)


AT_ONCE: dict[str, Callable[[Click], None]] = {
    controls.ALARM_CREATE: alarm_create,
    controls.ALARM_APPROVE: alarm_approve,
    controls.ALARM_UNDO: alarm_undo,
    controls.ANSWER: answer,
    controls.RUN_CHECK: run_check,
    controls.RUN_AGAIN: run_again,
    controls.RUN_REST: run_rest,
    controls.TAKE_OVER: take_over,
    controls.CONFIRM_CAUSE: confirm_cause,
    controls.EXPORT: export,
    controls.START: start,
}
FORMS: dict[str, Form] = {
    controls.CHANGE_ANSWER: _change_form,
    controls.ASK: _ask_form,
    controls.LOOKED: _looked_form,
    controls.ADD_NOTE: _note_form,
    controls.CHANGE_WINDOW: _window_form,
    controls.RESOLVE: _resolve_form,
    controls.OTHER_CAUSE: _cause_form,
    controls.DETAILS: _details_form,
    controls.HOW_TO_ALLOW: _allow_form,
}
