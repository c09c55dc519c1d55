"""The things a workspace holds: users, channels, messages, files and views."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class SlackError(Exception):
    """A Web API refusal: `code` is Slack's error string, `extra` joins the answer's body."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra: Json = extra


class ChannelKind(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"
    IM = "im"
    MPIM = "mpim"


@dataclass(frozen=True)
class User:
    id: str
    name: str
    real_name: str
    tz: str
    color: str
    locale: str = "en-US"
    title: str = ""
    is_bot: bool = False
    is_admin: bool = False
    is_guest: bool = False


@dataclass(frozen=True)
class UserGroup:
    id: str
    handle: str
    name: str
    users: tuple[str, ...]


@dataclass
class Channel:
    id: str
    name: str
    kind: ChannelKind
    members: list[str]
    topic: str = ""
    created: int = 0
    is_archived: bool = False
    pins: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)


@dataclass
class Message:
    """One message; `ephemeral_to` is the only user who sees it, "" when everyone does."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    broadcast: bool = False
    metadata: Json | None = None
    edited: Json | None = None
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    bot_id: str = ""
    username: str = ""
    icon: str = ""
    subtype: str = ""
    ephemeral_to: str = ""
    revision: int = 0

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts


@dataclass
class FileEntry:
    id: str
    name: str
    size: int
    user: str
    created: int
    title: str = ""
    mimetype: str = ""
    alt_text: str = ""
    uploaded: bool = False
    completed: bool = False
    ready: bool = False
    shares: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class View:
    """An open modal (one level of a user's stack) or a user's published Home tab."""

    id: str
    user: str
    body: Json
    root_id: str
    previous_id: str = ""
    hash: str = ""
    values: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.body.get("type", "modal"))


@dataclass(frozen=True)
class Notice:
    """Something Slack itself tells one user, for instance that the app did not answer in time."""

    id: int
    user: str
    text: str
    tone: str = "error"
