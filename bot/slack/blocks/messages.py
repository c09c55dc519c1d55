"""The one entry: an outbox key, an incident and a language become a message."""

from __future__ import annotations

from bot.core.incident import Incident
from bot.core.ports import Rendered
from bot.core.runbook import CheckStep, Conclusion, Instruction, Question
from bot.slack.blocks.conclusion import render_conclusion
from bot.slack.blocks.content import Content
from bot.slack.blocks.headline import render_headline
from bot.slack.blocks.progress import render_progress
from bot.slack.blocks.report import render_report
from bot.slack.blocks.steps import render_check, render_instruction, render_question
from bot.slack.blocks.timeline import render_timeline
from bot.slack.blocks.writer import Writer

STEP = "step:"


def render(
    key: str,
    incident: Incident,
    content: Content,
    locale: str = "",
    workspace_url: str = "https://slack.com/",
) -> Rendered:
    """The message of `headline`, `progress`, `conclusion`, `timeline`, `report` or `step:<id>`.

    The language is the incident's unless another is asked for. KeyError for any other key.
    """
    write = Writer(locale or incident.locale)
    if key.startswith(STEP):
        return _render_step(incident, key.removeprefix(STEP), content, write)
    match key:
        case "headline":
            return render_headline(incident, content, write, workspace_url)
        case "progress":
            return render_progress(incident, content, write)
        case "conclusion":
            return render_conclusion(incident, content, write)
        case "timeline":
            return render_timeline(incident, write, workspace_url)
        case "report":
            return render_report(incident, content, write)
        case _:
            raise KeyError(key)


def _render_step(incident: Incident, step_id: str, content: Content, write: Writer) -> Rendered:
    step = content.runbooks[incident.runbook].step(step_id)
    match step:
        case Question():
            return render_question(incident, step, write)
        case CheckStep():
            return render_check(incident, step, content, write)
        case Instruction():
            return render_instruction(incident, step, write)
        case Conclusion():
            return render_conclusion(incident, content, write)
