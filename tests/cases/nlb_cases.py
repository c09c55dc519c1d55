"""Network Load Balancers: they count flows and resets, never failed connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bot.core.evidence import AccessLog, Changes
from bot.core.model import LoadBalancerType, UnreadReason
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.flow_traffic import FlowDraft
from bot.sandbox.aws.nlbs import Nlb, NlbSpec, build_nlb
from tests.cases.account_parts import (
    ECS,
    autoshift,
    away,
    aws_issue,
    checks_fail,
    code_deploy,
    command_sent,
    instance_event,
    reboot_elsewhere,
    stopped,
    with_support_plan,
)
from tests.cases.alb_parts import ALARM, ONSET, group_modified, group_setting, registered, unhealthy
from tests.cases.amendments import load_balancer_state, unread
from tests.cases.case import CANNOT_TELL, NOTHING, Case
from tests.cases.rule_parts import group_edited, nacl_denies, rule_revoked

Part = Callable[[Fleet, Any], None]
NAMESPACE = "AWS/NetworkELB"


def case(
    id: str,
    title: str,
    expected: str,
    why: str,
    *parts: Part,
    spec: dict[str, Any] | None = None,
    **more: Any,
) -> Case:
    """A case whose load balancer has its id as name; `spec` are NlbSpec's fields."""
    wanted = NlbSpec(id, **{"per_minute": 2400, **(spec or {})})

    def build(fleet: Fleet) -> None:
        built = build_nlb(fleet, wanted)
        for part in parts:
            part(fleet, built)

    return Case(id, title, LoadBalancerType.NETWORK, expected, "DOMAIN.md section 10, " + why, build, **more)


# Parts ------------------------------------------------------------------------------------------------------


def changed(effect: Callable[[FlowDraft], None]) -> Part:
    """The flows, changed in place."""

    def part(fleet: Fleet, built: Nlb) -> None:
        built.traffic.effects.append(effect)

    return part


def resets(
    sender: str,
    share: float,
    zones: Sequence[int] | None = None,
    until: int | None = None,
    since: int = ONSET,
) -> Part:
    """`target`, `client` or `elb` resets that share of the new flows more than usual."""

    def effect(draft: FlowDraft) -> None:
        counts = getattr(draft, f"{sender}_resets")
        when = draft.between(since, until)
        for zone in range(counts.shape[1]) if zones is None else zones:
            counts[when, zone] += np.round(draft.new[when, zone] * share)

    return changed(effect)


def flows(factor: float, since: int = ONSET, until: int | None = None) -> Part:
    """New and open flows times a factor."""

    def effect(draft: FlowDraft) -> None:
        when = draft.between(since, until)
        draft.new[when] = np.round(draft.new[when] * factor)
        draft.active[when] = np.round(draft.active[when] * factor)

    return changed(effect)


def quieter(factor: float) -> Part:
    """Traffic falls, and everything with it."""

    def effect(draft: FlowDraft) -> None:
        when = draft.between(ONSET)
        for name in ("new", "active", "client_resets", "target_resets", "elb_resets"):
            counts = getattr(draft, name)
            counts[when] = np.round(counts[when] * factor)

    return changed(effect)


def no_ports(flows_per_target: int, targets: int, errors: int = 60) -> Part:
    def effect(draft: FlowDraft) -> None:
        when = draft.between(ONSET)
        draft.active[when] = flows_per_target * targets / draft.active.shape[1]
        draft.port_errors[when] = errors

    return changed(effect)


def zone_out(zone: int, since: int = ONSET + 2) -> Part:
    def effect(draft: FlowDraft) -> None:
        draft.status[draft.between(since), zone] = 0

    return changed(effect)


def daily(sender: str, share: float, minutes: int = 30) -> Part:
    """The same resets at the same minutes of every day."""

    def effect(draft: FlowDraft) -> None:
        counts = getattr(draft, f"{sender}_resets")
        when = (draft.minute + 40) % 1440 < minutes + 20
        counts[when] += np.round(draft.new[when] * share)

    return changed(effect)


def alarm(metric: str, threshold: float, **more: Any) -> Part:
    def part(fleet: Fleet, built: Nlb) -> None:
        fleet.alarm(
            f"{built.spec.name}-{metric}",
            metric,
            built.dims,
            namespace=NAMESPACE,
            threshold=threshold,
            **more,
        )

    return part


