"""The jobs that are deferred, as values: what a worker does later, and what may not happen twice at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.core.message import Value

SLACK = "slack"
AWS = "aws"
"""Two queues, so that a slow read of AWS never delays a message."""


class Job(Value):
    """One job. Jobs of one `lock` never run at once; of one `queueing_lock` never wait twice.

    `priority`: higher first, also among jobs of one lock. `after` delays the start.
    """

    task: str
    queue: str
    args: dict[str, Any] = {}
    lock: str | None = None
    queueing_lock: str | None = None
    priority: int = 0
    after: timedelta = timedelta()


class Defer(Protocol):
    """Adds a job to the queue in the transaction of `connection` (the store's)."""

    def __call__(self, connection: Any, job: Job) -> None: ...


def incident_lane(incident_id: int) -> str:
    """The lane of an incident's messages."""
    return f"incident/{incident_id}"


def deliver(lane: str) -> Job:
    """Show what is behind in the lane.

    Without a queueing lock: a job that waits might have been fetched, and have looked, just before the
    present transaction commits. One job per commit never misses; one with nothing to do costs little.
    """
    return Job(task="deliver", queue=SLACK, args={"lane": lane}, lock=lane)


def deliver_later(lane: str, after: timedelta) -> Job:
    """Look at the lane again. Its lower priority keeps it from holding up new messages of the lane."""
    return Job(
        task="deliver",
        queue=SLACK,
        args={"lane": lane},
        lock=lane,
        queueing_lock=f"{lane}/later",
        priority=-1,
        after=after,
    )


def check(incident_id: int, step_versions: dict[str, int], fresh: bool = False) -> Job:
    """Run the checks of these steps (step id -> version of the run); `fresh` reads everything anew."""
    args = {"incident_id": incident_id, "step_versions": step_versions, "fresh": fresh}
    return Job(task="check", queue=AWS, args=args)


def refresh_inventory() -> Job:
    """Read the list of load balancers."""
    return Job(task="refresh_inventory", queue=AWS, queueing_lock="inventory", lock="inventory")


def post_digest(team: str, channel: str, key: str, due_at: datetime) -> Job:
    """Compose and post one digest; `key` makes it that one."""
    args = {"team": team, "channel": channel, "key": key, "due_at": due_at.isoformat()}
    return Job(task="post_digest", queue=AWS, args=args, lock=f"digest/{team}/{channel}")


def advise_alarm(request: dict[str, Any], key: str) -> Job:
    """Answer a request for advice on an alarm; `key` makes it that one."""
    args = {"request": request, "key": key}
    return Job(task="advise_alarm", queue=AWS, args=args, lock=f"alarm/{key}")


def write_alarm(write_id: int) -> Job:
    """Create the approved alarm, or remove it again."""
    return Job(task="write_alarm", queue=AWS, args={"write_id": write_id}, lock=f"alarm-write/{write_id}")


def note(team: str, channel: str, ts: str, user: str) -> Job:
    """Read a message from Slack and keep it in the timeline."""
    return Job(task="note", queue=SLACK, args={"team": team, "channel": channel, "ts": ts, "user": user})


def export(incident_id: int, key: str) -> Job:
    """Make the incident's case file and put it into its thread as the message `key`."""
    return Job(task="export", queue=AWS, args={"incident_id": incident_id, "key": key})


def sweep() -> Job:
    """Put right what a killed process left behind."""
    return Job(task="sweep", queue=SLACK, queueing_lock="sweep", priority=1)
