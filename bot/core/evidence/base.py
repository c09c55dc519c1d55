"""Base of all kinds of evidence."""

from __future__ import annotations

from typing import ClassVar

from bot.core.message import Value


class Evidence(Value):
    """Base of all kinds. `actions` are IAM actions with service prefix; the IAM policy is made from them."""

    actions: ClassVar[tuple[str, ...]] = ()
