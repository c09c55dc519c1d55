"""media-edge: the application closes idle connections after 5 s, the load balancer after 60."""

from __future__ import annotations

from bot.sandbox.aws.albs import AlbSpec, build_alb
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from bot.sandbox.aws.scenarios.scenario import Scenario
from bot.sandbox.aws.trail import Actor

ALARM = -10
RELEASED = -2 * 1440 - 77


def _races(draft: Draft) -> None:
    draft.share[draft.between(RELEASED), :, Outcome.CLOSED] = 0.01


def build(fleet: Fleet) -> None:
    """A steady trickle of 502 since a release two days ago; the alarm on it is new."""
    alb = build_alb(fleet, AlbSpec("media-edge", per_minute=640, targets=4, zones="ab", team="media"))
    alb.traffic.effects.append(_races)
    fleet.alarm(
        "media-edge-502",
        "HTTPCode_ELB_502_Count",
        {"LoadBalancer": alb.dimension},
        threshold=3,
        updated_days=(4 - ALARM) / 1440,
    )
    fleet.calm_logs(alb)
    for column in range(4):
        fleet.app_log(
            alb, column, -170, "INFO  node v24 server keepAliveTimeout=5000 ms headersTimeout=60000 ms"
        )
    fleet.happened(
        ALARM - 4,
        "PutMetricAlarm",
        "monitoring",
        by=Actor("developer", "ana"),
        request={"alarmName": "media-edge-502", "threshold": 3},
    )
    fleet.happened(
        RELEASED - 3,
        "CreateDeployment",
        "codedeploy",
        by=Actor("deploy-bot", "pipeline-7703"),
        request={"applicationName": "media", "deploymentGroupName": "media-production"},
    )


SCENARIO = Scenario(
    id="media-edge",
    title="Keep-alive shorter than the load balancer's",
    card="media-edge: HTTPCode_ELB_502_Count above 3 in 3 of 3 minutes",
    load_balancer="media-edge",
    alarm_minutes=ALARM,
    cause="keep_alive_mismatch",
    verdict="probable",
    why="DOMAIN.md section 10, H7: 502 triples >=0/>=0/-1 with the connection counter at 0 (+4), a steady "
    "low rate (+2); the application log names an idle time of 5 s (+2).",
    build=build,
)
