"""The AWS CLI call that shows a metric of the scope: what a person runs to see the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bot.core.load_balancer_series import ERROR_METRIC, NAMESPACE, REQUEST_METRIC, whole
from bot.core.model import Scope


def errors_command(scope: Scope) -> str:
    return metric_command(scope, ERROR_METRIC[scope.load_balancer.type])


def requests_command(scope: Scope) -> str:
    return metric_command(scope, REQUEST_METRIC[scope.load_balancer.type])


def metric_command(scope: Scope, metric: str) -> str:
    """`aws cloudwatch get-metric-statistics ...` for a metric of the load balancer as a whole."""
    lb = scope.load_balancer
    return _statistics(scope, NAMESPACE[lb.type], metric, whole(lb), "Sum", scope.period_s)


def instance_command(metric: str, statistic: str, period_s: int) -> Callable[[Scope], str]:
    """The same for an EC2 metric; the responder fills in which target."""
    return lambda scope: _statistics(
        scope, "AWS/EC2", metric, {"InstanceId": "INSTANCE_ID"}, statistic, period_s
    )


def _statistics(
    scope: Scope, namespace: str, metric: str, dimensions: Mapping[str, str], statistic: str, period_s: int
) -> str:
    named = " ".join(f"Name={name},Value={value}" for name, value in sorted(dimensions.items()))
    return (
        f"aws cloudwatch get-metric-statistics --region {scope.load_balancer.region} --namespace {namespace} "
        f"--metric-name {metric} --dimensions {named} --statistics {statistic} --period {period_s} "
        f"--start-time {_time(scope.window.start)} --end-time {_time(scope.window.end)}"
    )


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
