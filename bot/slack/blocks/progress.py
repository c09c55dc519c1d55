"""The progress message: every step on one line, and the buttons that move the incident on."""

from __future__ import annotations

from slack_sdk.models.blocks import Block, ButtonElement

from bot.core.checks import unread_sentence, unread_summary
from bot.core.incident import Incident, IncidentState, StepState, StepStatus
from bot.core.message import At, Message, Person, Span, many, say
from bot.core.model import Status
from bot.core.ports import Rendered
from bot.core.runbook import CheckStep, Runbook, Step
from bot.slack.blocks import controls
from bot.slack.blocks.content import Content, read_calls, rendered
from bot.slack.blocks.controls import Press
from bot.slack.blocks.words import choice_word, sign
from bot.slack.blocks.writer import Writer, actions
from bot.slack.text import cut_markup

SUMMARY_LIMIT = 110
BAR_CELLS = 12


def render_progress(incident: Incident, content: Content, write: Writer) -> Rendered:
    """One line per step in the runbook's order; costs are said before the click."""
    runbook = content.runbooks[incident.runbook]
    lines = [_line(step, incident.step(step.id), write) for step in runbook.steps]
    heading = f"*{write.content(runbook.title)}*"
    blocks: list[Block] = [
        *write.sections([heading]),
        *write.context(_looked_at(incident, write)),
        *write.sections(lines),
    ]
    bar = _bar(incident, write)
    blocks += write.context([bar] if bar else [])
    if incident.state is IncidentState.OPEN:
        blocks += _controls(incident, runbook, content, write)
    done = write.text(say("{done} of {total} steps", done=incident.done, total=len(incident.steps)))
    return rendered("\n".join([f"{heading}: {done}", *lines]), blocks)


def _line(step: Step, state: StepState, write: Writer) -> str:
    title = write.content(step.title)
    told = _told(state)
    loud = state.finding is not None and state.finding.status in (Status.FAIL, Status.WARN)
    line = f"{sign(state)}  {f'*{title}*' if loud else title}"
    return f"{line} – {cut_markup(write.text(told), SUMMARY_LIMIT)}" if told else line


def _told(state: StepState) -> Message | None:
    """What a reader wants to know without opening the step: only what is not simply fine."""
    if state.status is StepStatus.RUNNING:
        return say("reading AWS")
    if (
        state.finding
        and state.finding.unread
        and state.finding.summary == unread_summary(state.finding.unread)
    ):
        return unread_sentence(state.finding.unread[0])
    if state.finding and state.finding.status is not Status.PASS:
        return state.finding.summary
    if state.answer:
        return say("{answer}, {who}", answer=choice_word(state.answer.choice), who=Person(id=state.answer.by))
    if state.asked:
        return say("asked {who}", who=Person(id=state.asked))
    return None


def _looked_at(incident: Incident, write: Writer) -> list[str]:
    scope = incident.scope
    return [
        write.text(part)
        for part in (
            say(
                "{start} to {end}",
                start=At(at=scope.window.start, show="day_time"),
                end=At(at=scope.window.end),
            ),
            say("{statistic} per {period}", statistic=scope.statistic, period=Span(seconds=scope.period_s)),
        )
    ]


def _bar(incident: Incident, write: Writer) -> str:
    """A bar while checks are running; nothing otherwise, so that a quiet message stays quiet."""
    running = sum(step.status is StepStatus.RUNNING for step in incident.steps)
    if not running:
        return ""
    filled = round(BAR_CELLS * incident.done / len(incident.steps))
    bar = "▰" * filled + "▱" * (BAR_CELLS - filled)
    return f"{bar}  " + write.text(many("{n} check running", "{n} checks running", n=running))


def _controls(incident: Incident, runbook: Runbook, content: Content, write: Writer) -> list[Block]:
    waiting = [s for s in runbook.steps if _runs_next(s, incident.step(s.id))]
    press = Press(incident.id)
    blocks: list[Block] = []
    if waiting:
        blocks += actions(_run(step, incident, write) for step in waiting if isinstance(step, CheckStep))
        blocks += write.context([write.text(cost(content, waiting))])
    rest = write.button(say("Run the rest"), controls.RUN_REST, press, style="primary") if waiting else None
    return blocks + actions(
        [
            rest,
            write.button(say("Change window…"), controls.CHANGE_WINDOW, press),
            write.button(say("Add note…"), controls.ADD_NOTE, press),
        ]
    )


def _runs_next(step: Step, state: StepState) -> bool:
    return isinstance(step, CheckStep) and state.status is StepStatus.WAITING


def _run(step: CheckStep, incident: Incident, write: Writer) -> ButtonElement:
    press = Press(incident.id, step.id, incident.step(step.id).version)
    return write.button(write.title(step.title), f"{controls.RUN_CHECK}:{step.id}", press)


def cost(content: Content, steps: list[Step]) -> Message:
    """What running these checks would take, before anybody clicks."""
    checks = [step for step in steps if isinstance(step, CheckStep)]
    calls = read_calls(content, checks)
    checks_text = many("{n} check", "{n} checks", n=len(checks))
    calls_text = many("about {n} read call", "about {n} read calls", n=calls)
    return say(
        "{checks} left: {calls}, under $0.01. Nothing is changed in AWS.",
        checks=checks_text,
        calls=calls_text,
    )
