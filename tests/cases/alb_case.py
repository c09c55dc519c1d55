"""One line per case of an Application Load Balancer."""

from __future__ import annotations

from typing import Any

from bot.core.model import LoadBalancerType
from bot.sandbox.aws.albs import AlbSpec
from tests.cases.alb_parts import Part, alb
from tests.cases.case import Case

SECTION = "DOMAIN.md section 10, "


def case(
    id: str,
    title: str,
    expected: str,
    why: str,
    *parts: Part,
    spec: dict[str, Any] | None = None,
    **more: Any,
) -> Case:
    """A case whose load balancer has its id as name; `spec` are AlbSpec's fields."""
    wanted = AlbSpec(id, **{"per_minute": 600, **(spec or {})})
    return Case(
        id=id,
        title=title,
        type=LoadBalancerType.APPLICATION,
        expected=expected,
        why=SECTION + why,
        build=alb(wanted, *parts),
        **more,
    )
