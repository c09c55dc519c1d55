"""The walk through a runbook: every transition of an incident, pure. Stale clicks lose here and nowhere else.

Each function returns the incident after the transition or raises UserError with a sentence for the person
who clicked. `version` is the step version their button carried; a step's version grows with every change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.core.cause import Diagnosis
from bot.core.clicks import CHOICES, clicked, must_be_open, overtaken
from bot.core.errors import UserError
from bot.core.incident import Answer, Choice, Incident, IncidentState, StepState, StepStatus
from bot.core.message import Message, Person, say
from bot.core.model import Finding, Moment, MomentKind, Scope, Status
from bot.core.runbook import Runbook, Step

_TAKES = {
    "question": (Choice.YES, Choice.NO, Choice.DONT_KNOW),
    "instruction": (Choice.SEEN,),
    # What a person saw where the check could not look.
    "check": (Choice.SEEN,),
}
# Findings that are events in the story of an incident; a PASS is an answer, not an event.
_TELLING = (Status.FAIL, Status.WARN)


def opened(
    runbook: Runbook, scope: Scope, *, team: str, channel: str, locale: str, user: str, now: datetime
) -> Incident:
    """A new incident with every step waiting; its id is 0 until it is stored."""
    moment = Moment(
        at=now,
        kind=MomentKind.OPENED,
        message=say("{who} opened the incident", who=Person(id=user)),
        key="opened",
        by=user,
    )
    return Incident(
        id=0,
        team=team,
        channel=channel,
        scope=scope,
        runbook=runbook.id,
        locale=locale,
        commander=user,
        opened_by=user,
        opened_at=now,
        steps=tuple(StepState(step_id=step.id) for step in runbook.steps),
        moments=(moment,),
    )


def answered(
    incident: Incident,
    runbook: Runbook,
    step_id: str,
    version: int,
    choice: Choice,
    note: str,
    user: str,
    now: datetime,
) -> Incident:
    """The answer to a question, or SEEN for what a person looked at.

    A later answer with the current version corrects an earlier one; both stay on the timeline.
    """
    before = clicked(incident, step_id, version)
    step = _runbook_step(runbook, step_id)
    if choice not in _TAKES.get(step.kind, ()):
        raise UserError(say("This step does not take that answer."))
    if before.status is StepStatus.RUNNING:
        raise overtaken(before)
    answer = Answer(choice=choice, note=note, by=user, at=now)
    after = _moved(before, user, now, status=StepStatus.DONE, answer=answer)
    moment = Moment(
        at=now,
        kind=MomentKind.ANSWER,
        message=_answer_sentence(step, answer),
        key=f"answer:{step_id}:{after.version}",
        by=user,
    )
    return _with(incident, after, add=(moment,))


def asked(
    incident: Incident, runbook: Runbook, step_id: str, version: int, whom: str, user: str, now: datetime
) -> Incident:
    """A question was put to `whom` (a user or user group id)."""
    before = clicked(incident, step_id, version)
    if _runbook_step(runbook, step_id).kind != "question":
        raise UserError(say("Only a question can be put to someone."))
    return _with(incident, _moved(before, user, now, asked=whom))


def check_started(
    incident: Incident, runbook: Runbook, step_id: str, version: int, user: str, now: datetime
) -> Incident:
    """The check is on its way; an earlier finding stays until the new one comes."""
    before = clicked(incident, step_id, version)
    if _runbook_step(runbook, step_id).kind != "check":
        raise UserError(say("This step has no check to run."))
    if before.status is StepStatus.RUNNING:
        raise overtaken(before)
    return _with(incident, _moved(before, user, now, status=StepStatus.RUNNING))


def rest_started(incident: Incident, runbook: Runbook, user: str, now: datetime) -> Incident:
    """Every check that has not run yet is on its way."""
    must_be_open(incident)
    waiting = [s for s in checks_of(incident, runbook) if s.status is StepStatus.WAITING]
    if not waiting:
        raise UserError(say("Every check has run already or is running."))
    return _with(incident, *(_moved(s, user, now, status=StepStatus.RUNNING) for s in waiting))


def finding_recorded(
    incident: Incident,
    runbook: Runbook,
    step_id: str,
    finding: Finding,
    now: datetime,
    version: int | None = None,
) -> Incident:
    """The finding of a check. Unchanged when `version` (that of the run) was overtaken, so a job that runs
    twice records once. Also after the incident was resolved: what was under way still ends."""
    before = incident.step(step_id)
    if version is not None and before.version != version:
        return incident
    step = _runbook_step(runbook, step_id)
    after = _moved(before, before.by, now, status=StepStatus.DONE, finding=finding)
    kept = incident.model_copy(update={"moments": _without(incident, (before,))})
    return _with(kept, after, add=(*finding.moments, *_check_moment(step, finding, after.version, now)))


def window_changed(incident: Incident, runbook: Runbook, scope: Scope, user: str, now: datetime) -> Incident:
    """Looks at another stretch of time: findings of the old one go, and the checks that had run run again."""
    must_be_open(incident)
    old = checks_of(incident, runbook)
    again = (
        _moved(
            step,
            user,
            now,
            status=StepStatus.WAITING if step.status is StepStatus.WAITING else StepStatus.RUNNING,
            finding=None,
        )
        for step in old
    )
    moment = _numbered(
        incident,
        "window",
        MomentKind.NOTE,
        say(
            "{who} set the window to {start} - {end}",
            who=Person(id=user),
            start=scope.window.start,
            end=scope.window.end,
        ),
        user,
        now,
    )
    kept = incident.model_copy(update={"scope": scope, "diagnosis": None, "moments": _without(incident, old)})
    return _with(kept, *again, add=(moment,))


def noted(incident: Incident, text: str, user: str, at: datetime, key: str) -> Incident:
    """A remark on the timeline; the same `key` again changes nothing."""
    must_be_open(incident)
    moment = Moment(
        at=at,
        kind=MomentKind.NOTE,
        message=say("{who}: {text}", who=Person(id=user), text=text),
        key=f"note:{key}",
        by=user,
    )
    if any(m.key == moment.key for m in incident.moments):
        return incident
    return _with(incident, add=(moment,))


def refusal_told(incident: Incident, message_key: str, why: str, now: datetime) -> Incident:
    """Slack will not show one of the incident's messages; told once for each."""
    moment = Moment(
        at=now,
        kind=MomentKind.NOTE,
        message=say("Slack did not take a message ({key}): {why}", key=message_key, why=why),
        key=f"refused:{message_key}",
    )
    if any(m.key == moment.key for m in incident.moments):
        return incident
    return _with(incident, add=(moment,))


