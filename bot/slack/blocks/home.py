"""The App Home tab: the open incidents, a button to start one, and how it is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block, DividerBlock
from slack_sdk.models.views import View

from bot.core.incident import Incident
from bot.core.message import Code, Message, many, say
from bot.slack.blocks import controls
from bot.slack.blocks.content import Content
from bot.slack.blocks.replies import COMMAND, standing
from bot.slack.blocks.writer import Writer, actions

SHOWN = 20


def home_view(
    incidents: Sequence[Incident], content: Content, write: Writer, workspace_url: str
) -> dict[str, Any]:
    """Open incidents first; then what to do when there is a new one."""
    lines = standing(incidents[:SHOWN], content, write, workspace_url)
    heading = write.text(many("{n} open incident", "{n} open incidents", n=len(incidents)))
    empty = write.text(say("No open incident. All quiet, as far as this bot was told."))
    left = len(incidents) - SHOWN
    blocks: list[Block] = [
        *write.sections([f"*{heading}*", *lines] if lines else [empty]),
        *write.context([write.text(say("… and {count} more", count=left))] if left > 0 else []),
        *actions(
            [write.button(say("Start an incident…"), controls.START, controls.NOTHING, style="primary")]
        ),
        DividerBlock(),
        *write.sections([write.text(_how_to())]),
        *write.context([write.text(say("It reads from AWS and changes nothing there."))]),
    ]
    return View(type="home", blocks=blocks).to_dict()


def _how_to() -> Message:
    return say(
        "In a channel: {open} opens an incident, {help} lists everything else.",
        open=Code(text=f"{COMMAND} shop-prod 14:05"),
        help=Code(text=f"{COMMAND} help"),
    )
