"""The use cases of an incident, one transaction each; handlers and jobs call these and nothing else.

Every method either succeeds and leaves state, timeline and outbox consistent, or raises UserError with a
sentence for the person who asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.incident import Choice, Incident
from bot.core.model import Finding


@dataclass(frozen=True)
class OpenRequest:
    """What a person asked for. `load_balancer` is a name, ARN or DNS name; `alarm_at` None means now.

    `window` is the length looked at, from half before `alarm_at`... see `window_around`.
    """

    team: str
    channel: str
    user: str
    load_balancer: str
    alarm_at: datetime | None = None
    window: timedelta = timedelta(minutes=60)
    statistic: str = "Sum"
    period_s: int = 60
    runbook: str = ""
    request_key: str = ""


class Incidents:
    """See the module's first lines. `version` is the step version the clicked button carried."""

    def open(self, request: OpenRequest) -> Incident: ...

    def answer(
        self, incident_id: int, step_id: str, version: int, choice: Choice, note: str, user: str
    ) -> Incident: ...

    def ask(self, incident_id: int, step_id: str, version: int, whom: str, user: str) -> Incident: ...

    def run_check(
        self, incident_id: int, step_id: str, version: int, user: str, fresh: bool = False
    ) -> Incident: ...

    def run_rest(self, incident_id: int, user: str) -> Incident: ...

    def change_window(
        self, incident_id: int, alarm_at: datetime, window: timedelta, statistic: str, period_s: int, user: str
    ) -> Incident: ...

    def note(self, incident_id: int, text: str, user: str, at: datetime, key: str) -> Incident: ...

    def take_over(self, incident_id: int, user: str) -> Incident: ...

    def confirm_cause(self, incident_id: int, cause: str, user: str) -> Incident: ...

    def resolve(self, incident_id: int, summary: str, user: str) -> Incident: ...

    def record_finding(self, incident_id: int, step_id: str, finding: Finding) -> Incident: ...

    def get(self, incident_id: int) -> Incident: ...

    def open_in(self, team: str, channel: str) -> tuple[Incident, ...]: ...

    def in_thread(self, team: str, channel: str, thread_ts: str) -> Incident | None: ...
