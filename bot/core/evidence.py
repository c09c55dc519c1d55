"""The kinds of evidence: what was read from AWS, one frozen model per kind, with the IAM actions it costs.

A kind is as fine as a permission: when one call is refused, only the checks that need that kind become
UNKNOWN. Collectors (bot/aws) make them, checks (runbooks/checks) judge them, case files keep them.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from bot.core.accesslog.values import LogSummary
from bot.core.alarm_code.values import AlarmDefinition
from bot.core.applog.values import AppLogHint, AppLogMessage, AppLogMinute
from bot.core.message import Value
from bot.core.model import Unread, Window


class Evidence(Value):
    """Base of all kinds. `actions` are IAM actions with service prefix; the IAM policy is made from them."""

    actions: ClassVar[tuple[str, ...]] = ()


# Load balancer and targets ------------------------------------------------------------------------------


class Listener(Value):
    """`protocol` and `port` face the clients; Classic listeners also name the instance side."""

    arn: str = ""
    protocol: str
    port: int
    target_group_arns: tuple[str, ...] = ()
    instance_protocol: str = ""
    instance_port: int = 0


class Listeners(Evidence):
    actions: ClassVar = ("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules")
    listeners: tuple[Listener, ...]


class LoadBalancerAttributes(Evidence):
    """Attribute keys as AWS names them (`idle_timeout.timeout_seconds`); Classic ones flattened likewise."""

    actions: ClassVar = ("elasticloadbalancing:DescribeLoadBalancerAttributes",)
    attributes: dict[str, str]


class HealthCheck(Value):
    """Health-check settings. `port` is a number or `traffic-port`; `matcher` is '' for TCP checks."""

    enabled: bool = True
    protocol: str
    port: str
    path: str = ""
    matcher: str = ""
    interval_s: int
    timeout_s: int
    healthy_threshold: int
    unhealthy_threshold: int


class TargetGroup(Value):
    """A target group, or the one implicit group of a Classic load balancer (`arn` empty).

    `dimension` is the CloudWatch `TargetGroup` value (`targetgroup/name/id`), '' for Classic.
    """

    arn: str
    name: str
    dimension: str
    protocol: str
    port: int
    target_type: str
    ip_address_type: str = "ipv4"
    protocol_version: str = ""
    health_check: HealthCheck


class TargetGroups(Evidence):
    actions: ClassVar = ("elasticloadbalancing:DescribeTargetGroups",)
    groups: tuple[TargetGroup, ...]


class TargetGroupAttributes(Evidence):
    """By target group ARN, attribute keys as AWS names them."""

    actions: ClassVar = ("elasticloadbalancing:DescribeTargetGroupAttributes",)
    by_group: dict[str, dict[str, str]]


class Target(Value):
    """One registered target. `state` and `reason` are AWS's words ('' when AWS gives no reason)."""

    group: str
    id: str
    port: int
    zone: str = ""
    health_port: str = ""
    state: str
    reason: str = ""
    description: str = ""
    override: str = ""


class TargetHealth(Evidence):
    """All targets now; `read_at` matters because health says nothing about the past."""

    actions: ClassVar = (
        "elasticloadbalancing:DescribeTargetHealth",
        "elasticloadbalancing:DescribeInstanceHealth",
    )
    read_at: datetime
    targets: tuple[Target, ...]


# Network --------------------------------------------------------------------------------------------------


class Interface(Value):
    """A network interface: of a target (found by instance or address) or of the load balancer."""

    id: str
    instance_id: str = ""
    subnet_id: str
    vpc_id: str
    private_ips: tuple[str, ...]
    ipv6_ips: tuple[str, ...] = ()
    security_groups: tuple[str, ...]
    description: str = ""
    primary: bool = True


class Interfaces(Evidence):
    """`targets` by target id (instance id or IP); a target without one was not found in this account."""

    actions: ClassVar = ("ec2:DescribeNetworkInterfaces",)
    targets: dict[str, Interface]
    load_balancer: tuple[Interface, ...]


