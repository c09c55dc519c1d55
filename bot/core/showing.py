"""Which messages show what: after a transition, the messages of an incident that must be shown anew (pure).

The thread stays calm: the progress message offers the checks, and a check gets a message of its own only
once it was started; the timeline and the conclusion come when they have something to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.cause import Verdict
from bot.core.incident import Incident, IncidentState, StepState, StepStatus
from bot.core.runbook import Runbook, Step

HEADLINE, PROGRESS, CONCLUSION, TIMELINE, REPORT = "headline", "progress", "conclusion", "timeline", "report"
TIMELINE_FILE = "timeline_file"
# Positions leave room for two messages per step, its chart after it.
_FIRST_STEP = 100
_AFTER_STEPS = 10_000


def messages_to_show(
    before: Incident | None, after: Incident, runbook: Runbook
) -> tuple[tuple[str, int], ...]:
    """(key, position) of every message that shows something else than before, in the order of the thread."""
    return tuple(_messages(before, after, runbook))


def _messages(before: Incident | None, after: Incident, runbook: Runbook) -> Iterator[tuple[str, int]]:
    if before is None or _headline(before) != _headline(after):
        yield HEADLINE, 0
    if before is None or (before.steps, before.scope, before.state) != (
        after.steps,
        after.scope,
        after.state,
    ):
        yield PROGRESS, 1
    for number, step in enumerate(runbook.steps):
        yield from _step_messages(before, after, step, _FIRST_STEP + 2 * number)
    if _shows_conclusion(before, after, runbook):
        yield CONCLUSION, _AFTER_STEPS
    if len(after.moments) > 1 and (before is None or before.moments != after.moments):
        yield TIMELINE, _AFTER_STEPS + 1
    if after.state is IncidentState.RESOLVED:
        yield REPORT, _AFTER_STEPS + 2
        yield TIMELINE_FILE, _AFTER_STEPS + 3


def _headline(incident: Incident) -> tuple[object, ...]:
    unknown = sum(1 for finding in incident.findings if finding.unread)
    return (
        incident.state,
        incident.commander,
        incident.scope,
        incident.diagnosis,
        incident.confirmed_cause,
        incident.done,
        unknown,
    )


def _step_messages(
    before: Incident | None, after: Incident, step: Step, place: int
) -> Iterator[tuple[str, int]]:
    new = after.step(step.id)
    if step.kind == "conclusion" or not _has_message(step, new):
        return
    old = before.step(step.id) if before else None
    if before is None or old != new or before.state is not after.state:
        yield f"step:{step.id}", place
    if new.finding and _has_other_chart(old, new):
        yield f"chart:{step.id}", place + 1


def _has_other_chart(old: StepState | None, new: StepState) -> bool:
    before = old.finding.chart if old and old.finding else None
    after = new.finding.chart if new.finding else None
    return before != after


def _has_message(step: Step, state: StepState) -> bool:
    return step.kind != "check" or state.version > 0


def _shows_conclusion(before: Incident | None, after: Incident, runbook: Runbook) -> bool:
    was = before is not None and _concluded(before, runbook)
    if before is None or not (was or _concluded(after, runbook)):
        return False
    return _conclusion(before) != _conclusion(after)


def _conclusion(incident: Incident) -> tuple[object, ...]:
    return (incident.diagnosis, incident.confirmed_cause, incident.state, incident.steps)


def _concluded(incident: Incident, runbook: Runbook) -> bool:
    """Something is named, or nothing is left to run."""
    if incident.confirmed_cause:
        return True
    if incident.diagnosis is None:
        return False
    checks = (incident.step(step.id) for step in runbook.steps if step.kind == "check")
    return incident.diagnosis.verdict is not Verdict.CANNOT_TELL or all(
        step.status is StepStatus.DONE for step in checks
    )
