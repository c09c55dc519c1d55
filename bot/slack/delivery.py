"""Makes Slack show what the outbox says: posts, edits, files, and the search for what a lost reply left.

The promise is 0 lost and 0 duplicated after the sweep: every post carries its outbox id, a doubtful post is
looked for before it is sent again, and `remove_copies` deletes a copy that appeared later.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slack_sdk import WebClient

from bot.core.errors import TransientError
from bot.core.ports import OutboxMessage, Rendered, RenderedFile
from bot.slack.client import BAD_BLOCKS, GONE, ApiRefusal, call
from bot.slack.text import cut_markup

EVENT_TYPE = "alb_incident_message"
UPDATE_TEXT = 4000
PAGE = 200
PAGES_OF_A_CHANNEL = 5
FILE_POLLS = 40
FILE_POLL_S = 0.25
_FILE_ENTRY = re.compile(r"-e(\d+)\.\w+$")


def file_name(stem: str, entry_id: int) -> str:
    """With the outbox id, as a file message takes no metadata; without a suffix it is a picture."""
    name, dot, suffix = stem.rpartition(".")
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name if dot else stem)
    return f"{plain}-e{entry_id}.{suffix if dot else 'png'}"


class SlackDelivery:
    """A bot.core.ports.Delivery on one workspace. Safe to share between threads."""

    def __init__(self, client: WebClient, polls: int = FILE_POLLS, poll_s: float = FILE_POLL_S) -> None:
        """`client` from bot.slack.client.make_client: it must not retry by itself.

        A file is waited for `polls` times `poll_s` seconds.
        """
        self._client = client
        self._polls = polls
        self._poll_s = poll_s

    def show(self, message: OutboxMessage, rendered: Rendered) -> str:
        """The ts at which Slack shows it. TransientError: try again later. RefusedError: never."""
        if rendered.file:
            return self._show_file(message, rendered, rendered.file)
        ts = message.ts or (self._find(message) if message.doubtful else "")
        if not ts:
            return self._post(message, rendered)
        try:
            self._update(message.channel, ts, rendered)
        except ApiRefusal as refusal:
            if refusal.code not in GONE:
                raise
            # Somebody deleted the message; what it says is still wanted.
            return self._post(message, rendered)
        return ts

    def remove_copies(self, channel: str, thread_ts: str, kept: Mapping[int, str]) -> int:
        """Deletes messages whose outbox id is in `kept` but whose ts differs; how many."""
        copies = [
            message["ts"]
            for message in self._messages(channel, thread_ts)
            if (entry := entry_of(message)) is not None and kept.get(entry, message["ts"]) != message["ts"]
        ]
        for ts in copies:
            self._delete(channel, ts)
        return len(copies)

    def _post(self, message: OutboxMessage, rendered: Rendered) -> str:
        payload = {"entry_id": message.id, "key": message.key}
        answer = self._with_plain_fallback(
            self._client.chat_postMessage,
            rendered,
            channel=message.channel,
            thread_ts=message.thread_ts or None,
            text=rendered.text,
            metadata={"event_type": EVENT_TYPE, "event_payload": payload},
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"])

    def _update(self, channel: str, ts: str, rendered: Rendered) -> None:
        text = cut_markup(rendered.text, UPDATE_TEXT)
        self._with_plain_fallback(self._client.chat_update, rendered, channel=channel, ts=ts, text=text)

    def _with_plain_fallback(self, method: Callable[..., Any], rendered: Rendered, **arguments: Any) -> Any:
        """Once more as plain text when Slack does not take the blocks: the words are what counts."""
        try:
            return call(method, blocks=list(rendered.blocks), **arguments)
        except ApiRefusal as refusal:
            if refusal.code not in BAD_BLOCKS:
                raise
            return call(method, blocks=[], **arguments)

    def _show_file(self, message: OutboxMessage, rendered: Rendered, file: RenderedFile) -> str:
        """A file cannot be edited: the new one is posted, then every older copy goes."""
        if message.doubtful and not message.ts and (found := self._find(message)):
            return found
        ts = self._upload(message, rendered, file)
        if message.ts:
            self._delete(message.channel, message.ts)
            self.remove_copies(message.channel, message.thread_ts, {message.id: ts})
        return ts

    def _upload(self, message: OutboxMessage, rendered: Rendered, file: RenderedFile) -> str:
        """No alt_txt: it makes Slack drop the share without a word (SLACK.md, files)."""
        answer = call(
            self._client.files_upload_v2,
            channel=message.channel,
            thread_ts=message.thread_ts or None,
            filename=file_name(file.name, message.id),
            title=file.title,
            content=file.content,
            initial_comment=rendered.text,
        )
        return self._shared_at(str(answer["file"]["id"]), message)

    def _shared_at(self, file_id: str, message: OutboxMessage) -> str:
        """The ts of the message that shares the file; Slack shares some time after it answered ok."""
        for _ in range(self._polls):
            shown = call(self._client.files_info, file=file_id)["file"]
            for places in (shown.get("shares") or {}).values():
                for share in places.get(message.channel, ()):
                    return str(share["ts"])
            time.sleep(self._poll_s)
        raise TransientError(f"file {file_id} was uploaded but is not shared in {message.channel}")

    def _find(self, message: OutboxMessage) -> str:
        """The ts of an earlier post of this message, '' when there is none."""
        found = self._messages(message.channel, message.thread_ts)
        return min((m["ts"] for m in found if entry_of(m) == message.id), default="")

    def _messages(self, channel: str, thread_ts: str) -> Iterator[dict[str, Any]]:
        """The thread's messages, or the channel's newest thousand."""
        arguments = {"channel": channel, "limit": PAGE, "include_all_metadata": True}
        method: Callable[..., Any] = self._client.conversations_history
        if thread_ts:
            method, arguments["ts"] = self._client.conversations_replies, thread_ts
        cursor, pages = "", 0
        while pages == 0 or (cursor and (thread_ts or pages < PAGES_OF_A_CHANNEL)):
            answer = call(method, cursor=cursor or None, **arguments)
            yield from answer["messages"]
            cursor, pages = (answer.get("response_metadata") or {}).get("next_cursor") or "", pages + 1

    def _delete(self, channel: str, ts: str) -> None:
        try:
            call(self._client.chat_delete, channel=channel, ts=ts)
        except ApiRefusal as refusal:
            if refusal.code not in GONE:
                raise


def entry_of(message: Mapping[str, Any]) -> int | None:
    """The outbox id a message carries: in its metadata, or in the name of its file."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") == EVENT_TYPE:
        entry = (metadata.get("event_payload") or {}).get("entry_id")
        return entry if isinstance(entry, int) else None
    for file in message.get("files") or ():
        if hit := _FILE_ENTRY.search(str(file.get("name") or "")):
            return int(hit[1])
    return None
