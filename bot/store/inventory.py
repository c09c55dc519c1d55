"""The list of load balancers, as last read from AWS."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from bot.core.model import LoadBalancer
from bot.store.engine import utc
from bot.store.tables import load_balancers


def find(connection: Connection, said: str) -> tuple[LoadBalancer, ...]:
    """Those whose name, ARN or DNS name is `said` (DNS names in any case, with or without a final dot)."""
    dns_name = said.lower().rstrip(".").removeprefix("dualstack.")
    statement = select(load_balancers.c.value).where(
        or_(
            load_balancers.c.id == said,
            load_balancers.c.name == said,
            load_balancers.c.dns_name == dns_name,
        )
    )
    return _read(connection.scalars(statement.order_by(load_balancers.c.id)))


def listed(connection: Connection, containing: str = "", limit: int = 100) -> tuple[LoadBalancer, ...]:
    """Load balancers whose name contains that text (any case), by name."""
    statement = (
        select(load_balancers.c.value)
        .where(load_balancers.c.name.icontains(containing, autoescape=True))
        .order_by(load_balancers.c.name, load_balancers.c.id)
        .limit(limit)
    )
    return _read(connection.scalars(statement))


def names(connection: Connection) -> tuple[str, ...]:
    """Every name once."""
    return tuple(connection.scalars(select(load_balancers.c.name).distinct()))


def read_at(connection: Connection) -> datetime | None:
    """When the list was last read; None when it never was."""
    newest = connection.scalar(select(func.max(load_balancers.c.seen_at)))
    return utc(newest) if newest else None


def replace(connection: Connection, found: Iterable[LoadBalancer], now: datetime, *, complete: bool) -> None:
    """The list as read at `now`. What is missing from it is gone only when everything was read."""
    rows = {
        _id(one): {
            "id": _id(one),
            "name": one.name,
            "dns_name": one.dns_name.lower().rstrip("."),
            "value": one.model_dump(mode="json"),
            "seen_at": now,
        }
        for one in found
    }
    if rows:
        statement = insert(load_balancers)
        columns = ("name", "dns_name", "value", "seen_at")
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["id"], set_={name: statement.excluded[name] for name in columns}
            ),
            [rows[key] for key in sorted(rows)],
        )
    if complete:
        connection.execute(delete(load_balancers).where(load_balancers.c.seen_at < now))


def _id(one: LoadBalancer) -> str:
    return one.arn or f"classic/{one.account}/{one.region}/{one.name}"


def _read(values: Iterable[object]) -> tuple[LoadBalancer, ...]:
    return tuple(LoadBalancer.model_validate(value) for value in values)
