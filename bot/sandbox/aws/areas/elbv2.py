"""Application and Network Load Balancers: ARNs, complete attributes, health by group, target and port."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from moto.elbv2.models import elbv2_backends

from bot.sandbox.aws.errors import AwsError
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.target_health import DESCRIPTIONS, Registration, Spell
from bot.sandbox.aws.wire import Call

INITIAL = timedelta(seconds=30)

COMMON_ATTRIBUTES = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "ipv6.deny_all_igw_traffic": "false",
    "zonal_shift.config.enabled": "false",
}
APPLICATION_ATTRIBUTES = {
    **COMMON_ATTRIBUTES,
    "load_balancing.cross_zone.enabled": "true",
    "idle_timeout.timeout_seconds": "60",
    "client_keep_alive.seconds": "3600",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "health_check_logs.s3.enabled": "false",
    "health_check_logs.s3.bucket": "",
    "health_check_logs.s3.prefix": "",
}
NETWORK_ATTRIBUTES = {
    **COMMON_ATTRIBUTES,
    "load_balancing.cross_zone.enabled": "false",
    "dns_record.client_routing_policy": "any_availability_zone",
    "secondary_ips.auto_assigned.per_subnet": "0",
}
_COMMON_GROUP = {
    "deregistration_delay.timeout_seconds": "300",
    "stickiness.enabled": "false",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
HTTP_GROUP_ATTRIBUTES = {
    **_COMMON_GROUP,
    "stickiness.type": "lb_cookie",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "slow_start.duration_seconds": "0",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.algorithm.anomaly_mitigation": "off",
}
TCP_GROUP_ATTRIBUTES = {
    **_COMMON_GROUP,
    "stickiness.type": "source_ip",
    "deregistration_delay.connection_termination.enabled": "false",
    "preserve_client_ip.enabled": "true",
    "proxy_protocol_v2.enabled": "false",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
    "target_health_state.unhealthy.draining_interval_seconds": "0",
}


def backend(call: Call) -> Any:
    """moto's own state of the caller's account and Region."""
    return elbv2_backends[call.account][call.region]


def create_load_balancer(estate: Estate, call: Call) -> dict[str, Any]:
    """moto's load balancer, active at once, with ``net/`` in a network one's ARN and AWS's attributes."""
    answer = call.forward()
    described = answer["LoadBalancers"][0]
    store = backend(call)
    balancer = store.load_balancers[described["LoadBalancerArn"]]
    network = balancer.type == "network"
    if network:
        tags = store.tagging_service.list_tags_for_resource(balancer.arn)["Tags"]
        del store.load_balancers[balancer.arn]
        balancer.arn = balancer.arn.replace(":loadbalancer/app/", ":loadbalancer/net/")
        store.load_balancers[balancer.arn] = balancer
        store.tagging_service.tag_resource(balancer.arn, tags)
    balancer.state = "active"
    balancer.attrs = dict(NETWORK_ATTRIBUTES if network else APPLICATION_ATTRIBUTES)
    described |= {"LoadBalancerArn": balancer.arn, "State": {"Code": "provisioning"}}
    return answer


def create_target_group(estate: Estate, call: Call) -> dict[str, Any]:
    """moto's target group with AWS's attributes and health-check defaults (DOMAIN.md section 2)."""
    answer = call.forward()
    described = answer["TargetGroups"][0]
    group = backend(call).target_groups[described["TargetGroupArn"]]
    layer_4 = group.protocol in {"TCP", "TLS", "UDP", "TCP_UDP"}
    group.attributes = dict(TCP_GROUP_ATTRIBUTES if layer_4 else HTTP_GROUP_ATTRIBUTES)
    if layer_4 and group.target_type == "ip" and group.protocol in {"TCP", "TLS"}:
        group.attributes["preserve_client_ip.enabled"] = "false"
    if not call.params.get("HealthCheckTimeoutSeconds"):
        group.health_check_timeout_seconds = (
            10 if layer_4 and group.health_check_protocol == "TCP" else 6 if layer_4 else 5
        )
    return answer


