"""Submitted forms: each is one call of a use case before the ack, so that a mistake stays in the form."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

from slack_bolt import App

from bot.core.errors import UserError
from bot.core.incident import Choice
from bot.core.message import say
from bot.incidents import OpenRequest
from bot.slack.blocks import controls
from handlers.alarms import alarm_asked
from handlers.asked import about
from handlers.guard import Click, guarded
from handlers.services import Services
from handlers.submitted import Submitted


def register(app: App, services: Services) -> None:
    for name, handle in FORMS.items():
        app.view(name)(guarded(services, handle))


def opened(click: Click) -> None:
    view = click.body["view"]
    given = Submitted(view)
    channel = given.text("channel") or str(json.loads(view["private_metadata"] or "{}").get("channel") or "")
    runbook = given.text("runbook")
    click.services.incidents.open(
        OpenRequest(
            team=click.who.team,
            channel=channel,
            user=click.who.user,
            load_balancer=given.text("load_balancer"),
            alarm_at=given.moment("alarm_at"),
            window=timedelta(minutes=given.number("window", 60)),
            statistic=given.text("statistic") or "Sum",
            period_s=given.number("period", 60),
            runbook="" if runbook == "-" else runbook,
            request_key=f"view:{view['id']}",
        )
    )


def answered(click: Click) -> None:
    press, given = about(click.body), Submitted(click.body["view"])
    choice = Choice(given.text("choice") or Choice.DONT_KNOW)
    user = click.who.user
    click.services.incidents.answer(
        press.incident, press.what, press.version, choice, given.text("note"), user
    )


def looked(click: Click) -> None:
    press, note = about(click.body), Submitted(click.body["view"]).text("note")
    user = click.who.user
    click.services.incidents.answer(press.incident, press.what, press.version, Choice.SEEN, note, user)


def put_to(click: Click) -> None:
    """One person or one group; the message that asks mentions them."""
    press, given = about(click.body), Submitted(click.body["view"])
    whom = given.text("person") or given.text("group")
    if not whom:
        raise UserError(say("Choose a person or a user group."))
    click.services.incidents.ask(press.incident, press.what, press.version, whom, click.who.user)


def noted(click: Click) -> None:
    """The view's id is the note's key: a form submitted twice is one note."""
    press, view = about(click.body), click.body["view"]
    now, text = click.services.clock.now(), Submitted(view).text("note")
    click.services.incidents.note(press.incident, text, click.who.user, now, f"view:{view['id']}")


def window_changed(click: Click) -> None:
    press, given = about(click.body), Submitted(click.body["view"])
    click.services.incidents.change_window(
        press.incident,
        given.moment("alarm_at") or click.services.clock.now(),
        timedelta(minutes=given.number("window", 60)),
        given.text("statistic") or "Sum",
        given.number("period", 60),
        click.who.user,
    )


def resolved(click: Click) -> None:
    press, summary = about(click.body), Submitted(click.body["view"]).text("note")
    click.services.incidents.resolve(press.incident, summary, click.who.user)


def cause_named(click: Click) -> None:
    """A cause of the list, or the person's own words for another one."""
    press, given = about(click.body), Submitted(click.body["view"])
    cause = given.text("note").strip() or given.text("cause")
    if not cause:
        raise UserError(say("Choose a cause, or write what it was."))
    click.services.incidents.confirm_cause(press.incident, cause, click.who.user)


FORMS: dict[str, Callable[[Click], None]] = {
    controls.VIEW_OPEN: opened,
    controls.VIEW_ANSWER: answered,
    controls.VIEW_LOOKED: looked,
    controls.VIEW_ASK: put_to,
    controls.VIEW_NOTE: noted,
    controls.VIEW_WINDOW: window_changed,
    controls.VIEW_RESOLVE: resolved,
    controls.VIEW_CAUSE: cause_named,
    controls.VIEW_ALARM: alarm_asked,
}
