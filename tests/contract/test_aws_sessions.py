"""Credentials and clients against the emulated account: only reads leave, and refusals say what to do."""

from __future__ import annotations

import socket

import pytest

from bot.aws.inventory import AwsInventory
from bot.aws.sessions import AwsSessions, AwsUnreachable, IdentityRefused, NotReadOnly
from bot.core.errors import UserError
from bot.sandbox.aws.estate import REGION
from bot.sandbox.aws.server import SandboxAws


def test_a_changing_operation_is_refused_before_a_byte_leaves(aws: SandboxAws, sessions: AwsSessions) -> None:
    with pytest.raises(NotReadOnly, match="ec2:TerminateInstances"):
        sessions.client("ec2", REGION).terminate_instances(InstanceIds=["i-0123456789abcdef0"])
    assert aws.calls.counts == {}
    assert sessions.api_calls() == {}


def test_a_read_that_no_evidence_declares_is_refused_too(sessions: AwsSessions) -> None:
    with pytest.raises(NotReadOnly, match="ec2:DescribeImages"):
        sessions.client("ec2", REGION).describe_images()


def test_calls_are_counted_as_iam_names_them(sessions: AwsSessions) -> None:
    sessions.client("elb", REGION).describe_load_balancers()
    sessions.client("elbv2", REGION).describe_load_balancers()
    sessions.client("cloudwatch", REGION).describe_alarms()
    assert sessions.api_calls() == {
        "cloudwatch:DescribeAlarms": 1,
        "elasticloadbalancing:DescribeLoadBalancers": 2,
    }


def test_the_identity_is_asked_once(aws: SandboxAws, sessions: AwsSessions) -> None:
    assert sessions.identity() == sessions.identity()
    assert sessions.identity().account
    assert aws.calls.counts == {"sts:GetCallerIdentity": 1}


def test_a_role_is_assumed(endpoint: str) -> None:
    role = "arn:aws:iam::777788889999:role/alb-incident"
    sessions = AwsSessions([REGION], endpoint_url=endpoint, role_arn=role)
    assert sessions.identity().arn == "arn:aws:sts::777788889999:assumed-role/alb-incident/alb-incident"


def test_the_endpoint_may_come_from_the_environment(
    aws: SandboxAws, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert AwsInventory(AwsSessions([REGION])).list_load_balancers()


def test_the_region_may_come_from_botos_own_setting(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert AwsSessions([], endpoint_url=endpoint).regions == ("eu-west-1",)


@pytest.mark.usefixtures("aws")
def test_no_region_at_all_is_said_at_the_start() -> None:
    with pytest.raises(UserError, match="No AWS Region is set"):
        AwsSessions([])


@pytest.mark.usefixtures("aws")
def test_an_unknown_profile_is_said_at_the_start() -> None:
    with pytest.raises(IdentityRefused, match="There is no AWS profile"):
        AwsSessions([REGION], profile="nobody")


def test_refused_credentials_say_what_to_check(aws: SandboxAws, sessions: AwsSessions) -> None:
    aws.faults.add("sts:GetCallerIdentity", "deny")
    with pytest.raises(IdentityRefused, match="Check AWS_PROFILE"):
        sessions.identity()


def test_missing_credentials_say_what_to_check(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(IdentityRefused, match="Check AWS_PROFILE"):
        AwsSessions([REGION], endpoint_url=endpoint).identity()


def test_an_unreachable_aws_says_what_to_check() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(AwsUnreachable, match="does not answer in"):
            AwsSessions([REGION], endpoint_url=nobody, connect_s=0.2).identity()


def test_warming_makes_no_call(aws: SandboxAws, sessions: AwsSessions) -> None:
    sessions.warm()
    assert aws.calls.counts == {}
