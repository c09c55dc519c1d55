"""The manifest asks for what the code uses, and for nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bot.sandbox.slack.methods.table import MethodTable
from bot.sandbox.slack.web_api import METHODS
from bot.slack.blocks import controls
from bot.slack.blocks.replies import COMMAND
from tests.handler_fakes import Desk

MANIFEST: dict[str, Any] = yaml.safe_load(Path("manifest.yaml").read_text(encoding="utf-8"))

# Web API methods called, and the scope of each (SLACK.md, rate tiers).
CALLED = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.info": "files:read",
    "conversations.history": "channels:history",
    "conversations.replies": "groups:history",
    "users.info": "users:read",
    "usergroups.list": "usergroups:read",
}
BY_EVENT = {"reaction_added": "reactions:read", "app_mention": "app_mentions:read"}


def test_the_scopes_are_those_of_the_methods_and_events_used() -> None:
    wanted = {*CALLED.values(), *BY_EVENT.values(), "commands"}
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == wanted


def test_the_sandbox_wants_the_same_scopes_for_those_methods() -> None:
    assert isinstance(METHODS, MethodTable)
    for method, scope in CALLED.items():
        assert set(METHODS[method].scopes) <= {scope}, method


def test_everything_the_manifest_announces_is_listened_to() -> None:
    commands = [command["command"] for command in MANIFEST["features"]["slash_commands"]]
    shortcuts = {shortcut["callback_id"] for shortcut in MANIFEST["features"]["shortcuts"]}
    assert commands == [COMMAND]
    assert shortcuts == {controls.SHORTCUT_NOTE, controls.SHORTCUT_START}
    events = set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])
    assert events == {"app_home_opened", "app_mention", "reaction_added"}
    assert Desk().app


def test_texts_fit_what_slack_takes() -> None:
    shown, features = MANIFEST["display_information"], MANIFEST["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert all(len(shortcut["name"]) <= 24 for shortcut in features["shortcuts"])


def test_socket_mode_is_the_default_and_buttons_work() -> None:
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True