# Cases ------------------------------------------------------------------------------------------------------

# fmt: off
RESETS = alarm("TCP_Target_Reset_Count", 150)
KEPT = {"preserve_client_ip": False}
THREE = {"zones": "abc", "targets": 6}

CASES = (
    case("nlb-ports-exhausted", "No source port is left", "port_exhaustion",
         "H10: PortAllocationErrorCount above 0 (+5), 54,000 flows per target (+2).",
         no_ports(54_000, 4), alarm("PortAllocationErrorCount", 0), spec=KEPT | {"per_minute": 14_000}),
    case("nlb-ports-exhausted-few-targets", "Two targets take all flows", "port_exhaustion",
         "H10: PortAllocationErrorCount above 0 (+5), flows per target at the limit (+2).",
         no_ports(55_000, 2, 120), alarm("PortAllocationErrorCount", 0), spec=KEPT | {"targets": 2,
         "per_minute": 9000}),
    case("nlb-ports-deploy-elsewhere", "Ports run out; another service deployed", "port_exhaustion",
         "H10: PortAllocationErrorCount above 0 (+5), flows per target (+2). The deployment exchanged no "
         "target here.",
         no_ports(54_500, 4), code_deploy(ONSET - 2, "reports"), alarm("PortAllocationErrorCount", 0),
         spec=KEPT | {"per_minute": 12_000}, herrings=("a deployment of another service",)),
    case("nlb-ports-reboot-elsewhere", "Ports run out; another service rebooted", "port_exhaustion",
         "H10: PortAllocationErrorCount above 0 (+5), flows per target (+2).",
         no_ports(53_000, 4), reboot_elsewhere(ONSET - 1), alarm("PortAllocationErrorCount", 0),
         spec=KEPT | {"per_minute": 13_000}, herrings=("an unrelated reboot",)),

    case("nlb-port-closed", "Nothing listens on one of four targets", "target_not_listening",
         "H2: FailedHealthChecks (+2 here, an NLB says it for every failure), target resets elevated (+2).",
         resets("target", 0.25), unhealthy("Target.FailedHealthChecks", seats=[0]), RESETS),
    case("nlb-port-closed-all", "Nothing listens on any target", "target_not_listening",
         "H2: FailedHealthChecks, target resets elevated on every flow.",
         resets("target", 0.9), unhealthy("Target.FailedHealthChecks"), RESETS,
         herrings=("no target is healthy, so all get traffic",)),
    case("nlb-port-closed-other-reboot", "Nothing listens on one target; another service rebooted",
         "target_not_listening", "H2: FailedHealthChecks, target resets elevated. The rebooted instance is "
         "no target.",
         resets("target", 0.25), unhealthy("Target.FailedHealthChecks", seats=[1]),
         reboot_elsewhere(ONSET - 2), RESETS,
         herrings=("an unrelated reboot",)),
    case("nlb-port-closed-rule-added", "Nothing listens on two targets; a rule was added",
         "target_not_listening",
         "H2: FailedHealthChecks, target resets elevated; every predicate passes.",
         resets("target", 0.5), unhealthy("Target.FailedHealthChecks", seats=[0, 1]),
         group_edited(ONSET - 5, lambda _, built: built.app_group_id), RESETS,
         herrings=("a harmless rule was added to the targets' security group",)),

    case("nlb-sg-revoked", "The targets' rule was revoked", "network_block",
         "H3: a predicate fails now (+4), the rule was revoked just before (+3).",
         rule_revoked(ONSET - 2, 8443), unhealthy("Target.FailedHealthChecks"), quieter(0.4),
         alarm("UnHealthyHostCount", 0, stat="Maximum")),
    case("nlb-nacl-denies", "A NACL drops the target port", "network_block",
         "H3: a predicate fails now (+4), the NACL was changed just before (+3).",
         nacl_denies(ONSET - 2, 8443), unhealthy("Target.FailedHealthChecks"), quieter(0.3),
         alarm("NewFlowCount", 900, comparison="LessThanThreshold"), spec=THREE),
    case("nlb-nacl-one-zone", "A NACL drops the target port in one zone", "network_block",
         "H3: a predicate fails in that zone alone (+4), the NACL was changed just before (+3).",
         nacl_denies(ONSET - 1, 8443, "c"), unhealthy("Target.FailedHealthChecks", seats=[2, 5]), zone_out(2),
         RESETS,
         spec=THREE, herrings=("one zone is out of DNS",)),
    case("nlb-sg-revoked-other-deploy", "Rule revoked; another service deployed", "network_block",
         "H3: a predicate fails now (+4), the rule was revoked just before (+3).",
         rule_revoked(ONSET - 3, 8443), code_deploy(ONSET - 1, "reports"),
         unhealthy("Target.FailedHealthChecks"),
         quieter(0.5), RESETS, herrings=("a deployment of another service",)),

    case("nlb-reboot", "One target rebooted", "instance_lifecycle",
         "H4: RebootInstances on a target (+4), StatusCheckFailed (+3).",
         instance_event(ONSET - 0.4, "RebootInstances", 1), away(1, ONSET, ONSET + 2), checks_fail(1,
         ONSET + 2, ONSET + 6),
         resets("target", 0.25, until=ONSET + 5), RESETS),
    case("nlb-stop", "One target stopped", "instance_lifecycle",
         "H4: StopInstances on a target (+4), Target.InvalidState (+2).",
         instance_event(ONSET - 0.4, "StopInstances", 2), stopped(2), away(2, ONSET, 10_000_000),
         unhealthy("Target.InvalidState", seats=[2], state="unused"), resets("elb", 0.2, until=ONSET + 4),
         RESETS,
         alarm("TCP_ELB_Reset_Count", 100)),
    case("nlb-reboot-failed-call", "One target rebooted; a stop of another was refused", "instance_lifecycle",
         "H4: RebootInstances (+4), StatusCheckFailed (+3). The refused call changed nothing.",
         instance_event(ONSET - 0.3, "RebootInstances", 0), checks_fail(0, ONSET + 1, ONSET + 6),
         instance_event(ONSET - 4, "StopInstances", 3, error="Client.UnauthorizedOperation"),
         resets("target", 0.25, until=ONSET + 5), RESETS, herrings=("a failed API call",)),

    case("nlb-deploy", "A deployment replaced every target", "deployment",
         "H5: deployment tied by registrations (+4), burst (+2), draining targets (+2).",
         code_deploy(ONSET - 2, "push"), *(registered(o, o + 3, ONSET + o, ECS) for o in range(3)),
         resets("target", 0.2, until=ONSET + 5), RESETS, spec={"targets": 6}),
    case("nlb-deploy-command", "A command restarted the targets", "deployment",
         "H5: SendCommand to the targets just before (+4), burst (+2).",
         command_sent(ONSET - 1, [0, 1, 2, 3], "RestartGateway"), resets("target", 0.3, until=ONSET + 4),
         RESETS),
    case("nlb-deploy-reboot-elsewhere", "A deployment; another service rebooted", "deployment",
         "H5: deployment (+4), burst (+2), draining (+2).",
         code_deploy(ONSET - 2, "push"), *(registered(o, o + 3, ONSET + o, ECS) for o in range(3)),
         reboot_elsewhere(ONSET - 1), resets("target", 0.25, until=ONSET + 4), RESETS, spec={"targets": 6},
         herrings=("an unrelated reboot",)),

    case("nlb-zone-impaired", "One zone is impaired", "zone_impairment",
         "H12: 92 % of target resets in one of three zones (+3), zone status 0 (+2), checks fail there (+2).",
         resets("target", 0.6, [1]), zone_out(1), checks_fail(1, ONSET, system=True), checks_fail(4, ONSET,
         system=True),
         RESETS, spec=THREE),
    case("nlb-zone-impaired-known", "One zone is impaired, AWS shifts away", "zone_impairment",
         "H12: resets in one zone (+3), zone status 0 (+2); the zone's AWS event is its trigger.",
         resets("target", 0.5, [0]), zone_out(0), aws_issue(ONSET - 2, service="EC2", zone_letter="a"),
         autoshift(ONSET + 5, "a"), checks_fail(0, ONSET, system=True), checks_fail(3, ONSET, system=True),
         RESETS,
         spec=THREE, account=with_support_plan, herrings=("an AWS event",)),
    case("nlb-zone-status-only", "Resets in one zone, which is out of DNS", "zone_impairment",
         "H12 vector: 92 % of target resets in one of three zones, zone status 0: 5, probable.",
         resets("target", 0.5, [2]), zone_out(2), RESETS, spec=THREE),

    case("nlb-aws-event", "AWS reports trouble with load balancers", "aws_event",
         "H9: an open event (+4), Elb.InternalError (+2), LB state active_impaired (+2).",
         aws_issue(ONSET - 2), unhealthy("Elb.InternalError", seats=[1]), resets("elb", 0.1), quieter(0.7),
         RESETS,
         account=with_support_plan, amend=load_balancer_state("active_impaired")),

    case("nlb-check-port-wrong", "Check moved to a port nobody listens on", "health_check_misconfigured",
         "H6: changed before (+3), fail-open (+2), check port is not the traffic port (+2); flows are usual.",
         group_setting("healthcheck_port", "9000"), group_modified(ONSET, {"healthCheckPort": "9000"}),
         unhealthy("Target.FailedHealthChecks"), alarm("UnHealthyHostCount", 0, stat="Maximum"),
         herrings=("FailedHealthChecks, as a dead process has",)),

    case("nlb-clients-reset", "Clients reset far more than usual", CANNOT_TELL,
         "H13: client resets far above targets' are +2, possible at most: a slow server makes clients do "
         "that too.",
         resets("client", 0.4), alarm("TCP_Client_Reset_Count", 300),
         herrings=("only the clients' counter moved",)),

    case("nlb-alarm-one-reset", "Alarm on any reset", "alarm_misconfigured",
         "H11: ConfigurationUpdate shortly before (+2), resets equal to the usual daily baseline (+2).",
         alarm("TCP_Target_Reset_Count", 0, periods=1, updated_days=(4 - ALARM) / 1440)),

    case("nlb-healthy", "Nothing happened", NOTHING, "resets are usual and every zone is in."),
    case("nlb-healthy-deploy", "A deployment that nobody noticed", NOTHING,
         "a deployment alone fails nothing.",
         code_deploy(ONSET - 2, "push"), *(registered(o, o + 3, ONSET + o, ECS) for o in range(3)),
         spec={"targets": 6},
         herrings=("a deployment that exchanged every target",)),
    case("nlb-healthy-more-flows", "Twice the flows, well handled", NOTHING,
         "H1 explains errors; there are none.",
         flows(2.0), herrings=("flows twice the usual",)),
    case("nlb-healthy-daily-resets", "Resets as on every day", NOTHING, "equal to the usual daily baseline.",
         daily("target", 0.05), herrings=("resets, as at this hour every day",)),
    case("nlb-traffic-dip", "Traffic fell to a twelfth", CANNOT_TELL,
         "section 3: reset dips can mean traffic loss; nothing behind the load balancer is wrong.",
         quieter(0.08), alarm("NewFlowCount", 800, comparison="LessThanThreshold", missing="breaching")),
    case("nlb-resets-only", "Targets reset more, nothing else is known", CANNOT_TELL,
         "vector: NLB target resets elevated, PortAllocation 0, no logs: H2 = 2, cannot tell.",
         resets("target", 0.05), RESETS),
    case("nlb-resets-denied-trail", "Targets reset more, CloudTrail refused", CANNOT_TELL,
         "AccessDenied on a needed call; H2 = 2.", resets("target", 0.06), RESETS,
         amend=unread(UnreadReason.DENIED, Changes, AccessLog)),
    case("nlb-idle-resets", "The load balancer resets idle connections all day", CANNOT_TELL,
         "section 3: ELB resets persistent without UnHealthyHostCount suggest expired flows, no cause of "
         "the thirteen.",
         resets("elb", 0.08, since=-20_000), alarm("TCP_ELB_Reset_Count", 50), herrings=("many resets",)),
    case("nlb-resets-deploy-elsewhere", "Targets reset more; another service deployed", CANNOT_TELL,
         "H2 = 2; the deployment exchanged no target here.", resets("target", 0.05), code_deploy(ONSET - 2,
         "reports"),
         RESETS, herrings=("a deployment of another service",)),
)
