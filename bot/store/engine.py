"""The connection to PostgreSQL: URL forms, the pool, and how values become JSON."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url

_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def open_engine(url: str, pool_size: int = 10) -> Engine:
    """An engine for `postgres://`, `postgresql://` or `postgresql+psycopg://`.

    At most `pool_size` connections. One that died while idle (the server was restarted) is replaced before
    it is used.
    """
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        json_serializer=to_json,
        connect_args={"options": "-c timezone=UTC", "connect_timeout": 5},
    )


def libpq_url(url: str) -> str:
    """The same database for psycopg itself, which knows no driver names."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def psycopg_connection(connection: Connection) -> Any:
    """psycopg's own connection under a SQLAlchemy one, in the same transaction."""
    return connection.connection.driver_connection


def to_json(value: object) -> str:
    """JSON for jsonb, which takes neither NUL nor half a surrogate pair; texts from outside may hold both."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _ESCAPED_NUL.sub(r"\1", text).encode("utf-8", "replace").decode()


def utc(at: datetime) -> datetime:
    """A time from the database, in UTC."""
    return at.astimezone(UTC)
