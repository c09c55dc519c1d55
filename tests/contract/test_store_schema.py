"""The database: its migrations, what its JSON may hold, and the embedded server's life."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from alembic import command
from sqlalchemy import Engine, select, text

from bot.store.embedded import embedded_server
from bot.store.engine import libpq_url, open_engine
from bot.store.schema import alembic_config, migrate
from bot.store.tables import digests


def test_the_migrations_make_exactly_the_tables_the_queries_use(engine: Engine) -> None:
    with engine.begin() as connection:
        command.check(alembic_config(connection))


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)


@pytest.mark.parametrize(
    "form", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"]
)
def test_every_usual_form_of_a_database_url_is_understood(form: str) -> None:
    assert open_engine(form).url.drivername == "postgresql+psycopg"
    assert libpq_url(form) == "postgresql://u:p@h/d"


@pytest.mark.parametrize(
    ("untrusted", "kept"),
    [
        ("a\x00b", "ab"),
        ("a\\u0000b", "a\\u0000b"),
        ("half \ud83d pair", "half ? pair"),
        ("đúng ✅", "đúng ✅"),
    ],
)
def test_texts_that_json_columns_cannot_hold_do_not_break_a_write(
    engine: Engine, untrusted: str, kept: str
) -> None:
    with engine.begin() as connection:
        connection.execute(
            digests.insert().values(
                team="T", channel="C", key="k", made_at=text("now()"), readings=[untrusted]
            )
        )
        assert connection.scalar(select(digests.c.readings)) == [kept]


@pytest.mark.fault
def test_a_restarted_or_killed_server_keeps_what_was_committed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    data_dir = tmp_path_factory.getbasetemp().parent / f"pgk-{os.getpid()}"
    with embedded_server(data_dir) as url:
        migrate(url)
        _insert(url, "first")
        postmaster = _postmaster(data_dir)
        os.kill(postmaster.pid, signal.SIGKILL)
        psutil.wait_procs([postmaster], timeout=10)
    with embedded_server(data_dir) as url:
        _insert(url, "second")
    with embedded_server(data_dir) as url:
        assert _keys(url) == ["first", "second"]
        running = _postmaster(data_dir)
    # Reaping the stopped process is the init system's business, so a zombie counts as gone.
    assert not running.is_running() or running.status() == psutil.STATUS_ZOMBIE


@pytest.mark.fault
def test_a_pid_file_that_names_another_program_does_not_stop_the_start(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    data_dir = tmp_path_factory.getbasetemp().parent / f"pgp-{os.getpid()}"
    with embedded_server(data_dir):
        lines = (data_dir / "postgres/postmaster.pid").read_text().splitlines()
    (data_dir / "postgres/postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with embedded_server(data_dir) as url:
        migrate(url)


def _insert(url: str, key: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO inbox (key, at) VALUES (:key, now())"), {"key": key})
    engine.dispose()


def _keys(url: str) -> list[str]:
    engine = open_engine(url)
    with engine.begin() as connection:
        keys = list(connection.scalars(text("SELECT key FROM inbox ORDER BY at")))
    engine.dispose()
    return keys


def _postmaster(data_dir: Path) -> psutil.Process:
    return psutil.Process(int((data_dir / "postgres/postmaster.pid").read_text().split()[0]))
