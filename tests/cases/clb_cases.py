"""Classic Load Balancers: BackendConnectionErrors count health checks and repetitions too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bot.core.model import LoadBalancerType
from bot.sandbox.aws.clb_metrics import Level
from bot.sandbox.aws.clbs import Clb, ClbSpec, build_clb
from bot.sandbox.aws.faults import FaultKind
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from bot.sandbox.aws.noise import Floats, Minutes
from tests.cases.account_parts import (
    OPS,
    away,
    aws_issue,
    checks_fail,
    code_deploy,
    command_sent,
    event,
    instance_event,
    reboot_elsewhere,
    stopped,
    with_support_plan,
)
from tests.cases.alb_parts import ALARM, ONSET, busy, daily_peak, fails, leaves_service, load
from tests.cases.case import CANNOT_TELL, NOTHING, Case
from tests.cases.rule_parts import group_edited, nacl_denies, rule_revoked

Part = Callable[[Fleet, Any], None]
FAILED = "Instance has failed at least the UnhealthyThreshold number of health checks consecutively."


def case(
    id: str,
    title: str,
    expected: str,
    why: str,
    *parts: Part,
    spec: dict[str, Any] | None = None,
    check_errors: Level | None = None,
    surge: Level | None = None,
    **more: Any,
) -> Case:
    """A case whose load balancer has its id as name; `spec` are ClbSpec's fields."""
    wanted = ClbSpec(id, **{"per_minute": 400, "detailed": True, **(spec or {})})

    def build(fleet: Fleet) -> None:
        built = build_clb(fleet, wanted, check_errors=check_errors, surge=surge)
        fleet.alarm(
            f"{id}-backend-errors", "BackendConnectionErrors", built.dims, namespace="AWS/ELB", threshold=10
        )
        for part in parts:
            part(fleet, built)

    return Case(id, title, LoadBalancerType.CLASSIC, expected, "DOMAIN.md section 10, " + why, build, **more)


# Parts ------------------------------------------------------------------------------------------------------


def out_of_service(*seats: int, since: float = ONSET + 1.5) -> Part:
    """These instances fail their health check."""

    def part(fleet: Fleet, built: Clb) -> None:
        for seat in seats:
            at = fleet.estate.at(since + 0.1 * seat)
            instance = built.hosts[seat].instance_id
            fleet.estate.classic_health.change(
                built.spec.name, instance, at, "OutOfService", "Instance", FAILED
            )

    return part


def registration(minute: float, name: str, seats: Sequence[int]) -> Part:
    """Instances were registered or deregistered."""

    def part(fleet: Fleet, built: Clb) -> None:
        instances = [{"instanceId": built.hosts[seat].instance_id} for seat in seats]
        request = {"loadBalancerName": built.spec.name, "instances": instances}
        event(fleet, minute, name, "elasticloadbalancing", request)

    return part


def check_configured(minute: float, target: str) -> Part:
    """Somebody called ConfigureHealthCheck."""

    def part(fleet: Fleet, built: Clb) -> None:
        check = {
            "Target": target,
            "Interval": 30,
            "Timeout": 5,
            "UnhealthyThreshold": 2,
            "HealthyThreshold": 10,
        }
        fleet.clients("elb").configure_health_check(LoadBalancerName=built.spec.name, HealthCheck=check)
        request = {"loadBalancerName": built.spec.name, "healthCheck": {"target": target}}
        event(fleet, minute, "ConfigureHealthCheck", "elasticloadbalancing", request, by=OPS)

    return part


def checks(per_minute: float, since: int = ONSET) -> Level:
    """Connection errors of health checks."""

    def level(minutes: Minutes) -> Floats:
        return np.asarray(np.where(minutes >= since, per_minute, 0.0), dtype=np.float64)

    return level


def filling(since: int) -> Level:
    """A surge queue that fills within four minutes."""

    def level(minutes: Minutes) -> Floats:
        return np.asarray(np.clip((minutes - since + 1) * 300.0, 0, 1024), dtype=np.float64)

    return level


def flood(factor: float, since: int = ONSET - 6) -> Part:
    """More requests than the instances take: slow, busy, and some turned away."""

    def part(fleet: Fleet, built: Clb) -> None:
        def effect(draft: Draft) -> None:
            rise = np.clip((draft.minute - since) / 4, 0, 1)
            draft.requests *= 1 + (factor - 1) * rise
            draft.median_s *= 1 + 20 * rise[:, None]
            draft.cpu += 35 * rise[:, None]
            draft.share[draft.between(ONSET), :, Outcome.NO_TARGET] = 0.2

        built.traffic.effects.append(effect)

    return part


