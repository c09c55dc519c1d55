"""The product's Renderer: a row of the outbox becomes the message Slack takes."""

from __future__ import annotations

from bot.core.alarms.code import code_text
from bot.core.alarms.plan import AlarmPlan
from bot.core.alarms.view import AdviceView
from bot.core.incident import Incident
from bot.core.message import Code, Message, say
from bot.core.model import Chart
from bot.core.ports import OutboxMessage, Rendered, RenderedFile
from bot.core.showing import TIMELINE_FILE
from bot.i18n import t
from bot.slack.blocks.alarm import render_advice
from bot.slack.blocks.content import Content
from bot.slack.blocks.digest import render_digest
from bot.slack.blocks.messages import render
from bot.slack.blocks.report import timeline_text
from bot.slack.blocks.writer import Writer
from bot.slack.charts import draw

ALARM, CHART, CASE = "alarm:", "chart:", "case:"
TITLE_LENGTH = 200


class SlackRenderer:
    """Pure: the same row, incident and content give the same bytes."""

    def __init__(self, content: Content, workspace_url: str) -> None:
        """`workspace_url` is auth.test's `url`, the root of every permalink."""
        self._content = content
        self._workspace_url = workspace_url

    def render(self, message: OutboxMessage, incident: Incident | None) -> Rendered:
        """KeyError for a key nobody knows, ValueError for an incident's key without its incident."""
        if incident is None:
            if not message.payload:
                raise ValueError(f"message {message.id} ({message.key}) has neither incident nor payload")
            if message.key.startswith(ALARM):
                return _alarm(message)
            return render_digest(message.payload, Writer(message.locale))
        if message.key == TIMELINE_FILE:
            return _timeline_file(message, incident)
        if message.key.startswith(CASE):
            return _case(message)
        if message.key.startswith(CHART):
            return self._chart(message, incident)
        return render(message.key, incident, self._content, message.locale, self._workspace_url)

    def _chart(self, message: OutboxMessage, incident: Incident) -> Rendered:
        """The picture of a step's finding; a finding without one (it ran again) says so in words."""
        step_id = message.key.removeprefix(CHART)
        finding, write = incident.step(step_id).finding, Writer(message.locale)
        if finding is None or finding.chart is None:
            return Rendered(text=write.text(say("The last run has no picture.")))
        chart = finding.chart
        file = RenderedFile(
            name=step_id,
            content=draw(chart, message.locale),
            title=_plain(chart.title, message.locale),
            alt=_plain(chart.alt, message.locale),
        )
        return Rendered(text=write.text(chart.alt), file=file)


def _timeline_file(message: OutboxMessage, incident: Incident) -> Rendered:
    """The whole timeline as plain text in UTC, for the people who were not in the thread."""
    name = incident.scope.load_balancer.name
    file = RenderedFile(
        name=f"timeline-{name}.txt",
        content=timeline_text(incident, message.locale).encode(),
        title=_plain(say("Timeline of {name}", name=name), message.locale),
    )
    return Rendered(text=Writer(message.locale).text(say("The timeline as a file.")), file=file)


def _alarm(message: OutboxMessage) -> Rendered:
    """A part of the alarm adviser's answer: `alarm:text:…`, `alarm:picture:…` or `alarm:code:…`."""
    write = Writer(message.locale)
    part = message.key.removeprefix(ALARM).partition(":")[0]
    if part == "text":
        return render_advice(AdviceView.model_validate(message.payload), write)
    if part == "picture":
        chart = Chart.model_validate(message.payload)
        title = _plain(chart.title, message.locale)
        file = RenderedFile(name="alarm", content=draw(chart, message.locale), title=title)
        return Rendered(text=write.text(chart.alt), file=file)
    plan = AlarmPlan.model_validate(message.payload)
    file = RenderedFile(name=f"{plan.name}.md", content=code_text(plan).encode(), title=plan.name)
    words = say("The alarm as Terraform, CloudFormation and CDK (TypeScript and Python).")
    return Rendered(text=write.text(words), file=file)


def _case(message: OutboxMessage) -> Rendered:
    """The case file of the payload, `name` and `content`, and how to judge it again."""
    name = str(message.payload["name"])
    command = Code(text=f"python -m bot replay {name}.json")
    words = Writer(message.locale).text(
        say(
            "The case, with names, addresses and account numbers replaced. Judge it again: {command}",
            command=command,
        )
    )
    content = str(message.payload["content"]).encode()
    file = RenderedFile(name=f"{name}.json", content=content, title=name)
    return Rendered(text=words, file=file)


def _plain(message: Message, locale: str) -> str:
    return t(message, locale)[:TITLE_LENGTH]
