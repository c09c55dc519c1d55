"""What a CloudTrail event changed, in words: 'role/deploy-bot removed tcp 8080 from sg-0web'."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bot.core.evidence import Change
from bot.core.message import Code, Message, many, say
from bot.core.paths.permissions import other_ends, parsed, permissions

_PROTOCOLS = {"-1": "all traffic", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_SETTING_IDS = frozenset({"targetGroupArn", "loadBalancerArn", "listenerArn", "ruleArn", "loadBalancerName"})
MOST_SETTINGS = 4
MOST_NAMES = 3


def told(change: Change) -> Message:
    """One sentence without a full stop: who did what. An event without words of its own is named."""
    writer = _WRITERS.get(change.name)
    written = writer(change, _request(change)) if writer else None
    return written or say(
        "{who} changed {resource} ({event})",
        who=change.principal,
        resource=Code(text=short(change.resources[0]) if change.resources else "?"),
        event=Code(text=change.name),
    )


def parameters(change: Change) -> str:
    """What it changed in AWS's own terms, for a table: 'tcp 8080 sg-0alb', 'healthCheckPort=8081'."""
    group = _request(change).get("groupId", "")
    return ", ".join(_rules(change, str(group)) or _settings(_request(change))[:MOST_SETTINGS])


def short(resource: str) -> str:
    """The readable end of an ARN: 'targetgroup/web', 'app/shop-prod'; other identifiers as they are."""
    if not resource.startswith("arn:"):
        return resource
    tail = resource.split(":", 5)[-1]
    parts = tail.removeprefix("loadbalancer/").split("/")
    return "/".join(parts[:2])


def _request(change: Change) -> dict[str, Any]:
    request = parsed(change.request)
    return request if isinstance(request, dict) else {}


# Security groups, network ACLs, routes ---------------------------------------------------------------------


def _rules(change: Change, group: str) -> list[str]:
    """'tcp 8080 sg-0alb' for every rule in the request, else in the answer."""
    for text in (change.request, change.response):
        found = dict.fromkeys(_rule(permission, group) for permission in permissions(parsed(text)))
        if found and change.name.endswith(("Ingress", "Egress", "GroupRules")):
            return list(found)
    return []


def _rule(permission: dict[str, Any], group: str) -> str:
    others = [other for other in other_ends(permission) if other != group]
    return " ".join([_port(permission), *dict.fromkeys(others)])


def _port(rule: dict[str, Any]) -> str:
    protocol = str(rule.get("ipProtocol", rule.get("aclProtocol", "-1")))
    protocol = _PROTOCOLS.get(protocol, protocol)
    ports = rule.get("portRange") or {"from": rule.get("fromPort"), "to": rule.get("toPort")}
    low, high = (ports.get("from"), ports.get("to")) if isinstance(ports, dict) else (None, None)
    if protocol not in ("tcp", "udp") or low is None or low == -1:
        return protocol
    return f"{protocol} {low}" if low == high else f"{protocol} {low}-{high}"


def _group_rule(change: Change, request: dict[str, Any]) -> Message | None:
    group = str(request.get("groupId", ""))
    rules = _rules(change, group)
    if not group or not rules:
        return None
    values: dict[str, object] = {
        "who": change.principal,
        "rules": [Code(text=r) for r in rules],
        "group": Code(text=group),
    }
    match change.name:
        case "RevokeSecurityGroupIngress":
            return say("{who} removed {rules} from {group}", **values)
        case "RevokeSecurityGroupEgress":
            return say("{who} removed outbound {rules} from {group}", **values)
        case "AuthorizeSecurityGroupIngress":
            return say("{who} added {rules} to {group}", **values)
    return say("{who} added outbound {rules} to {group}", **values)


def _security_groups(change: Change, request: dict[str, Any]) -> Message | None:
    groups = [g for g in _strings(request) if g.startswith("sg-")]
    if not groups:
        return None
    return say(
        "{who} set the security groups of the load balancer to {groups}",
        who=change.principal,
        groups=[Code(text=g) for g in groups],
    )


def _acl_entry(change: Change, request: dict[str, Any]) -> Message | None:
    acl, number = request.get("networkAclId"), request.get("ruleNumber")
    if not acl or number is None:
        return None
    values: dict[str, object] = {"who": change.principal, "acl": Code(text=str(acl)), "n": int(number)}
    if change.name == "DeleteNetworkAclEntry":
        return say("{who} deleted entry {n} of {acl}", **values)
    entry = f"{request.get('ruleAction', '')} {_port(request)} {request.get('cidrBlock', '')}".strip()
    values["entry"] = Code(text=entry)
    if change.name == "ReplaceNetworkAclEntry":
        return say("{who} changed entry {n} of {acl} to {entry}", **values)
    return say("{who} added entry {n} to {acl}: {entry}", **values)


