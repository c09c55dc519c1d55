"""The state of the workspace and the only code that changes it; every change is announced to subscribers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from bot.sandbox.slack import seed
from bot.sandbox.slack.model import (
    Channel,
    ChannelKind,
    FileEntry,
    Json,
    Message,
    Notice,
    SlackError,
    User,
    UserGroup,
    View,
)

Subscriber = Callable[[Json], None]


class Workspace:
    """Thread-safe: each public method takes the lock; subscribers are called while it is held."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.lock = threading.RLock()
        self.subscribers: list[Subscriber] = []
        self.seq = 0
        self.users: dict[str, User] = {user.id: user for user in seed.USERS}
        self.groups: dict[str, UserGroup] = {group.id: group for group in seed.GROUPS}
        self._last_ts = 0
        self._last_id = 0
        self.clear()

    def clear(self) -> None:
        """Back to the seed; ts and ids keep growing so that nothing old can be mistaken for new."""
        with self.lock:
            self.channels: dict[str, Channel] = {channel.id: channel for channel in seed.seed_channels()}
            self.messages: dict[str, list[Message]] = {channel: [] for channel in self.channels}
            self.files: dict[str, FileEntry] = {}
            self.contents: dict[str, bytes] = {}
            self.stacks: dict[str, list[View]] = {}
            self.homes: dict[str, View] = {}
            self.last_read: dict[str, dict[str, str]] = {}
            self.notices: list[Notice] = []
            self.announce("reset")

    def announce(self, kind: str, **detail: object) -> None:
        with self.lock:
            self.seq += 1
            change: Json = {"seq": self.seq, "kind": kind, **detail}
            for subscriber in list(self.subscribers):
                subscriber(change)

    @contextmanager
    def subscribed(self, subscriber: Subscriber) -> Iterator[None]:
        with self.lock:
            self.subscribers.append(subscriber)
        try:
            yield
        finally:
            with self.lock:
                self.subscribers.remove(subscriber)

    def next_ts(self) -> str:
        """Seconds and microseconds of the workspace's clock, always above the one before."""
        with self.lock:
            self._last_ts = max(self._last_ts + 1, int(self.now().timestamp() * 1_000_000))
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def next_id(self, prefix: str) -> str:
        with self.lock:
            self._last_id += 1
            return f"{prefix}{self._last_id:09d}"

    def counters(self) -> tuple[int, int]:
        return self._last_ts, self._last_id

    def restore_counters(self, last_ts: int, last_id: int) -> None:
        self._last_ts, self._last_id = max(self._last_ts, last_ts), max(self._last_id, last_id)

    def user(self, name_or_id: str) -> User:
        wanted = name_or_id.removeprefix("@")
        for user in self.users.values():
            if wanted in (user.id, user.name):
                return user
        raise SlackError("user_not_found")

    def channel(self, name_or_id: str) -> Channel:
        wanted = name_or_id.removeprefix("#")
        for channel in self.channels.values():
            if wanted == channel.id or (wanted == channel.name and channel.kind is not ChannelKind.IM):
                return channel
        raise SlackError("channel_not_found")

    def direct(self, user_id: str) -> Channel:
        """The direct conversation between this user and the bot."""
        return self.channels[f"D{user_id[1:]}"]

    def message(self, channel_id: str, ts: str) -> Message:
        for message in self.messages.get(channel_id, []):
            if message.ts == ts:
                return message
        raise SlackError("message_not_found")

    def thread(self, channel_id: str, thread_ts: str) -> list[Message]:
        """The parent and its replies, oldest first, ephemerals included."""
        return [m for m in self.messages.get(channel_id, []) if thread_ts in (m.ts, m.thread_ts)]

    def post(self, message: Message) -> Message:
        with self.lock:
            self.messages[message.channel].append(message)
            self.announce("message", channel=message.channel, ts=message.ts, thread_ts=message.thread_ts)
            return message

    def touch(self, message: Message) -> None:
        """Announce that a message was changed in place."""
        with self.lock:
            message.revision += 1
            self.announce("changed", channel=message.channel, ts=message.ts, thread_ts=message.thread_ts)

    def remove(self, message: Message) -> None:
        with self.lock:
            self.messages[message.channel].remove(message)
            pins = self.channels[message.channel].pins
            if message.ts in pins:
                pins.remove(message.ts)
            self.announce("deleted", channel=message.channel, ts=message.ts, thread_ts=message.thread_ts)

    def post_as_integration(
        self,
        channel: str,
        name: str,
        text: str,
        icon: str = ":satellite_antenna:",
        blocks: list[Json] | None = None,
        thread_ts: str = "",
    ) -> Message:
        """A message from another integration ("AWS CloudWatch"), not from the app under test."""
        with self.lock:
            return self.post(
                Message(
                    channel=self.channel(channel).id,
                    ts=self.next_ts(),
                    user="",
                    text=text,
                    blocks=blocks or [],
                    thread_ts=thread_ts,
                    bot_id=seed.INTEGRATION_BOT_ID,
                    username=name,
                    icon=icon,
                    subtype="bot_message",
                )
            )

    def join(self, channel: Channel, user_id: str) -> bool:
        """True when the user was not a member before."""
        with self.lock:
            if user_id in channel.members:
                return False
            channel.members.append(user_id)
            self.announce("joined", channel=channel.id, user=user_id)
            return True

    def group_direct(self, user_ids: list[str]) -> Channel:
        """The conversation between the bot and several people, made when it does not exist yet."""
        with self.lock:
            members = [*sorted(set(user_ids)), seed.BOT_USER_ID]
            for channel in self.channels.values():
                if channel.kind is ChannelKind.MPIM and channel.members == members:
                    return channel
            names = "--".join(self.users[user_id].name for user_id in members)
            made = Channel(self.next_id("G"), f"mpdm-{names}-1", ChannelKind.MPIM, members)
            self.channels[made.id] = made
            self.messages[made.id] = []
            self.announce("channel", channel=made.id)
            return made

    def react(self, message: Message, user_id: str, name: str) -> None:
        with self.lock:
            users = message.reactions.setdefault(name, [])
            if user_id in users:
                raise SlackError("already_reacted")
            users.append(user_id)
            self._reacted(message, user_id, name, added=True)

    def unreact(self, message: Message, user_id: str, name: str) -> None:
        with self.lock:
            users = message.reactions.get(name, [])
            if user_id not in users:
                raise SlackError("no_reaction")
            users.remove(user_id)
            if not users:
                del message.reactions[name]
            self._reacted(message, user_id, name, added=False)

    def _reacted(self, message: Message, user_id: str, name: str, added: bool) -> None:
        message.revision += 1
        where = {"channel": message.channel, "ts": message.ts, "thread_ts": message.thread_ts}
        self.announce("reaction", **where, user=user_id, name=name, added=added)

    def notify(self, user_id: str, text: str, tone: str = "error") -> Notice:
        with self.lock:
            notice = Notice(len(self.notices) + 1, user_id, text, tone)
            self.notices.append(notice)
            self.announce("notice", user=user_id, id=notice.id)
            return notice

    def mark_read(self, user_id: str, channel_id: str) -> None:
        with self.lock:
            newest = max((m.ts for m in self.messages[channel_id]), default="")
            if self.last_read.setdefault(user_id, {}).get(channel_id, "") < newest:
                self.last_read[user_id][channel_id] = newest
                self.announce("read", user=user_id, channel=channel_id)
