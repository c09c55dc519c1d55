"""The message shortcut: what somebody said becomes a line of the incident's timeline."""

from __future__ import annotations

from slack_bolt import App

from bot.core.errors import UserError
from bot.core.incident import Incident
from bot.core.message import say
from bot.slack.blocks import controls
from bot.slack.said import Said, said
from handlers.commands import open_form
from handlers.guard import Click, guarded
from handlers.services import Services


def register(app: App, services: Services) -> None:
    app.shortcut(controls.SHORTCUT_NOTE)(guarded(services, add_to_timeline))
    app.shortcut(controls.SHORTCUT_START)(guarded(services, start))


def add_to_timeline(click: Click) -> None:
    """The payload holds the message, so it is recorded before the ack; twice is once."""
    try:
        message = said(click.who.channel, click.body["message"])
        at = message.at
    except (KeyError, ValueError, OverflowError):
        raise UserError(say("Slack did not say which message this is. Try again.")) from None
    if not message.text:
        raise UserError(say("This message has no words and no file to keep."))
    incident = incident_of(click.services, click.who.team, message)
    user = message.author or click.who.user
    click.services.incidents.note(incident.id, message.text, user, at, message.key)
    click.tell(say("Added to the timeline of {name}.", name=incident.scope.load_balancer.name))


def incident_of(services: Services, team: str, message: Said) -> Incident:
    """The incident of the message's thread, or the only open one of its channel."""
    incident = services.incidents.in_thread(team, message.channel, message.thread_ts)
    if incident:
        return incident
    incidents = services.incidents.open_in(team, message.channel)
    if not incidents:
        raise UserError(say("No incident is open in this channel."))
    if len(incidents) > 1:
        raise UserError(say("Several incidents are open here. Mark the message in the incident's thread."))
    return incidents[0]


def start(click: Click) -> None:
    open_form(click, "")
