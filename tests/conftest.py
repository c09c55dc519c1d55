"""A real database for tests that need one: an embedded server per session, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot.store.embedded import embedded_server
from bot.store.engine import open_engine
from bot.store.schema import migrate

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Which tests stay together when several processes run them: a file outside tests/unit, because what
    it starts it starts once."""
    for item in items:
        if HERE / "unit" not in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a migrated database, shared by the session; take `database_url` instead in tests."""
    with embedded_server(_short(tmp_path_factory)) as url:
        engine = open_engine(url, pool_size=1)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # Nothing here has to outlive a power cut.
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        engine.dispose()
        migrate(url)
        yield url


def _short(factory: pytest.TempPathFactory) -> Path:
    """A Unix socket's path must be short, so not below the test's own long directory."""
    return factory.getbasetemp().parent / f"pg-{factory.getbasetemp().name}"


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """The URL of an empty, migrated database."""
    engine = open_engine(postgres_url, pool_size=1)
    with engine.begin() as connection:
        tables = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = set(connection.scalars(tables)) - {"alembic_version"}
        connection.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE"))
    engine.dispose()
    return postgres_url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on the empty database, closed after the test."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()
