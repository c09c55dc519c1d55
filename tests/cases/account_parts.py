"""What happens in an account whatever the load balancer: instances, deployments, AWS's own events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from moto.ec2.models import ec2_backends

from bot.sandbox.aws.estate import Estate, InstanceWatch
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.trail import Actor

OPS = Actor("ops-admin", "lan")
TERRAFORM = Actor("deploy-bot", "terraform-apply")
PIPELINE = Actor("deploy-bot", "pipeline-7812")
DEVELOPER = Actor("developer", "minh")
ECS = Actor("AWSServiceRoleForECS", "ecs-service-scheduler", "ecs.amazonaws.com")
SCALING = Actor("AWSServiceRoleForAutoScaling", "AutoScaling", "autoscaling.amazonaws.com")
FOREVER = 10_000_000


Part = Callable[[Fleet, Any], None]
"""Something that happens to a built load balancer: an Alb, Nlb or Clb, with `hosts` and `app_group_id`."""


def event(
    fleet: Fleet,
    minute: float,
    name: str,
    source: str,
    request: dict[str, Any],
    resources: tuple[tuple[str, str], ...] = (),
    *,
    by: Actor = OPS,
    error: str = "",
) -> None:
    """One CloudTrail event; a failed call changed nothing."""
    failure = {"error_code": error, "error_message": "Not authorized."} if error else {}
    fleet.happened(minute, name, source, by=by, request=request, resources=resources, **failure)


# Instances --------------------------------------------------------------------------------------------------


def instance_event(minute: float, name: str, seat: int, *, by: Actor = OPS, error: str = "") -> Part:
    """RebootInstances, StopInstances, TerminateInstances, ... on one target."""

    def part(fleet: Fleet, built: Any) -> None:
        target = built.hosts[seat].instance_id
        request = {"instancesSet": {"items": [{"instanceId": target}]}}
        event(
            fleet,
            minute,
            name,
            "ec2",
            request,
            (("AWS::EC2::Instance", target),),
            by=by,
            error=error,
        )

    return part


def reboot_elsewhere(minute: float, name: str = "RebootInstances") -> Part:
    """An instance of another service was rebooted."""

    def part(fleet: Fleet, built: Any) -> None:
        other = fleet.albs["www-edge"].hosts[0].instance_id
        request = {"instancesSet": {"items": [{"instanceId": other}]}}
        event(fleet, minute, name, "ec2", request, (("AWS::EC2::Instance", other),))

    return part


def away(seat: int, since: int, until: int) -> Part:
    """The instance publishes no metrics at all."""

    def part(fleet: Fleet, built: Any) -> None:
        built.hosts[seat].life.away.append((since, until))

    return part


def checks_fail(seat: int, since: int, until: int = FOREVER, *, system: bool = False) -> Part:
    """StatusCheckFailed of the instance, or of the host it runs on."""

    def part(fleet: Fleet, built: Any) -> None:
        host = built.hosts[seat]
        life = host.life.system_failed if system else host.life.instance_failed
        life.append((since, until))
        if until == FOREVER:
            at = fleet.estate.at(since)
            watch = (
                InstanceWatch(system_status="impaired", impaired_since=at)
                if system
                else InstanceWatch(instance_status="impaired", impaired_since=at)
            )
            fleet.estate.instances[host.instance_id] = watch

    return part


def stopped(seat: int) -> Part:
    """The instance is in the stopped state now."""

    def part(fleet: Fleet, built: Any) -> None:
        fleet.clients("ec2").stop_instances(InstanceIds=[built.hosts[seat].instance_id])

    return part


def maintenance(seat: int, since: float, until: float, code: str = "system-maintenance") -> Part:
    """AWS had scheduled something for the instance."""

    def part(fleet: Fleet, built: Any) -> None:
        estate = fleet.estate
        planned = {
            "InstanceEventId": "instance-event-0d59937288b749b32",
            "Code": code,
            "Description": "The instance is scheduled for maintenance",
            "NotBefore": estate.at(since),
            "NotAfter": estate.at(until),
        }
        estate.instances[built.hosts[seat].instance_id] = InstanceWatch(events=(planned,))

    return part


def launched(seat: int, minute: float) -> Part:
    """The instance was started just then."""

    def part(fleet: Fleet, built: Any) -> None:
        instance(fleet, built.hosts[seat].instance_id).launch_time = fleet.estate.at(minute)

    return part


def instance(fleet: Fleet, id: str) -> Any:
    """moto's own instance, for what its API cannot set."""
    return ec2_backends[fleet.estate.account_id][fleet.estate.region].get_instance(id)


