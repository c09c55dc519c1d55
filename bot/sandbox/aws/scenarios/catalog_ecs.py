"""catalog-ecs: a deployment stopped old tasks before the load balancer had let go of them."""

from __future__ import annotations

from bot.sandbox.aws.albs import Alb, AlbSpec, build_alb
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from bot.sandbox.aws.scenarios.scenario import Scenario
from bot.sandbox.aws.trail import Actor

ALARM = -10
ONSET = ALARM - 3
DONE = ONSET + 5
OLD, NEW = (0, 1, 2), (3, 4, 5)
ECS = Actor("AWSServiceRoleForECS", "ecs-service-scheduler", "ecs.amazonaws.com")
SWAPS = {0: ONSET, 1: ONSET + 1, 2: ONSET + 4}


def _swap(draft: Draft) -> None:
    for old, new in zip(OLD, NEW, strict=True):
        swapped = draft.between(SWAPS[old] + 2)
        draft.weights[~swapped, new] = 0.0
        draft.weights[draft.between(SWAPS[old] + 1), old] = 0.0
        cut = draft.between(SWAPS[old], SWAPS[old] + 1)
        draft.share[cut, old, Outcome.REFUSED] = 0.7
    draft.share[draft.between(ONSET, DONE), :, Outcome.REFUSED] += 0.06


def _service(fleet: Fleet, alb: Alb) -> None:
    ecs = fleet.clients("ecs")
    ecs.create_cluster(clusterName="catalog")
    container = {
        "name": "catalog",
        "image": "catalog:48",
        "memory": 512,
        "portMappings": [{"containerPort": 8080}],
    }
    ecs.register_task_definition(family="catalog", containerDefinitions=[container])
    ecs.create_service(
        cluster="catalog",
        serviceName="catalog",
        taskDefinition="catalog",
        desiredCount=3,
        launchType="EC2",
        loadBalancers=[{"targetGroupArn": alb.group_arn, "containerName": "catalog", "containerPort": 8080}],
    )


def build(fleet: Fleet) -> None:
    """Three old targets drain, three new ones have taken over."""
    alb = build_alb(
        fleet,
        AlbSpec(
            "catalog-ecs",
            per_minute=480,
            targets=6,
            zones="ab",
            team="catalog",
            deregistration_delay_s=1_200,
        ),
    )
    alb.traffic.effects.append(_swap)
    _service(fleet, alb)
    estate = fleet.estate
    for old, new in zip(OLD, NEW, strict=True):
        gone, come, at = alb.hosts[old].instance_id, alb.hosts[new].instance_id, SWAPS[old]
        change = estate.targets.change
        change(alb.group_arn, gone, estate.at(at), "draining", "Target.DeregistrationInProgress")
        change(alb.group_arn, gone, estate.at(at + 20), "gone")
        change(alb.group_arn, come, estate.at(-90_000), "gone")
        change(alb.group_arn, come, estate.at(at - 0.5), "initial", "Elb.InitialHealthChecking")
        change(alb.group_arn, come, estate.at(at + 2), "healthy")
        for name, target in (("RegisterTargets", come), ("DeregisterTargets", gone)):
            fleet.happened(
                at - 0.3,
                name,
                "elasticloadbalancing",
                by=ECS,
                request={"targetGroupArn": alb.group_arn, "targets": [{"id": target, "port": 8080}]},
                resources=(("AWS::ElasticLoadBalancingV2::TargetGroup", alb.group_arn),),
            )
    fleet.happened(
        ONSET - 2,
        "UpdateService",
        "ecs",
        by=Actor("deploy-bot", "pipeline-7812"),
        request={
            "cluster": "catalog",
            "service": "catalog",
            "taskDefinition": "catalog:48",
            "forceNewDeployment": False,
        },
        resources=(("AWS::ECS::Service", "catalog"),),
    )


SCENARIO = Scenario(
    id="catalog-ecs",
    title="Deployment burst",
    card="catalog-ecs: TargetConnectionErrorCount above 10 in 3 of 3 minutes",
    load_balancer="catalog-ecs",
    alarm_minutes=ALARM,
    cause="deployment",
    verdict="likely",
    why="DOMAIN.md section 10, H5: UpdateService 2 min before (+4), 5-min burst (+2), draining targets (+2), "
    "host-count dip (+1); refused connections are the mechanism (H2).",
    build=build,
)
