"""Turns changes of the workspace into Events API deliveries, retried when the app does not acknowledge."""

import asyncio
from typing import Any

from bot.sandbox.slack import seed
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.faults import FaultKind, Faults
from bot.sandbox.slack.model import Channel, ChannelKind, Json, Message
from bot.sandbox.slack.settings import Settings
from bot.sandbox.slack.shapes import message_json, view_json
from bot.sandbox.slack.workspace import Workspace

_SUBSCRIPTION = {
    ChannelKind.PUBLIC: "message.channels",
    ChannelKind.PRIVATE: "message.groups",
    ChannelKind.IM: "message.im",
    ChannelKind.MPIM: "message.mpim",
}
_CHANNEL_TYPE = {
    ChannelKind.PUBLIC: "channel",
    ChannelKind.PRIVATE: "group",
    ChannelKind.IM: "im",
    ChannelKind.MPIM: "mpim",
}
_RETRY_REASON = {"timeout": "http_timeout", "no_app": "connection_failed"}


class Events:
    """Subscribes to the workspace; deliveries run as tasks on the server's loop."""

    def __init__(self, workspace: Workspace, settings: Settings, delivery: Delivery, faults: Faults) -> None:
        self._workspace = workspace
        self._settings = settings
        self._delivery = delivery
        self._faults = faults
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.base_url = ""

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._workspace.subscribers.append(self._on_change)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _on_change(self, change: Json) -> None:
        for name, event in self._events_of(change):
            if name in self._settings.events:
                self.emit(event)

    def _events_of(self, change: Json) -> list[tuple[str, Json]]:
        kind = change["kind"]
        if kind not in ("message", "changed", "deleted", "reaction", "joined"):
            return []
        channel = self._workspace.channels[change["channel"]]
        if seed.BOT_USER_ID not in channel.members:
            return []
        if kind == "message":
            return self._posted(channel, self._workspace.message(channel.id, change["ts"]))
        if kind == "reaction":
            return [self._reaction(change)]
        if kind == "joined":
            return [("member_joined_channel", self._joined(channel, change["user"]))]
        return self._altered(channel, change)

    def _posted(self, channel: Channel, message: Message) -> list[tuple[str, Json]]:
        if message.ephemeral_to:
            return []
        shown = message_json(self._workspace, message, self.base_url, metadata=True)
        shown.pop("reply_count", None)
        where = {"channel": channel.id, "event_ts": message.ts}
        event = shown | where | {"channel_type": _CHANNEL_TYPE[channel.kind]}
        if message.broadcast and message.is_reply:
            event["subtype"] = "thread_broadcast"
        found = [(_SUBSCRIPTION[channel.kind], event)]
        mentioned = f"<@{seed.BOT_USER_ID}" in message.text and message.user != seed.BOT_USER_ID
        if mentioned and channel.kind is not ChannelKind.IM:
            found.append(("app_mention", shown | where | {"type": "app_mention"}))
        return found

    def _altered(self, channel: Channel, change: Json) -> list[tuple[str, Json]]:
        event: Json = {
            "type": "message",
            "subtype": "message_changed" if change["kind"] == "changed" else "message_deleted",
            "channel": channel.id,
            "channel_type": _CHANNEL_TYPE[channel.kind],
            "ts": change["ts"],
            "event_ts": change["ts"],
            "hidden": True,
        }
        if change["kind"] == "changed":
            message = self._workspace.message(channel.id, change["ts"])
            if message.ephemeral_to:
                return []
            event["message"] = message_json(self._workspace, message, self.base_url, metadata=True)
        else:
            event["deleted_ts"] = change["ts"]
        return [(_SUBSCRIPTION[channel.kind], event)]

    def _reaction(self, change: Json) -> tuple[str, Json]:
        name = "reaction_added" if change["added"] else "reaction_removed"
        item = {"type": "message", "channel": change["channel"], "ts": change["ts"]}
        event = {
            "type": name,
            "user": change["user"],
            "reaction": change["name"],
            "item": item,
            "item_user": self._workspace.message(change["channel"], change["ts"]).user,
            "event_ts": self._workspace.next_ts(),
        }
        return name, event

    def _joined(self, channel: Channel, user_id: str) -> Json:
        kind = "C" if channel.kind is ChannelKind.PUBLIC else "G"
        return {
            "type": "member_joined_channel",
            "user": user_id,
            "channel": channel.id,
            "channel_type": kind,
            "team": seed.TEAM_ID,
            "event_ts": self._workspace.next_ts(),
        }

    def home_opened(self, user_id: str) -> None:
        event: Json = {
            "type": "app_home_opened",
            "user": user_id,
            "channel": self._workspace.direct(user_id).id,
            "tab": "home",
            "event_ts": self._workspace.next_ts(),
        }
        if user_id in self._workspace.homes:
            event["view"] = view_json(self._workspace.homes[user_id])
        if "app_home_opened" in self._settings.events:
            self.emit(event)

    def emit(self, event: Json) -> None:
        """Deliver in the background; may be called from any thread."""
        if self._loop is None or self._loop.is_closed():
            return
        payload: Json = {
            "token": "sandbox",
            "team_id": seed.TEAM_ID,
            "api_app_id": seed.APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": self._workspace.next_id("Ev"),
            "event_time": int(float(event["event_ts"])),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": seed.TEAM_ID,
                    "user_id": seed.BOT_USER_ID,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }
        self._loop.call_soon_threadsafe(self._spawn, payload)

    def _spawn(self, payload: Json) -> None:
        twice = self._faults.strike(FaultKind.DUPLICATE_DELIVERY, "events_api")
        for _ in range(2 if twice else 1):
            task: asyncio.Task[Any] = asyncio.ensure_future(self._deliver(payload))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, payload: Json) -> None:
        answer = await self._delivery.to_app("events_api", payload)
        for attempt, delay_s in enumerate(self._settings.event_retry_delays_s, start=1):
            if answer.ok:
                return
            await asyncio.sleep(delay_s)
            reason = _RETRY_REASON.get(answer.reason, answer.reason)
            answer = await self._delivery.to_app("events_api", payload, attempt, reason)
