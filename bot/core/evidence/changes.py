"""Who changed what, from CloudTrail and the services it names."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from bot.core.evidence.base import Evidence
from bot.core.message import Value
from bot.core.model import Window


class Change(Value):
    """One CloudTrail management event. `principal` is who (role/name, user/name), `service` the event source.

    `invoked_by` names an AWS service acting for them. `error` is the error code of a failed call, which
    changed nothing. `resources` are all identifiers found in the event; `request` is its raw parameters
    as JSON text, capped.
    """

    id: str
    at: datetime
    name: str
    service: str
    principal: str
    invoked_by: str = ""
    source_ip: str = ""
    error: str = ""
    resources: tuple[str, ...] = ()
    request: str = ""
    response: str = ""


class Changes(Evidence):
    """Write events in `window`. `complete` is False when the page limit cut the list short."""

    actions: ClassVar = ("cloudtrail:LookupEvents",)
    window: Window
    read_at: datetime
    complete: bool
    changes: tuple[Change, ...]


class EcsService(Value):
    """An ECS service and what it registers its tasks with: target group ARNs, Classic names."""

    arn: str
    cluster: str
    name: str
    registers_with: tuple[str, ...] = ()


class EcsServices(Evidence):
    """The services that the write events of `Changes` name; one that no longer exists is absent."""

    actions: ClassVar = ("ecs:DescribeServices",)
    services: tuple[EcsService, ...]
