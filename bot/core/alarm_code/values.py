"""An alarm as some code defines it: what is known of it, and what only the code's tools could tell."""

from __future__ import annotations

from enum import StrEnum

from bot.core.message import Value


class CodeKind(StrEnum):
    """Where a definition was found."""

    TERRAFORM = "terraform"
    STATE = "terraform_state"
    TEMPLATE = "cloudformation_template"
    STACK = "cloudformation_stack"


class AlarmDefinition(Value):
    """`name` is the alarm's, with '*' for each part that is computed. `place` is file:line, or a stack.

    `known` holds values as text by field (fields.py), `unknown` the expression of those that are computed:
    these are never compared.
    """

    kind: CodeKind
    place: str
    name: str
    known: dict[str, str]
    unknown: dict[str, str] = {}
