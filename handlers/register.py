"""Makes the Bolt app and gives it every handler."""

from __future__ import annotations

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult

from bot.slack.client import SlackClient, make_client
from bot.slack.identity import Identity
from handlers import actions, commands, events, inbox, options, shortcuts, views
from handlers.services import Services


def make_app(client: SlackClient, signing_secret: str, identity: Identity, services: Services) -> App:
    """A sync app that runs listeners before it responds: they do one short transaction (DESIGN.md).

    Who we are is known from the start, so that no request waits for auth.test. `signing_secret` may be
    empty in Socket Mode, whose connection is authenticated.
    """
    result = AuthorizeResult(
        enterprise_id=None,
        team_id=identity.team,
        url=identity.url,
        bot_id=identity.bot_id,
        bot_user_id=identity.bot_user,
        bot_token=client.token,
    )
    # Without a token of its own: Bolt would warn at every start that `authorize` goes first.
    bare = make_client(None, client.base_url)
    app = App(
        client=bare,
        signing_secret=signing_secret or None,
        request_verification_enabled=bool(signing_secret),
        authorize=lambda: result,
        process_before_response=True,
    )
    register(app, services)
    return app


def register(app: App, services: Services) -> None:
    """Middleware first, then every listener."""
    for module in (inbox, commands, actions, views, options, shortcuts, events):
        module.register(app, services)
