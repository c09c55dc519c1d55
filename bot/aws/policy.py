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

WRITE_ACTIONS = frozenset(
    {
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:PutAnomalyDetector",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DeleteAnomalyDetector",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DescribeAnomalyDetectors",
    }
)
"""What the session for creating alarms may do, where ALLOW_WRITES turns that on; it is another session."""

_LOGS = "AWSLogs/*/elasticloadbalancing/*"
LOG_STATEMENTS: dict[str, dict[str, Any]] = {
    "s3:GetObject": {
        "Sid": "ReadLoadBalancerLogs",
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": f"arn:aws:s3:::*/{_LOGS}",
    },
    "s3:ListBucket": {
        "Sid": "ListLoadBalancerLogs",
        "Effect": "Allow",
        "Action": ["s3:ListBucket"],
        "Resource": "arn:aws:s3:::*",
        "Condition": {"StringLike": {"s3:prefix": f"*{_LOGS}"}},
    },
}


def iam_policy(actions: Iterable[str]) -> dict[str, Any]:
    """A read-only policy document: `actions` plus what listing load balancers and `doctor` need.

    Resource is `*` because nearly none of these actions can be limited to resources (DOMAIN.md section 11);
    those on S3 can, to where load balancers put their logs. ValueError for any action not declared.
    """
    wanted = {*actions, *INVENTORY_ACTIONS, IDENTITY_ACTION}
    if strange := wanted - READ_ACTIONS:
        raise ValueError(f"not among the declared read actions: {sorted(strange)}")
    everywhere = sorted(action for action in wanted if action not in LOG_STATEMENTS)
    statements = [{"Sid": "ReadOnly", "Effect": "Allow", "Action": everywhere, "Resource": "*"}]
    logs = [LOG_STATEMENTS[action] for action in sorted(wanted & LOG_STATEMENTS.keys())]
    return {"Version": "2012-10-17", "Statement": statements + logs}
