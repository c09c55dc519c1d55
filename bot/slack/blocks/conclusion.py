"""The conclusion: the named cause with what speaks for it, against it, and what nobody looked at."""

from __future__ import annotations

from collections.abc import Iterable

from slack_sdk.models.blocks import Block, ButtonElement

from bot.core.cause import Cause, Diagnosis, RankedCause, Verdict
from bot.core.incident import Incident, IncidentState, StepStatus
from bot.core.message import Message, say
from bot.core.ports import Rendered
from bot.core.runbook import CheckStep, Conclusion, Runbook
from bot.slack.blocks import controls
from bot.slack.blocks.content import Content, cause_of, question_of_signal, rendered, step_of_check
from bot.slack.blocks.controls import Press
from bot.slack.blocks.words import how_sure
from bot.slack.blocks.writer import Writer, actions

REASONS_SHOWN = 5
OTHERS_SHOWN = 3


def render_conclusion(incident: Incident, content: Content, write: Writer) -> Rendered:
    """Answer first; the evidence on both sides; what could still change it, one click away."""
    runbook = content.runbooks[incident.runbook]
    diagnosis = incident.diagnosis
    if diagnosis is None or not diagnosis.causes:
        return _nothing_yet(runbook, write)
    best = _best(diagnosis)
    heading = _heading(diagnosis, best, content, write)
    blocks: list[Block] = [
        *write.sections([heading, *_evidence(best, runbook, write)]),
        *actions(_unchecked_row(incident, best, runbook, write)),
        *write.sections(_next_and_fix(diagnosis, best, cause_of(content, best.id), runbook, write)),
        *write.context([_others(diagnosis, best, content, write)]),
        *actions(_verdict_row(incident, diagnosis, best, write)),
    ]
    return rendered("\n".join([heading, *_evidence(best, runbook, write)]), blocks)


def _nothing_yet(runbook: Runbook, write: Writer) -> Rendered:
    step = runbook.steps[-1]
    text = write.content(step.text) if isinstance(step, Conclusion) else ""
    lines = [write.text(say("*Nothing to conclude yet.* No check has answered.")), text]
    return rendered("\n".join(lines), write.sections(lines))


def _best(diagnosis: Diagnosis) -> RankedCause:
    return next((cause for cause in diagnosis.causes if cause.id == diagnosis.cause), diagnosis.causes[0])


def _heading(diagnosis: Diagnosis, best: RankedCause, content: Content, write: Writer) -> str:
    title = _title(best, content, write)
    if diagnosis.verdict is Verdict.CANNOT_TELL:
        why = "\n".join(f"• {write.text(reason)}" for reason in diagnosis.reasons)
        closest = write.text(say("closest so far, score {score}", score=best.score))
        return f"❔  *{write.text(say('Cannot tell'))}*\n{why}\n{title} ({closest})".replace("\n\n", "\n")
    score = write.text(say("{sure}, score {score}", sure=how_sure(diagnosis.verdict), score=best.score))
    return f"🎯  *{title}* – {score}"


def _title(ranked: RankedCause, content: Content, write: Writer) -> str:
    known = cause_of(content, ranked.id)
    return write.content(known.title if known else ranked.title)


def _evidence(best: RankedCause, runbook: Runbook, write: Writer) -> list[str]:
    return [
        *_reasons(say("For"), [r.because for r in best.for_], write),
        *_reasons(say("Against"), [r.because for r in best.against], write),
        *_unchecked(best, runbook, write),
    ]


def _reasons(heading: Message, sentences: list[Message], write: Writer) -> list[str]:
    if not sentences:
        return [f"*{write.text(heading)}*  {write.text(say('nothing found'))}"]
    lines = [f"*{write.text(heading)}*", *(f"• {write.text(s)}" for s in sentences[:REASONS_SHOWN])]
    left = len(sentences) - REASONS_SHOWN
    return [*lines, write.text(say("… and {count} more", count=left))] if left > 0 else lines


