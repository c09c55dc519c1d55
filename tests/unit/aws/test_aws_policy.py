"""The IAM policy: read-only, exactly what is declared."""

from __future__ import annotations

import re

import pytest

from bot.aws.policy import READ_ACTIONS, iam_policy
from bot.core.evidence import Changes, TargetHealth


def test_every_declared_action_only_reads() -> None:
    changing = [
        a for a in READ_ACTIONS if not re.fullmatch(r"[\w-]+:(Describe|Get|List|Lookup|Filter)\w+", a)
    ]
    assert changing == []


def test_the_policy_holds_the_given_actions_and_what_the_inventory_needs_in_order() -> None:
    (statement,) = iam_policy([*TargetHealth.actions, *Changes.actions])["Statement"]
    assert statement["Action"] == [
        "cloudtrail:LookupEvents",
        "elasticloadbalancing:DescribeInstanceHealth",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetHealth",
        "sts:GetCallerIdentity",
    ]
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")


def test_reading_objects_is_limited_to_load_balancer_logs() -> None:
    first, *logs = iam_policy(READ_ACTIONS)["Statement"]
    assert not [action for action in first["Action"] if action.startswith("s3:")]
    assert {statement["Resource"] for statement in logs} == {
        "arn:aws:s3:::*",
        "arn:aws:s3:::*/AWSLogs/*/elasticloadbalancing/*",
    }


def test_an_action_nobody_declared_is_refused() -> None:
    with pytest.raises(ValueError, match="ec2:TerminateInstances"):
        iam_policy(["ec2:TerminateInstances"])