def taken_over(incident: Incident, user: str, now: datetime) -> Incident:
    """Another commander."""
    must_be_open(incident)
    if incident.commander == user:
        raise UserError(say("You already lead this incident."))
    moment = _numbered(
        incident, "commander", MomentKind.NOTE, say("{who} took over", who=Person(id=user)), user, now
    )
    return _with(incident.model_copy(update={"commander": user}), add=(moment,))


def cause_confirmed(
    incident: Incident, runbook: Runbook, cause: str, title: Message, user: str, now: datetime
) -> Incident:
    """A person says what it was; the runbook's conclusion is done."""
    must_be_open(incident)
    if incident.confirmed_cause == cause:
        raise UserError(say("This cause is recorded already: {cause}.", cause=title))
    moment = _numbered(
        incident,
        "confirmed",
        MomentKind.DIAGNOSIS,
        say("{who}: it was {cause}", who=Person(id=user), cause=title),
        user,
        now,
    )
    conclusions = (incident.step(step.id) for step in runbook.steps if step.kind == "conclusion")
    done = (_moved(step, user, now, status=StepStatus.DONE) for step in conclusions)
    return _with(incident.model_copy(update={"confirmed_cause": cause}), *done, add=(moment,))


def resolved(incident: Incident, summary: str, user: str, now: datetime) -> Incident:
    """The incident is over."""
    must_be_open(incident)
    moment = Moment(
        at=now,
        kind=MomentKind.RESOLVED,
        message=say("{who} resolved the incident", who=Person(id=user)),
        key="resolved",
        by=user,
    )
    closed = {"state": IncidentState.RESOLVED, "resolved_by": user, "resolved_at": now, "summary": summary}
    return _with(incident.model_copy(update=closed), add=(moment,))


