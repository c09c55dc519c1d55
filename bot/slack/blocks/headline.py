"""The headline: the one message in the channel that says how an incident stands."""

from __future__ import annotations

from slack_sdk.models.blocks import ButtonElement

from bot.core.cause import Diagnosis, Verdict
from bot.core.incident import Incident, IncidentState
from bot.core.message import At, Message, Person, say
from bot.core.model import Status
from bot.core.ports import Rendered
from bot.slack.blocks import controls
from bot.slack.blocks.content import Content, cause_of, rendered
from bot.slack.blocks.controls import Press
from bot.slack.blocks.words import how_sure, message_link, onset, what_is_wrong
from bot.slack.blocks.writer import Writer, actions

FIRST_LINE = "first_line"


def render_headline(incident: Incident, content: Content, write: Writer, workspace_url: str) -> Rendered:
    """Two lines that answer what and why, a small one that says who and how far."""
    first = _first_line(incident, write)
    second = _explanation(incident, content, write)
    blocks = [
        *write.sections([first, second]),
        *write.context(_standing(incident, write)),
        *actions(_buttons(incident, write, workspace_url)),
    ]
    return rendered(f"{first}\n{second}", blocks)


def _first_line(incident: Incident, write: Writer) -> str:
    load_balancer = incident.scope.load_balancer
    began = At(at=onset(incident), show="day_time")
    if incident.state is IncidentState.OPEN:
        wrong = what_is_wrong(load_balancer.type, load_balancer.name)
        return write.text(say("🔴 {wrong} · since {began}", wrong=wrong, began=began))
    length = (incident.resolved_at or incident.opened_at) - onset(incident)
    return write.text(
        say(
            "✅ *{name}* · resolved after {length} · began {began}",
            name=load_balancer.name,
            length=length,
            began=began,
        )
    )


def _explanation(incident: Incident, content: Content, write: Writer) -> str:
    if incident.state is IncidentState.RESOLVED:
        return "\n".join(resolution(incident, content, write))
    if incident.diagnosis and incident.diagnosis.verdict is not Verdict.CANNOT_TELL:
        return best_explanation(incident.diagnosis, content, write)
    located = _where_it_fails(incident)
    if located:
        return write.text(located)
    reasons = incident.diagnosis.reasons if incident.diagnosis else ()
    if reasons and incident.done > 1:
        return write.text(say("*Cannot tell yet.* {reason}", reason=reasons[0]))
    return write.text(say("Nothing is known about the cause yet. The steps are in the thread."))


def best_explanation(diagnosis: Diagnosis, content: Content, write: Writer) -> str:
    """ "Most likely" only for likely; the strongest reason follows."""
    ranked = next(cause for cause in diagnosis.causes if cause.id == diagnosis.cause)
    known = cause_of(content, ranked.id)
    title = write.content(known.title if known else ranked.title)
    sure = write.text(how_sure(diagnosis.verdict))
    line = f"*{title}* ({sure})"
    reason = max(ranked.for_, key=lambda r: r.weight, default=None)
    return f"{line}: {write.text(reason.because)}" if reason else line


def resolution(incident: Incident, content: Content, write: Writer) -> list[str]:
    """The cause people confirmed, and their summary."""
    lines = []
    cause = cause_of(content, incident.confirmed_cause)
    if incident.confirmed_cause:
        title = write.content(cause.title) if cause else write.untrusted(incident.confirmed_cause)
        lines.append(f"*{title}*")
    if incident.summary:
        lines.append(write.untrusted(incident.summary))
    return lines or [write.text(say("No cause was recorded."))]


def _where_it_fails(incident: Incident) -> Message | None:
    known = {f.check: f for f in incident.findings if f.status is not Status.UNKNOWN}
    return known[FIRST_LINE].summary if FIRST_LINE in known else None


def _standing(incident: Incident, write: Writer) -> list[str]:
    unknown = sum(f.status is Status.UNKNOWN for f in incident.findings)
    parts = [
        say("Commander {who}", who=Person(id=incident.commander)),
        say("{done} of {total} steps", done=incident.done, total=len(incident.steps)),
    ]
    if unknown:
        parts.append(say("{count} could not be checked", count=unknown))
    if incident.state is IncidentState.RESOLVED and incident.resolved_by:
        parts.append(say("Resolved by {who}", who=Person(id=incident.resolved_by)))
    return [write.text(part) for part in parts]


def _buttons(incident: Incident, write: Writer, workspace_url: str) -> list[ButtonElement]:
    press = Press(incident.id)
    buttons = []
    if incident.thread_ts:
        url = message_link(workspace_url, incident.channel, incident.thread_ts)
        buttons.append(write.button(say("Open thread"), controls.OPEN_THREAD, press, url=url))
    if incident.state is IncidentState.OPEN:
        buttons.append(write.button(say("Take over"), controls.TAKE_OVER, press))
        buttons.append(write.button(say("Resolve…"), controls.RESOLVE, press))
    return buttons
