"""shop-prod: somebody revoked the rule for the traffic port; the health-check port stayed open."""

from __future__ import annotations

from bot.sandbox.aws.albs import AlbSpec, build_alb
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from bot.sandbox.aws.scenarios.scenario import Scenario
from bot.sandbox.aws.trail import Actor

ALARM = -10
ONSET = ALARM - 3
REVOKED = ONSET - 3 + 11 / 60


def _blocked(draft: Draft) -> None:
    after = draft.between(ONSET)
    draft.share[after] = 0.0
    draft.share[after, :, Outcome.CONNECT_TIMEOUT] = 1.0


def build(fleet: Fleet) -> None:
    """Build it as it is at the anchor: the rule is gone."""
    alb = build_alb(fleet, AlbSpec("shop-prod", per_minute=900, targets=4, zones="ab", check_port=8081))
    alb.traffic.effects.append(_blocked)
    fleet.clients("ec2").revoke_security_group_ingress(
        GroupId=alb.app_group_id,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 8080,
                "ToPort": 8080,
                "UserIdGroupPairs": [{"GroupId": alb.lb_group_id, "UserId": fleet.estate.account_id}],
            }
        ],
    )
    fleet.happened(
        REVOKED,
        "RevokeSecurityGroupIngress",
        "ec2",
        by=Actor("deploy-bot", "terraform-apply"),
        request={
            "groupId": alb.app_group_id,
            "ipPermissions": {
                "items": [
                    {
                        "ipProtocol": "tcp",
                        "fromPort": 8080,
                        "toPort": 8080,
                        "groups": {
                            "items": [{"groupId": alb.lb_group_id, "userId": fleet.estate.account_id}]
                        },
                        "ipRanges": {},
                        "ipv6Ranges": {},
                        "prefixListIds": {},
                    }
                ]
            },
        },
        response={"requestId": "5d1b7f0e-0000-4000-8000-00000000c001", "_return": True},
        resources=(("AWS::EC2::SecurityGroup", alb.app_group_id),),
    )
    fleet.happened(
        ONSET - 22,
        "ModifyTargetGroup",
        "elasticloadbalancing",
        by=Actor("developer", "minh"),
        request={"targetGroupArn": alb.group_arn, "healthCheckIntervalSeconds": 10},
        error_code="AccessDenied",
        error_message="User is not authorized to perform: elasticloadbalancing:ModifyTargetGroup",
    )


SCENARIO = Scenario(
    id="shop-prod",
    title="Security-group rule removed",
    card="shop-prod: TargetConnectionErrorCount above 10 in 3 of 3 minutes",
    load_balancer="shop-prod",
    alarm_minutes=ALARM,
    cause="network_block",
    verdict="likely",
    why="DOMAIN.md section 10, H3: predicate 5 fails now (+4), the rule was revoked 3 min before onset (+3), "
    "504 triples on 100 % of requests (+2); targets stay healthy: the check port 8081 is open (section 4).",
    build=build,
)
