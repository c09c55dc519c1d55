"""What `doctor` looks at: settings, content, database, Slack token and scopes, AWS and its permissions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.app import aws_for, clock_for, database
from bot.aws.probe import probe
from bot.core.errors import TransientError, UserError
from bot.core.ports import RefusedError
from bot.i18n import t
from bot.settings import Settings
from bot.slack.client import call, make_client
from bot.store.engine import open_engine
from bot.terminal import Line
from runbooks import load
from runbooks.yaml_content import ContentError

MANIFEST = Path(__file__).parent.parent / "manifest.yaml"


def examine(settings: Settings) -> Iterator[Line]:
    """Each line as soon as it is known; nothing stops the others."""
    yield _content()
    yield _database(settings)
    yield from _slack(settings)
    yield from _aws(settings)


def _content() -> Line:
    try:
        content = load()
    except ContentError as error:
        return Line("runbooks", False, str(error))
    return Line("runbooks", True, f"{len(content.runbooks)} runbooks, {len(content.checks)} checks")


def _database(settings: Settings) -> Line:
    where = "DATABASE_URL" if settings.database_url else f"embedded in {settings.data_dir}"
    try:
        with database(settings) as url:
            engine = open_engine(url, 1)
            try:
                with engine.connect() as connection:
                    migrated = connection.scalar(text("SELECT to_regclass('incidents')")) is not None
            finally:
                engine.dispose()
    except SQLAlchemyError as error:
        return Line("database", False, f"{where}: {str(error).splitlines()[0]}. Check DATABASE_URL.")
    if not migrated:
        return Line("database", False, f"{where}: not migrated yet. Run: python -m bot migrate")
    return Line("database", True, where)


def _slack(settings: Settings) -> Iterator[Line]:
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        yield Line("Slack bot token", False, "Set SLACK_BOT_TOKEN (app settings: OAuth & Permissions).")
        return
    client = make_client(token, settings.slack_api_url)
    try:
        answer = call(client.auth_test)
    except (RefusedError, TransientError) as error:
        yield Line("Slack bot token", False, f"{error}. Install the app again and set SLACK_BOT_TOKEN.")
        return
    yield Line("Slack bot token", True, f"{answer['user']} in {answer['team']}")
    yield _scopes(str(answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes") or ""))
    yield _delivery(settings)


def _scopes(granted: str) -> Line:
    have = {scope.strip() for scope in granted.split(",") if scope.strip()}
    if not have:
        return Line("Slack scopes", None, "Slack did not say which scopes the token has.")
    missing = sorted(needed_scopes() - have)
    if missing:
        what = "Add them under OAuth & Permissions (or paste manifest.yaml again) and reinstall the app."
        return Line("Slack scopes", False, f"missing: {', '.join(missing)}. {what}")
    return Line("Slack scopes", True, f"all {len(needed_scopes())} granted")


def needed_scopes() -> set[str]:
    """The bot scopes of manifest.yaml: the one list of what the bot asks for."""
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return set(manifest["oauth_config"]["scopes"]["bot"])


def _delivery(settings: Settings) -> Line:
    """How Slack reaches the bot."""
    app_token = settings.slack_app_token.get_secret_value()
    if app_token:
        client = make_client(app_token, settings.slack_api_url)
        try:
            call(client.apps_connections_open, app_token=app_token)
        except (RefusedError, TransientError) as error:
            what = "Make an app-level token with connections:write and set SLACK_APP_TOKEN."
            return Line("Slack to bot", False, f"Socket Mode: {error}. {what}")
        return Line("Slack to bot", True, "Socket Mode")
    if settings.slack_signing_secret.get_secret_value():
        return Line("Slack to bot", True, f"signed HTTP on port {settings.port}, path /slack/events")
    what = "Set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)."
    return Line("Slack to bot", False, what)


def _aws(settings: Settings) -> Iterator[Line]:
    try:
        aws = aws_for(settings, clock_for(settings))
        identity = aws.sessions.identity()
        yield Line("AWS identity", True, f"{identity.arn} in {', '.join(aws.sessions.regions)}")
        for result in probe(aws.sessions):
            hint = t(result.what_to_do, settings.language) if result.what_to_do else ""
            yield Line(result.action, result.ok, hint)
        found = aws.inventory.list_load_balancers()
        yield Line("load balancers", bool(found) or None, f"{len(found)} found")
    except UserError as error:
        yield Line("AWS", False, t(error.message, settings.language))
