"""The account's CloudTrail event history: what people and services did, when, and when it became visible."""

from __future__ import annotations

import json
import threading
import time
from bisect import insort
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from bot.sandbox.aws import noise

KEPT = timedelta(days=90)
READ_PREFIXES = (
    "Describe",
    "Get",
    "List",
    "Lookup",
    "Head",
    "BatchGet",
    "Filter",
    "Search",
    "Start" + "Query",
)


@dataclass(frozen=True)
class Actor:
    """Who calls: an assumed role with its session name, an IAM user, or an AWS service."""

    role: str | None
    session: str
    invoked_by: str | None = None

    def identity(self, account: str, at: datetime) -> dict[str, Any]:
        """CloudTrail's userIdentity."""
        if self.invoked_by and self.role is None:
            return {"type": "AWSService", "invokedBy": self.invoked_by}
        if self.role is None:
            arn = f"arn:aws:iam::{account}:user/{self.session}"
            return {"type": "IAMUser", "arn": arn, "accountId": account, "userName": self.session}
        issuer = {
            "type": "Role",
            "arn": f"arn:aws:iam::{account}:role/{self.role}",
            "accountId": account,
            "userName": self.role,
        }
        created = (at - timedelta(minutes=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
        identity: dict[str, Any] = {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{account}:assumed-role/{self.role}/{self.session}",
            "accountId": account,
            "sessionContext": {
                "sessionIssuer": issuer,
                "attributes": {"creationDate": created, "mfaAuthenticated": "false"},
            },
        }
        if self.invoked_by:
            identity["invokedBy"] = self.invoked_by
        return identity


@dataclass(frozen=True, order=True)
class TrailEvent:
    """One management event. ``resources`` are (type, name) pairs and, as on AWS, often incomplete."""

    at: datetime
    event_id: str
    name: str = field(compare=False)
    source: str = field(compare=False)
    actor: Actor = field(compare=False)
    request: Mapping[str, Any] = field(compare=False, default_factory=dict)
    resources: tuple[tuple[str, str], ...] = field(compare=False, default=())
    response: Mapping[str, Any] | None = field(compare=False, default=None)
    error_code: str | None = field(compare=False, default=None)
    error_message: str | None = field(compare=False, default=None)
    access_key: str = field(compare=False, default="ASIASANDBOX000000000")

    @property
    def read_only(self) -> bool:
        """True for calls that only look."""
        return self.name.startswith(READ_PREFIXES)

    def document(self, account: str, region: str) -> str:
        """The CloudTrailEvent JSON document."""
        body: dict[str, Any] = {
            "eventVersion": "1.11",
            "userIdentity": self.actor.identity(account, self.at),
            "eventTime": self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": self.source,
            "eventName": self.name,
            "awsRegion": region,
            "sourceIPAddress": self.actor.invoked_by or "198.51.100.24",
            "userAgent": self.actor.invoked_by or "aws-cli/2.31.2",
            "requestParameters": dict(self.request) or None,
            "responseElements": self.response,
            "requestID": str(UUID(int=UUID(self.event_id).int ^ 0xFFFF)),
            "eventID": self.event_id,
            "readOnly": self.read_only,
            "eventType": "AwsServiceEvent"
            if self.actor.role is None and self.actor.invoked_by
            else "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": account,
            "eventCategory": "Management",
        }
        if self.error_code:
            body |= {"errorCode": self.error_code, "errorMessage": self.error_message}
        return json.dumps(body)


class Trail:
    """Recorded events plus the daily noise of an account. Events are visible ``delay`` after they happen."""

    def __init__(self, anchor: datetime, seed: int, delay: timedelta = timedelta(minutes=3)) -> None:
        self.delay = delay
        self.requests_per_second: float | None = 2.0
        self._anchor_hour = int(anchor.timestamp()) // 3600
        self._seed = seed
        self._lock = threading.Lock()
        self._events: list[TrailEvent] = []
        self._noise: dict[int, list[TrailEvent]] = {}
        self._lookups: deque[float] = deque()

    def admit(self) -> bool:
        """Count one lookup; False when the account has used up its requests of this second."""
        if self.requests_per_second is None:
            return True
        moment = time.monotonic()
        with self._lock:
            while self._lookups and moment - self._lookups[0] >= 1.0:
                self._lookups.popleft()
            if len(self._lookups) >= self.requests_per_second:
                return False
            self._lookups.append(moment)
            return True

    def record(self, at: datetime, name: str, source: str, actor: Actor, **more: Any) -> TrailEvent:
        """Add an event; ``source`` without ``.amazonaws.com``. Returns it with its id."""
        with self._lock:
            event_id = self.new_id("event", len(self._events), name)
            event = TrailEvent(at, event_id, name, f"{source}.amazonaws.com", actor, **more)
            insort(self._events, event)
        return event

    def new_id(self, *names: object) -> str:
        """A version-4 UUID drawn from the seed."""
        high, low = noise.key(self._seed, "a", *names), noise.key(self._seed, "b", *names)
        return str(UUID(int=(high << 64) | low, version=4))

    def between(self, start: datetime, end: datetime, now: datetime) -> list[TrailEvent]:
        """Events in [start, end] already visible at ``now``, newest first."""
        start, end = max(start, now - KEPT), min(end, now - self.delay)
        with self._lock:
            recorded = [event for event in self._events if start <= event.at <= end]
            background = [event for event in self._background(start, end) if start <= event.at <= end]
        return sorted(recorded + background, reverse=True)

    def _background(self, start: datetime, end: datetime) -> Iterator[TrailEvent]:
        if end < start:
            return
        for hour in range(int(start.timestamp()) // 3600, int(end.timestamp()) // 3600 + 1):
            if hour not in self._noise:
                self._noise[hour] = list(self._hour(hour))
            yield from self._noise[hour]

    def _hour(self, hour: int) -> Iterator[TrailEvent]:
        relative = hour - self._anchor_hour
        draws = noise.uniform(noise.key(self._seed, "trail", relative), np.arange(21, dtype=np.int64))
        for i in range(7):
            template = _NOISE[int(draws[3 * i] * len(_NOISE))]
            at = datetime.fromtimestamp(hour * 3600 + int(draws[3 * i + 1] * 3600), UTC)
            yield TrailEvent(
                at,
                self.new_id("noise", relative, i),
                template.name,
                template.source,
                template.actor,
                template.request,
                template.resources,
                None,
                template.error_code,
                template.error_message,
            )


_EARLY = datetime(2000, 1, 1, tzinfo=UTC)


def _usual(
    name: str,
    source: str,
    actor: Actor,
    request: dict[str, Any],
    resources: tuple[tuple[str, str], ...] = (),
    error: tuple[str, str] | None = None,
) -> TrailEvent:
    code, message = error or (None, None)
    return TrailEvent(
        _EARLY, "", name, f"{source}.amazonaws.com", actor, request, resources, None, code, message
    )


_MONITOR = Actor("monitoring-readonly", "grafana")
_CI = Actor("ci-build", "pipeline-7781")
_OPS = Actor("ops-admin", "lan")
_NOISE = (
    _usual("DescribeInstances", "ec2", _MONITOR, {"filterSet": {}}),
    _usual("DescribeTargetHealth", "elasticloadbalancing", _MONITOR, {}),
    _usual("GetMetricData", "monitoring", _MONITOR, {}),
    _usual("DescribeAlarms", "monitoring", _MONITOR, {"maxRecords": 100}),
    _usual(
        "AssumeRole",
        "sts",
        Actor(None, "autoscaling", "autoscaling.amazonaws.com"),
        {"roleSessionName": "AutoScaling"},
        (("AWS::IAM::Role", "AWSServiceRoleForAutoScaling"),),
    ),
    _usual("CreateLogStream", "logs", _CI, {"logGroupName": "/ci/build"}),
    _usual("PutImage", "ecr", _CI, {"repositoryName": "reports", "imageTag": "main"}),
    _usual(
        "CreateSnapshot",
        "ec2",
        Actor("backup", "AWSBackup", "backup.amazonaws.com"),
        {"volumeId": "vol-0b5f1c7e9a2d40001"},
    ),
    _usual(
        "DeleteSnapshot",
        "ec2",
        Actor("backup", "AWSBackup", "backup.amazonaws.com"),
        {"snapshotId": "snap-0b5f1c7e9a2d4000a"},
    ),
    _usual("CreateTags", "ec2", _OPS, {"resourcesSet": {"items": [{"resourceId": "vol-0b5f1c7e9a2d40001"}]}}),
    _usual("ConsoleLogin", "signin", _OPS, {}),
    _usual("DescribeSecurityGroups", "ec2", _OPS, {}),
    _usual(
        "GetBucketAcl",
        "s3",
        _OPS,
        {"bucketName": "reports-archive"},
        (("AWS::S3::Bucket", "reports-archive"),),
    ),
    _usual("DescribeDBInstances", "rds", _MONITOR, {}),
    _usual(
        "PutRolePolicy",
        "iam",
        _OPS,
        {"roleName": "reports-lambda"},
        (("AWS::IAM::Role", "reports-lambda"),),
        ("AccessDenied", "User is not authorized to perform: iam:PutRolePolicy"),
    ),
)
