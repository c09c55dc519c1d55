"""What a renderer gets besides the incident, and how it closes its message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from slack_sdk.models.blocks import Block

from bot.core.cause import Cause
from bot.core.checks import Check, actions_of
from bot.core.ports import Rendered
from bot.core.runbook import CheckStep, Question, Runbook
from bot.slack.text import cut_markup

BLOCKS_PER_MESSAGE = 50
UPDATE_TEXT = 3900
"""chat.update refuses text above 4,000 characters (SLACK.md, sizes)."""


class Content(Protocol):
    """The runbooks, checks and causes, by id; `runbooks.Content` is one."""

    @property
    def runbooks(self) -> Mapping[str, Runbook]: ...

    @property
    def checks(self) -> Mapping[str, Check]: ...

    @property
    def causes(self) -> tuple[Cause, ...]: ...


def rendered(text: str, blocks: Iterable[Block]) -> Rendered:
    """The blocks as validated JSON and the fallback cut to what an update takes."""
    made = tuple(block.to_dict() for block in blocks)
    return Rendered(text=cut_markup(text, UPDATE_TEXT), blocks=made[:BLOCKS_PER_MESSAGE])


def cause_of(content: Content, cause_id: str | None) -> Cause | None:
    return next((cause for cause in content.causes if cause.id == cause_id), None)


def read_calls(content: Content, steps: Iterable[CheckStep]) -> int:
    """How many kinds of read calls those checks need together; shared evidence is read once."""
    checks = [content.checks[step.check] for step in steps if step.check in content.checks]
    return len(actions_of(kind for check in checks for kind in check.kinds))


def step_of_check(runbook: Runbook, check_id: str) -> CheckStep | None:
    return next((s for s in runbook.steps if isinstance(s, CheckStep) and s.check == check_id), None)


def question_of_signal(runbook: Runbook, signal: str) -> Question | None:
    return next((s for s in runbook.steps if isinstance(s, Question) and s.signal == signal), None)