# Deployments ------------------------------------------------------------------------------------------------


def ecs_service(name: str, minute: float | None) -> Part:
    """An ECS service that registers with this load balancer's group; `minute` is its UpdateService."""

    def part(fleet: Fleet, built: Any) -> None:
        ecs = fleet.clients("ecs")
        ecs.create_cluster(clusterName=name)
        container = {"name": name, "image": f"{name}:48", "memory": 512, "portMappings": [_PORT]}
        ecs.register_task_definition(family=name, containerDefinitions=[container])
        ecs.create_service(
            cluster=name,
            serviceName=name,
            taskDefinition=name,
            desiredCount=3,
            launchType="EC2",
            loadBalancers=[{"targetGroupArn": built.group_arn, "containerName": name, "containerPort": 8080}],
        )
        if minute is not None:
            service_updated(name, minute)(fleet, built)

    return part


_PORT = {"containerPort": 8080}


def service_updated(name: str, minute: float) -> Part:
    """UpdateService of a service, of this load balancer or of another."""

    def part(fleet: Fleet, built: Any) -> None:
        event(
            fleet,
            minute,
            "UpdateService",
            "ecs",
            {"cluster": name, "service": name, "taskDefinition": f"{name}:48"},
            (("AWS::ECS::Service", name),),
            by=PIPELINE,
        )

    return part


def code_deploy(minute: float, application: str) -> Part:
    """CreateDeployment; what it deploys to is not in the event."""

    def part(fleet: Fleet, built: Any) -> None:
        request = {"applicationName": application, "deploymentGroupName": f"{application}-production"}
        event(fleet, minute, "CreateDeployment", "codedeploy", request, by=PIPELINE)

    return part


def command_sent(minute: float, seats: Sequence[int], document: str) -> Part:
    """An SSM command to some of the targets."""

    def part(fleet: Fleet, built: Any) -> None:
        ids = [built.hosts[seat].instance_id for seat in seats]
        event(fleet, minute, "SendCommand", "ssm", {"documentName": document, "instanceIds": ids})

    return part


def unrelated_change(minute: float) -> Part:
    """A change of something this load balancer does not depend on."""

    def part(fleet: Fleet, built: Any) -> None:
        request = {"name": "/reports/feature-flags", "type": "String", "overwrite": True}
        event(fleet, minute, "PutParameter", "ssm", request, by=Actor("ci-build", "pipeline-7790"))

    return part


# AWS itself -------------------------------------------------------------------------------------------------


def aws_issue(
    minute: float,
    *,
    service: str = "ELASTICLOADBALANCING",
    zone_letter: str = "",
    status: str = "open",
    region: str = "",
    end: float | None = None,
) -> Part:
    """An operational issue in AWS Health; it can be read only with a support plan."""

    def part(fleet: Fleet, built: Any) -> None:
        estate = fleet.estate
        kind = f"AWS_{service}_OPERATIONAL_ISSUE"
        place = region or estate.region
        issue: dict[str, Any] = {
            "arn": f"arn:aws:health:{place}::event/{service}/{kind}/{kind}_7c1f0b52",
            "service": service,
            "eventTypeCode": kind,
            "eventTypeCategory": "issue",
            "region": place,
            "startTime": estate.at(minute),
            "lastUpdatedTime": estate.at(minute + 10),
            "statusCode": status,
            "eventScopeCode": "PUBLIC",
            "description": "We are investigating increased error rates.",
            "entities": [],
        }
        if zone_letter:
            issue["availabilityZone"] = f"{place}{zone_letter}"
        if end is not None:
            issue["endTime"] = estate.at(end)
        estate.health_events.append(issue)

    return part


def autoshift(minute: float, letter: str) -> Part:
    """AWS moved traffic away from a zone."""

    def part(fleet: Fleet, built: Any) -> None:
        estate = fleet.estate
        estate.autoshifts.append(
            {"awayFrom": f"{estate.region}{letter}", "startTime": estate.at(minute), "status": "ACTIVE"}
        )

    return part


def with_support_plan(estate: Estate) -> None:
    """The account may read AWS Health."""
    estate.health_subscribed = True
