"""Words and signs that several messages share: states, how sure, who and when, links."""

from __future__ import annotations

from datetime import datetime

from bot.core.cause import Verdict
from bot.core.incident import Choice, Incident, StepState, StepStatus
from bot.core.message import At, Message, Person, say
from bot.core.model import LoadBalancerType, MomentKind, Status

STATUS_SIGN = {
    Status.PASS: "✅",
    Status.WARN: "⚠️",
    Status.FAIL: "❌",
    Status.UNKNOWN: "❔",
    Status.NOT_APPLICABLE: "➖",
}
CHOICE_SIGN = {Choice.NO: "✅", Choice.YES: "⚠️", Choice.DONT_KNOW: "❔", Choice.SEEN: "✅"}
MOMENT_SIGN = {
    MomentKind.CHANGE: "⚙️",
    MomentKind.FIRST_ERROR: "🔺",
    MomentKind.LAST_ERROR: "🔻",
    MomentKind.ALARM: "🔔",
    MomentKind.HEALTH: "🩺",
    MomentKind.LOAD: "📈",
    MomentKind.OPENED: "👤",
    MomentKind.ANSWER: "💬",
    MomentKind.CHECK: "🔎",
    MomentKind.NOTE: "📌",
    MomentKind.DIAGNOSIS: "🎯",
    MomentKind.RESOLVED: "🏁",
}


def sign(step: StepState) -> str:
    """The one-character state of a step."""
    if step.status is StepStatus.RUNNING:
        return "⏳"
    if step.finding:
        return STATUS_SIGN[step.finding.status]
    if step.answer:
        return CHOICE_SIGN[step.answer.choice]
    return "✅" if step.status is StepStatus.DONE else "▫️"


def choice_word(choice: Choice) -> Message:
    return {
        Choice.YES: say("Yes"),
        Choice.NO: say("No"),
        Choice.DONT_KNOW: say("Don't know"),
        Choice.SEEN: say("Looked"),
    }[choice]


def how_sure(verdict: Verdict) -> Message:
    return {
        Verdict.LIKELY: say("likely"),
        Verdict.PROBABLE: say("probable"),
        Verdict.POSSIBLE: say("possible"),
        Verdict.CANNOT_TELL: say("cannot tell"),
    }[verdict]


def what_is_wrong(kind: LoadBalancerType, name: str) -> Message:
    """What the alarm says, before anybody looked."""
    if kind is LoadBalancerType.NETWORK:
        return say("*{name}*: connections to its targets are reset", name=name)
    return say("*{name}* cannot connect to its targets", name=name)


def who_and_when(by: str, at: datetime | None) -> Message | None:
    if not by or at is None:
        return None
    return say("{who}, {at}", who=Person(id=by), at=At(at=at))


def onset(incident: Incident) -> datetime:
    """The first error, or when the alarm fired while that is not known."""
    firsts = [m.at for m in incident.moments if m.kind is MomentKind.FIRST_ERROR]
    return min(firsts, default=incident.scope.alarm_at)


def message_link(workspace_url: str, channel: str, ts: str) -> str:
    """The permalink of a message; `workspace_url` is auth.test's `url` ("https://acme.slack.com/")."""
    return f"{workspace_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
