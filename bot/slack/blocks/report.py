"""The report: what a resolved incident leaves behind for the people who were not there."""

from __future__ import annotations

from bot.core.incident import Choice, Incident
from bot.core.message import At, Person, say
from bot.core.model import Status
from bot.core.ports import Rendered
from bot.core.runbook import Question
from bot.i18n import t
from bot.slack.blocks.content import Content, rendered
from bot.slack.blocks.headline import resolution
from bot.slack.blocks.steps import answer_line
from bot.slack.blocks.words import STATUS_SIGN, onset
from bot.slack.blocks.writer import Writer


def render_report(incident: Incident, content: Content, write: Writer) -> Rendered:
    """Cause and summary, when it was, what was found, what was said, and what nobody could check."""
    heading = write.text(say("*Report: {name}*", name=incident.scope.load_balancer.name))
    lines = [heading, *resolution(incident, content, write), _when(incident, write)]
    lines += _said_and_found(incident, content, write)
    return rendered("\n".join(lines), [*write.sections(lines), *write.context(_people(incident, write))])


def _said_and_found(incident: Incident, content: Content, write: Writer) -> list[str]:
    """What failed, and what somebody said they had changed."""
    lines = []
    for step in content.runbooks[incident.runbook].steps:
        state = incident.step(step.id)
        if state.finding and state.finding.status in (Status.FAIL, Status.WARN):
            summary = write.text(state.finding.summary)
            lines.append(f"{STATUS_SIGN[state.finding.status]}  {write.content(step.title)} – {summary}")
        if isinstance(step, Question) and state.answer and state.answer.choice is Choice.YES:
            lines.append(f"{write.content(step.title)} {answer_line(state.answer, write)}")
    return lines


def _when(incident: Incident, write: Writer) -> str:
    began, ended = At(at=onset(incident), show="day_time"), incident.resolved_at or incident.opened_at
    # The metric says when errors ended; the last line of a log is only the last that was delivered.
    lasted = [m.at for m in incident.moments if m.key == "last_error"]
    if lasted:
        errors = max(lasted) - onset(incident)
        return write.text(
            say(
                "Began {began}, errors for {errors}, resolved {ended}.",
                began=began,
                errors=errors,
                ended=ended,
            )
        )
    return write.text(say("Began {began}, resolved {ended}.", began=began, ended=ended))


def _people(incident: Incident, write: Writer) -> list[str]:
    unknown = sum(f.status is Status.UNKNOWN for f in incident.findings)
    parts = [
        say("Commander {who}", who=Person(id=incident.commander)),
        say("{done} of {total} steps", done=incident.done, total=len(incident.steps)),
        say("{count} could not be checked", count=unknown),
    ]
    return [write.text(part) for part in parts]


def timeline_text(incident: Incident, locale: str) -> str:
    """Every moment on a line of its own, times in UTC, no markup."""
    scope = incident.scope
    head = [
        f"{scope.load_balancer.name} ({scope.load_balancer.region})",
        f"{scope.window.start:%Y-%m-%d %H:%M}-{scope.window.end:%H:%M} UTC",
        *([incident.summary] if incident.summary else []),
    ]
    lines = [f"{moment.at:%Y-%m-%d %H:%M:%S}  {t(moment.message, locale)}" for moment in incident.moments]
    return "\n".join([*head, "", *lines]) + "\n"
