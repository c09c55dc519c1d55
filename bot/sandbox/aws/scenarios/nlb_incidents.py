"""Four Network Load Balancers: out of ports, a closed port, a dip, and a deployment that is no incident."""

from __future__ import annotations

from bot.sandbox.aws.anomaly_bands import trained_detector
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.flow_traffic import FlowDraft
from bot.sandbox.aws.nlbs import NlbSpec, build_nlb
from bot.sandbox.aws.scenarios.scenario import Scenario
from bot.sandbox.aws.trail import Actor

ALARM = -10
ONSET = ALARM - 3
NAMESPACE = "AWS/NetworkELB"


def _out_of_ports(draft: FlowDraft) -> None:
    after = draft.between(ONSET)
    draft.active[after] = 54_000 * 2
    draft.port_errors[after] = 60 + draft.minute[after, None] % 7


def build_mq(fleet: Fleet) -> None:
    """mq-edge: client addresses are not preserved and few targets take too many flows."""
    nlb = build_nlb(
        fleet, NlbSpec("mq-edge", per_minute=14_000, targets=4, preserve_client_ip=False, port=5671)
    )
    nlb.traffic.effects.append(_out_of_ports)
    fleet.alarm(
        "mq-edge-port-allocation",
        "PortAllocationErrorCount",
        nlb.dims,
        namespace=NAMESPACE,
        threshold=0,
        periods=3,
    )


def _closed_port(draft: FlowDraft) -> None:
    after = draft.between(ONSET)
    draft.target_resets[after, 0] += draft.new[after, 0] * 0.5
    draft.target_resets[:] = draft.target_resets.round()


def build_game(fleet: Fleet) -> None:
    """game-tcp: nothing listens on one of four targets any more."""
    nlb = build_nlb(fleet, NlbSpec("game-tcp", per_minute=2_400, targets=4, port=7777))
    nlb.traffic.effects.append(_closed_port)
    host = nlb.hosts[0]
    at = fleet.estate.at(ONSET + 1)
    fleet.estate.targets.change(nlb.group_arn, host.instance_id, at, "unhealthy", "Target.FailedHealthChecks")
    fleet.alarm(
        "game-tcp-target-resets", "TCP_Target_Reset_Count", nlb.dims, namespace=NAMESPACE, threshold=150
    )


def _dip(draft: FlowDraft) -> None:
    after = draft.between(ONSET)
    for counts in (draft.new, draft.active, draft.client_resets, draft.target_resets, draft.elb_resets):
        counts[after] = (counts[after] * 0.08).round()


def build_feed(fleet: Fleet) -> None:
    """feed-tcp: traffic falls to a twelfth, and the resets with it."""
    nlb = build_nlb(fleet, NlbSpec("feed-tcp", per_minute=3_100, targets=3, zones="abc"))
    nlb.traffic.effects.append(_dip)
    fleet.estate.anomaly_detectors.append(trained_detector(NAMESPACE, "NewFlowCount", nlb.dims))
    fleet.alarm(
        "feed-tcp-new-flows",
        "NewFlowCount",
        nlb.dims,
        namespace=NAMESPACE,
        threshold=1_000,
        comparison="LessThanThreshold",
        missing="breaching",
    )


def _rollout(draft: FlowDraft) -> None:
    during = draft.between(ONSET, ONSET + 4)
    draft.target_resets[during] += (draft.new[during] * 0.18).round()
    draft.elb_resets[during] += (draft.new[during] * 0.05).round()


def build_push(fleet: Fleet) -> None:
    """push-tcp: old processes close their connections while a release replaces them; clients return."""
    nlb = build_nlb(fleet, NlbSpec("push-tcp", per_minute=2_000, targets=4, port=8883))
    nlb.traffic.effects.append(_rollout)
    fleet.alarm(
        "push-tcp-target-resets", "TCP_Target_Reset_Count", nlb.dims, namespace=NAMESPACE, threshold=120
    )
    fleet.happened(
        ONSET - 1,
        "CreateDeployment",
        "codedeploy",
        by=Actor("deploy-bot", "pipeline-7815"),
        request={"applicationName": "push", "deploymentGroupName": "push-production"},
    )


def _scenario(name: str, title: str, card: str, cause: str | None, verdict: str, why: str) -> Scenario:
    builders = {"mq-edge": build_mq, "game-tcp": build_game, "feed-tcp": build_feed, "push-tcp": build_push}
    return Scenario(
        name, title, card, name, ALARM, cause, verdict, f"DOMAIN.md section 10, {why}", builders[name]
    )


SCENARIOS = (
    _scenario(
        "mq-edge",
        "Out of source ports",
        "mq-edge: PortAllocationErrorCount above 0 in 3 of 3 minutes",
        "port_exhaustion",
        "likely",
        "H10: PortAllocationErrorCount above 0 (+5), 54,000 flows per target (+2).",
    ),
    _scenario(
        "game-tcp",
        "TCP port closed",
        "game-tcp: TCP_Target_Reset_Count above 150 in 3 of 3 minutes",
        "target_not_listening",
        "probable",
        "H2: FailedHealthChecks (+3), target resets elevated (+2), one target of four (+2).",
    ),
    _scenario(
        "feed-tcp",
        "Traffic dip",
        "feed-tcp: NewFlowCount below 1,000 in 3 of 3 minutes",
        None,
        "cannot_tell",
        "section 3: fewer resets can mean lost traffic; nothing behind the load balancer is wrong.",
    ),
    _scenario(
        "push-tcp",
        "Deployment spike",
        "push-tcp: TCP_Target_Reset_Count above 120 in 3 of 3 minutes",
        None,
        "no_incident",
        "H5: a 4-min burst of resets after CreateDeployment healed itself; no host went away.",
    ),
)
