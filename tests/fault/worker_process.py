"""A worker process for fault tests: `python -m tests.fault.worker_process <database url> <folder> [hang]`.

Its Slack is a folder: each post is appended to `posts` (outbox id and text), so that it outlives the
process. `hang` = `after-post`: the first post arrives and the process then hangs before it hears so.
`hang` = `reading`: reading evidence hangs. Either writes the file `hanging` first.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from bot.advice import AlarmAdvice
from bot.alarm_writes import AlarmWrites
from bot.core.checks import Readings
from bot.core.ports import Arrived, Delivery, OutboxMessage, Rendered
from bot.digests import Digests
from bot.jobs.checking import Checking
from bot.jobs.delivering import Delivering
from bot.jobs.exporting import Exporting
from bot.jobs.noting import Noting
from bot.jobs.upkeep import Upkeep
from bot.jobs.worker import Worker
from bot.store.engine import open_engine
from bot.store.queue import defer
from bot.store.unit import PostgresStore
from runbooks import Content
from tests.incident_world import (
    CHECKS,
    RUNBOOK,
    SHOP,
    FakeAlarmReader,
    FakeClock,
    FakeDigestReader,
    FakeInventory,
    FakeReader,
    PlainRenderer,
    incidents_on,
)


class FolderSlack(Delivery):
    """Posts are lines of a file; edits are not kept."""

    def __init__(self, folder: Path, hang: str) -> None:
        self.file = folder / "posts"
        self.hanging = folder / "hanging"
        self.hang = hang

    def posts(self) -> list[tuple[int, str]]:
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [tuple(json.loads(line)) for line in lines]

    def show(self, message: OutboxMessage, rendered: Rendered) -> str:
        if message.ts:
            return message.ts
        for number, (entry, _) in enumerate(self.posts()):
            if message.doubtful and entry == message.id:
                return str(number)
        with self.file.open("a") as file:
            file.write(json.dumps([message.id, message.key]) + "\n")
        if self.hang == "after-post":
            self.hanging.touch()
            threading.Event().wait()
        return str(len(self.posts()) - 1)

    def remove_copies(self, channel: str, thread_ts: str, kept: Mapping[int, str]) -> int:
        return 0


class HangingReader(FakeReader):
    """Never answers."""

    def __init__(self, hanging: Path) -> None:
        super().__init__()
        self.hanging = hanging

    def read(self, kinds: object, scope: object, known: Readings, arrived: Arrived, /) -> Readings:
        self.hanging.touch()
        threading.Event().wait()
        return known


def main(url: str, folder: Path, hang: str) -> None:
    engine = open_engine(url)
    incidents = incidents_on(engine)
    reader = HangingReader(folder / "hanging") if hang == "reading" else FakeReader()
    pause = timedelta(seconds=0.1)
    delivering = Delivering(engine, incidents, PlainRenderer(), FolderSlack(folder, hang), defer, pause)
    Worker(
        url,
        Checking(engine, incidents, {"book": RUNBOOK}, CHECKS, reader),
        delivering,
        Upkeep(engine, FakeClock(), FakeInventory(SHOP), delivering, defer),
        Digests(PostgresStore(engine), FakeClock(), FakeDigestReader()),
        Noting(incidents, lambda channel, ts: None),
        Exporting(engine, incidents, Content({"book": RUNBOOK}, CHECKS, ())),
        AlarmAdvice(PostgresStore(engine), FakeClock(), FakeAlarmReader()),
        AlarmWrites(PostgresStore(engine), FakeClock(), incidents, None),
        heartbeat=timedelta(seconds=0.2),
        stalled_after=timedelta(seconds=1),
    ).run()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
