"""Writes sentences in one language as Block Kit elements; every text that reaches Slack passes here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    InteractiveElement,
    MarkdownTextObject,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextPreformattedElement,
    SectionBlock,
)

from bot.core.message import Message
from bot.i18n import t, tr
from bot.slack.blocks.controls import Press
from bot.slack.text import LABEL, SLACK, cut, cut_markup, escape

SECTION_TEXT = 3000
BUTTON_TEXT = 75
DOT = "  ·  "


@dataclass(frozen=True)
class Writer:
    """One reader's language."""

    locale: str

    def text(self, message: Message) -> str:
        """As Slack markup, values escaped."""
        return t(message, self.locale, SLACK)

    def label(self, message: Message, limit: int = BUTTON_TEXT) -> str:
        """As plain text for buttons, titles and options."""
        return cut(t(message, self.locale, LABEL), limit)

    def untrusted(self, text: str) -> str:
        """What a person or AWS wrote, on its own."""
        return SLACK.text(text)

    def content(self, text: str) -> str:
        """A sentence of a runbook or cause, as Slack markup."""
        return escape(tr(text, self.locale))

    def title(self, text: str, limit: int = BUTTON_TEXT) -> str:
        """A sentence of a runbook or cause, as plain text."""
        return cut(tr(text, self.locale), limit)

    def plain(self, message: Message, limit: int = BUTTON_TEXT) -> PlainTextObject:
        return PlainTextObject(text=self.label(message, limit), emoji=True)

    def sections(self, lines: Iterable[str]) -> list[SectionBlock]:
        """The lines in as few sections as Slack's 3,000 characters allow; no line is split."""
        made: list[str] = []
        for line in (cut_markup(line, SECTION_TEXT) for line in lines):
            if made and len(made[-1]) + len(line) + 1 <= SECTION_TEXT:
                made[-1] += f"\n{line}"
            else:
                made.append(line)
        return [SectionBlock(text=markdown(text)) for text in made if text]

    def context(self, parts: Iterable[str]) -> list[ContextBlock]:
        """One small grey line, its parts apart by dots; nothing when there are no parts."""
        line = DOT.join(part for part in parts if part)
        return [ContextBlock(elements=[markdown(cut_markup(line, SECTION_TEXT))])] if line else []

    def button(
        self,
        label: Message | str,
        action: str,
        press: Press | str,
        *,
        style: str | None = None,
        url: str | None = None,
        confirm: ConfirmObject | None = None,
    ) -> ButtonElement:
        """`label` is a message, or content already in the reader's language.

        `action` may be `name:detail`, so that one row can hold several buttons of one kind.
        """
        text = self.plain(label) if isinstance(label, Message) else PlainTextObject(text=label, emoji=True)
        return ButtonElement(
            text=text, action_id=action, value=str(press), style=style, url=url, confirm=confirm
        )


def actions(elements: Iterable[InteractiveElement | None]) -> list[ActionsBlock]:
    """A row of at most 25 buttons; nothing when there are none."""
    row = [element for element in elements if element is not None][:25]
    return [ActionsBlock(elements=row)] if row else []


def markdown(text: str) -> MarkdownTextObject:
    """`verbatim`, so that Slack makes no links or mentions out of what AWS or people wrote."""
    return MarkdownTextObject(text=text, verbatim=True)


def preformatted(text: str) -> RichTextBlock:
    """Fixed-width lines; rich text is never interpreted, so nothing in it is escaped."""
    return RichTextBlock(
        elements=[
            RichTextPreformattedElement(elements=[RichTextElementParts.Text(text=cut(text, SECTION_TEXT))])
        ]
    )