class Rule(Value):
    """One permission of a security group, one source each. `protocol` is AWS's ('-1', 'tcp', '6').

    Exactly one of cidr / group / prefix_list is set.
    """

    direction: str
    protocol: str
    from_port: int | None = None
    to_port: int | None = None
    cidr: str = ""
    group: str = ""
    prefix_list: str = ""
    rule_id: str = ""
    description: str = ""
    peering_status: str = ""


class SecurityGroup(Value):
    id: str
    name: str
    vpc_id: str
    rules: tuple[Rule, ...]


class SecurityGroups(Evidence):
    """Groups of the load balancer and of the targets' interfaces, prefix lists expanded."""

    actions: ClassVar = ("ec2:DescribeSecurityGroups", "ec2:GetManagedPrefixListEntries")
    groups: tuple[SecurityGroup, ...]
    prefix_lists: dict[str, tuple[str, ...]] = {}


class AclEntry(Value):
    """One NACL entry. `number` 32767 is the implicit deny. `protocol` is numeric text ('-1', '6')."""

    egress: bool
    number: int
    allow: bool
    protocol: str
    cidr: str
    from_port: int | None = None
    to_port: int | None = None


class Acl(Value):
    id: str
    default: bool
    subnet_ids: tuple[str, ...]
    entries: tuple[AclEntry, ...]


class NetworkAcls(Evidence):
    actions: ClassVar = ("ec2:DescribeNetworkAcls",)
    acls: tuple[Acl, ...]


class Route(Value):
    """`target` is the gateway, peering, interface... as AWS gives it; `state` is active or blackhole."""

    destination: str
    target: str
    state: str


class RouteTable(Value):
    id: str
    main: bool
    vpc_id: str
    subnet_ids: tuple[str, ...]
    routes: tuple[Route, ...]


class RouteTables(Evidence):
    actions: ClassVar = ("ec2:DescribeRouteTables",)
    tables: tuple[RouteTable, ...]


class Subnet(Value):
    id: str
    vpc_id: str
    zone: str
    cidr: str
    ipv6_cidr: str = ""


class Subnets(Evidence):
    """Subnets of the load balancer and of the targets, and the CIDR blocks of their VPCs."""

    actions: ClassVar = ("ec2:DescribeSubnets", "ec2:DescribeVpcs")
    subnets: tuple[Subnet, ...]
    vpc_cidrs: dict[str, tuple[str, ...]] = {}


# Instances --------------------------------------------------------------------------------------------------


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


# Changes, alarms --------------------------------------------------------------------------------------------


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


# Metrics ----------------------------------------------------------------------------------------------------


class Series(Value):
    """One metric's points, oldest first: (period start UTC, value). Missing minutes are simply absent.

    `status` is GetMetricData's: Complete, PartialData, InternalError or Forbidden; `message` is what it
    said about the series, '' mostly.
    """

    namespace: str
    name: str
    dimensions: dict[str, str]
    statistic: str
    period_s: int
    unit: str = ""
    status: str = "Complete"
    message: str = ""
    points: tuple[tuple[datetime, float], ...]


class MetricsEvidence(Evidence):
    """Series over `window`; the still filling newest period is already dropped."""

    actions: ClassVar = ("cloudwatch:GetMetricData",)
    window: Window
    series: tuple[Series, ...]

    def find(self, name: str, statistic: str = "", **dimensions: str) -> tuple[Series, ...]:
        """Series of that metric whose dimensions include the given ones."""
        return tuple(
            s
            for s in self.series
            if s.name == name
            and (not statistic or s.statistic == statistic)
            and dimensions.items() <= s.dimensions.items()
        )


class LoadBalancerMetrics(MetricsEvidence):
    """The load balancer's and its target groups' metrics over the incident's window."""


class TargetMetrics(MetricsEvidence):
    """The targets' own metrics (EC2 instances) over the incident's window."""


class BaselineMetrics(MetricsEvidence):
    """The load balancer's main metrics from the same hours of the previous seven days."""


