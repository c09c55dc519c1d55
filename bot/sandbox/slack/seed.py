"""The people, channels and user groups that a fresh sandbox workspace starts with."""

from datetime import UTC, datetime

from bot.sandbox.slack.model import Channel, ChannelKind, User, UserGroup

TEAM_ID = "T0SANDBOX"
TEAM_NAME = "Sandbox"
TEAM_DOMAIN = "sandbox"
APP_ID = "A0SANDBOX"
BOT_ID = "B0INCIDENT"
BOT_USER_ID = "U0INCIDENT"
INTEGRATION_BOT_ID = "B0INTEGRATE"

CREATED = int(datetime(2026, 1, 5, 9, 0, tzinfo=UTC).timestamp())

USERS = (
    User("U0ANA", "ana", "Ana", "Europe/Berlin", "#1264a3", title="On-call SRE", is_admin=True),
    User("U0MINH", "minh", "Minh", "Asia/Ho_Chi_Minh", "#2b8a3e", locale="vi-VN", title="Infrastructure"),
    User("U0LAN", "lan", "Lan", "Asia/Ho_Chi_Minh", "#c2255c", locale="vi-VN", title="Infrastructure"),
    User("U0SAM", "sam", "Sam", "America/New_York", "#e8590c", title="Application"),
    User("U0GIL", "gil", "Gil", "Europe/London", "#6741d9", title="Guest", is_guest=True),
    User(BOT_USER_ID, "alb_incident", "ALB Incident", "Etc/UTC", "#0b7285", is_bot=True),
)
GROUPS = (
    UserGroup("S0INFRA", "infra-team", "Infrastructure team", ("U0MINH", "U0LAN")),
    UserGroup("S0APP", "app-team", "Application team", ("U0SAM",)),
)

_STAFF = ["U0ANA", "U0MINH", "U0LAN", "U0SAM"]


def seed_channels() -> list[Channel]:
    """Fresh channel objects; the bot is in #incidents, #alerts and #infra, and in a DM with everyone."""
    public = ChannelKind.PUBLIC
    shared = [
        Channel(
            "C0INCIDENTS", "incidents", public, [*_STAFF, "U0GIL", BOT_USER_ID], "Incidents, one thread each"
        ),
        Channel("C0ALERTS", "alerts", public, [*_STAFF, BOT_USER_ID], "Alarms arrive here"),
        Channel("C0INFRA", "infra", public, [*_STAFF, BOT_USER_ID], "The infrastructure team"),
        Channel("C0RANDOM", "random", public, [*_STAFF, "U0GIL"], "Everything else"),
        Channel(
            "C0PRIVATE", "sre-private", ChannelKind.PRIVATE, ["U0ANA", "U0MINH"], "The bot is not in here"
        ),
    ]
    direct = [
        Channel(f"D{user.id[1:]}", "directmessage", ChannelKind.IM, [user.id, BOT_USER_ID])
        for user in USERS
        if not user.is_bot
    ]
    for channel in shared + direct:
        channel.created = CREATED
    return shared + direct
