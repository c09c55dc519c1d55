"""auth-int: the health-check path was changed to one the application does not have; all targets fail open."""

from __future__ import annotations

from bot.sandbox.aws.albs import AlbSpec, build_alb, elbv2_state
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.scenarios.scenario import Scenario
from bot.sandbox.aws.trail import Actor

ALARM = -10
CHANGED = ALARM - 4
UNHEALTHY = ALARM - 2


def build(fleet: Fleet) -> None:
    """Four targets, all unhealthy by a 404, all still serving."""
    alb = build_alb(
        fleet,
        AlbSpec(
            "auth-int",
            per_minute=380,
            targets=4,
            zones="ab",
            scheme="internal",
            team="identity",
            alarmed=False,
            check_path="/health",
        ),
    )
    estate = fleet.estate
    elbv2_state(fleet).target_groups[alb.group_arn].health_check_path = "/healthz/ready"
    for number, host in enumerate(alb.hosts):
        at = estate.at(UNHEALTHY + number * 0.05)
        estate.targets.change(alb.group_arn, host.instance_id, at, "unhealthy", "Target.ResponseCodeMismatch")
    fleet.alarm(
        "auth-int-unhealthy-hosts", "UnHealthyHostCount", alb.dims, threshold=0, stat="Maximum", periods=2
    )
    fleet.happened(
        CHANGED,
        "ModifyTargetGroup",
        "elasticloadbalancing",
        by=Actor("terraform", "apply-4471"),
        request={"targetGroupArn": alb.group_arn, "healthCheckPath": "/healthz/ready"},
        resources=(("AWS::ElasticLoadBalancingV2::TargetGroup", alb.group_arn),),
    )
    fleet.calm_logs(alb)
    for column in range(4):
        fleet.app_log(alb, column, UNHEALTHY - 0.5, 'WARN  404 GET /healthz/ready "ELB-HealthChecker/2.0"')


SCENARIO = Scenario(
    id="auth-int",
    title="Health-check path changed",
    card="auth-int: UnHealthyHostCount above 0 in 2 of 2 minutes",
    load_balancer="auth-int",
    alarm_minutes=ALARM,
    cause="health_check_misconfigured",
    verdict="likely",
    why="DOMAIN.md section 10, H6: ModifyTargetGroup before (+3), ResponseCodeMismatch on all targets "
    "at once (+3), 2XX while unhealthy (+2), fail-open requests (+2).",
    build=build,
)
