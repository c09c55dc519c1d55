"""Runs checks: reads what they need once, judges each as soon as its evidence is there, records findings."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta

import structlog
from sqlalchemy import Engine

from bot.core.checks import Check, Kind, Readings, run_check
from bot.core.errors import UserError
from bot.core.evidence import Evidence
from bot.core.incident import Incident, StepStatus
from bot.core.message import say
from bot.core.model import Finding, Status, Unread, UnreadReason
from bot.core.ports import EvidenceReader
from bot.core.runbook import Runbook
from bot.incidents import Incidents
from bot.store import evidence

log = structlog.get_logger(__name__)
# The reader keeps its own deadline of 30 s; this one is for a reader that does not.
DEADLINE = timedelta(seconds=33)

Arrival = tuple[Kind, Evidence | Unread]


class Checking:
    """One `run` is one job: some checks of one incident."""

    def __init__(
        self,
        database: Engine,
        incidents: Incidents,
        runbooks: Mapping[str, Runbook],
        checks: Mapping[str, Check],
        reader: EvidenceReader,
        deadline: timedelta = DEADLINE,
    ) -> None:
        self._database = database
        self._incidents = incidents
        self._runbooks = runbooks
        self._checks = checks
        self._reader = reader
        self._deadline = deadline

    def run(self, incident_id: int, step_versions: Mapping[str, int], fresh: bool = False) -> None:
        """Records a finding for each step that still waits for this run; UNKNOWN when the check broke.

        `step_versions` maps step id to the step's version when it was started: a step that moved on since
        (another window, or this job running a second time) is left alone.
        """
        incident = self._incidents.get(incident_id)
        waiting = self._waiting(incident, step_versions)
        if not waiting:
            return
        known = {} if fresh else self._known(incident)
        readings: dict[Kind, Evidence | Unread] = dict(known)
        wanted = tuple(dict.fromkeys(kind for check in waiting.values() for kind in check.kinds))
        for kind, reading in self._arrivals(wanted, incident, known):
            readings[kind] = reading
            for step_id in [s for s, check in waiting.items() if all(k in readings for k in check.kinds)]:
                self._record(incident, step_id, waiting.pop(step_id), step_versions[step_id], readings)
        with self._database.begin() as connection:
            evidence.keep(connection, incident.id, incident.scope, readings)
        for step_id, check in waiting.items():
            self._record(incident, step_id, check, step_versions[step_id], readings)

    def _waiting(self, incident: Incident, step_versions: Mapping[str, int]) -> dict[str, Check]:
        """The checks of steps that still wait for this run, in the runbook's order."""
        waiting = {}
        for step in self._runbooks[incident.runbook].steps:
            if step.kind == "check" and step.id in step_versions:
                state = incident.step(step.id)
                if state.status is StepStatus.RUNNING and state.version == step_versions[step.id]:
                    waiting[step.id] = self._checks[step.check]
        return waiting

    def _known(self, incident: Incident) -> dict[Kind, Evidence | Unread]:
        with self._database.begin() as connection:
            return evidence.known(connection, incident.id, incident.scope)

    def _arrivals(self, wanted: tuple[Kind, ...], incident: Incident, known: Readings) -> Iterator[Arrival]:
        """What is known and what is read, as it comes; what is missing at the deadline or after a crash is
        Unread. The reading thread is left behind then: AWS calls end on their own time-outs."""
        yield from ((kind, reading) for kind, reading in known.items() if kind in wanted)
        left = [kind for kind in wanted if kind not in known]
        if not left:
            return
        arrivals: queue.SimpleQueue[Arrival | None] = queue.SimpleQueue()
        threading.Thread(
            target=self._read, args=(left, incident, known, arrivals), name="read-evidence", daemon=True
        ).start()
        until = time.monotonic() + self._deadline.total_seconds()
        reason = UnreadReason.TIMEOUT
        while left:
            try:
                arrival = arrivals.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if arrival is None:
                reason = UnreadReason.ERROR
                break
            kind = arrival[0]
            if kind in left:
                left.remove(kind)
            yield arrival
        yield from ((kind, _missing(kind, reason)) for kind in left)

    def _read(
        self,
        kinds: list[Kind],
        incident: Incident,
        known: Readings,
        arrivals: queue.SimpleQueue[Arrival | None],
    ) -> None:
        """The reading thread; None says that nothing more comes."""
        try:
            read = self._reader.read(
                kinds, incident.scope, known, lambda kind, reading: arrivals.put((kind, reading))
            )
            # A reader need not tell of each as it comes.
            for kind, reading in read.items():
                arrivals.put((kind, reading))
        except Exception:
            log.exception("reading evidence broke", incident=incident.id)
        finally:
            arrivals.put(None)

    def _record(
        self, incident: Incident, step_id: str, check: Check, version: int, readings: Readings
    ) -> None:
        finding = self._judge(incident, step_id, check, readings)
        try:
            self._incidents.record_finding(incident.id, step_id, finding, version)
        except UserError as gone:
            log.info("finding not recorded", incident=incident.id, step=step_id, why=str(gone))

    def _judge(self, incident: Incident, step_id: str, check: Check, readings: Readings) -> Finding:
        try:
            return run_check(check, incident.scope, readings)
        except Exception:
            log.exception("check broke", incident=incident.id, step=step_id, check=check.id)
            return Finding(
                check=check.id,
                status=Status.UNKNOWN,
                resource=incident.scope.load_balancer.name,
                summary=say("This check broke. Nothing is concluded from it."),
            )


def _missing(kind: Kind, reason: UnreadReason) -> Unread:
    return Unread(reason=reason, action=kind.actions[0] if kind.actions else kind.__name__)
