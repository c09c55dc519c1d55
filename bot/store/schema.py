"""Bringing a database to the newest schema: ours by alembic, then the job queue's own."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

from bot.store.engine import open_engine

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number: it only has to be the same in every process, so that two that start together take turns.
_MIGRATION_LOCK = 4_071_518_230


def migrate(engine_url: str) -> None:
    """Applies what is missing; safe to run at every start and by several processes at once."""
    engine = open_engine(engine_url, pool_size=1)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            command.upgrade(alembic_config(connection), "head")
            _apply_queue_schema(connection)
    finally:
        engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """alembic's settings for the migrations in this package, on that connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _apply_queue_schema(connection: Connection) -> None:
    there = connection.scalar(text("SELECT to_regclass('procrastinate_jobs')"))
    if there is None:
        connection.exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
