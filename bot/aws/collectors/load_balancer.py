"""Listeners and attributes of the load balancer itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.aws.collector import Source
from bot.core.evidence import Evidence, HealthCheck, Listener, Listeners, LoadBalancerAttributes, TargetGroup
from bot.core.model import LoadBalancerType


class ClassicDescription(Evidence):
    """A Classic load balancer's one description, which holds both its listeners and its health check.

    Not a kind of its own for checks: Listeners and TargetGroups are made from it.
    """

    actions = ("elasticloadbalancing:DescribeLoadBalancers",)
    listeners: tuple[Listener, ...]
    group: TargetGroup


def read_listeners(source: Source) -> Listeners:
    """Listeners with every target group their default actions and rules forward to."""
    if source.classic:
        return Listeners(listeners=source[ClassicDescription].listeners)
    arn = source.load_balancer.arn
    raw = source.api.all("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn)
    # A network load balancer's listener has its default action only.
    ruled = source.load_balancer.type is LoadBalancerType.APPLICATION

    def rules(listener: Mapping[str, Any]) -> list[dict[str, Any]]:
        return source.api.all("elbv2", "describe_rules", "Rules", ListenerArn=listener["ListenerArn"])

    rules_of = source.api.each(rules, raw) if ruled else [[] for _ in raw]
    return Listeners(listeners=tuple(_listener(r, rs) for r, rs in zip(raw, rules_of, strict=True)))


def read_attributes(source: Source) -> LoadBalancerAttributes:
    """Attributes as text; Classic ones flattened (`ConnectionSettings.IdleTimeout`: `60`)."""
    if source.classic:
        answer = source.api.call(
            "elb", "describe_load_balancer_attributes", LoadBalancerName=source.load_balancer.name
        )
        return LoadBalancerAttributes(attributes=_flat(answer["LoadBalancerAttributes"]))
    answer = source.api.call(
        "elbv2", "describe_load_balancer_attributes", LoadBalancerArn=source.load_balancer.arn
    )
    return LoadBalancerAttributes(attributes={a["Key"]: a.get("Value", "") for a in answer["Attributes"]})


def read_classic_description(source: Source) -> ClassicDescription:
    """The description of one Classic load balancer."""
    name = source.load_balancer.name
    answer = source.api.call("elb", "describe_load_balancers", LoadBalancerNames=[name])
    raw = answer["LoadBalancerDescriptions"][0]
    listeners = tuple(_classic_listener(item["Listener"]) for item in raw["ListenerDescriptions"])
    first = listeners[0] if listeners else None
    group = TargetGroup(
        arn="",
        name=name,
        dimension="",
        protocol=first.instance_protocol if first else "TCP",
        port=first.instance_port if first else 0,
        target_type="instance",
        health_check=classic_health_check(raw["HealthCheck"]),
    )
    return ClassicDescription(listeners=listeners, group=group)


def classic_health_check(raw: Mapping[str, Any]) -> HealthCheck:
    """`HTTP:8080/ping`, `TCP:80` and the like. A Classic check passes on 200 only (DOMAIN.md section 2)."""
    protocol, _, rest = str(raw["Target"]).partition(":")
    port, slash, path = rest.partition("/")
    return HealthCheck(
        protocol=protocol,
        port=port,
        path=slash + path,
        matcher="200" if protocol.upper() in {"HTTP", "HTTPS"} else "",
        interval_s=raw["Interval"],
        timeout_s=raw["Timeout"],
        healthy_threshold=raw["HealthyThreshold"],
        unhealthy_threshold=raw["UnhealthyThreshold"],
    )


def _listener(raw: Mapping[str, Any], rules: Iterable[Mapping[str, Any]]) -> Listener:
    actions = [*raw.get("DefaultActions", ()), *(action for rule in rules for action in rule["Actions"])]
    groups = dict.fromkeys(group for action in actions for group in _groups(action))
    return Listener(
        arn=raw["ListenerArn"],
        protocol=raw.get("Protocol", ""),
        port=raw.get("Port", 0),
        target_group_arns=tuple(groups),
    )


def _groups(action: Mapping[str, Any]) -> list[str]:
    weighted = action.get("ForwardConfig", {}).get("TargetGroups", ())
    single = action.get("TargetGroupArn")
    return [*([single] if single else []), *(group["TargetGroupArn"] for group in weighted)]


def _classic_listener(raw: Mapping[str, Any]) -> Listener:
    return Listener(
        protocol=raw["Protocol"],
        port=raw["LoadBalancerPort"],
        instance_protocol=raw.get("InstanceProtocol", raw["Protocol"]),
        instance_port=raw["InstancePort"],
    )


def _flat(raw: Mapping[str, Any]) -> dict[str, str]:
    flat = {pair["Key"]: pair["Value"] for pair in raw.get("AdditionalAttributes", ())}
    for area, values in raw.items():
        if isinstance(values, Mapping):
            flat |= {f"{area}.{name}": _text(value) for name, value in values.items()}
    return flat


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
