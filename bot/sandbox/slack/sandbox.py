"""Puts the parts of one sandbox workspace together; everything else is handed this."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.slack.controls import Controls, NoControls
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.events import Events
from bot.sandbox.slack.faults import FaultKind, Faults
from bot.sandbox.slack.interactions import Interactions
from bot.sandbox.slack.modals import Modals
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.posting import Posting
from bot.sandbox.slack.rate_limits import RateLimiter
from bot.sandbox.slack.settings import Settings
from bot.sandbox.slack.socket_mode import Sockets
from bot.sandbox.slack.storage import load
from bot.sandbox.slack.tickets import ResponseUrls, Triggers
from bot.sandbox.slack.workspace import Workspace


@dataclass
class Sandbox:
    settings: Settings
    controls: Controls = field(default_factory=NoControls)
    base_url: str = ""
    calls: deque[Json] = field(default_factory=lambda: deque(maxlen=2000))

    def __post_init__(self) -> None:
        settings = self.settings
        self.workspace = Workspace(settings.now)
        if settings.state_path is not None:
            load(self.workspace, settings.state_path)
        self.faults = Faults()
        self.limiter = RateLimiter(settings.monotonic, settings.rate_limits == "real")
        self.sockets = Sockets(settings.socket_lifetime_s, lambda: self.workspace.announce("sockets"))
        self.delivery = Delivery(
            settings, self.sockets, self.faults, lambda: self.workspace.announce("delivery")
        )
        self.events = Events(self.workspace, settings, self.delivery, self.faults)
        self.modals = Modals(self.workspace, self.faults)
        self.triggers = Triggers(settings.monotonic, settings.trigger_ttl_s)
        self.response_urls = ResponseUrls(settings.now)
        self.posting = Posting(self.workspace, self.faults)
        self.interactions = Interactions(
            self.workspace,
            settings,
            self.delivery,
            self.events,
            self.modals,
            self.triggers,
            self.response_urls,
            self.posting,
        )
        self.timers: set[asyncio.TimerHandle] = set()

    def at(self, base_url: str) -> None:
        """Tell the parts under which address they are reached."""
        self.base_url = base_url
        self.interactions.base_url = self.events.base_url = self.response_urls.base_url = base_url

    def later(self, wait_s: float, action: Callable[[], object]) -> None:
        """Run on the server's loop after a while; forgotten when the server stops."""
        loop = asyncio.get_running_loop()
        handle: asyncio.TimerHandle

        def run() -> None:
            self.timers.discard(handle)
            action()

        handle = loop.call_later(wait_s, run)
        self.timers.add(handle)

    def scopes(self) -> list[str]:
        """What the bot token is granted now."""
        revoked = self.faults.values(FaultKind.REVOKED_SCOPE)
        return [scope for scope in self.settings.scopes if scope not in revoked]

    def reset(self) -> None:
        """Back to the seed, without faults; connected sockets stay."""
        self.faults.clear()
        self.limiter.forget()
        self.limiter.strict = self.settings.rate_limits == "real"
        self.calls.clear()
        self.interactions.message_states.clear()
        self.workspace.clear()
