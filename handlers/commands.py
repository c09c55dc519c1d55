"""/alb-incident: what each form of the command does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from slack_bolt import App

from bot.core.errors import UserError
from bot.core.incident import Incident
from bot.core.message import At, Code, Message, say
from bot.core.ports import Rendered
from bot.incidents import OpenRequest
from bot.slack.blocks.modals import OpenForm, open_modal
from bot.slack.blocks.replies import COMMAND, help_text, sentence, status_text
from handlers import parsing
from handlers.alarms import open_alarm_form
from handlers.asked import writer_for
from handlers.guard import Click, guarded
from handlers.services import Services


def register(app: App, services: Services) -> None:
    app.command(COMMAND)(guarded(services, command))


def command(click: Click) -> None:
    match parsing.parse(str(click.body.get("text") or "")):
        case parsing.Form():
            open_form(click, click.who.channel)
        case parsing.Help():
            _reply(click, help_text(writer_for(click.services, click.who)))
        case parsing.Status():
            _status(click)
        case parsing.Digest():
            key = str(click.body.get("trigger_id") or "")
            click.services.digests.run_now(click.who.team, click.who.channel, key)
            _say(click, say("The digest is being read; it will be posted here."))
        case parsing.Export():
            _export(click)
        case parsing.Resolve(summary):
            _resolve(click, summary)
        case parsing.Language(code):
            click.services.incidents.set_language(click.who.team, click.who.channel, code)
            _say(
                click,
                say("New incidents and digests of this channel will be in {code}.", code=Code(text=code)),
            )
        case parsing.Alarm(load_balancer, metric):
            open_alarm_form(click, load_balancer, metric)
        case parsing.Open() as wanted:
            _open(click, wanted)


def open_form(click: Click, channel: str, load_balancer: str = "") -> None:
    """The form; its options come from the list of load balancers, so nothing is read from AWS."""
    click.done()
    services = click.services
    alarm_at = services.clock.now().replace(second=0, microsecond=0)
    form = OpenForm(channel=channel, alarm_at=alarm_at, load_balancer=load_balancer)

    def make() -> dict[str, Any]:
        services.people.look_up(click.who.user)
        return open_modal(form, services.content, writer_for(services, click.who))

    click.open_view(make)


def _status(click: Click) -> None:
    services, who = click.services, click.who
    incidents = services.incidents.open_in(who.team, who.channel)
    write = writer_for(services, who)
    _reply(click, status_text(incidents, services.content, write, services.workspace_url))


def _resolve(click: Click, summary: str) -> None:
    incident = _the_open_one(click)
    click.services.incidents.resolve(incident.id, summary, click.who.user)
    _say(click, say("Resolved: {name}.", name=incident.scope.load_balancer.name))


def _export(click: Click) -> None:
    click.services.incidents.export(_the_open_one(click).id, str(click.body.get("trigger_id") or ""))
    _say(click, say("The case file is being made; it comes into the thread."))


def _the_open_one(click: Click) -> Incident:
    """The one open incident of the channel; with several, the button in the thread says which."""
    incidents = click.services.incidents.open_in(click.who.team, click.who.channel)
    if not incidents:
        raise UserError(say("No open incident here."))
    if len(incidents) > 1:
        raise UserError(
            say("Several incidents are open here. Use the button in the thread of the one you mean.")
        )
    return incidents[0]


def _open(click: Click, wanted: parsing.Open) -> None:
    """At once, unless the person's time zone has to be asked from Slack first: then after the ack."""
    facts = click.services.people.known(click.who.user)
    if facts is None and wanted.needs_zone:
        click.done()
        click.after(lambda: _open_after_looking_up(click, wanted))
        return
    _say(click, open_incident(click, wanted, facts.zone if facts else ""))


def _open_after_looking_up(click: Click, wanted: parsing.Open) -> None:
    facts = click.services.people.look_up(click.who.user)
    try:
        click.tell(open_incident(click, wanted, facts.zone if facts else ""))
    except UserError as error:
        click.tell(error.message)


def open_incident(click: Click, wanted: parsing.Open, zone: str) -> Message:
    """Opens it; returns what the person is told. An unknown zone means UTC, and is said."""
    now, who = click.services.clock.now(), click.who
    incident = click.services.incidents.open(
        OpenRequest(
            team=who.team,
            channel=who.channel,
            user=who.user,
            load_balancer=wanted.load_balancer,
            alarm_at=wanted.alarm_at(now, ZoneInfo(zone) if zone else UTC),
            window=wanted.window,
            request_key=f"command:{click.body.get('trigger_id')}",
        )
    )
    return _opened(incident, wanted, zone, now)


def _opened(incident: Incident, wanted: parsing.Open, zone: str, now: datetime) -> Message:
    name, began = incident.scope.load_balancer.name, At(at=incident.scope.alarm_at, show="day_time")
    if wanted.needs_zone and not zone:
        return say(
            "Opened for {name}, {began}. Slack does not tell your time zone, so I read {when} as UTC.",
            name=name,
            began=began,
            when=wanted.when,
        )
    return say("Opened for {name}, {began}.", name=name, began=began)


def _say(click: Click, message: Message) -> None:
    _reply(click, sentence(message, writer_for(click.services, click.who)))


def _reply(click: Click, rendered: Rendered) -> None:
    """In the ack itself: the quickest answer there is, seen only by the person who asked."""
    click.done(text=rendered.text, blocks=list(rendered.blocks), response_type="ephemeral")
