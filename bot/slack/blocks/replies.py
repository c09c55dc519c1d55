"""Answers that only the person who asked sees: help, status, a sentence, and the loading modal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from slack_sdk.models.views import View

from bot.core.cause import Verdict
from bot.core.incident import Incident
from bot.core.message import Code, Message, Person, many, say
from bot.core.ports import Rendered
from bot.slack.blocks.content import Content, rendered
from bot.slack.blocks.headline import best_explanation
from bot.slack.blocks.words import message_link, onset, what_is_wrong
from bot.slack.blocks.writer import Writer

COMMAND = "/alb-incident"


def sentence(message: Message, write: Writer) -> Rendered:
    """One sentence."""
    text = write.text(message)
    return rendered(text, write.sections([text]))


def help_text(write: Writer) -> Rendered:
    """Every form of the command with one example each."""
    rows = (
        ("", say("choose everything in a form")),
        ("shop-prod", say("open an incident that began now")),
        ("shop-prod 14:05", say("… that began at 14:05, your time")),
        ("shop-prod 2026-11-20T14:05Z 2h", say("… and look at two hours around it")),
        ("status", say("the open incidents of this channel")),
        ("resolve pool was full", say("close the incident of this channel, with a summary")),
        ("digest", say("this morning's digest, again")),
        ("alarm shop-prod", say("which alarm a metric of it should have, back-tested on 14 days")),
        ("language vi", say("the language of this channel")),
    )
    lines = [
        f"{write.text(say('{command}', command=Code(text=f'{COMMAND} {form}'.strip())))}  {write.text(what)}"
        for form, what in rows
    ]
    end = write.text(say("To add a message to a timeline: react with 📌, or use the message's menu."))
    return rendered("\n".join([*lines, end]), [*write.sections(lines), *write.context([end])])


def status_text(
    incidents: Sequence[Incident], content: Content, write: Writer, workspace_url: str
) -> Rendered:
    """The open incidents, one line each, newest first."""
    if not incidents:
        return sentence(say("No open incident here."), write)
    heading = write.text(many("{n} open incident", "{n} open incidents", n=len(incidents)))
    lines = [f"*{heading}*", *standing(incidents, content, write, workspace_url)]
    return rendered("\n".join(lines), write.sections(lines))


def standing(incidents: Iterable[Incident], content: Content, write: Writer, workspace_url: str) -> list[str]:
    """One line per incident: what, since when, the best explanation, how far, and the way there."""
    return [_one(incident, content, write, workspace_url) for incident in incidents]


def _one(incident: Incident, content: Content, write: Writer, workspace_url: str) -> str:
    load_balancer, diagnosis = incident.scope.load_balancer, incident.diagnosis
    wrong = what_is_wrong(load_balancer.type, load_balancer.name)
    line = write.text(
        say(
            "🔴 {wrong} · since {began} · {done} of {total} steps · {commander}",
            wrong=wrong,
            began=onset(incident),
            done=incident.done,
            total=len(incident.steps),
            commander=Person(id=incident.commander),
        )
    )
    if incident.thread_ts:
        url = message_link(workspace_url, incident.channel, incident.thread_ts)
        line += f" · <{url}|{write.text(say('open thread'))}>"
    if diagnosis and diagnosis.verdict is not Verdict.CANNOT_TELL:
        line += f"\n        {best_explanation(diagnosis, content, write)}"
    return line


def loading_modal(write: Writer) -> dict[str, Any]:
    """Opened at once, because a trigger lives 3 s; replaced when its content is known."""
    return View(
        type="modal",
        title=write.label(say("One moment"), 24),
        close=write.label(say("Close"), 24),
        blocks=write.sections([write.text(say("Reading …"))]),
    ).to_dict()


def message_modal(message: Message, write: Writer) -> dict[str, Any]:
    """A sentence where a modal was expected: why it cannot be shown."""
    return View(
        type="modal",
        title=write.label(say("Incident"), 24),
        close=write.label(say("Close"), 24),
        blocks=write.sections([write.text(message)]),
    ).to_dict()
