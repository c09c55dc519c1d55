"""What a Web API method is: its handler, the scopes it needs, its rate tier and its token."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.sandbox.slack import seed
from bot.sandbox.slack.model import Channel, ChannelKind, Json, SlackError
from bot.sandbox.slack.rate_limits import Tier
from bot.sandbox.slack.sandbox import Sandbox


@dataclass(frozen=True)
class Call:
    """One request to a Web API method, its arguments decoded."""

    sandbox: Sandbox
    method: str
    args: Json
    scopes: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        value = self.args.get(name)
        return default if value is None else str(value)

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        value = self.text(name)
        if not value:
            raise SlackError(error)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.args.get(name)
        return default if value is None else str(value).lower() in ("1", "true", "yes")

    def number(self, name: str, default: int) -> int:
        value = self.args.get(name)
        try:
            return default if value in (None, "") else int(str(value))
        except ValueError as error:
            raise SlackError("invalid_arguments") from error

    def need(self, *scopes: str) -> None:
        """Any one of the scopes is enough."""
        if not any(scope in self.scopes for scope in scopes):
            raise SlackError("missing_scope", needed=scopes[0], provided=",".join(self.scopes))

    def channel(self, name: str = "channel", member: bool = False) -> Channel:
        """The channel argument; private channels the bot is not in do not exist for it."""
        channel = self.sandbox.workspace.channel(self.required(name, "channel_not_found"))
        inside = seed.BOT_USER_ID in channel.members
        if channel.kind is not ChannelKind.PUBLIC and not inside:
            raise SlackError("channel_not_found")
        if member and not inside:
            raise SlackError("not_in_channel")
        return channel


Handler = Callable[[Call], Json | Awaitable[Json]]


@dataclass(frozen=True)
class Method:
    handler: Handler
    scopes: tuple[str, ...] = ()
    tier: Tier = Tier.T3
    bearer: Literal["bot", "app", "none"] = "bot"


class MethodTable(dict[str, Method]):
    """Method name -> Method, filled by decorating the handlers."""

    def add(
        self, name: str, *scopes: str, tier: Tier = Tier.T3, bearer: Literal["bot", "app", "none"] = "bot"
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self[name] = Method(handler, scopes, tier, bearer)
            return handler

        return register


def page_of(items: list[Any], call: Call, default: int, most: int) -> tuple[list[Any], Json]:
    """One page of a list and the response_metadata that leads to the next."""
    limit = max(1, min(call.number("limit", default), most))
    cursor = call.text("cursor")
    if cursor and not cursor.startswith("next:"):
        raise SlackError("invalid_cursor")
    start = int(cursor.removeprefix("next:") or 0)
    following = start + limit
    more = following < len(items)
    return items[start:following], {"response_metadata": {"next_cursor": f"next:{following}" if more else ""}}
