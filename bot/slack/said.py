"""What a person said in Slack, as plain text for the timeline: read once, from the payload or from Slack."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slack_sdk import WebClient

from bot.slack.client import GONE, ApiRefusal, call

_REFERENCE = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


@dataclass(frozen=True)
class Said:
    """`thread_ts` is the thread the message is in, or its own ts; `author` is '' when a bot wrote it."""

    channel: str
    ts: str
    thread_ts: str
    author: str
    text: str

    @property
    def at(self) -> datetime:
        return moment_of(self.ts)

    @property
    def key(self) -> str:
        """Unique per message, so that two pins of one message are one note; the timeline links to it."""
        return pin_key(self.channel, self.ts)


def pin_key(channel: str, ts: str) -> str:
    return f"pin:{channel}:{ts}"


def moment_of(ts: str) -> datetime:
    """A Slack timestamp as UTC; ValueError when it is none."""
    return datetime.fromtimestamp(float(ts), UTC)


def said(channel: str, message: Mapping[str, Any]) -> Said:
    """From a message as Slack gives it. Pictures and files are named after the words."""
    names = [str(file.get("name") or file.get("title") or "?") for file in message.get("files") or ()]
    words = [plain(str(message.get("text") or ""))] + [f"📎 {name}" for name in names]
    ts = str(message["ts"])
    author = "" if message.get("bot_id") else str(message.get("user") or "")
    text = " ".join(word for word in words if word)
    return Said(channel, ts, str(message.get("thread_ts") or ts), author, text)


def plain(markup: str) -> str:
    """Slack's markup as people read it: <@U1> -> @U1, <url|label> -> label (url), entities decoded."""
    return html.unescape(_REFERENCE.sub(_reference, markup))


def _reference(hit: re.Match[str]) -> str:
    sign, target, label = hit[1], hit[2], hit[3]
    if sign:
        name = label or target.rpartition("^")[2]
        return f"{'#' if sign == '#' else '@'}{name.lstrip('@#')}"
    return f"{label} ({target})" if label and label not in target else target


def read_message(client: WebClient, channel: str, ts: str) -> Said | None:
    """One message of a channel or of a thread; None when it is not there any more."""
    try:
        answer = call(
            client.conversations_replies,
            channel=channel,
            ts=ts,
            oldest=ts,
            latest=ts,
            inclusive=True,
            limit=5,
        )
    except ApiRefusal as refusal:
        if refusal.code in GONE:
            return None
        raise
    return next((said(channel, message) for message in answer["messages"] if message["ts"] == ts), None)