def _unchecked(best: RankedCause, runbook: Runbook, write: Writer) -> list[str]:
    """One line per place that was not looked at, with the most its answers could add or take away."""
    places: dict[str, tuple[int, Message]] = {}
    for missing in best.not_checked:
        name = _place(missing.check, missing.signal, runbook, write)
        weight, why = places.get(name, (0, missing.why))
        places[name] = (max(weight, abs(missing.weight)), why)
    if not places:
        return []
    lines = [f"*{write.text(say('Not checked'))}*"]
    for name, (weight, why) in sorted(places.items(), key=lambda item: -item[1][0])[:REASONS_SHOWN]:
        worth = write.text(say("could move the score by {points}", points=weight))
        lines.append(f"• {name}: {write.text(why)} ({worth})")
    left = len(places) - REASONS_SHOWN
    return [*lines, write.text(say("… and {count} more", count=left))] if left > 0 else lines


def _place(check: str, signal: str, runbook: Runbook, write: Writer) -> str:
    """The step's title, by check id, step id or the signal a question gives."""
    by_id = next((step for step in runbook.steps if step.id == check), None)
    step = step_of_check(runbook, check) or question_of_signal(runbook, signal) or by_id
    return write.content(step.title) if step else write.untrusted(check.replace("_", " "))


def _unchecked_row(
    incident: Incident, best: RankedCause, runbook: Runbook, write: Writer
) -> Iterable[ButtonElement]:
    """A button for each check that was never run and could still move the named cause."""
    if incident.state is IncidentState.RESOLVED:
        return
    seen: set[str] = set()
    for missing in best.not_checked:
        step = step_of_check(runbook, missing.check)
        if step and step.id not in seen and _never_run(incident, step):
            seen.add(step.id)
            press = Press(incident.id, step.id, incident.step(step.id).version)
            label = write.label(say("Run: {title}", title=write.title(step.title)))
            yield write.button(label, f"{controls.RUN_CHECK}:{step.id}", press)


def _never_run(incident: Incident, step: CheckStep) -> bool:
    return incident.step(step.id).status is StepStatus.WAITING


def _next_and_fix(
    diagnosis: Diagnosis, best: RankedCause, cause: Cause | None, runbook: Runbook, write: Writer
) -> list[str]:
    lines = []
    if cause and cause.next:
        lines.append(f"*{write.text(say('Look next'))}*  {write.content(cause.next)}")
    if cause and cause.fix and diagnosis.verdict is not Verdict.CANNOT_TELL:
        lines.append(f"*{write.text(say('Usual fix'))}*  {write.content(cause.fix)}")
    telling = step_of_check(runbook, diagnosis.next_check)
    if telling and diagnosis.verdict is Verdict.CANNOT_TELL:
        lines.append(
            write.text(say("The check that would tell most: *{title}*", title=write.title(telling.title)))
        )
    return lines


def _others(diagnosis: Diagnosis, best: RankedCause, content: Content, write: Writer) -> str:
    others = [cause for cause in diagnosis.causes if cause.id != best.id and cause.score > 0][:OTHERS_SHOWN]
    if not others:
        return write.text(say("No other cause scores above 0."))
    listed = ", ".join(f"{_title(cause, content, write)} {cause.score}" for cause in others)
    return f"{write.text(say('Next in rank'))}: {listed}"


def _verdict_row(
    incident: Incident, diagnosis: Diagnosis, best: RankedCause, write: Writer
) -> Iterable[ButtonElement]:
    press = Press(incident.id)
    if not incident.confirmed_cause:
        if diagnosis.verdict is Verdict.CANNOT_TELL:
            yield write.button(say("Name the cause…"), controls.OTHER_CAUSE, press)
        else:
            confirm = Press(incident.id, best.id)
            yield write.button(say("This was it"), controls.CONFIRM_CAUSE, confirm, style="primary")
            yield write.button(say("It was something else…"), controls.OTHER_CAUSE, press)
    yield write.button(say("Export case"), controls.EXPORT, press)
