"""What can be set from outside, read once at start; a contradiction stops the start with a sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.core.alarms.write import PUT_ALARM


class DigestTime(NamedTuple):
    """A channel's daily digest: at that hour of that time zone."""

    channel: str
    hour: int
    time_zone: str


class Settings(BaseSettings):
    """One field per environment variable of the same name in capitals; `.env` is read too.

    AWS credentials are not here: boto3 finds them the usual way (AWS_PROFILE, roles, AWS_ENDPOINT_URL).
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = "https://slack.com/api/"

    database_url: str = ""
    data_dir: Path = Path(".data")

    aws_regions: Annotated[tuple[str, ...], NoDecode] = ()
    aws_region: str = ""
    aws_default_region: str = ""
    assume_role_arn: str = ""

    allowed_channels: Annotated[tuple[str, ...], NoDecode] = ()
    digests: Annotated[tuple[str, ...], NoDecode] = ()
    log_groups: Annotated[dict[str, tuple[str, ...]], NoDecode] = {}
    terraform_dir: Path | None = None
    cloudformation_dir: Path | None = None
    allow_writes: Annotated[tuple[str, ...], NoDecode] = ()
    language: str = "en"

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    workers: int = Field(default=8, ge=1, le=64)
    log_level: str = "INFO"
    log_json: bool = False
    clock_file: Path | None = None
    ring_every_s: float = Field(default=60, gt=0)

    @field_validator("aws_regions", "allowed_channels", "digests", "allow_writes", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("log_groups", mode="before")
    @classmethod
    def _names_with_log_groups(cls, value: object) -> object:
        """`shop-prod=/app/shop, tag:team=web=/app/web`: what is left of the last = names whose log it is."""
        if not isinstance(value, str):
            return value
        found: dict[str, tuple[str, ...]] = {}
        for part in filter(None, (part.strip() for part in value.split(","))):
            name, equals, group = part.rpartition("=")
            if not (name and equals and group):
                raise ValueError(f"LOG_GROUPS: write {part!r} like shop-prod=/app/shop")
            found[name] = (*found.get(name, ()), group)
        return found

    @model_validator(mode="after")
    def _tokens_are_what_they_say(self) -> Settings:
        _must_start(self.slack_bot_token, "xoxb-", "SLACK_BOT_TOKEN", "OAuth & Permissions")
        _must_start(self.slack_app_token, "xapp-", "SLACK_APP_TOKEN", "Basic Information, App-Level Tokens")
        return self

    @property
    def digest_times(self) -> tuple[DigestTime, ...]:
        """DIGESTS as values, e.g. `C0123=08:00 Europe/Berlin, C0456=09:00 UTC`."""
        return tuple(_digest_time(text) for text in self.digests)

    @model_validator(mode="after")
    def _digests_are_readable(self) -> Settings:
        _ = self.digest_times
        return self

    @field_validator("allow_writes")
    @classmethod
    def _known_writes(cls, actions: tuple[str, ...]) -> tuple[str, ...]:
        if strange := set(actions) - {PUT_ALARM}:
            named = ", ".join(sorted(strange))
            raise ValueError(f"ALLOW_WRITES: only {PUT_ALARM} can be allowed, not {named}")
        return actions

    @property
    def socket_mode(self) -> bool:
        """Socket Mode when there is an app-level token, signed HTTP otherwise."""
        return bool(self.slack_app_token.get_secret_value())

    @property
    def regions(self) -> tuple[str, ...]:
        """AWS_REGIONS, or the one region boto3 would use."""
        one = self.aws_region or self.aws_default_region
        return self.aws_regions or ((one,) if one else ())


def _must_start(secret: SecretStr, prefix: str, name: str, where: str) -> None:
    value = secret.get_secret_value()
    if value and not value.startswith(prefix):
        raise ValueError(f"{name} must start with {prefix} (Slack app settings: {where})")


def _digest_time(text: str) -> DigestTime:
    hit = re.fullmatch(r"([CG][A-Z0-9]+)=([01]?\d|2[0-3]):00(?: (\S+))?", text)
    if not hit:
        raise ValueError(f"DIGESTS: write {text!r} like C0123456=08:00 Europe/Berlin (a full hour)")
    return DigestTime(hit[1], int(hit[2]), hit[3] or "UTC")