def diagnosed(incident: Incident, diagnosis: Diagnosis, title: Message | None, now: datetime) -> Incident:
    """The diagnosis as it stands now; a newly named cause (`title`) is a moment."""
    before = incident.diagnosis.cause if incident.diagnosis else None
    after = incident.model_copy(update={"diagnosis": diagnosis})
    if title is None or diagnosis.cause == before:
        return after
    message = say("Most likely: {cause}", cause=title)
    return _with(after, add=(_numbered(incident, "diagnosis", MomentKind.DIAGNOSIS, message, "", now),))


def checks_of(incident: Incident, runbook: Runbook) -> tuple[StepState, ...]:
    """The states of the runbook's check steps, in its order."""
    return tuple(incident.step(step.id) for step in runbook.steps if step.kind == "check")


def _runbook_step(runbook: Runbook, step_id: str) -> Step:
    try:
        return runbook.step(step_id)
    except KeyError:
        raise UserError(say("This step is not part of the runbook any more.")) from None


def _moved(step: StepState, user: str, now: datetime, **changes: object) -> StepState:
    return step.model_copy(update={"version": step.version + 1, "by": user, "at": now, **changes})


def _with(incident: Incident, *steps: StepState, add: Iterable[Moment] = ()) -> Incident:
    """The incident with these steps replaced and moments added; a moment replaces one of the same key."""
    new = {step.step_id: step for step in steps}
    moments = {moment.key: moment for moment in (*incident.moments, *add)}
    return incident.model_copy(
        update={
            "steps": tuple(new.get(step.step_id, step) for step in incident.steps),
            "moments": tuple(sorted(moments.values(), key=lambda m: (m.at, m.key))),
        }
    )


def _without(incident: Incident, steps: Iterable[StepState]) -> tuple[Moment, ...]:
    """The timeline without what only these steps' findings say."""
    going = {step.step_id for step in steps}
    gone = {
        m.key
        for step in incident.steps
        if step.step_id in going and step.finding
        for m in step.finding.moments
    }
    kept = {
        m.key
        for step in incident.steps
        if step.step_id not in going and step.finding
        for m in step.finding.moments
    }
    return tuple(m for m in incident.moments if m.key not in gone - kept)


def _check_moment(step: Step, finding: Finding, version: int, now: datetime) -> tuple[Moment, ...]:
    if finding.status not in _TELLING:
        return ()
    message = say("{check}: {summary}", check=Message(text=step.title), summary=finding.summary)
    return (Moment(at=now, kind=MomentKind.CHECK, message=message, key=f"check:{step.id}:{version}"),)


def _numbered(
    incident: Incident, name: str, kind: MomentKind, message: Message, user: str, now: datetime
) -> Moment:
    """A moment of a kind of event that can happen several times."""
    number = sum(m.key.startswith(f"{name}:") for m in incident.moments) + 1
    return Moment(at=now, kind=kind, message=message, key=f"{name}:{number}", by=user)


def _answer_sentence(step: Step, answer: Answer) -> Message:
    values: dict[str, object] = {
        "who": Person(id=answer.by),
        "step": Message(text=step.title),
        "answer": CHOICES[answer.choice],
    }
    if answer.note:
        return say("{who} on {step}: {answer} - {note}", note=answer.note, **values)
    return say("{who} on {step}: {answer}", **values)
