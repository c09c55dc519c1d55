"""The worker process: which job is which method, retries, and outliving a restart of the database."""

from __future__ import annotations

import asyncio
import signal
import threading
from datetime import timedelta
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate import exceptions
from procrastinate.jobs import Job, Status
from procrastinate.retry import RetryStrategy
from sqlalchemy.exc import OperationalError

from bot.advice import AlarmAdvice
from bot.alarm_writes import AlarmWrites
from bot.core.errors import TransientError
from bot.core.work import AWS, SLACK
from bot.digests import Digests
from bot.jobs.checking import Checking
from bot.jobs.delivering import Delivering
from bot.jobs.exporting import Exporting
from bot.jobs.noting import Noting
from bot.jobs.upkeep import Upkeep
from bot.store.engine import libpq_url

log = structlog.get_logger(__name__)
HEARTBEAT = timedelta(seconds=10)
# A worker that missed three heartbeats is gone.
STALLED_AFTER = timedelta(seconds=30)
# A job that took its worker down this often is not tried again.
ATTEMPTS = 5
_RETRY = RetryStrategy(
    max_attempts=ATTEMPTS, wait=2, linear_wait=5, retry_exceptions=(TransientError, OperationalError)
)

_DATABASE_GONE = (exceptions.ConnectorException, psycopg.Error)


class Worker:
    """Runs jobs until `stop` or SIGTERM; running ones may finish for a few seconds."""

    def __init__(
        self,
        database_url: str,
        checking: Checking,
        delivering: Delivering,
        upkeep: Upkeep,
        digests: Digests,
        noting: Noting,
        exporting: Exporting,
        advice: AlarmAdvice,
        alarm_writes: AlarmWrites,
        *,
        concurrency: int = 8,
        heartbeat: timedelta = HEARTBEAT,
        stalled_after: timedelta = STALLED_AFTER,
    ) -> None:
        """`concurrency` jobs at once on each of the two queues."""
        self._upkeep = upkeep
        self._concurrency = concurrency
        self._heartbeat_s = heartbeat.total_seconds()
        self._stalled_after_s = stalled_after.total_seconds()
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: asyncio.Task[None] | None = None
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=libpq_url(database_url), min_size=1, max_size=6, timeout=10
            )
        )
        self._app.task(name="check", queue=AWS, retry=_RETRY)(checking.run)
        self._app.task(name="deliver", queue=SLACK)(delivering.drain)
        self._app.task(name="refresh_inventory", queue=AWS)(upkeep.refresh_inventory)
        self._app.task(name="post_digest", queue=AWS, retry=_RETRY)(digests.post)
        self._app.task(name="note", queue=SLACK, retry=_RETRY)(noting.note)
        self._app.task(name="export", queue=AWS, retry=_RETRY)(exporting.export)
        self._app.task(name="advise_alarm", queue=AWS, retry=_RETRY)(advice.answer)
        self._app.task(name="write_alarm", queue=AWS, retry=_RETRY)(alarm_writes.run)
        self._app.task(name="sweep", queue=SLACK)(self._sweep)

    def run(self) -> None:
        """Blocks until stopped. When the database goes away it waits for its return."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """Can be called from any thread."""
        self._stopping.set()
        if self._loop and self._running:
            self._loop.call_soon_threadsafe(self._running.cancel)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._loop.add_signal_handler(number, self.stop)
        while not self._stopping.is_set():
            self._running = asyncio.create_task(self._work())
            try:
                await self._running
            except asyncio.CancelledError:
                break
            except _DATABASE_GONE as error:
                log.warning("database not reachable, trying again", why=str(error.__cause__ or error))
                await asyncio.sleep(1)
            except BaseExceptionGroup as errors:
                _, others = errors.split(_DATABASE_GONE)
                if others:
                    raise
                log.warning("database not reachable, trying again", why=str(errors))
                await asyncio.sleep(1)

    async def _work(self) -> None:
        async with self._app.open_async(), asyncio.TaskGroup() as group:
            for queue in (SLACK, AWS):
                group.create_task(self._serve(queue))

    async def _serve(self, queue: str) -> None:
        await self._app.run_worker_async(
            queues=[queue],
            name=queue,
            concurrency=self._concurrency,
            install_signal_handlers=False,
            # New jobs are announced; those that waited for their time or a retry are found by looking.
            fetch_job_polling_interval=1,
            shutdown_graceful_timeout=5,
            update_heartbeat_interval=self._heartbeat_s,
            stalled_worker_timeout=self._stalled_after_s,
            delete_jobs="successful",
        )

    async def _sweep(self) -> None:
        stalled = await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self._stalled_after_s)
        for job in stalled:
            await self._revive(job)
        await self._app.job_manager.delete_old_jobs(nb_hours=72, include_failed=True)
        await asyncio.to_thread(self._upkeep.sweep)

    async def _revive(self, job: Job) -> None:
        """A job whose worker is gone waits again, unless it seems to be what kills workers."""
        manager: Any = self._app.job_manager
        log.warning("job of a lost worker", task=job.task_name, args=job.task_kwargs, attempts=job.attempts)
        if job.attempts < ATTEMPTS:
            try:
                await manager.retry_job(job)
                return
            except exceptions.UniqueViolation:
                log.info("the same job waits already", task=job.task_name)
        await manager.finish_job(job, Status.FAILED, delete_job=False)
