"""Alarms as they are, as they were, and as code defines them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from bot.core.alarm_code.values import AlarmDefinition
from bot.core.evidence.base import Evidence
from bot.core.message import Value


class AlarmMetric(Value):
    """A metric that an alarm watches, alone or inside metric math."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    statistic: str
    period_s: int


class Alarm(Value):
    """A metric or composite alarm. `expression` is the metric math or the composite rule."""

    name: str
    arn: str
    composite: bool = False
    metrics: tuple[AlarmMetric, ...] = ()
    expression: str = ""
    state: str
    state_reason: str = ""
    state_reason_data: str = ""
    state_since: datetime | None = None
    configured_at: datetime | None = None
    threshold: float | None = None
    threshold_band: str = ""
    comparison: str = ""
    evaluation_periods: int = 0
    datapoints_to_alarm: int = 0
    treat_missing: str = "missing"
    actions_enabled: bool = True
    alarm_actions: tuple[str, ...] = ()
    ok_actions: tuple[str, ...] = ()


class Alarms(Evidence):
    """Alarms that watch this load balancer or its target groups, and composites above them."""

    actions: ClassVar = ("cloudwatch:DescribeAlarms",)
    alarms: tuple[Alarm, ...]


class AlarmDefinitions(Evidence):
    """Alarms that the team's own code defines, in Terraform and CloudFormation files of this machine.

    `folders` were read; `unreadable` are files in them that could not be, with why.
    """

    actions: ClassVar = ()
    folders: tuple[str, ...]
    definitions: tuple[AlarmDefinition, ...]
    unreadable: tuple[str, ...] = ()


class StackAlarms(Evidence):
    """The definitions of live alarms in the CloudFormation stacks that made them."""

    actions: ClassVar = ("cloudformation:DescribeStackResources", "cloudformation:GetTemplate")
    definitions: tuple[AlarmDefinition, ...]
    unreadable: tuple[str, ...] = ()


class AlarmTransition(Value):
    """`kind` is StateUpdate, ConfigurationUpdate or Action; `old`/`new` are states of a StateUpdate."""

    alarm: str
    at: datetime
    kind: str
    summary: str
    old: str = ""
    new: str = ""


class AlarmHistory(Evidence):
    actions: ClassVar = ("cloudwatch:DescribeAlarmHistory",)
    transitions: tuple[AlarmTransition, ...]
