"""The job queue's side of a transaction: a job exists if and only if what it is about was committed."""

from __future__ import annotations

from datetime import UTC, datetime

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import Connection

from bot.core.work import Job
from bot.store.engine import psycopg_connection

# It only ever uses the caller's connections, so it is never opened and has no pool.
_APP = App(connector=SyncPsycopgConnector())


def defer(connection: Connection, job: Job) -> None:
    """Adds the job in the caller's transaction; one that waits under the same queueing lock is enough."""
    if job.queueing_lock is None:
        _insert(connection, job)
        return
    try:
        with connection.begin_nested():
            _insert(connection, job)
    except AlreadyEnqueued:
        return


def _insert(connection: Connection, job: Job) -> None:
    deferrer = _APP.configure_task(
        job.task,
        queue=job.queue,
        lock=job.lock,
        queueing_lock=job.queueing_lock,
        priority=job.priority,
        # The queue's clock is the real one, whatever time the product is told it is.
        schedule_at=datetime.now(UTC) + job.after if job.after else None,
        connection=psycopg_connection(connection),
    )
    deferrer.defer(**job.args)
