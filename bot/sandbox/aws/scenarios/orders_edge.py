"""orders-edge: somebody rebooted one of the instances by hand."""

from __future__ import annotations

from bot.sandbox.aws.albs import AlbSpec, build_alb
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from bot.sandbox.aws.scenarios.scenario import Scenario
from bot.sandbox.aws.trail import Actor

ALARM = -11
ONSET = ALARM - 3
BACK = ONSET + 5
REBOOTED = 1


def _away(draft: Draft) -> None:
    gone = draft.between(ONSET, BACK)
    draft.share[gone, REBOOTED, :] = 0.0
    draft.share[gone, REBOOTED, Outcome.REFUSED] = 1.0
    known = draft.between(ONSET + 2, BACK + 2)
    draft.weights[known, REBOOTED] = 0.15


def build(fleet: Fleet) -> None:
    """Three targets; the second was away for five minutes and is back."""
    alb = build_alb(fleet, AlbSpec("orders-edge", per_minute=260, targets=3, zones="abc", team="orders"))
    alb.traffic.effects.append(_away)
    host, estate = alb.hosts[REBOOTED], fleet.estate
    host.life.away.append((ONSET, ONSET + 2))
    host.life.instance_failed.append((ONSET + 2, BACK))
    estate.targets.change(
        alb.group_arn, host.instance_id, estate.at(ONSET + 1.2), "unhealthy", "Target.FailedHealthChecks"
    )
    estate.targets.change(alb.group_arn, host.instance_id, estate.at(BACK + 1), "healthy")
    fleet.calm_logs(alb)
    fleet.app_log(alb, REBOOTED, BACK - 0.3, "INFO  started orders in 41.2 s, listening on 8080")
    fleet.happened(
        ONSET - 0.4,
        "RebootInstances",
        "ec2",
        by=Actor("ops-admin", "lan"),
        request={"instancesSet": {"items": [{"instanceId": host.instance_id}]}},
        response={"_return": True},
        resources=(("AWS::EC2::Instance", host.instance_id),),
    )
    other = fleet.albs["www-edge"].hosts[0]
    fleet.happened(
        ONSET - 6,
        "StopInstances",
        "ec2",
        by=Actor("developer", "minh"),
        request={"instancesSet": {"items": [{"instanceId": other.instance_id}]}},
        error_code="Client.UnauthorizedOperation",
        error_message="You are not authorized to perform this operation.",
    )


SCENARIO = Scenario(
    id="orders-edge",
    title="Instance rebooted",
    card="orders-edge: TargetConnectionErrorCount above 10 in 3 of 3 minutes",
    load_balancer="orders-edge",
    alarm_minutes=ALARM,
    cause="instance_lifecycle",
    verdict="likely",
    why="DOMAIN.md section 10, H4: RebootInstances on a target (+4), StatusCheckFailed=1 (+3), "
    "errors only there (+1).",
    build=build,
)
