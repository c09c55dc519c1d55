"""A channel's settings as a value."""

from __future__ import annotations

from datetime import datetime

from bot.core.message import Value


class Channel(Value):
    """How the bot behaves in one channel.

    `digest_hour` is 0-23 in `time_zone` (an IANA name). `digest_since` is when the digest was turned on:
    no slot before it is due. A channel that is not `allowed` opens no incidents.
    """

    team: str
    channel: str
    locale: str = "en"
    time_zone: str = "UTC"
    digest_hour: int = 9
    digest_on: bool = False
    digest_since: datetime | None = None
    allowed: bool = True
