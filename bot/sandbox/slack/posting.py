"""Puts messages into the workspace: the app's, people's, and those that answer through a response_url."""

import re
from dataclasses import dataclass

from bot.sandbox.slack import limits, seed
from bot.sandbox.slack.block_checker import Checker, Surface
from bot.sandbox.slack.block_rules import check_blocks, with_ids
from bot.sandbox.slack.faults import FaultKind, Faults
from bot.sandbox.slack.model import Json, Message, SlackError, User
from bot.sandbox.slack.tickets import ResponseTarget
from bot.sandbox.slack.workspace import Workspace

_BROADCASTS = ("here", "channel", "everyone")


@dataclass
class Posting:
    workspace: Workspace
    faults: Faults

    def checked_blocks(self, blocks: object) -> list[Json]:
        """The blocks with ids filled in; invalid_blocks with pointers when Slack would refuse them."""
        if blocks in (None, "", []):
            return []
        ready = [file for file in self.workspace.files.values() if file.ready]
        names = frozenset(file.id for file in ready)
        check = Checker(Surface.MESSAGE, names, self.faults.values(FaultKind.REFUSE_BLOCKS))
        check_blocks(check, blocks)
        if check.problems:
            messages = [f"[ERROR] {problem}" for problem in check.problems]
            raise SlackError(
                "invalid_blocks", errors=check.problems, response_metadata={"messages": messages}
            )
        return with_ids(blocks) if isinstance(blocks, list) else []

    def by_app(self, channel_id: str, text: str, blocks: list[Json], **more: object) -> Message:
        message = Message(
            channel_id, self.workspace.next_ts(), seed.BOT_USER_ID, text, blocks, bot_id=seed.BOT_ID
        )
        for name, value in more.items():
            setattr(message, name, value)
        return self.workspace.post(message)

    def by_user(
        self, user: User, channel_id: str, text: str, thread_ts: str = "", files: list[str] | None = None
    ) -> Message:
        """What a person typed: mentions, links and special characters are encoded as Slack's client does."""
        message = Message(
            channel_id,
            self.workspace.next_ts(),
            user.id,
            self.escape_typed(text)[: limits.MESSAGE_TEXT],
            thread_ts=thread_ts,
            files=files or [],
            subtype="file_share" if files else "",
        )
        return self.workspace.post(message)

    def escape_typed(self, text: str) -> str:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        text = re.sub(r"https?://[^\s<>]+", lambda found: f"<{found[0]}>", text)
        text = re.sub(r"(?<![\w@])@([\w.-]+)", self._mention, text)
        return re.sub(r"(?<![\w#&])#([\w-]+)", self._channel_link, text)

    def _mention(self, found: "re.Match[str]") -> str:
        name = found[1]
        if name in _BROADCASTS:
            return f"<!{name}>"
        for user in self.workspace.users.values():
            if name.lower() in (user.name, user.real_name.lower()):
                return f"<@{user.id}>"
        for group in self.workspace.groups.values():
            if name == group.handle:
                return f"<!subteam^{group.id}>"
        return found[0]

    def _channel_link(self, found: "re.Match[str]") -> str:
        for channel in self.workspace.channels.values():
            if channel.name == found[1] and channel.id.startswith("C"):
                return f"<#{channel.id}|{channel.name}>"
        return found[0]

    def from_ack(self, payload: Json, user_id: str, channel_id: str) -> None:
        """The message a slash command's ack carries, if it does."""
        if not payload.get("text") and not payload.get("blocks"):
            return
        target = payload.get("response_type", "ephemeral") != "in_channel"
        self.by_app(
            channel_id,
            str(payload.get("text") or ""),
            self.checked_blocks(payload.get("blocks")),
            ephemeral_to=user_id if target else "",
        )

    def respond(self, target: ResponseTarget, body: Json) -> None:
        """Carry out what was sent to a response_url."""
        source = self._source(target)
        if body.get("delete_original"):
            if source is not None:
                self.workspace.remove(source)
            return
        blocks = self.checked_blocks(body.get("blocks"))
        text = str(body.get("text") or "")
        if not text and not blocks:
            raise SlackError("no_text")
        if body.get("replace_original") and source is not None:
            source.text, source.blocks = text, blocks
            self.workspace.touch(source)
            return
        private = body.get("response_type", "ephemeral") != "in_channel"
        thread_ts = str(body.get("thread_ts") or (target.thread_ts if private else ""))
        self.by_app(
            target.channel, text, blocks, ephemeral_to=target.user if private else "", thread_ts=thread_ts
        )

    def _source(self, target: ResponseTarget) -> Message | None:
        try:
            return self.workspace.message(target.channel, target.source_ts)
        except SlackError:
            return None
