"""Events: the Home tab, the 📌 reaction, and a mention."""

from __future__ import annotations

from slack_bolt import App

from bot.slack.blocks.home import home_view
from bot.slack.blocks.replies import help_text
from handlers.asked import writer_for
from handlers.guard import Click, guarded
from handlers.services import Pin, Services

PUSHPIN = "pushpin"


def register(app: App, services: Services) -> None:
    app.event("app_home_opened")(guarded(services, home_opened))
    app.event("reaction_added")(guarded(services, reacted))
    app.event("app_mention")(guarded(services, mentioned))


def home_opened(click: Click) -> None:
    """Published after the ack; the person's language is looked up on the way."""
    if click.body["event"].get("tab") not in (None, "home"):
        return
    services, who = click.services, click.who

    def publish() -> None:
        services.people.look_up(who.user)
        incidents = services.open_incidents(who.team)
        view = home_view(incidents, services.content, writer_for(services, who), services.workspace_url)
        click.context.client.views_publish(user_id=who.user, view=view)

    click.after(publish)


def reacted(click: Click) -> None:
    """Accepted durably before the ack; a job reads the message, because Slack does not send its words."""
    event = click.body["event"]
    item = event.get("item") or {}
    if event.get("reaction") != PUSHPIN or item.get("type") != "message":
        return
    pin = Pin(click.who.team, str(item["channel"]), str(item["ts"]), click.who.user)
    click.services.pins.accept(pin)


def mentioned(click: Click) -> None:
    rendered = help_text(writer_for(click.services, click.who))
    click.send(rendered.text, list(rendered.blocks))