def _route(change: Change, request: dict[str, Any]) -> Message | None:
    table = request.get("routeTableId")
    destination = request.get("destinationCidrBlock") or request.get("destinationIpv6CidrBlock")
    if not table or not destination:
        return None
    values: dict[str, object] = {
        "who": change.principal,
        "table": Code(text=str(table)),
        "route": Code(text=str(destination)),
    }
    if change.name == "DeleteRoute":
        return say("{who} deleted the route to {route} from {table}", **values)
    if change.name == "ReplaceRoute":
        return say("{who} changed the route to {route} in {table}", **values)
    return say("{who} added a route to {route} to {table}", **values)


# Load balancer, targets, instances, deployments -----------------------------------------------------------


def _settings(request: dict[str, Any]) -> list[str]:
    """'healthCheckPort=8081': the plain parameters and the attributes of a request."""
    plain = [
        f"{key}={value}"
        for key, value in request.items()
        if key not in _SETTING_IDS and isinstance(value, str | int | float)
    ]
    attributes = request.get("attributes")
    listed = attributes if isinstance(attributes, list) else []
    return plain + [f"{a.get('key')}={a.get('value')}" for a in listed if isinstance(a, dict)]


def _set(change: Change, request: dict[str, Any]) -> Message | None:
    settings = _settings(request)[:MOST_SETTINGS]
    if not settings or not change.resources:
        return None
    return say(
        "{who} set {settings} on {resource}",
        who=change.principal,
        settings=[Code(text=s) for s in settings],
        resource=Code(text=short(change.resources[0])),
    )


def _targets(change: Change, request: dict[str, Any]) -> Message | None:
    listed = request.get("targets") or request.get("instances")
    ids = list(dict.fromkeys(_strings(listed, ("id", "instanceId"))))
    place = request.get("targetGroupArn") or request.get("loadBalancerName")
    if not ids or not place:
        return None
    values: dict[str, object] = {
        "who": change.principal,
        "ids": _names(ids),
        "place": Code(text=short(str(place))),
    }
    if change.name.startswith("Register"):
        return many(
            "{who} registered {n} target in {place}: {ids}",
            "{who} registered {n} targets in {place}: {ids}",
            n=len(ids),
            **values,
        )
    return many(
        "{who} took {n} target out of {place}: {ids}",
        "{who} took {n} targets out of {place}: {ids}",
        n=len(ids),
        **values,
    )


def _instances(change: Change, request: dict[str, Any]) -> Message | None:
    ids = [r for r in change.resources if r.startswith("i-")]
    if not ids:
        return None
    values: dict[str, object] = {"who": change.principal, "ids": _names(ids)}
    match change.name:
        case "RebootInstances":
            return say("{who} rebooted {ids}", **values)
        case "StopInstances":
            return say("{who} stopped {ids}", **values)
        case "StartInstances":
            return say("{who} started {ids}", **values)
        case "RunInstances":
            return say("{who} launched {ids}", **values)
    return say("{who} terminated {ids}", **values)


def _service(change: Change, request: dict[str, Any]) -> Message | None:
    service, task = request.get("service"), request.get("taskDefinition")
    if not service:
        return None
    values: dict[str, object] = {"who": change.principal, "service": Code(text=short(str(service)))}
    if task:
        return say(
            "{who} deployed {task} to the service {service}", task=Code(text=short(str(task))), **values
        )
    return say("{who} changed the service {service}", **values)


def _names(ids: list[str]) -> list[Code | str]:
    """The first few; '…' stands for the others."""
    more: list[Code | str] = ["…"] if len(ids) > MOST_NAMES else []
    return [*(Code(text=i) for i in ids[:MOST_NAMES]), *more]


def _strings(node: Any, keys: tuple[str, ...] = ()) -> Iterator[str]:
    """Every string inside, or only those under one of the keys."""
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str):
                if not keys or key in keys:
                    yield value
            else:
                yield from _strings(value, keys)
    elif isinstance(node, list):
        for value in node:
            if isinstance(value, str) and not keys:
                yield value
            elif not isinstance(value, str):
                yield from _strings(value, keys)


_Writer = Callable[[Change, dict[str, Any]], Message | None]
_BY_WRITER: dict[_Writer, tuple[str, ...]] = {
    _group_rule: (
        "RevokeSecurityGroupIngress",
        "RevokeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "AuthorizeSecurityGroupEgress",
    ),
    _security_groups: ("SetSecurityGroups", "ApplySecurityGroupsToLoadBalancer"),
    _acl_entry: ("CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry"),
    _route: ("CreateRoute", "ReplaceRoute", "DeleteRoute"),
    _set: (
        "ModifyTargetGroup",
        "ModifyTargetGroupAttributes",
        "ModifyLoadBalancerAttributes",
        "ModifyListener",
        "ModifyListenerAttributes",
        "UpdateAutoScalingGroup",
        "SetDesiredCapacity",
    ),
    _targets: (
        "RegisterTargets",
        "DeregisterTargets",
        "RegisterInstancesWithLoadBalancer",
        "DeregisterInstancesFromLoadBalancer",
    ),
    _instances: (
        "RebootInstances",
        "StopInstances",
        "StartInstances",
        "RunInstances",
        "TerminateInstances",
        "TerminateInstanceInAutoScalingGroup",
    ),
    _service: ("UpdateService",),
}
_WRITERS = {name: writer for writer, names in _BY_WRITER.items() for name in names}
