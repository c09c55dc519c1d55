"""Links to AWS console pages, by name, for the load balancer and window of a scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from bot.core.model import LoadBalancerType, Scope


def console_url(page: str, scope: Scope) -> str:
    """The URL of a named page; KeyError for a page nobody defined (tests walk every name in use)."""
    return PAGES[page](scope)


def _base(scope: Scope, service: str) -> str:
    region = scope.load_balancer.region
    return f"https://{region}.console.aws.amazon.com/{service}/home?region={region}"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _load_balancer(scope: Scope, tab: str = "listeners") -> str:
    lb = scope.load_balancer
    ident = f"loadBalancerArn={quote(lb.arn, safe=':/')}" if lb.arn else f"loadBalancerName={quote(lb.name)}"
    return f"{_base(scope, 'ec2')}#LoadBalancer:{ident};tab={tab}"


def _target_groups(scope: Scope) -> str:
    return f"{_base(scope, 'ec2')}#TargetGroups:search={quote(scope.load_balancer.name)}"


def _security_groups(scope: Scope) -> str:
    groups = ",".join(scope.load_balancer.security_groups)
    return f"{_base(scope, 'ec2')}#SecurityGroups:groupId={quote(groups)}"


def _metrics(scope: Scope) -> str:
    namespace = {
        LoadBalancerType.APPLICATION: "AWS/ApplicationELB",
        LoadBalancerType.NETWORK: "AWS/NetworkELB",
        LoadBalancerType.CLASSIC: "AWS/ELB",
    }[scope.load_balancer.type]
    query = quote(f'Namespace="{namespace}" "{scope.load_balancer.dimension}"', safe="")
    start, end = _time(scope.window.start), _time(scope.window.end)
    return f"{_base(scope, 'cloudwatch')}#metricsV2?query={query}&start={start}&end={end}"


def _alarms(scope: Scope) -> str:
    return f"{_base(scope, 'cloudwatch')}#alarmsV2:?search={quote(scope.load_balancer.name)}"


def _events(scope: Scope) -> str:
    start, end = _time(scope.window.start), _time(scope.window.end)
    return f"{_base(scope, 'cloudtrailv2')}#/events?ReadOnly=false&StartTime={start}&EndTime={end}"


def _instances(scope: Scope) -> str:
    return f"{_base(scope, 'ec2')}#Instances:"


def _access_log(scope: Scope) -> str:
    return _load_balancer(scope, "attributes")


def _log_groups(scope: Scope) -> str:
    return f"{_base(scope, 'cloudwatch')}#logsV2:log-groups"


def _health(scope: Scope) -> str:
    return "https://health.console.aws.amazon.com/health/home#/account/dashboard/open-issues"


PAGES: dict[str, Callable[[Scope], str]] = {
    "load_balancer": _load_balancer,
    "target_groups": _target_groups,
    "security_groups": _security_groups,
    "metrics": _metrics,
    "alarms": _alarms,
    "cloudtrail_events": _events,
    "instances": _instances,
    "access_log": _access_log,
    "log_groups": _log_groups,
    "aws_health": _health,
}
