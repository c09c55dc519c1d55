"""What Slack knows of people: language, time zone, user groups; asked off the ack path, kept a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from slack_sdk import WebClient

from bot.core.errors import TransientError
from bot.slack.client import ApiRefusal, call

KEEP_S = 3600.0


@dataclass(frozen=True)
class Facts:
    """`locale` like `vi-VN`; `zone` is an IANA name, '' when Slack does not say."""

    locale: str
    zone: str


@dataclass(frozen=True)
class Group:
    """A user group: `handle` without the @."""

    id: str
    handle: str
    name: str


class SlackPeople:
    """A cache in front of users.info and usergroups.list. Safe to share between threads.

    Reading never calls Slack; `look_up` and `refresh_groups` do, and leave the old facts when Slack fails.
    """

    def __init__(self, client: WebClient, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock_s = clock_s
        self._facts: dict[str, tuple[float, Facts]] = {}
        self._groups: tuple[Group, ...] = ()

    def known(self, user: str) -> Facts | None:
        """The facts, when they were looked up within the last hour."""
        kept = self._facts.get(user)
        return kept[1] if kept and self._clock_s() - kept[0] < KEEP_S else None

    def look_up(self, user: str) -> Facts | None:
        """The facts from Slack, or the last ones known when Slack does not answer."""
        try:
            answer = call(self._client.users_info, user=user, include_locale=True)["user"]
        except (TransientError, ApiRefusal):
            kept = self._facts.get(user)
            return kept[1] if kept else None
        facts = Facts(locale=str(answer.get("locale") or ""), zone=_zone(str(answer.get("tz") or "")))
        self._facts[user] = (self._clock_s(), facts)
        return facts

    def groups(self, containing: str = "", limit: int = 100) -> tuple[Group, ...]:
        """The user groups whose handle or name contains that text (any case), as last read."""
        wanted = containing.lower()
        found = (g for g in self._groups if wanted in g.handle.lower() or wanted in g.name.lower())
        return tuple(found)[:limit]

    def refresh_groups(self) -> None:
        """Reads the user groups; workspaces without the feature or the scope have none."""
        try:
            listed = call(self._client.usergroups_list)["usergroups"]
        except (TransientError, ApiRefusal):
            return
        self._groups = tuple(Group(str(g["id"]), str(g["handle"]), str(g["name"])) for g in listed)


def _zone(name: str) -> str:
    """The name if this machine knows the zone."""
    try:
        return ZoneInfo(name).key if name else ""
    except (KeyError, ValueError, OSError):
        return ""
