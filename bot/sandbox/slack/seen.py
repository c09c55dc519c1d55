"""The workspace as one person sees it: channels, messages, threads, modals and the Home tab."""

from typing import Any
from urllib.parse import quote

from bot.sandbox.slack import seed
from bot.sandbox.slack.inputs import Values
from bot.sandbox.slack.model import Channel, ChannelKind, FileEntry, Json, Message, User, View
from bot.sandbox.slack.sandbox import Sandbox
from bot.sandbox.slack.shapes import TEAM, group_json, message_json, user_json, view_json


class Seen:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._workspace = sandbox.workspace

    def workspace(self, user: User) -> Json:
        """All that the page's frame needs."""
        workspace, settings = self._workspace, self._sandbox.settings
        now = workspace.now()
        return {
            "seq": workspace.seq,
            "now": now.timestamp(),
            "team": TEAM,
            "me": user_json(user, now),
            "users": [user_json(known, now) for known in workspace.users.values()],
            "groups": [group_json(group, include_users=True) for group in workspace.groups.values()],
            "channels": [self.channel(user, c) for c in workspace.channels.values() if self.may_see(user, c)],
            "commands": [
                {"name": c.name, "description": c.description, "usage_hint": c.usage_hint}
                for c in settings.commands
            ],
            "shortcuts": [
                {"callback_id": s.callback_id, "name": s.name, "kind": s.kind} for s in settings.shortcuts
            ],
            "app": {"id": seed.APP_ID, "bot_user": seed.BOT_USER_ID, "connected": self.app_connected()},
        }

    def app_connected(self) -> bool:
        return bool(self._sandbox.sockets.connections) or bool(self._sandbox.delivery.request_url)

    def may_see(self, user: User, channel: Channel) -> bool:
        open_to_staff = channel.kind is ChannelKind.PUBLIC and not user.is_guest
        return open_to_staff or user.id in channel.members

    def channel(self, user: User, channel: Channel) -> Json:
        last_read = self._workspace.last_read.get(user.id, {}).get(channel.id, "")
        unread = [
            m
            for m in self._workspace.messages[channel.id]
            if m.ts > last_read
            and m.user != user.id
            and self._visible(user, m)
            and not (m.is_reply and not m.broadcast)
        ]
        return {
            "id": channel.id,
            "name": channel.name,
            "kind": channel.kind.value,
            "topic": channel.topic,
            "members": channel.members,
            "is_member": user.id in channel.members,
            "unread": len(unread),
            "mentions": sum(f"<@{user.id}" in m.text for m in unread),
            "pins": channel.pins,
            "bookmarks": channel.bookmarks,
        }

    def _visible(self, user: User, message: Message) -> bool:
        return message.ephemeral_to in ("", user.id)

    def messages(self, user: User, channel: Channel) -> list[Json]:
        """Oldest first: top-level messages, broadcast replies and this person's ephemerals."""
        return [
            self.message(user, message)
            for message in self._workspace.messages[channel.id]
            if self._visible(user, message) and (not message.is_reply or message.broadcast)
        ]

    def thread(self, user: User, channel: Channel, thread_ts: str) -> list[Json]:
        found = self._workspace.thread(channel.id, thread_ts)
        return [self.message(user, message) for message in found if self._visible(user, message)]

    def message(self, user: User, message: Message) -> Json:
        shown = message_json(self._workspace, message, self._sandbox.base_url, metadata=True)
        shown |= {
            "channel": message.channel,
            "revision": message.revision,
            "is_reply": message.is_reply,
            "is_broadcast": message.broadcast,
            "is_ephemeral": bool(message.ephemeral_to),
            "is_pinned": message.ts in self._workspace.channels[message.channel].pins,
        }
        shown["files"] = [
            self.file(self._workspace.files[i]) for i in message.files if i in self._workspace.files
        ]
        values = self._sandbox.interactions.message_states.get((user.id, message.ts))
        return shown | ({"values": values} if values else {})

    def file(self, file: FileEntry) -> Json:
        return {
            "id": file.id,
            "name": file.name,
            "title": file.title or file.name,
            "mimetype": file.mimetype,
            "size": file.size,
            "user": file.user,
            "url": f"/sandbox/files/{file.id}/{quote(file.name)}",
        }

    def views(self, user: User) -> list[Json]:
        return [self.view(view) for view in self._sandbox.modals.stack(user.id)]

    def view(self, view: View) -> Json:
        values: Values = view.values
        return view_json(view) | {"values": values}

    def home(self, user: User) -> Json | None:
        published = self._workspace.homes.get(user.id)
        return self.view(published) if published else None

    def notices(self, user: User, after: int = 0) -> list[dict[str, Any]]:
        return [
            {"id": n.id, "text": n.text, "tone": n.tone}
            for n in self._workspace.notices
            if n.user == user.id and n.id > after
        ]
