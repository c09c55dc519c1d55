"""The product's Renderer: a row of the outbox becomes the message Slack takes."""

from __future__ import annotations

from bot.core.incident import Incident
from bot.core.message import Message, say
from bot.core.ports import OutboxMessage, Rendered, RenderedFile
from bot.i18n import t
from bot.slack.blocks.content import Content
from bot.slack.blocks.digest import render_digest
from bot.slack.blocks.messages import render
from bot.slack.blocks.writer import Writer
from bot.slack.charts import draw

CHART = "chart:"
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
            return render_digest(message.payload, Writer(message.locale))
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


def _plain(message: Message, locale: str) -> str:
    return t(message, locale)[:TITLE_LENGTH]
