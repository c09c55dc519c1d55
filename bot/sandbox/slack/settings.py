"""Says how one sandbox workspace behaves: tokens, clocks, strictness, and which app is installed in it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

BOT_TOKEN = "xoxb-sandbox-0000000000-not-a-real-token"  # noqa: S105 - a fake, only known to the sandbox
APP_TOKEN = "xapp-sandbox-1-A0SANDBOX-not-a-real-token"  # noqa: S105 - a fake, only known to the sandbox
SIGNING_SECRET = "sandbox-signing-secret-not-real"  # noqa: S105 - a fake, only known to the sandbox

# The scopes the manifest asks for; a method that needs another one answers missing_scope.
DEFAULT_SCOPES = (
    "commands",
    "chat:write",
    "files:write",
    "files:read",
    "reactions:read",
    "reactions:write",
    "pins:read",
    "pins:write",
    "bookmarks:write",
    "users:read",
    "usergroups:read",
    "channels:read",
    "groups:read",
    "im:read",
    "im:write",
    "app_mentions:read",
    "channels:history",
    "groups:history",
    "im:history",
    "team:read",
    "canvases:write",
)
DEFAULT_EVENTS = (
    "message.channels",
    "message.groups",
    "message.im",
    "app_mention",
    "app_home_opened",
    "reaction_added",
    "reaction_removed",
    "member_joined_channel",
)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Command:
    """A slash command as declared in the app's manifest."""

    name: str
    description: str
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True)
class Shortcut:
    """A shortcut as declared in the app's manifest; `message` ones appear in a message's menu."""

    callback_id: str
    name: str
    kind: Literal["global", "message"]
    description: str = ""


@dataclass(frozen=True)
class Settings:
    """Everything about the sandbox that a test or a demo may want to choose. Durations are in seconds."""

    now: Callable[[], datetime] = utc_now
    """Aware UTC; message ts come from it. May be a clock that the demo moves forward."""
    monotonic: Callable[[], float] = time.monotonic
    """Measures rate limits and trigger ages."""
    state_path: Path | None = None
    """JSON file the workspace is saved to and restored from; file bytes live in a folder beside it."""
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    events: tuple[str, ...] = DEFAULT_EVENTS
    commands: tuple[Command, ...] = (
        Command(
            "/alb-incident", "Open or look at a load-balancer incident", "[load balancer or what you see]"
        ),
    )
    shortcuts: tuple[Shortcut, ...] = ()
    rate_limits: Literal["real", "off"] = "real"
    ack_timeout_s: float = 3.0
    trigger_ttl_s: float = 3.0
    event_retry_delays_s: tuple[float, ...] = (0.0, 60.0, 300.0)
    file_ready_delay_s: float = 0.3
    socket_lifetime_s: float = 18060.0
    request_url: str | None = None
    """HTTP mode: where signed requests go while no socket is connected."""
    signing_secret: str = field(default=SIGNING_SECRET, repr=False)
    bot_token: str = field(default=BOT_TOKEN, repr=False)
    app_token: str = field(default=APP_TOKEN, repr=False)