# Events of AWS itself ---------------------------------------------------------------------------------------


class HealthEvent(Value):
    """One event of AWS Health. `category` is issue or scheduledChange, `status` open, closed or upcoming.

    `scope` is PUBLIC or ACCOUNT_SPECIFIC; `entities` are the account's affected resources, if it names any.
    """

    arn: str
    service: str
    code: str
    category: str
    status: str
    scope: str
    zone: str = ""
    start: datetime
    end: datetime | None = None
    description: str = ""
    entities: tuple[str, ...] = ()


class HealthEvents(Evidence):
    """Events of this Region that overlap `window`. `complete` is False when a limit cut the list short."""

    actions: ClassVar = (
        "health:DescribeEvents",
        "health:DescribeEventDetails",
        "health:DescribeAffectedEntities",
    )
    window: Window
    read_at: datetime
    complete: bool
    events: tuple[HealthEvent, ...]


class ZonalShift(Value):
    """Traffic moved away from a zone: by AWS on its own (`automatic`), or by somebody for this resource."""

    automatic: bool
    away_from: str
    start: datetime
    end: datetime | None = None
    status: str
    comment: str = ""


class ZonalShifts(Evidence):
    actions: ClassVar = ("arc-zonal-shift:ListZonalShifts", "arc-zonal-shift:ListAutoshifts")
    shifts: tuple[ZonalShift, ...]


class LevelHistory(MetricsEvidence):
    """Metrics whose normal level moves, from these hours of the previous 14 days and a little around.

    Sums over 5 minutes or coarser. `window` is the whole stretch.
    """


class AnomalyBand(Value):
    """CloudWatch's band of one metric: (period start UTC, low, high), `width` standard deviations wide."""

    metric: str
    width: float
    period_s: int
    points: tuple[tuple[datetime, float, float], ...]


class AnomalyBands(Evidence):
    """Bands of trained anomaly detectors over the window, of the load balancer's metrics as a whole (Sum).

    `training` names metrics whose detector has not learned enough yet. Neither: no detector exists.
    """

    actions: ClassVar = ("cloudwatch:DescribeAnomalyDetectors", "cloudwatch:GetMetricData")
    bands: tuple[AnomalyBand, ...] = ()
    training: tuple[str, ...] = ()


# Logs -------------------------------------------------------------------------------------------------------


class AccessLog(Evidence, LogSummary):
    """What the access log says, and the health-check and connection log where they are on."""

    actions: ClassVar = ("s3:ListBucket", "s3:GetObject")


class AppLog(Evidence):
    """What the applications logged in `window`, and in the hour before it, with every line masked.

    `complete` is False when a cap on bytes or time cut the window short; `compared` is whether the hour
    before was read whole, so that a message that was not in it is new. `unread`: groups that were refused.
    """

    actions: ClassVar = ("logs:FilterLogEvents",)
    window: Window
    read_at: datetime
    groups: tuple[str, ...]
    lines: int
    bytes: int
    complete: bool
    compared: bool
    minutes: tuple[AppLogMinute, ...]
    messages: tuple[AppLogMessage, ...]
    hints: tuple[AppLogHint, ...]
    unread: tuple[Unread, ...] = ()


KINDS: tuple[type[Evidence], ...] = (
    Listeners,
    LoadBalancerAttributes,
    TargetGroups,
    TargetGroupAttributes,
    TargetHealth,
    Interfaces,
    SecurityGroups,
    NetworkAcls,
    RouteTables,
    Subnets,
    Instances,
    InstanceStatuses,
    Changes,
    EcsServices,
    HealthEvents,
    ZonalShifts,
    Alarms,
    AlarmHistory,
    AlarmDefinitions,
    StackAlarms,
    LoadBalancerMetrics,
    TargetMetrics,
    BaselineMetrics,
    LevelHistory,
    AnomalyBands,
    AccessLog,
    AppLog,
)
KIND_BY_NAME: dict[str, type[Evidence]] = {kind.__name__: kind for kind in KINDS}
