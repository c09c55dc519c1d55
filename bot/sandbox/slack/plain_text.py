"""Threads and views as readable plain text: what a person would see, with buttons as [Label]."""

import re
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.slack.model import Json
from bot.sandbox.slack.plain_blocks import block_text
from bot.sandbox.slack.workspace import Workspace

_DATE = re.compile(r"<!date\^(-?\d+)\^([^|>^]+)(?:\^[^|>]*)?\|([^>]*)>")
_DATE_TOKENS = {
    "{date_num}": "%Y-%m-%d",
    "{date}": "%B %-d, %Y",
    "{date_short}": "%b %-d, %Y",
    "{date_long}": "%A, %B %-d, %Y",
    "{date_pretty}": "%B %-d, %Y",
    "{date_short_pretty}": "%b %-d, %Y",
    "{date_long_pretty}": "%A, %B %-d, %Y",
    "{day_divider_pretty}": "%A, %B %-d",
    "{time}": "%H:%M",
    "{time_secs}": "%H:%M:%S",
    "{ago}": "%Y-%m-%d %H:%M",
}


class PlainText:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def mrkdwn(self, text: str) -> str:
        """Mentions, links and dates (in UTC) spelled out, escapes undone; *marks* stay."""
        text = _DATE.sub(self._date, text)
        text = re.sub(r"<@(\w+)(?:\|[^>]*)?>", lambda m: "@" + self._user(m[1]), text)
        text = re.sub(r"<!subteam\^(\w+)(?:\|[^>]*)?>", lambda m: "@" + self._group(m[1]), text)
        text = re.sub(r"<#(\w+)(?:\|[^>]*)?>", lambda m: "#" + self._channel(m[1]), text)
        text = re.sub(r"<!(here|channel|everyone)(?:\|[^>]*)?>", r"@\1", text)
        text = re.sub(r"<([^|>]+)\|([^>]*)>", r"\2 (\1)", text)
        text = re.sub(r"<([^>]+)>", r"\1", text)
        return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    def _date(self, found: "re.Match[str]") -> str:
        at = datetime.fromtimestamp(int(found[1]), UTC)
        shown = found[2]
        for token, pattern in _DATE_TOKENS.items():
            shown = shown.replace(token, at.strftime(pattern))
        return f"{shown} UTC" if "{time" in found[2] else shown

    def _user(self, user_id: str) -> str:
        user = self._workspace.users.get(user_id)
        return user.name if user else user_id

    def _real_name(self, user_id: str) -> str:
        user = self._workspace.users.get(user_id)
        return user.real_name if user else "app"

    def _group(self, group_id: str) -> str:
        group = self._workspace.groups.get(group_id)
        return group.handle if group else group_id

    def _channel(self, channel_id: str) -> str:
        channel = self._workspace.channels.get(channel_id)
        return channel.name if channel else channel_id

    def text_object(self, value: Any) -> str:
        if not isinstance(value, dict):
            return str(value or "")
        text = str(value.get("text", ""))
        return self.mrkdwn(text) if value.get("type") == "mrkdwn" else text

    def messages(self, messages: list[Json]) -> str:
        return "\n\n".join(self.message(message) for message in messages) + "\n"

    def message(self, message: Json) -> str:
        at = datetime.fromtimestamp(float(message["ts"]), UTC).strftime("%H:%M:%S")
        author = message.get("username") or self._real_name(message.get("user", ""))
        marks = [
            mark
            for mark, on in (
                ("edited", message.get("edited")),
                ("only visible to you", message.get("is_ephemeral")),
                ("pinned", message.get("is_pinned")),
            )
            if on
        ]
        head = f"{at} {author}" + (f" ({', '.join(marks)})" if marks else "")
        body = self.blocks(message.get("blocks", [])) or self.mrkdwn(message["text"])
        lines = [line for line in body.splitlines() if line.strip()]
        lines += [f"[file {file['name']}, {file['size']} bytes]" for file in message.get("files", [])]
        reactions = [f":{r['name']}: {r['count']}" for r in message.get("reactions", [])]
        lines += [" ".join(reactions)] if reactions else []
        indent = "    " if message.get("is_reply") else "  "
        return "\n".join([indent[2:] + head, *(indent + line for line in lines)])

    def view(self, view: Json) -> str:
        buttons = [f"[{self.text_object(view[name])}]" for name in ("close", "submit") if view.get(name)]
        return "\n".join(
            [f"== {self.text_object(view.get('title'))} ==", self.blocks(view["blocks"]), *buttons]
        )

    def blocks(self, blocks: list[Json]) -> str:
        return "\n".join(filter(None, (block_text(self, block) for block in blocks)))
