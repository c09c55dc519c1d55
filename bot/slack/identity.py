"""Who the bot is in its workspace: asked once at start, so that no request waits for auth.test."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk import WebClient

from bot.slack.client import call


@dataclass(frozen=True)
class Identity:
    """`url` is the workspace's address with a final slash: the root of permalinks."""

    team: str
    url: str
    bot_id: str
    bot_user: str


def identify(client: WebClient) -> Identity:
    """TransientError when Slack cannot be reached, RefusedError for a token that is not valid."""
    answer = call(client.auth_test)
    return Identity(
        team=str(answer["team_id"]),
        url=str(answer["url"]),
        bot_id=str(answer["bot_id"]),
        bot_user=str(answer["user_id"]),
    )
