"""The alarm clock: rings once a minute and holds no state; what is due is decided in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger(__name__)
EVERY_S = 60.0


def blocking_clock(ring: Callable[[], None], every_s: float = EVERY_S) -> BaseScheduler:
    """A clock that is a process of its own: `start()` blocks until SIGINT or `shutdown()`."""
    return _with_ring(BlockingScheduler(**_options()), ring, every_s)  # type: ignore[no-untyped-call]


def background_clock(ring: Callable[[], None], every_s: float = EVERY_S) -> BaseScheduler:
    """A clock in a thread, for a process that does other things too."""
    return _with_ring(BackgroundScheduler(**_options()), ring, every_s)  # type: ignore[no-untyped-call]


def _options() -> dict[str, object]:
    # One ring at a time, and a missed one is made up for by the next: it looks back over hours.
    return {
        "timezone": "UTC",
        "job_defaults": {"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    }


def _with_ring(scheduler: BaseScheduler, ring: Callable[[], None], every_s: float) -> BaseScheduler:
    def guarded() -> None:
        try:
            ring()
        except SQLAlchemyError as error:
            log.warning("the database did not take the ring, the next one makes up for it", why=str(error))

    scheduler.add_job(  # type: ignore[no-untyped-call]
        guarded, "interval", seconds=every_s, next_run_time=datetime.now(UTC)
    )
    return scheduler
