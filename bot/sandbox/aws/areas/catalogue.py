"""Which operation is answered by which function; everything not listed goes to moto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox.aws.areas import (
    alarm_writes,
    alarms,
    classic,
    cloudtrail,
    ec2,
    elbv2,
    health,
    metric_data,
    metric_listing,
)
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.wire import Call

Handler = Callable[[Estate, Call], dict[str, Any]]

OVERRIDDEN: dict[tuple[str, str], Handler] = {
    ("elbv2", "CreateLoadBalancer"): elbv2.create_load_balancer,
    ("elbv2", "CreateTargetGroup"): elbv2.create_target_group,
    ("elbv2", "CreateListener"): elbv2.create_listener,
    ("elbv2", "RegisterTargets"): elbv2.register_targets,
    ("elbv2", "DeregisterTargets"): elbv2.deregister_targets,
    ("elbv2", "DescribeTargetHealth"): elbv2.describe_target_health,
    ("elb", "DescribeInstanceHealth"): classic.describe_instance_health,
    ("ec2", "CreateNetworkAcl"): ec2.create_network_acl,
    ("ec2", "DescribeInstanceStatus"): ec2.describe_instance_status,
    ("cloudwatch", "GetMetricData"): metric_data.get_metric_data,
    ("cloudwatch", "GetMetricStatistics"): metric_data.get_metric_statistics,
    ("cloudwatch", "ListMetrics"): metric_listing.list_metrics,
    ("cloudwatch", "DescribeAlarms"): alarms.describe_alarms,
    ("cloudwatch", "DescribeAlarmsForMetric"): alarms.describe_alarms_for_metric,
    ("cloudwatch", "DescribeAlarmHistory"): alarms.describe_alarm_history,
    ("cloudwatch", "PutMetricAlarm"): alarm_writes.put_metric_alarm,
    ("cloudwatch", "PutCompositeAlarm"): alarm_writes.put_composite_alarm,
    ("cloudwatch", "DeleteAlarms"): alarm_writes.delete_alarms,
    ("cloudwatch", "SetAlarmState"): alarm_writes.set_alarm_state,
    ("cloudwatch", "PutAnomalyDetector"): alarm_writes.put_anomaly_detector,
    ("cloudwatch", "DeleteAnomalyDetector"): alarm_writes.delete_anomaly_detector,
    ("cloudwatch", "DescribeAnomalyDetectors"): alarm_writes.describe_anomaly_detectors,
    ("cloudwatch", "PutMetricData"): alarm_writes.put_metric_data,
    ("cloudtrail", "LookupEvents"): cloudtrail.lookup_events,
    ("health", "DescribeEvents"): health.describe_events,
    ("health", "DescribeEventDetails"): health.describe_event_details,
    ("health", "DescribeAffectedEntities"): health.describe_affected_entities,
    ("arc-zonal-shift", "ListAutoshifts"): health.list_autoshifts,
    ("arc-zonal-shift", "ListZonalShifts"): health.list_zonal_shifts,
}
