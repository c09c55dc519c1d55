"""A local Slack workspace: real HTTP and WebSocket for the bot, a page for people, a driver for tests."""

from bot.sandbox.slack.controls import Card, Controls
from bot.sandbox.slack.driver import Driver
from bot.sandbox.slack.faults import FaultKind
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.settings import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Command, Settings, Shortcut

__all__ = [
    "APP_TOKEN",
    "BOT_TOKEN",
    "SIGNING_SECRET",
    "Card",
    "Command",
    "Controls",
    "Driver",
    "FaultKind",
    "SandboxSlack",
    "Settings",
    "Shortcut",
]
