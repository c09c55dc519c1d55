"""search-int: a crawler more than doubles the load, the hosts run out of CPU and slow replies time out."""

from __future__ import annotations

import numpy as np

from bot.sandbox.aws.albs import AlbSpec, build_alb
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from bot.sandbox.aws.scenarios.scenario import Scenario
from bot.sandbox.aws.trail import Actor

ALARM = -10
ONSET = ALARM - 3
SURGE = ONSET - 6


def _overload(draft: Draft) -> None:
    rise = np.clip((draft.minute - SURGE + 1) / 3, 0, 1)
    draft.requests *= 1 + 1.4 * rise
    slow = np.clip((draft.minute - SURGE) / 5, 0, 1)[:, None]
    draft.median_s *= 1 + 17 * slow
    draft.cpu += 14 * rise[:, None]
    late = draft.between(ONSET)
    draft.share[late, :, Outcome.CONNECT_TIMEOUT] = 0.055
    draft.share[late, :, Outcome.NO_REPLY] = 0.025


def build(fleet: Fleet) -> None:
    """Six targets, two of them slow to answer the health check."""
    alb = build_alb(
        fleet,
        AlbSpec(
            "search-int",
            per_minute=840,
            targets=6,
            zones="abc",
            scheme="internal",
            team="search",
            port=9200,
            check_path="/_cluster/health",
            instance_type="c6i.xlarge",
            traffic={"busy_cpu": 31.5, "median_s": 0.09, "daily": 0.25},
        ),
    )
    alb.traffic.effects.append(_overload)
    for host, since in ((alb.hosts[1], ONSET + 2), (alb.hosts[4], ONSET + 4)):
        fleet.estate.targets.change(
            alb.group_arn, host.instance_id, fleet.estate.at(since), "unhealthy", "Target.Timeout"
        )
    fleet.alarm(
        "search-int-p99",
        "TargetResponseTime",
        {"LoadBalancer": alb.dimension},
        threshold=2,
        stat="p99",
        periods=5,
        points=3,
        missing="missing",
    )
    fleet.happened(
        ONSET - 41,
        "PutDashboard",
        "monitoring",
        by=Actor("developer", "ana"),
        request={"dashboardName": "search"},
    )
    fleet.happened(
        ONSET - 8,
        "AuthorizeSecurityGroupIngress",
        "ec2",
        by=Actor("ops-admin", "lan"),
        request={
            "groupId": fleet.albs["www-edge"].app_group_id,
            "ipPermissions": {
                "items": [
                    {
                        "ipProtocol": "tcp",
                        "fromPort": 9100,
                        "toPort": 9100,
                        "ipRanges": {"items": [{"cidrIp": "10.20.0.0/24"}]},
                    }
                ]
            },
        },
        resources=(("AWS::EC2::SecurityGroup", fleet.albs["www-edge"].app_group_id),),
    )


SCENARIO = Scenario(
    id="search-int",
    title="Overload",
    card="search-int: TargetConnectionErrorCount above 10 in 3 of 3 minutes",
    load_balancer="search-int",
    alarm_minutes=ALARM,
    cause="overload",
    verdict="likely",
    why="DOMAIN.md section 10, H1: requests x2.4 before the errors (+3), CPU 94 % (+2), p99 rose first (+2), "
    "504 on about 8 % of requests (+1), NetworkIn up (+1).",
    build=build,
)
