"""One message per step: a question, a check, an instruction."""

from __future__ import annotations

from collections.abc import Iterable

from slack_sdk.models.blocks import Block, ButtonElement

from bot.core.console import console_url
from bot.core.incident import Answer, Choice, Incident, IncidentState, StepState, StepStatus
from bot.core.message import At, Message, Person, many, say
from bot.core.model import Finding, Status, UnreadReason
from bot.core.ports import Rendered
from bot.core.runbook import CheckStep, Instruction, Question
from bot.slack.blocks import controls
from bot.slack.blocks.content import Content, read_calls, rendered
from bot.slack.blocks.controls import Press
from bot.slack.blocks.words import choice_word, onset, sign, who_and_when
from bot.slack.blocks.writer import Writer, actions

DETAIL_LINES = 6


def render_question(incident: Incident, step: Question, write: Writer) -> Rendered:
    """The question and its buttons; after the answer, who said what and when."""
    state = incident.step(step.id)
    heading = f"{sign(state)}  *{write.content(step.title)}*"
    ask = write.text(Message(text=step.ask, values={"at": At(at=onset(incident), show="day_time")}))
    lines = [heading, ask]
    if state.answer:
        lines.append(answer_line(state.answer, write))
    elif state.asked:
        lines.append(write.text(say("→ {who}, can you answer this?", who=Person(id=state.asked))))
    return rendered("\n".join(lines), [*write.sections(lines), *_question_row(incident, state, write)])


def answer_line(answer: Answer, write: Writer) -> str:
    word, who, at = choice_word(answer.choice), Person(id=answer.by), At(at=answer.at)
    if answer.note:
        return write.text(
            say("→ {who}: *{answer}* – “{note}” · {at}", who=who, answer=word, note=answer.note, at=at)
        )
    return write.text(say("→ {who}: *{answer}* · {at}", who=who, answer=word, at=at))


def _question_row(incident: Incident, state: StepState, write: Writer) -> list[Block]:
    if incident.state is IncidentState.RESOLVED:
        return []
    press = _press(incident, state)
    if state.answer:
        return [*actions([write.button(say("Change answer…"), controls.CHANGE_ANSWER, press)])]
    return [
        *actions(
            [
                write.button(say("No"), f"{controls.ANSWER}:{Choice.NO}", press),
                write.button(say("Yes…"), f"{controls.ANSWER}:{Choice.YES}", press),
                write.button(say("Don't know"), f"{controls.ANSWER}:{Choice.DONT_KNOW}", press),
                write.button(say("Ask someone…"), controls.ASK, press),
            ]
        )
    ]


def render_check(incident: Incident, step: CheckStep, content: Content, write: Writer) -> Rendered:
    """The finding first; then its details, its figures, and what can be done with it."""
    state = incident.step(step.id)
    lines = [_check_heading(step, state, write)]
    if state.status is not StepStatus.RUNNING and state.finding:
        lines += _details(state.finding, write)
        if state.answer:
            lines.append(answer_line(state.answer, write))
    elif state.status is StepStatus.WAITING:
        lines.append(write.content(step.why))
    blocks: list[Block] = [
        *write.sections(lines),
        *write.context(_figures(state, step, content, write)),
        *actions(_check_row(incident, step, state, write)),
    ]
    return rendered("\n".join(lines), blocks)


def _check_heading(step: CheckStep, state: StepState, write: Writer) -> str:
    title = f"{sign(state)}  *{write.content(step.title)}*"
    if state.status is StepStatus.RUNNING:
        return f"{title} – {write.text(say('reading AWS …'))}"
    return f"{title} – {write.text(state.finding.summary)}" if state.finding else title


def _details(finding: Finding, write: Writer) -> list[str]:
    lines = [write.text(detail) for detail in finding.details[:DETAIL_LINES]]
    left = len(finding.details) - DETAIL_LINES
    if left > 0:
        lines.append(write.text(many("… {n} more line in Details", "… {n} more lines in Details", n=left)))
    return lines


def _figures(state: StepState, step: CheckStep, content: Content, write: Writer) -> list[str]:
    """What the answer cost and rests on, so that a reader can judge how far to trust it."""
    calls = read_calls(content, [step])
    if state.status is StepStatus.WAITING:
        asked = many("about {n} read call", "about {n} read calls", n=calls)
        return [write.text(say("{calls}, under $0.01", calls=asked))]
    if state.status is StepStatus.RUNNING or state.finding is None:
        return []
    finding, parts = state.finding, []
    paths = finding.numbers.get("paths_evaluated")
    if isinstance(paths, int):
        parts.append(many("{n} path evaluated", "{n} paths evaluated", n=paths))
    parts.append(say("{count} unread", count=len(finding.unread)))
    if finding.chart:
        parts.append(say("chart in this thread"))
    parts.append(many("about {n} read call", "about {n} read calls", n=calls))
    who = who_and_when(state.by, state.at)
    return [write.text(part) for part in [*parts, *([who] if who else [])]]


def _check_row(
    incident: Incident, step: CheckStep, state: StepState, write: Writer
) -> Iterable[ButtonElement]:
    press, finding = _press(incident, state), state.finding
    is_open = incident.state is IncidentState.OPEN
    if state.status is StepStatus.RUNNING:
        return
    if finding is None:
        if is_open:
            yield write.button(say("Run"), f"{controls.RUN_CHECK}:{step.id}", press, style="primary")
        return
    if any(unread.reason is UnreadReason.DENIED for unread in finding.unread):
        yield write.button(say("How to allow it"), controls.HOW_TO_ALLOW, press)
    if finding.status is Status.UNKNOWN and is_open:
        yield write.button(say("I looked myself: add what I saw…"), controls.LOOKED, press)
    yield write.button(say("Details"), controls.DETAILS, press)
    if is_open:
        yield write.button(say("Run again"), controls.RUN_AGAIN, press)
        yield write.button(say("Change window…"), controls.CHANGE_WINDOW, Press(incident.id))


def render_instruction(incident: Incident, step: Instruction, write: Writer) -> Rendered:
    """What to look at and where; what was seen is recorded by the person who looked."""
    state = incident.step(step.id)
    lines = [f"{sign(state)}  *{write.content(step.title)}*", write.content(step.look_at)]
    if state.answer:
        lines.append(answer_line(state.answer, write))
    press = _press(incident, state)
    row = [
        write.button(
            say("Open the console"), controls.CONSOLE, press, url=console_url(step.console, incident.scope)
        )
    ]
    if incident.state is IncidentState.OPEN:
        again = say("Add more…") if state.answer else say("I looked: add what I saw…")
        row.append(write.button(again, controls.LOOKED, press))
    return rendered("\n".join(lines), [*write.sections(lines), *actions(row)])


def _press(incident: Incident, state: StepState) -> Press:
    return Press(incident.id, state.step_id, state.version)
