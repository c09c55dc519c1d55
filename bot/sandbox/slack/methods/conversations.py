"""conversations.*: channels, their members, and reading their messages."""

from bot.sandbox.slack import seed
from bot.sandbox.slack.methods.table import Call, MethodTable, page_of
from bot.sandbox.slack.model import Channel, ChannelKind, Json, Message, SlackError
from bot.sandbox.slack.rate_limits import Tier
from bot.sandbox.slack.shapes import channel_json, message_json

METHODS = MethodTable()
_TYPES = {
    "public_channel": (ChannelKind.PUBLIC, "channels"),
    "private_channel": (ChannelKind.PRIVATE, "groups"),
    "im": (ChannelKind.IM, "im"),
    "mpim": (ChannelKind.MPIM, "mpim"),
}
_FAMILY = dict(_TYPES.values())


def _visible(channel: Channel) -> bool:
    return channel.kind is ChannelKind.PUBLIC or seed.BOT_USER_ID in channel.members


def _listed(call: Call, only_joined: bool) -> Json:
    kinds = []
    for name in call.text("types", "public_channel").split(","):
        if name.strip() not in _TYPES:
            raise SlackError("invalid_types")
        kind, family = _TYPES[name.strip()]
        call.need(f"{family}:read")
        kinds.append(kind)
    found = [
        channel
        for channel in call.sandbox.workspace.channels.values()
        if channel.kind in kinds
        and _visible(channel)
        and not (only_joined and seed.BOT_USER_ID not in channel.members)
        and not (call.flag("exclude_archived") and channel.is_archived)
    ]
    page, after = page_of(found, call, 100, 1000)
    return {"channels": [channel_json(channel, seed.BOT_USER_ID) for channel in page], **after}


@METHODS.add("conversations.list", tier=Tier.T2)
def list_channels(call: Call) -> Json:
    return _listed(call, only_joined=False)


@METHODS.add("users.conversations")
def list_joined(call: Call) -> Json:
    return _listed(call, only_joined=True)


@METHODS.add("conversations.info")
def show(call: Call) -> Json:
    channel = call.channel()
    call.need(f"{_FAMILY[channel.kind]}:read")
    return {"channel": channel_json(channel, seed.BOT_USER_ID)}


@METHODS.add("conversations.members", tier=Tier.T4)
def members(call: Call) -> Json:
    channel = call.channel()
    call.need(f"{_FAMILY[channel.kind]}:read")
    page, after = page_of(channel.members, call, 100, 1000)
    return {"members": page, **after}


@METHODS.add("conversations.join", "channels:join")
def join(call: Call) -> Json:
    channel = call.channel()
    if channel.kind is not ChannelKind.PUBLIC:
        raise SlackError("method_not_supported_for_channel_type")
    call.sandbox.workspace.join(channel, seed.BOT_USER_ID)
    return {"channel": channel_json(channel, seed.BOT_USER_ID)}


@METHODS.add("conversations.open", "im:write")
def open_direct(call: Call) -> Json:
    workspace = call.sandbox.workspace
    users = [
        workspace.user(name.strip()) for name in call.required("users", "users_list_not_supplied").split(",")
    ]
    if len(users) == 1:
        if users[0].is_bot:
            raise SlackError("cannot_dm_bot")
        channel = workspace.direct(users[0].id)
    else:
        call.need("mpim:write")
        channel = workspace.group_direct([user.id for user in users])
    return {"channel": channel_json(channel, seed.BOT_USER_ID) | {"id": channel.id}, "no_op": True}


def _readable(call: Call) -> Channel:
    channel = call.channel(member=True)
    call.need(f"{_FAMILY[channel.kind]}:history")
    return channel


def _window(call: Call, messages: list[Message]) -> list[Message]:
    oldest, latest = call.text("oldest", "0"), call.text("latest") or "9999999999"
    inclusive = call.flag("inclusive")
    return [
        message
        for message in messages
        if float(oldest) < float(message.ts) < float(latest) or (inclusive and message.ts in (oldest, latest))
    ]


def _answer(call: Call, messages: list[Message], default: int) -> Json:
    page, after = page_of(messages, call, default, 1000)
    metadata = call.flag("include_all_metadata")
    shown = [message_json(call.sandbox.workspace, m, call.sandbox.base_url, metadata) for m in page]
    return {"messages": shown, "has_more": bool(after["response_metadata"]["next_cursor"]), **after}


@METHODS.add("conversations.history")
def history(call: Call) -> Json:
    """Newest first; replies only when they were also sent to the channel."""
    channel = _readable(call)
    found = [
        m
        for m in call.sandbox.workspace.messages[channel.id]
        if not m.ephemeral_to and (not m.is_reply or m.broadcast)
    ]
    return _answer(call, _window(call, found)[::-1], 100)


@METHODS.add("conversations.replies")
def replies(call: Call) -> Json:
    """Oldest first, the parent always at the head."""
    channel = _readable(call)
    ts = call.required("ts", "thread_not_found")
    found = [m for m in call.sandbox.workspace.thread(channel.id, ts) if not m.ephemeral_to]
    if not found:
        raise SlackError("thread_not_found")
    parent = [message for message in found if message.ts == ts]
    rest = [message for message in found if message.ts != ts]
    return _answer(call, parent + _window(call, rest), 1000)
