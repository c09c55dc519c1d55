"""reactions.*, pins.* and bookmarks.*: what is attached to messages and channels."""

from bot.sandbox.slack import seed
from bot.sandbox.slack.methods.table import Call, MethodTable
from bot.sandbox.slack.model import Json, Message, SlackError
from bot.sandbox.slack.rate_limits import Tier
from bot.sandbox.slack.shapes import message_json

METHODS = MethodTable()


def _message(call: Call, ts_name: str = "timestamp") -> Message:
    channel = call.channel(member=True)
    return call.sandbox.workspace.message(channel.id, call.required(ts_name, "no_item_specified"))


@METHODS.add("reactions.add", "reactions:write")
def add_reaction(call: Call) -> Json:
    call.sandbox.workspace.react(
        _message(call), seed.BOT_USER_ID, call.required("name", "invalid_name").strip(":")
    )
    return {}


@METHODS.add("reactions.remove", "reactions:write", tier=Tier.T2)
def remove_reaction(call: Call) -> Json:
    name = call.required("name", "invalid_name").strip(":")
    call.sandbox.workspace.unreact(_message(call), seed.BOT_USER_ID, name)
    return {}


@METHODS.add("reactions.get", "reactions:read")
def get_reactions(call: Call) -> Json:
    message = _message(call)
    shown = message_json(call.sandbox.workspace, message, call.sandbox.base_url)
    return {"type": "message", "channel": message.channel, "message": shown}


@METHODS.add("pins.add", "pins:write", tier=Tier.T2)
def add_pin(call: Call) -> Json:
    message = _message(call)
    pins = call.sandbox.workspace.channel(message.channel).pins
    if message.ts in pins:
        raise SlackError("already_pinned")
    pins.append(message.ts)
    call.sandbox.workspace.touch(message)
    return {}


@METHODS.add("pins.remove", "pins:write", tier=Tier.T2)
def remove_pin(call: Call) -> Json:
    message = _message(call)
    pins = call.sandbox.workspace.channel(message.channel).pins
    if message.ts not in pins:
        raise SlackError("no_pin")
    pins.remove(message.ts)
    call.sandbox.workspace.touch(message)
    return {}


@METHODS.add("pins.list", "pins:read", tier=Tier.T2)
def list_pins(call: Call) -> Json:
    channel = call.channel(member=True)
    workspace = call.sandbox.workspace
    pinned = [workspace.message(channel.id, ts) for ts in channel.pins]
    return {
        "items": [
            {
                "type": "message",
                "channel": channel.id,
                "message": message_json(workspace, message, call.sandbox.base_url),
            }
            for message in pinned
        ]
    }


@METHODS.add("bookmarks.add", "bookmarks:write", tier=Tier.T2)
def add_bookmark(call: Call) -> Json:
    channel = call.channel("channel_id", member=True)
    if call.required("type") != "link":
        raise SlackError("invalid_bookmark_type")
    bookmark: Json = {
        "id": call.sandbox.workspace.next_id("Bk"),
        "channel_id": channel.id,
        "title": call.required("title"),
        "link": call.required("link", "invalid_link"),
        "emoji": call.text("emoji"),
        "type": "link",
    }
    channel.bookmarks.append(bookmark)
    call.sandbox.workspace.announce("channel", channel=channel.id)
    return {"bookmark": bookmark}
