"""Modals about one check: the figures behind its sentence, and what to allow when it was refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.core.checks import unread_sentence
from bot.core.incident import Incident, StepState
from bot.core.message import Code, Message, many, say
from bot.core.model import Finding, Signal, Table, UnreadReason
from bot.core.runbook import CheckStep
from bot.slack.blocks import controls
from bot.slack.blocks.content import Content
from bot.slack.blocks.controls import Press
from bot.slack.blocks.words import STATUS_SIGN
from bot.slack.blocks.writer import Writer, actions, preformatted
from bot.slack.text import clean, cut

TITLE = 24
TABLE_ROWS = 30
CELL = 44
VIEW_BLOCKS = 100


def details_modal(incident: Incident, step: CheckStep, content: Content, write: Writer) -> dict[str, Any]:
    """Everything behind the finding: details, figures, table, signals, how to repeat it, what it called."""
    state = incident.step(step.id)
    finding = state.finding
    if finding is None:
        return _reading(step, write.sections([write.text(say("This check has not answered yet."))]), write)
    return _reading(step, _all_about(finding, incident, state, step, content, write), write)


def _all_about(
    finding: Finding, incident: Incident, state: StepState, step: CheckStep, content: Content, write: Writer
) -> list[Block]:
    summary = f"{STATUS_SIGN[finding.status]}  {write.text(finding.summary)}"
    blocks: list[Block] = [
        *write.sections([summary, *(write.text(detail) for detail in finding.details)]),
        *write.context([write.content(step.why)]),
    ]
    if finding.numbers:
        blocks += [*_heading(say("Figures"), write), preformatted(aligned_figures(finding, write))]
    if finding.table and finding.table.rows:
        blocks += [*_heading(say("Table"), write), preformatted(aligned_table(finding.table, write))]
        left = len(finding.table.rows) - TABLE_ROWS
        blocks += write.context(
            [write.text(many("{n} more row", "{n} more rows", n=left))] if left > 0 else []
        )
    if finding.signals:
        blocks += write.sections(
            [_bold(say("What it tells the diagnosis"), write), *(_signal(s, write) for s in finding.signals)]
        )
    if finding.unread:
        lines = [f"❔  {write.text(unread_sentence(unread))}" for unread in finding.unread]
        blocks += write.sections([_bold(say("Could not be read"), write), *lines])
    return [*blocks, *_repeat_it(finding, incident, state, content, write)][:VIEW_BLOCKS]


def _repeat_it(
    finding: Finding, incident: Incident, state: StepState, content: Content, write: Writer
) -> list[Block]:
    blocks: list[Block] = []
    if finding.command:
        blocks += [*_heading(say("The same reading in a terminal"), write), preformatted(finding.command)]
    check = content.checks.get(finding.check)
    if check:
        called = [Code(text=action) for action in check.actions]
        blocks += write.context([write.text(say("Calls to AWS, all reading: {actions}", actions=called))])
    if finding.console:
        press = Press(incident.id, state.step_id, state.version)
        blocks += actions(
            [write.button(say("Open the console"), controls.CONSOLE, press, url=finding.console)]
        )
    return blocks


def _signal(signal: Signal, write: Writer) -> str:
    return f"{'●' if signal.holds else '○'}  {write.text(signal.because)}"


def aligned_figures(finding: Finding, write: Writer) -> str:
    """Names to the left, values to the right, one per line; names carry their units."""
    rows = [(clean(name).replace("_", " "), _figure(value)) for name, value in finding.numbers.items()]
    widest = max(len(name) for name, _ in rows)
    return "\n".join(f"{name.ljust(widest)}  {value}" for name, value in rows)


def _figure(value: float | int | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return cut(clean(value), 200)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def aligned_table(table: Table, write: Writer) -> str:
    """The first rows in columns as wide as their longest cell."""
    heading = tuple(write.label(column, CELL) for column in table.columns)
    rows = [tuple(cut(clean(cell), CELL) for cell in row) for row in table.rows[:TABLE_ROWS]]
    widths = [max(len(row[i]) for row in (heading, *rows) if i < len(row)) for i in range(len(heading))]
    ruled = [heading, tuple("─" * width for width in widths), *rows]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=False)).rstrip() for row in ruled
    )


def allow_modal(incident: Incident, step: CheckStep, write: Writer) -> dict[str, Any]:
    """The refused actions and the policy statement that allows exactly them."""
    finding = incident.step(step.id).finding
    refused = sorted(
        {
            u.action
            for u in (finding.unread if finding else ())
            if u.reason is UnreadReason.DENIED and u.action
        }
    )
    if not refused:
        return _reading(
            step, write.sections([write.text(say("Nothing was refused in the last run."))]), write
        )
    named = [Code(text=action) for action in refused]
    lines = [
        write.text(say("AWS refused {actions}.", actions=named)),
        write.text(say("Add this statement to the policy of the role this bot uses. It can only read.")),
    ]
    after = write.text(say("Then press *Run again*: permissions take effect within seconds."))
    blocks = [*write.sections(lines), preformatted(statement(refused)), *write.sections([after])]
    return _reading(step, blocks, write)


def statement(refused: list[str]) -> str:
    """An IAM policy statement; these actions cannot be limited to a resource (DOMAIN.md section 11)."""
    return json.dumps({"Effect": "Allow", "Action": refused, "Resource": "*"}, indent=2)


def _heading(message: Message, write: Writer) -> list[Block]:
    return [*write.sections([_bold(message, write)])]


def _bold(message: Message, write: Writer) -> str:
    return f"*{write.text(message)}*"


def _reading(step: CheckStep, blocks: Sequence[Block], write: Writer) -> dict[str, Any]:
    return View(
        type="modal",
        title=write.title(step.title, TITLE),
        close=write.label(say("Close"), TITLE),
        blocks=blocks,
    ).to_dict()
