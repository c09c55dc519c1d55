"""What this product may do in AWS: read. The one list behind IAM policy, doctor and request guard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.core.checks import actions_of
from bot.core.evidence import KINDS

INVENTORY_ACTIONS = ("elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags")
IDENTITY_ACTION = "sts:GetCallerIdentity"
READ_ACTIONS = frozenset({*actions_of(KINDS), *INVENTORY_ACTIONS, IDENTITY_ACTION})
"""Every action any part of the product uses; nothing else leaves the process."""


def iam_policy(actions: Iterable[str]) -> dict[str, Any]:
    """A read-only policy document: `actions` plus what listing load balancers and `doctor` need.

    Resource is `*` because nearly none of these actions can be limited to resources (DOMAIN.md section 11).
    ValueError for an action this product does not read with.
    """
    wanted = {*actions, *INVENTORY_ACTIONS, IDENTITY_ACTION}
    if strange := wanted - READ_ACTIONS:
        raise ValueError(f"not among the declared read actions: {sorted(strange)}")
    statement = {"Sid": "ReadOnly", "Effect": "Allow", "Action": sorted(wanted), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}
