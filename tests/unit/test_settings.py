"""Settings from outside: read once, contradictions told, secrets never printed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.settings import DigestTime, Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_REGIONS"):
        monkeypatch.delenv(name, raising=False)


def settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None)


def test_an_app_token_means_socket_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, SLACK_APP_TOKEN="xapp-1").socket_mode
    assert not settings(monkeypatch, SLACK_APP_TOKEN="").socket_mode


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-user", "must start with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-wrong", "must start with xapp-"),
        ("DIGESTS", "C012", "write 'C012' like"),
        ("DIGESTS", "C012=08:30 UTC", "a full hour"),
        ("LOG_GROUPS", "shop-prod", "like shop-prod=/app/shop"),
        ("WORKERS", "0", "greater than or equal to 1"),
    ],
)
def test_a_contradiction_stops_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        settings(monkeypatch, **{name: value})


def test_digests_are_channels_with_an_hour_and_a_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, DIGESTS="C012=08:00 Europe/Berlin, G34=9:00").digest_times
    assert found == (DigestTime("C012", 8, "Europe/Berlin"), DigestTime("G34", 9, "UTC"))


def test_log_groups_are_by_name_or_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, LOG_GROUPS="shop=/app/a, shop=/app/b, tag:team=web=/app/web").log_groups
    assert found == {"shop": ("/app/a", "/app/b"), "tag:team=web": ("/app/web",)}


def test_regions_are_those_given_or_boto3_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, AWS_REGION="eu-west-1").regions == ("eu-west-1",)
    assert settings(monkeypatch, AWS_REGIONS="us-east-1, eu-west-1").regions == ("us-east-1", "eu-west-1")


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = repr(settings(monkeypatch, SLACK_BOT_TOKEN="xoxb-secret", SLACK_SIGNING_SECRET="s3cret"))
    assert "xoxb-secret" not in shown
    assert "s3cret" not in shown


def test_nothing_is_written_to_aws_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch).allow_writes == ()
    assert settings(monkeypatch, ALLOW_WRITES="cloudwatch:PutMetricAlarm").allow_writes == (
        "cloudwatch:PutMetricAlarm",
    )
    with pytest.raises(ValidationError, match="not ec2:TerminateInstances"):
        settings(monkeypatch, ALLOW_WRITES="cloudwatch:PutMetricAlarm, ec2:TerminateInstances")
