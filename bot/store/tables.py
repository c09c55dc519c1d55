"""The tables: what is kept, with the constraints that make "exactly once" true. Times are UTC."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Words(TypeDecorator[str]):
    """A text column for people's words, which may hold what PostgreSQL's text cannot: NUL, half a pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value.replace("\x00", "").encode("utf-8", "replace").decode() if value else value


def _text(name: str) -> Column[str]:
    return Column(name, Words, nullable=False, server_default="")


def _when(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, primary_key=primary_key)


def _incident_id(*, nullable: bool = False, primary_key: bool = False) -> Column[int]:
    return Column(
        "incident_id",
        BigInteger,
        ForeignKey("incidents.id", ondelete="CASCADE"),
        nullable=nullable,
        primary_key=primary_key,
    )


channels = Table(
    "channels",
    metadata,
    Column("team", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("locale", Text, nullable=False, server_default="en"),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    Column("digest_hour", Integer, nullable=False, server_default="9"),
    Column("digest_on", Boolean, nullable=False, server_default=text("false")),
    # No digest is due for a time before it was turned on.
    _when("digest_since", nullable=True),
    Column("allowed", Boolean, nullable=False, server_default=text("true")),
)

load_balancers = Table(
    "load_balancers",
    metadata,
    # The ARN; a Classic load balancer has none: classic/<account>/<region>/<name>.
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    _text("dns_name"),
    Column("value", JSONB, nullable=False),
    _when("seen_at"),
    Index("ix_load_balancers_name", "name"),
    Index("ix_load_balancers_dns_name", "dns_name"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("team", Text, nullable=False),
    Column("channel", Text, nullable=False),
    _text("thread_ts"),
    _text("request_key"),
    Column("runbook", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("state", Text, nullable=False),
    _text("commander"),
    _text("opened_by"),
    _when("opened_at"),
    _text("resolved_by"),
    _when("resolved_at", nullable=True),
    _text("summary"),
    _text("confirmed_cause"),
    Column("scope", JSONB, nullable=False),
    Column("diagnosis", JSONB(none_as_null=True)),
    Index("ix_incidents_team_channel_state", "team", "channel", "state"),
    Index("ix_incidents_team_channel_thread_ts", "team", "channel", "thread_ts"),
    # A double click or a repeated delivery opens one incident.
    Index(
        "uq_incidents_team_request_key",
        "team",
        "request_key",
        unique=True,
        postgresql_where=text("request_key <> ''"),
    ),
)

steps = Table(
    "steps",
    metadata,
    _incident_id(primary_key=True),
    Column("step_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _text("asked"),
    _text("by"),
    _when("at", nullable=True),
    Column("answer", JSONB(none_as_null=True)),
    Column("finding", JSONB(none_as_null=True)),
    Index("ix_steps_running", "at", postgresql_where=text("status = 'running'")),
)

moments = Table(
    "moments",
    metadata,
    _incident_id(primary_key=True),
    Column("key", Text, primary_key=True),
    _when("at"),
    Column("kind", Text, nullable=False),
    _text("by"),
    Column("message", JSONB, nullable=False),
)

# The outbox: one row per message Slack must show; delivery closes the gap between wanted and shown.
messages = Table(
    "messages",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _incident_id(nullable=True),
    # Messages of one lane are delivered by one job at a time, in order of position.
    Column("lane", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("locale", Text, nullable=False),
    _text("ts"),
    Column("wanted_version", Integer, nullable=False, server_default="1"),
    Column("shown_version", Integer, nullable=False, server_default="0"),
    _when("shown_at", nullable=True),
    # Set while a first post is under way: a lost reply leaves it behind.
    _when("posting_at", nullable=True),
    # Slack asked to wait until then.
    _when("not_before", nullable=True),
    # A post may have arrived without a reply; cleared when later copies were looked for.
    Column("doubtful", Boolean, nullable=False, server_default=text("false")),
    # Why Slack will never take it, in Slack's words.
    _text("refused"),
    Column("payload", JSONB, nullable=False, server_default=text("'{}'")),
    UniqueConstraint("incident_id", "key"),
    Index(
        "uq_messages_team_channel_key",
        "team",
        "channel",
        "key",
        unique=True,
        postgresql_where=text("incident_id IS NULL"),
    ),
    Index("ix_messages_lane", "lane", postgresql_where=text("shown_version < wanted_version")),
    Index("ix_messages_doubtful", "shown_at", postgresql_where=text("doubtful")),
)

evidence = Table(
    "evidence",
    metadata,
    _incident_id(primary_key=True),
    Column("window_key", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("reading", JSONB, nullable=False),
    _when("read_at"),
)

# What was accepted from Slack already; a second delivery of the same thing finds its key here.
inbox = Table(
    "inbox",
    metadata,
    Column("key", Text, primary_key=True),
    _when("at"),
    Index("ix_inbox_at", "at"),
)

# A due time that can be inserted once, however many clocks ring.
slots = Table(
    "slots",
    metadata,
    Column("name", Text, primary_key=True),
    _when("due_at", primary_key=True),
)

digests = Table(
    "digests",
    metadata,
    Column("team", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _when("made_at"),
    Column("readings", JSONB, nullable=False),
    Index("ix_digests_made_at", "made_at"),
)

alarm_writes = Table(
    "alarm_writes",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("team", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", JSONB, nullable=False),
    UniqueConstraint("team", "key"),
)

# Only ever inserted into. No foreign key: the log outlives what it is about.
alarm_audit = Table(
    "alarm_audit",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _when("at"),
    Column("write_id", BigInteger, nullable=False),
    Column("team", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("alarm", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("account", Text, nullable=False),
    _text("why"),
)
