"""chat.*: posting, updating, deleting and scheduling messages."""

from bot.sandbox.slack import limits, seed
from bot.sandbox.slack.methods.table import Call, MethodTable
from bot.sandbox.slack.model import Channel, Json, Message, SlackError
from bot.sandbox.slack.rate_limits import Tier
from bot.sandbox.slack.shapes import message_json

METHODS = MethodTable()


def _content(call: Call) -> tuple[str, list[Json]]:
    """The text and checked blocks of a message."""
    text = call.text("text")
    markdown = call.text("markdown_text")
    if markdown:
        if text or call.args.get("blocks"):
            raise SlackError("markdown_text_conflict")
        if len(markdown) > limits.MARKDOWN_PER_MESSAGE:
            raise SlackError("msg_too_long")
        return markdown, call.sandbox.posting.checked_blocks([{"type": "markdown", "text": markdown}])
    if isinstance(call.args.get("blocks"), str) and call.args["blocks"]:
        raise SlackError("invalid_blocks_format")
    blocks = call.sandbox.posting.checked_blocks(call.args.get("blocks"))
    if not text and not blocks and not call.args.get("attachments"):
        raise SlackError("no_text")
    return text, blocks


def _open_channel(call: Call) -> Channel:
    wanted = call.text("channel")
    if wanted.startswith("U"):
        return call.sandbox.workspace.direct(call.sandbox.workspace.user(wanted).id)
    channel = call.channel(member=True)
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _thread_parent(call: Call, channel: Channel) -> str:
    """The parent's ts; a reply's ts is led to its parent, an unknown one is refused."""
    thread_ts = call.text("thread_ts")
    if not thread_ts:
        return ""
    try:
        found = call.sandbox.workspace.message(channel.id, thread_ts)
    except SlackError as error:
        raise SlackError("thread_not_found") from error
    return found.thread_ts if found.is_reply else found.ts


def _shown(call: Call, message: Message) -> Json:
    return message_json(call.sandbox.workspace, message, call.sandbox.base_url, metadata=True)


@METHODS.add("chat.postMessage", "chat:write", tier=Tier.POST)
def post_message(call: Call) -> Json:
    channel = _open_channel(call)
    text, blocks = _content(call)
    thread_ts = _thread_parent(call, channel)
    message = call.sandbox.posting.by_app(
        channel.id,
        text[: limits.MESSAGE_TEXT],
        blocks,
        thread_ts=thread_ts,
        broadcast=bool(thread_ts) and call.flag("reply_broadcast"),
        metadata=limits.check_metadata(call.args.get("metadata")),
        username=call.text("username"),
        icon=call.text("icon_emoji"),
    )
    return {"channel": channel.id, "ts": message.ts, "message": _shown(call, message)}


@METHODS.add("chat.update", "chat:write")
def update(call: Call) -> Json:
    channel = call.channel(member=True)
    message = call.sandbox.workspace.message(channel.id, call.required("ts", "message_not_found"))
    if message.user != seed.BOT_USER_ID or message.ephemeral_to:
        raise SlackError("cant_update_message")
    metadata = limits.check_metadata(call.args.get("metadata"))
    text, blocks = _content(call)
    limits.check_text(text, limits.UPDATE_TEXT)
    if text:
        message.text = text
        message.edited = {"user": seed.BOT_USER_ID, "ts": call.sandbox.workspace.next_ts()}
    message.blocks = blocks
    if metadata is not None:
        message.metadata = metadata or None
    call.sandbox.workspace.touch(message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": _shown(call, message)}


@METHODS.add("chat.delete", "chat:write")
def delete(call: Call) -> Json:
    channel = call.channel()
    message = call.sandbox.workspace.message(channel.id, call.required("ts", "message_not_found"))
    if message.user != seed.BOT_USER_ID or message.ephemeral_to:
        raise SlackError("cant_delete_message")
    call.sandbox.workspace.remove(message)
    return {"channel": channel.id, "ts": message.ts}


@METHODS.add("chat.postEphemeral", "chat:write", tier=Tier.T4)
def post_ephemeral(call: Call) -> Json:
    channel = _open_channel(call)
    user = call.sandbox.workspace.user(call.required("user", "user_not_found"))
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = _content(call)
    thread_ts = _thread_parent(call, channel)
    message = call.sandbox.posting.by_app(channel.id, text, blocks, thread_ts=thread_ts, ephemeral_to=user.id)
    return {"message_ts": message.ts}


@METHODS.add("chat.scheduleMessage", "chat:write")
def schedule(call: Call) -> Json:
    """With metadata the message never arrives: a documented bug of Slack's."""
    channel = _open_channel(call)
    text, blocks = _content(call)
    workspace = call.sandbox.workspace
    post_at = call.number("post_at", 0)
    wait_s = post_at - workspace.now().timestamp()
    if wait_s <= 0:
        raise SlackError("time_in_past")
    if wait_s > limits.SCHEDULE_SECONDS:
        raise SlackError("time_too_far")
    if not call.args.get("metadata"):
        call.sandbox.later(wait_s, lambda: call.sandbox.posting.by_app(channel.id, text, blocks))
    return {"channel": channel.id, "scheduled_message_id": workspace.next_id("Q"), "post_at": post_at}


@METHODS.add("chat.getPermalink", tier=Tier.NONE)
def permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.sandbox.workspace.message(channel.id, call.required("message_ts", "message_not_found"))
    link = f"{call.sandbox.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
