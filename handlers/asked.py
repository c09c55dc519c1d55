"""Who asked, where and in which language: read from any payload of Slack's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.errors import UserError
from bot.core.message import say
from bot.slack.blocks.controls import Press, read_press
from bot.slack.blocks.writer import Writer
from handlers.services import Services


@dataclass(frozen=True)
class Asked:
    """`channel` and `thread_ts` are '' outside a conversation (Home tab, modals)."""

    team: str
    user: str
    channel: str = ""
    thread_ts: str = ""


def asked(body: Mapping[str, Any]) -> Asked:
    """From a command, an action, a view, a shortcut or an event."""
    event = body.get("event") or {}
    message, container = body.get("message") or {}, body.get("container") or {}
    item = event.get("item") or {}
    return Asked(
        team=_id(body.get("team")) or str(body.get("team_id") or (body.get("user") or {}).get("team_id", "")),
        user=_id(body.get("user")) or str(body.get("user_id") or event.get("user") or ""),
        channel=_id(body.get("channel")) or str(body.get("channel_id") or _event_channel(event, item)),
        thread_ts=str(message.get("thread_ts") or container.get("thread_ts") or event.get("thread_ts") or ""),
    )


def writer_for(services: Services, who: Asked) -> Writer:
    """The person's own language when it is known, the channel's otherwise."""
    facts = services.people.known(who.user)
    if facts and facts.locale:
        return Writer(facts.locale)
    return Writer(services.incidents.language(who.team, who.channel))


def pressed(body: Mapping[str, Any]) -> Press:
    """What the clicked button was about; UserError when it is not one of ours any more."""
    try:
        return read_press(str(body["actions"][0]["value"]))
    except (KeyError, IndexError, ValueError):
        raise UserError(say("This button is from an older version. Use the newest message.")) from None


def about(body: Mapping[str, Any]) -> Press:
    """What the submitted view was about."""
    try:
        return read_press(str(body["view"]["private_metadata"]))
    except (KeyError, ValueError):
        raise UserError(say("This form is from an older version. Open it again.")) from None


def _id(value: object) -> str:
    """`{"id": ...}` in interactions, a plain id in some events."""
    if isinstance(value, Mapping):
        return str(value.get("id") or "")
    return value if isinstance(value, str) else ""


def _event_channel(event: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    return str(event.get("channel") or item.get("channel") or "")
