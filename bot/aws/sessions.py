"""Credentials and clients: built once, shared by threads, and watched so that only reads leave."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import ProfileNotFound

from bot.aws.failures import AWS_FAILURES, unread_of
from bot.aws.pacing import Pacer
from bot.aws.policy import IDENTITY_ACTION, READ_ACTIONS
from bot.core.errors import UserError
from bot.core.message import Code, say
from bot.core.model import UnreadReason

SERVICES = (
    "elbv2",
    "elb",
    "ec2",
    "cloudwatch",
    "cloudtrail",
    "s3",
    "ecs",
    "health",
    "arc-zonal-shift",
    "logs",
    "cloudformation",
)
# DOMAIN.md section 11: LookupEvents allows 2 a second; 40 ELB reads at once, then 10 a second.
# FilterLogEvents allows 5 a second in most Regions (CloudWatch Logs quotas).
PACES = {"cloudtrail": (1.9, 1), "elasticloadbalancing": (10.0, 40), "logs": (4.5, 1)}
# Where IAM calls it differently. botocore itself sends HeadBucket to learn a bucket's Region.
OTHER_NAMES = {"s3:ListObjectsV2": "s3:ListBucket", "s3:HeadBucket": "s3:ListBucket"}


class NotReadOnly(Exception):
    """An operation that no evidence kind declares was about to be sent to AWS."""


class AwsUnreachable(UserError):
    """AWS did not answer at all."""


class IdentityRefused(UserError):
    """There are no credentials, or AWS does not accept them."""


@dataclass(frozen=True)
class Identity:
    """Who AWS says we are."""

    account: str
    arn: str


class AwsSessions:
    """One account. `regions` falls back to boto3's own; UserError when there is none.

    `role_arn` is assumed from the credentials boto3 finds. `endpoint_url` None lets botocore look at
    AWS_ENDPOINT_URL. botocore's default timeouts would hang for minutes on a black hole.
    """

    def __init__(
        self,
        regions: Sequence[str],
        *,
        profile: str | None = None,
        endpoint_url: str | None = None,
        role_arn: str | None = None,
        connect_s: float = 2.0,
        read_s: float = 5.0,
        allowed: frozenset[str] = READ_ACTIONS,
    ) -> None:
        """Nothing but the `allowed` IAM actions leaves this session."""
        self._allowed = allowed
        self._endpoint_url = endpoint_url
        self._config = Config(
            connect_timeout=connect_s,
            read_timeout=read_s,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=50,
            user_agent_extra="alb-incident",
        )
        source = botocore.session.Session(profile=profile)
        self.regions = _regions(regions, source)
        self._session: Any = boto3.Session(botocore_session=self._assumed(source, role_arn))
        self._session.events.register("before-call", self._before_call)
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._pacers: dict[tuple[str, str], Pacer] = {}
        self._calls: Counter[str] = Counter()
        self._identity: Identity | None = None

    def client(self, service: str, region: str) -> Any:
        """The shared boto3 client; making clients is not thread-safe, using them is."""
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._session.client(
                    service, region_name=region, endpoint_url=self._endpoint_url, config=self._config
                )
            return self._clients[service, region]

    def warm(self) -> None:
        """Make all clients now, because loading their models takes a second."""
        for region in self.regions:
            for service in SERVICES:
                self.client(service, region)

    def api_calls(self) -> dict[str, int]:
        """Calls made so far by IAM action; botocore's repetition of a failed call is not counted again."""
        with self._lock:
            return dict(sorted(self._calls.items()))

    def identity(self) -> Identity:
        """Account and ARN, asked once. AwsUnreachable or IdentityRefused say what to do."""
        if self._identity is None:
            try:
                answer = self.client("sts", self.regions[0]).get_caller_identity()
            except AWS_FAILURES as error:
                raise _identity_error(error, self.regions[0]) from error
            self._identity = Identity(account=answer["Account"], arn=answer["Arn"])
        return self._identity

    def _before_call(self, model: Any, context: dict[str, Any], **_: Any) -> None:
        action = action_of(model)
        if action not in self._allowed:
            raise NotReadOnly(f"{action} is not a declared read")
        service, region = action.partition(":")[0], str(context["client_region"])
        with self._lock:
            self._calls[action] += 1
            if service in PACES and (service, region) not in self._pacers:
                self._pacers[service, region] = Pacer(*PACES[service])
            pacer = self._pacers.get((service, region))
        if pacer:
            pacer.wait()

    def _assumed(self, source: botocore.session.Session, role_arn: str | None) -> botocore.session.Session:
        if role_arn is None:
            return source
        create = partial(
            source.create_client,
            region_name=self.regions[0],
            endpoint_url=self._endpoint_url,
            config=self._config,
        )
        session = botocore.session.Session()
        providers = session.get_component("credential_provider")
        providers.insert_before("env", _Role(source, create, role_arn))
        return session


class _Role(CredentialProvider):
    """Credentials of an assumed role, renewed before they expire."""

    METHOD = CANONICAL_NAME = "alb-incident-role"

    def __init__(self, source: botocore.session.Session, create_client: Any, role_arn: str) -> None:
        super().__init__()
        self._source = source
        self._create_client = create_client
        self._role_arn = role_arn

    def load(self) -> Any:
        own = self._source.get_credentials()
        if own is None:
            return None
        fetcher = AssumeRoleCredentialFetcher(
            self._create_client, own, self._role_arn, extra_args={"RoleSessionName": "alb-incident"}
        )
        return DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)


def action_of(model: Any) -> str:
    """The IAM action of a botocore operation model: `cloudwatch:GetMetricData`."""
    prefix = model.service_model.signing_name
    action = f"{'cloudwatch' if prefix == 'monitoring' else prefix}:{model.name}"
    return OTHER_NAMES.get(action, action)


def _regions(regions: Sequence[str], source: botocore.session.Session) -> tuple[str, ...]:
    try:
        own = source.get_config_variable("region")
    except ProfileNotFound as error:
        raise IdentityRefused(
            say("There is no AWS profile {name}. Check AWS_PROFILE.", name=str(source.profile))
        ) from error
    found = tuple(regions) or ((own,) if own else ())
    if not found:
        raise UserError(say("No AWS Region is set. Set {name}.", name=Code(text="AWS_REGIONS")))
    return found


def _identity_error(error: Exception, region: str) -> UserError:
    unread = unread_of(error, IDENTITY_ACTION)
    if unread.reason in {UnreadReason.UNREACHABLE, UnreadReason.TIMEOUT}:
        return AwsUnreachable(
            say(
                "AWS does not answer in {region}. Check the network, the proxy and the Region's name. "
                "({detail})",
                region=region,
                detail=unread.detail,
            )
        )
    return IdentityRefused(
        say(
            "AWS does not accept the credentials. Check AWS_PROFILE, the role, and whether a session has "
            "expired. ({detail})",
            detail=unread.detail,
        )
    )
