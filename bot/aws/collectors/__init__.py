"""One collector per kind of evidence: what it reads, and what it builds on."""

from __future__ import annotations

from bot.aws.collector import Collector
from bot.aws.collectors.access_log import read_access_log
from bot.aws.collectors.alarm_code import read_alarm_definitions, read_stack_alarms
from bot.aws.collectors.alarms import read_alarm_history, read_alarms
from bot.aws.collectors.anomaly_bands import read_anomaly_bands
from bot.aws.collectors.application_log import read_application_log
from bot.aws.collectors.aws_events import read_health_events, read_zonal_shifts
from bot.aws.collectors.changes import read_changes
from bot.aws.collectors.ecs import read_ecs_services
from bot.aws.collectors.instances import read_instance_statuses, read_instances
from bot.aws.collectors.load_balancer import (
    ClassicDescription,
    read_attributes,
    read_classic_description,
    read_listeners,
)
from bot.aws.collectors.metrics import (
    read_baseline_metrics,
    read_level_history,
    read_load_balancer_metrics,
    read_target_metrics,
)
from bot.aws.collectors.network import (
    read_interfaces,
    read_network_acls,
    read_route_tables,
    read_security_groups,
    read_subnets,
)
from bot.aws.collectors.targets import read_target_group_attributes, read_target_groups, read_target_health
from bot.core.checks import Kind
from bot.core.evidence import (
    AccessLog,
    AlarmDefinitions,
    AlarmHistory,
    Alarms,
    AnomalyBands,
    AppLog,
    BaselineMetrics,
    Changes,
    EcsServices,
    HealthEvents,
    Instances,
    InstanceStatuses,
    Interfaces,
    LevelHistory,
    Listeners,
    LoadBalancerAttributes,
    LoadBalancerMetrics,
    NetworkAcls,
    RouteTables,
    SecurityGroups,
    StackAlarms,
    Subnets,
    TargetGroupAttributes,
    TargetGroups,
    TargetHealth,
    TargetMetrics,
    ZonalShifts,
)

_DESCRIBED = (ClassicDescription,)
COLLECTORS: dict[Kind, Collector] = {
    ClassicDescription: Collector(read_classic_description),
    Listeners: Collector(read_listeners, classic_needs=_DESCRIBED),
    LoadBalancerAttributes: Collector(read_attributes),
    TargetGroups: Collector(read_target_groups, classic_needs=_DESCRIBED),
    TargetGroupAttributes: Collector(read_target_group_attributes, needs=(TargetGroups,), classic_needs=()),
    TargetHealth: Collector(read_target_health, needs=(TargetGroups,), classic_needs=_DESCRIBED),
    Interfaces: Collector(read_interfaces, needs=(TargetHealth,)),
    SecurityGroups: Collector(read_security_groups, needs=(Interfaces,)),
    NetworkAcls: Collector(read_network_acls, needs=(Interfaces,)),
    RouteTables: Collector(read_route_tables, needs=(Interfaces,)),
    Subnets: Collector(read_subnets, needs=(Interfaces,)),
    Instances: Collector(read_instances, needs=(TargetHealth,)),
    InstanceStatuses: Collector(read_instance_statuses, needs=(TargetHealth,)),
    Changes: Collector(read_changes),
    EcsServices: Collector(read_ecs_services, needs=(Changes,)),
    HealthEvents: Collector(read_health_events),
    ZonalShifts: Collector(read_zonal_shifts),
    Alarms: Collector(read_alarms, needs=(TargetGroups,)),
    AlarmHistory: Collector(read_alarm_history, needs=(Alarms,)),
    AlarmDefinitions: Collector(read_alarm_definitions),
    StackAlarms: Collector(read_stack_alarms, needs=(Alarms,)),
    LoadBalancerMetrics: Collector(read_load_balancer_metrics, uses=(TargetGroups,)),
    TargetMetrics: Collector(read_target_metrics, needs=(Instances,)),
    BaselineMetrics: Collector(read_baseline_metrics, uses=(TargetGroups,)),
    LevelHistory: Collector(read_level_history),
    AnomalyBands: Collector(read_anomaly_bands, uses=(Alarms,)),
    AccessLog: Collector(read_access_log, needs=(LoadBalancerAttributes,)),
    AppLog: Collector(read_application_log, uses=(TargetGroups,)),
}