def create_listener(estate: Estate, call: Call) -> dict[str, Any]:
    """moto's listener; the default rule's ARN, drawn from a memory address there, is made repeatable."""
    answer = call.forward()
    arn = answer["Listeners"][0]["ListenerArn"]
    for rule in backend(call).describe_listeners(None, [arn])[0].rules.values():
        rule.arn = f"{arn.replace(':listener/', ':listener-rule/')}/{arn.rsplit('/', 1)[-1][::-1]}"
    return answer


def register_targets(estate: Estate, call: Call) -> dict[str, Any]:
    """Targets by id and port; first checks take half a minute."""
    call.forward()
    arn, now = call.params["TargetGroupArn"], estate.now()
    group = backend(call).target_groups[arn]
    for target in call.params["Targets"]:
        registration = Registration(
            target["Id"], int(target.get("Port") or group.port), target.get("AvailabilityZone", "")
        )
        reason = "Elb.InitialHealthChecking"
        first = Spell(now, "initial", reason, DESCRIPTIONS[reason])
        estate.targets.register(arn, registration, [first, Spell(now + INITIAL, "healthy")])
    return {}


def deregister_targets(estate: Estate, call: Call) -> dict[str, Any]:
    """Targets drain for the group's delay, then are gone."""
    call.forward()
    arn, now = call.params["TargetGroupArn"], estate.now()
    delay = int(backend(call).target_groups[arn].attributes["deregistration_delay.timeout_seconds"])
    for target in call.params["Targets"]:
        estate.targets.change(arn, target["Id"], now, "draining", "Target.DeregistrationInProgress")
        estate.targets.change(arn, target["Id"], now + timedelta(seconds=delay), "gone")
    return {}


def describe_target_health(estate: Estate, call: Call) -> dict[str, Any]:
    """State, reason and description of each registered (target, port), as of now."""
    arn = call.params["TargetGroupArn"]
    group = backend(call).target_groups.get(arn)
    if group is None:
        raise AwsError("TargetGroupNotFound", f"Target groups '{arn}' not found")
    known = {(r.target_id, r.port): (r, spell) for r, spell in estate.targets.at(arn, estate.now())}
    asked = call.params.get("Targets")
    if not asked:
        return {"TargetHealthDescriptions": [_described(group, r, spell) for r, spell in known.values()]}
    answers = []
    for target in asked:
        port = int(target.get("Port") or group.port)
        found = known.get((target["Id"], port))
        answers.append(_described(group, *found) if found else _unknown(target, port))
    return {"TargetHealthDescriptions": answers}


def _described(group: Any, registration: Registration, spell: Spell) -> dict[str, Any]:
    check_port = registration.port if group.health_check_port == "traffic-port" else group.health_check_port
    health: dict[str, Any] = {"State": spell.state}
    if spell.reason:
        health |= {
            "Reason": spell.reason,
            "Description": spell.description or DESCRIPTIONS.get(spell.reason, ""),
        }
    target: dict[str, Any] = {"Id": registration.target_id, "Port": registration.port}
    if not registration.target_id.startswith("i-") and registration.zone:
        target["AvailabilityZone"] = registration.zone
    answer: dict[str, Any] = {"Target": target, "HealthCheckPort": str(check_port), "TargetHealth": health}
    if group.protocol in {"HTTP", "HTTPS"}:
        answer["AnomalyDetection"] = {"Result": "normal", "MitigationInEffect": "no"}
    answer["AdministrativeOverride"] = {
        "State": "no_override",
        "Reason": "AdministrativeOverride.NoOverride",
        "Description": "No override is currently active on target",
    }
    return answer


def _unknown(target: Mapping[str, Any], port: int) -> dict[str, Any]:
    reason = "Target.NotRegistered"
    health = {"State": "unused", "Reason": reason, "Description": DESCRIPTIONS[reason]}
    return {"Target": {"Id": target["Id"], "Port": port}, "TargetHealth": health}
