"""How users, channels, messages, files and views look in Slack's JSON."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.sandbox.slack import seed
from bot.sandbox.slack.model import Channel, ChannelKind, FileEntry, Json, Message, User, UserGroup, View
from bot.sandbox.slack.workspace import Workspace

TEAM: Json = {"id": seed.TEAM_ID, "name": seed.TEAM_NAME, "domain": seed.TEAM_DOMAIN}
BOT_PROFILE: Json = {
    "id": seed.BOT_ID,
    "app_id": seed.APP_ID,
    "name": "ALB Incident",
    "team_id": seed.TEAM_ID,
    "deleted": False,
}


def user_json(user: User, at: datetime) -> Json:
    zone = at.astimezone(ZoneInfo(user.tz))
    offset = zone.utcoffset()
    profile: Json = {
        "real_name": user.real_name,
        "display_name": user.name,
        "title": user.title,
        "team": seed.TEAM_ID,
    }
    if user.is_bot:
        profile |= {"bot_id": seed.BOT_ID, "api_app_id": seed.APP_ID}
    return {
        "id": user.id,
        "team_id": seed.TEAM_ID,
        "name": user.name,
        "real_name": user.real_name,
        "color": user.color.removeprefix("#"),
        "tz": user.tz,
        "tz_label": zone.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "locale": user.locale,
        "profile": profile,
        "deleted": False,
        "is_bot": user.is_bot,
        "is_admin": user.is_admin,
        "is_owner": user.is_admin,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "is_app_user": False,
    }


def group_json(group: UserGroup, include_users: bool = False) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": seed.TEAM_ID,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "user_count": len(group.users),
        "date_delete": 0,
    }
    return shown | ({"users": list(group.users)} if include_users else {})


def channel_json(channel: Channel, viewer: str) -> Json:
    if channel.kind is ChannelKind.IM:
        other = next((member for member in channel.members if member != viewer), "")
        return {"id": channel.id, "created": channel.created, "is_im": True, "user": other, "is_open": True}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": channel.created,
        "is_channel": channel.kind is ChannelKind.PUBLIC,
        "is_group": channel.kind is ChannelKind.PRIVATE,
        "is_im": False,
        "is_mpim": channel.kind is ChannelKind.MPIM,
        "is_private": channel.kind is not ChannelKind.PUBLIC,
        "is_archived": channel.is_archived,
        "is_general": False,
        "is_member": viewer in channel.members,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "context_team_id": seed.TEAM_ID,
    }


def file_json(file: FileEntry, base_url: str) -> Json:
    """Until the file is ready its type is empty and it has no shares, as in Slack."""
    url = f"{base_url}/files-pri/{file.id}/{file.name}"
    return {
        "id": file.id,
        "created": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype if file.ready else "",
        "filetype": file.name.rpartition(".")[2] if file.ready else "",
        "user": file.user,
        "size": file.size,
        "alt_txt": file.alt_text,
        "url_private": url,
        "url_private_download": url,
        "permalink": url,
        "is_public": bool(file.shares),
        "channels": sorted(file.shares) if file.ready else [],
        "shares": _shares_json(file) if file.ready else {},
    }


def _shares_json(file: FileEntry) -> Json:
    shares: Json = {}
    for channel_id, stamps in file.shares.items():
        kind = "public" if channel_id.startswith("C") and channel_id != "C0PRIVATE" else "private"
        shares.setdefault(kind, {})[channel_id] = [{"ts": ts} for ts in stamps]
    return shares


def message_json(workspace: Workspace, message: Message, base_url: str, metadata: bool = False) -> Json:
    shown: Json = {"type": "message", "ts": message.ts, "text": message.text, "team": seed.TEAM_ID}
    if message.user:
        shown["user"] = message.user
    if message.bot_id:
        shown["bot_id"] = message.bot_id
    if message.bot_id == seed.BOT_ID:
        shown |= {"app_id": seed.APP_ID, "bot_profile": BOT_PROFILE}
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.username:
        shown |= {"username": message.username, "icons": {"emoji": message.icon}}
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.edited:
        shown["edited"] = message.edited
    if message.metadata and metadata:
        shown["metadata"] = message.metadata
    if message.files:
        shown["files"] = [
            file_json(workspace.files[i], base_url) for i in message.files if i in workspace.files
        ]
    if message.reactions:
        shown["reactions"] = reactions_json(message)
    return shown | _thread_fields(workspace, message)


def reactions_json(message: Message) -> list[Json]:
    return [
        {"name": name, "users": list(users), "count": len(users)}
        for name, users in message.reactions.items()
        if users
    ]


def _thread_fields(workspace: Workspace, message: Message) -> Json:
    if message.is_reply:
        parent = [m.user for m in workspace.messages[message.channel] if m.ts == message.thread_ts]
        return {"thread_ts": message.thread_ts, "parent_user_id": parent[0] if parent else ""}
    replies = [m for m in workspace.thread(message.channel, message.ts) if m.is_reply and not m.ephemeral_to]
    if not replies or message.ephemeral_to:
        return {}
    people = list(dict.fromkeys(reply.user or reply.bot_id for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": people,
        "reply_users_count": len(people),
        "latest_reply": replies[-1].ts,
    }


def view_json(view: View) -> Json:
    shown: Json = {
        "id": view.id,
        "team_id": seed.TEAM_ID,
        "app_id": seed.APP_ID,
        "bot_id": seed.BOT_ID,
        "app_installed_team_id": seed.TEAM_ID,
        "callback_id": "",
        "private_metadata": "",
        "external_id": "",
        "title": {"type": "plain_text", "text": "View Title", "emoji": True},
        "submit": None,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
        "previous_view_id": view.previous_id or None,
        "root_view_id": view.root_id,
        "hash": view.hash,
        "state": {"values": view.values},
    }
    return shown | view.body
