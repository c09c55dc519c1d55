"""The targets' instances, their checks and what is scheduled for them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from bot.core.evidence.base import Evidence
from bot.core.message import Value


class Instance(Value):
    id: str
    state: str
    state_reason: str = ""
    launched_at: datetime
    instance_type: str
    zone: str
    detailed_monitoring: bool
    auto_scaling_group: str = ""
    tags: dict[str, str] = {}


class Instances(Evidence):
    actions: ClassVar = ("ec2:DescribeInstances",)
    instances: tuple[Instance, ...]


class ScheduledEvent(Value):
    code: str
    description: str
    not_before: datetime | None = None
    not_after: datetime | None = None


class InstanceStatus(Value):
    id: str
    system: str
    instance: str
    events: tuple[ScheduledEvent, ...] = ()


class InstanceStatuses(Evidence):
    actions: ClassVar = ("ec2:DescribeInstanceStatus",)
    statuses: tuple[InstanceStatus, ...]