def alarm(metric: str, threshold: float, **more: Any) -> Part:
    def part(fleet: Fleet, built: Clb) -> None:
        name = f"{built.spec.name}-{metric}"
        fleet.alarm(name, metric, built.dims, namespace="AWS/ELB", threshold=threshold, **more)

    return part


# Cases ------------------------------------------------------------------------------------------------------

# fmt: off
TIMEOUT, REFUSED = Outcome.CONNECT_TIMEOUT, Outcome.REFUSED
GONE = Outcome.CLIENT_LEFT
FOREVER = 10_000_000
SURGED = "H1: requests elevated before the errors (+3), CPU (+2), surge queue (+3), "
BLOCKED = "H3: a predicate fails now (+4), the rule was changed just before (+3)."

CASES = (
    case("clb-surge", "Ticket sales fill the surge queue", "overload", SURGED + "spillover.",
         flood(3.1), alarm("SpilloverCount", 0), surge=filling(ONSET - 4)),
    case("clb-surge-rule-added", "Queue full; a harmless rule was added", "overload", SURGED + "spillover.",
         flood(2.6), group_edited(ONSET - 5, lambda _, built: built.app_group_id), alarm("SpilloverCount", 0),
         surge=filling(ONSET - 3), herrings=("a harmless rule was added to the targets' security group",)),
    case("clb-surge-timeouts", "Load doubles, queue fills, some connects time out", "overload",
         SURGED + "p99 first (+2).",
         flood(2.2), fails(TIMEOUT, 0.05), surge=filling(ONSET - 3)),
    case("clb-surge-reboot-elsewhere", "Queue full; another service rebooted", "overload",
         SURGED + "spillover.",
         flood(2.8), reboot_elsewhere(ONSET - 1), alarm("SpilloverCount", 0), surge=filling(ONSET - 4),
         herrings=("an unrelated reboot",)),

    case("clb-sg-revoked", "The instances' rule was revoked", "network_block", BLOCKED,
         rule_revoked(ONSET - 3, 80), fails(TIMEOUT), out_of_service(0, 1, 2)),
    case("clb-sg-revoked-peak", "Rule revoked at the daily peak", "network_block", BLOCKED,
         rule_revoked(ONSET - 2, 80), fails(TIMEOUT), out_of_service(0, 1, 2), daily_peak(40),
         herrings=("a daily CPU peak",)),
    case("clb-nacl-denies", "A NACL drops the instance port", "network_block", BLOCKED,
         nacl_denies(ONSET - 2, 80), fails(TIMEOUT), out_of_service(0, 1, 2)),
    case("clb-sg-revoked-other-deploy", "Rule revoked; another service deployed", "network_block", BLOCKED,
         rule_revoked(ONSET - 3, 80), code_deploy(ONSET - 1, "reports"), fails(TIMEOUT), out_of_service(0, 1,
         2),
         herrings=("a deployment of another service",)),

    case("clb-reboot", "One instance rebooted", "instance_lifecycle",
         "H4: RebootInstances (+4), StatusCheckFailed (+3).",
         instance_event(ONSET - 0.4, "RebootInstances", 1), away(1, ONSET, ONSET + 2), checks_fail(1,
         ONSET + 2, ONSET + 6),
         fails(REFUSED, seats=[1], until=ONSET + 5)),
    case("clb-stop", "One instance stopped", "instance_lifecycle",
         "H4: StopInstances (+4); it has no metrics any more.",
         instance_event(ONSET - 0.4, "StopInstances", 2), stopped(2), away(2, ONSET, FOREVER),
         out_of_service(2),
         fails(TIMEOUT, seats=[2], until=ONSET + 3), leaves_service(2, since=ONSET + 3), checks_fail(2, ONSET,
         ONSET + 4)),
    case("clb-host-failed", "The host under one instance failed at the daily peak", "instance_lifecycle",
         "H4: StatusCheckFailed (+3), BidEvicted no; a reboot by AWS followed (+4).",
         checks_fail(0, ONSET, ONSET + 8, system=True), instance_event(ONSET, "RebootInstances", 0),
         out_of_service(0),
         fails(TIMEOUT, seats=[0], until=ONSET + 4), daily_peak(35), herrings=("a daily CPU peak",)),

    case("clb-deploy", "A deployment takes instances out and puts them back", "deployment",
         "H5: deployment tied by registrations (+4), burst (+2), host-count dip (+1).",
         code_deploy(ONSET - 2, "legacy"), registration(ONSET - 1, "DeregisterInstancesFromLoadBalancer",
         [0]),
         registration(ONSET + 2, "RegisterInstancesWithLoadBalancer", [0]), out_of_service(0, since=ONSET),
         fails(REFUSED, 0.3, until=ONSET + 5)),
    case("clb-deploy-command", "A command restarts the instances", "deployment",
         "H5: SendCommand to the instances just before (+4), burst (+2).",
         command_sent(ONSET - 1, [0, 1, 2], "RestartIntranet"), fails(REFUSED, 0.4, until=ONSET + 4)),
    case("clb-deploy-failed-reboot", "A command restarts the instances; a reboot was refused", "deployment",
         "H5: SendCommand (+4), burst (+2). The refused call changed nothing.",
         command_sent(ONSET - 1, [0, 1], "RestartIntranet"), fails(REFUSED, 0.4, until=ONSET + 4),
         instance_event(ONSET - 3, "RebootInstances", 2, error="Client.UnauthorizedOperation"),
         herrings=("a failed API call",)),

    case("clb-check-changed", "Check moved to a page that does not exist", "health_check_misconfigured",
         "H6: ConfigureHealthCheck before (+3); requests were served until all were out.",
         check_configured(ONSET - 1, "HTTP:8080/nothing"), out_of_service(0, 1, 2),
         fails(Outcome.NO_TARGET, since=ONSET + 2), check_errors=checks(12)),

    case("clb-aws-event", "AWS reports trouble with load balancers", "aws_event",
         "H9: an open event of this service, Region and time (+4).",
         aws_issue(ONSET - 2), fails(TIMEOUT, 0.1), account=with_support_plan),

    case("clb-one-zone", "A zone's hosts fail", "zone_impairment",
         "H12: all errors in one of three zones (+3), checks failing there (+2).",
         fails(TIMEOUT, 0.9, seats=[1, 4]), checks_fail(1, ONSET, system=True), checks_fail(4, ONSET,
         system=True),
         spec={"targets": 6, "zones": "abc"}),
    case("clb-clients", "Clients leave early", "client_side",
         "H13: 4xx by the load balancer elevated (+3), no connection errors (-4 otherwise).",
         fails(GONE, 0.1), alarm("HTTPCode_ELB_4XX", 10)),

    case("clb-process-died", "One process died and its check fails", "target_not_listening",
         "H2: the instance is out of service and connections to it fail; nothing else happened.",
         fails(REFUSED, seats=[1]), out_of_service(1), check_errors=checks(4)),
    case("clb-process-died-all", "All processes died", "target_not_listening",
         "H2: all instances out of service, nothing on the way was changed and it is open.",
         fails(REFUSED), out_of_service(0, 1, 2), check_errors=checks(12),
         herrings=("a total failure, as a block has",)),
    case("clb-alarm-one-point", "Alarm on a single retried connection", "alarm_misconfigured",
         "H11: hardly any error (+3), above 0 on one point (+3).",
         fails(Outcome.REFUSED, 0, since=ALARM - 1, until=ALARM),
         alarm("BackendConnectionErrors", 0, periods=1, updated_days=0.4), spec={"per_minute": 1800},
         check_errors=lambda m: np.asarray(np.where(m == ALARM - 1, 6.0, 0.0), dtype=np.float64)),

    case("clb-healthy", "Nothing happened", NOTHING, "no backend connection failed."),
    case("clb-healthy-peak", "The daily peak, as every day", NOTHING,
         "elevated means above the same hours of seven days.",
         daily_peak(40, load_factor=1.7), herrings=("a daily CPU peak",)),
    case("clb-healthy-more-load", "Twice the requests, well handled", NOTHING,
         "H1 explains errors; there are none.",
         load(1.9, since=ONSET - 4), busy(8, 1.2, since=ONSET - 4), herrings=("requests twice the usual",)),
    case("clb-checks-only", "Only health checks of one instance fail", CANNOT_TELL,
         "section 1: BackendConnectionErrors includes health checks; no request failed, nobody is hurt.",
         out_of_service(2), leaves_service(2, since=ONSET), check_errors=checks(8), spec={"per_minute": 45},
         herrings=("connection errors above the usual",)),
    case("clb-partial-timeouts", "Some connects time out, nothing explains it", CANNOT_TELL,
         "no load, change, event or zone: no cause reaches 4.", fails(TIMEOUT, 0.03)),
    case("clb-metrics-denied", "CloudWatch metrics refused", CANNOT_TELL, "AccessDenied on a needed call.",
         fails(REFUSED, seats=[0]), faults=(("cloudwatch:GetMetricData", FaultKind.DENY),)),
    case("clb-partial-reboot-elsewhere", "Some connects fail; another service rebooted", CANNOT_TELL,
         "the rebooted instance is no target.", fails(TIMEOUT, 0.04), reboot_elsewhere(ONSET - 1),
         herrings=("an unrelated reboot",)),
)
