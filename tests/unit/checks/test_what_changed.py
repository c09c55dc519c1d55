"""What changed: only this load balancer's own things, in words, held against the first error."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.core.change_words import told
from bot.core.evidence import (
    Change,
    Changes,
    EcsService,
    EcsServices,
    Evidence,
    Instances,
    NetworkAcls,
    TargetGroups,
    TargetHealth,
)
from bot.core.model import Finding, LoadBalancerType, Status, Unread
from bot.i18n import t
from runbooks.checks.what_changed import CHECK
from tests.estate import Estate
from tests.evidence_builders import (
    GROUP_ARN,
    NOW,
    ONSET,
    a_change,
    a_load_balancer,
    a_scope,
    an_instance,
    the_changes,
    unread,
)
from tests.metric_builders import around, lb_metrics, run, signals

LB = a_load_balancer()
LATER = ONSET + timedelta(minutes=30)
ELB = "elasticloadbalancing.amazonaws.com"
SERVICE = EcsService(arn="arn:s", cluster="shop", name="web", registers_with=(GROUP_ARN,))


def event(
    name: str, *resources: str, before: float = 2, error: str = "", id: str = "e1", **more: Any
) -> Change:
    when = ONSET - timedelta(minutes=before)
    return a_change(name, when, id=id, resources=resources, error=error, **more)


def judged(
    *changes: Change,
    late: bool = False,
    complete: bool = True,
    more: tuple[Evidence, ...] = (),
    denied: dict[type[Evidence], Unread] | None = None,
    errors: bool = True,
) -> Finding:
    known = [e for e in Estate().readings().values() if isinstance(e, Evidence)]
    scaled = Instances(instances=(an_instance(auto_scaling_group="shop-asg"),))
    trail = the_changes(*changes, read_at=NOW if late else LATER, complete=complete)
    metrics = (lb_metrics(None, around(None, 80)),) if errors else ()
    services = EcsServices(services=())
    return run(CHECK, *known, scaled, services, *metrics, trail, *more, unread=denied)


def said(finding: Finding) -> str:
    return " ".join(t(message, "en") for message in (finding.summary, *finding.details))


# When it is, and whose it is


def test_a_change_just_before_is_told_with_its_distance() -> None:
    revoke = event(
        "RevokeSecurityGroupIngress",
        "sg-0web",
        before=169 / 60,
        request=json.dumps(
            {
                "groupId": "sg-0web",
                "ipPermissions": {
                    "items": [
                        {
                            "ipProtocol": "tcp",
                            "fromPort": 8080,
                            "toPort": 8080,
                            "groups": {"items": [{"groupId": "sg-0alb"}]},
                        }
                    ]
                },
            }
        ),
    )
    finding = judged(revoke)
    assert finding.status is Status.WARN
    assert t(finding.summary, "en") == (
        "role/deploy-bot removed tcp 8080 sg-0alb from sg-0web, 2 min 49 s before the first error."
    )
    assert signals(finding) == {"change_before_onset": True, "no_change_before_onset": False}
    assert finding.table
    assert finding.table.rows == (
        (
            "14:02:11 UTC",
            "RevokeSecurityGroupIngress",
            "role/deploy-bot",
            "sg-0web tcp 8080 sg-0alb",
            "-169",
            "done",
        ),
    )
    (moment,) = finding.moments
    assert moment.key == "change:e1"


def test_nothing_found_passes_once_cloudtrail_had_time_to_tell() -> None:
    finding = judged(event("RevokeSecurityGroupIngress", "sg-0other"))
    assert finding.status is Status.PASS
    assert signals(finding) == {
        "change_before_onset": False,
        "no_change_before_onset": True,
        "target_tls_changed": False,
    }
    assert finding.table is None


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"late": True}, "CloudTrail may be 15 min late: nothing is concluded before 14:21"),
        ({"complete": False}, "cut short"),
    ],
)
def test_nothing_found_in_what_cloudtrail_cannot_tell_yet_is_unknown(how: dict[str, bool], why: str) -> None:
    finding = judged(**how)  # type: ignore[arg-type]
    assert finding.status is Status.UNKNOWN
    assert why in t(finding.summary, "en")
    assert finding.signals == ()


def test_a_cut_list_is_said_even_when_something_was_found() -> None:
    finding = judged(event("RebootInstances", "i-0aaa"), complete=False)
    assert finding.status is Status.WARN
    assert "Only the newest 1 write event was read" in said(finding)


def test_a_failed_call_changed_nothing() -> None:
    finding = judged(event("RevokeSecurityGroupIngress", "sg-0web", error="Client.UnauthorizedOperation"))
    assert finding.status is Status.PASS
    assert "was refused (Client.UnauthorizedOperation): it changed nothing." in said(finding)
    assert finding.moments == ()


def test_a_change_after_the_errors_began_is_marked_and_does_not_count() -> None:
    finding = judged(event("RebootInstances", "i-0aaa", before=-4))
    assert finding.status is Status.PASS
    assert "After the errors began, at 14:09 UTC: role/deploy-bot rebooted i-0aaa." in said(finding)
    assert finding.numbers["changes_after"] == 1


def test_what_somebody_did_is_named_before_what_aws_did_because_of_it() -> None:
    finding = judged(
        event("UpdateAutoScalingGroup", "shop-asg", before=5, service="autoscaling.amazonaws.com"),
        event("RunInstances", "i-0aaa", before=3, id="e2", invoked_by="autoscaling.amazonaws.com"),
    )
    assert "(UpdateAutoScalingGroup), 5 min before the first error" in t(finding.summary, "en")
    assert "launched i-0aaa, 3 min before" in said(finding)


LISTENER = f"arn:aws:elasticloadbalancing:eu-central-1:1:listener/{LB.dimension}/0123"
OTHER = "arn:aws:elasticloadbalancing:eu-central-1:1:listener/app/other/99/0123"


@pytest.mark.parametrize(
    ("change", "own"),
    [
        (event("ModifyTargetGroup", GROUP_ARN, service=ELB), True),
        (event("AddTags", GROUP_ARN, service=ELB), False),
        (event("ModifyListener", LISTENER, service=ELB), True),
        (event("ModifyListener", OTHER, service=ELB), False),
        (event("StartZonalShift", LB.arn, service="arc-zonal-shift.amazonaws.com"), True),
        (event("DeregisterTargets", GROUP_ARN, "i-0gone", service=ELB), True),
        (event("CreateNetworkAclEntry", "acl-0default"), True),
        (event("CreateNetworkAclEntry", "acl-0else"), False),
        (event("DeleteRoute", "rtb-0main"), True),
        (event("SuspendProcesses", "shop-asg", service="autoscaling.amazonaws.com"), True),
        (event("SuspendProcesses", "other-asg", service="autoscaling.amazonaws.com"), False),
        (event("StopInstances", "i-0bbb"), True),
        (event("StopInstances", "i-0else"), False),
        (event("ModifyInstanceAttribute", "i-0aaa"), True),
        (event("CreateTags", "i-0aaa"), False),
        (event("SendCommand", "i-0aaa", service="ssm.amazonaws.com"), True),
    ],
)
def test_only_what_this_load_balancer_depends_on_counts(change: Change, own: bool) -> None:
    assert judged(change).status is (Status.WARN if own else Status.PASS)


def test_an_instance_that_left_the_group_is_still_followed() -> None:
    finding = judged(
        event("DeregisterTargets", GROUP_ARN, "i-0gone", service=ELB),
        event("TerminateInstances", "i-0gone", id="e2"),
    )
    assert finding.numbers["changes_before"] == 2


def test_a_classic_load_balancer_is_known_by_its_name() -> None:
    lb = a_load_balancer(LoadBalancerType.CLASSIC)
    changes = the_changes(event("ConfigureHealthCheck", lb.name, service=ELB), read_at=LATER)
    groups = TargetGroups(groups=())
    finding = run(CHECK, changes, groups, lb_metrics(lb, around(None, 80)), scope=a_scope(lb))
    assert finding.status is Status.WARN


# Deployments


def deployed(**request: str) -> Change:
    return event("UpdateService", service="ecs.amazonaws.com", request=json.dumps(request))


@pytest.mark.parametrize(
    ("services", "status"),
    [
        ((SERVICE,), Status.WARN),
        ((SERVICE.model_copy(update={"registers_with": ("arn:other",)}),), Status.PASS),
        ((), Status.UNKNOWN),
    ],
)
def test_a_deployment_counts_when_its_service_registers_with_this_load_balancer(
    services: tuple[EcsService, ...], status: Status
) -> None:
    change = deployed(cluster="shop", service="web", taskDefinition="web:7")
    finding = judged(change, more=(EcsServices(services=services),))
    assert finding.status is status
    if status is Status.WARN:
        assert t(finding.summary, "en").startswith("role/deploy-bot deployed web:7 to the service web")


def test_a_deployment_of_nobody_knows_what_leaves_nothing_ruled_out() -> None:
    finding = judged(deployed(cluster="shop", service="web"), denied={EcsServices: unread(action="ecs:x")})
    assert finding.status is Status.UNKNOWN
    assert "nothing ties it to this load balancer" in said(finding)


def test_a_certificate_rotated_on_a_target_is_a_change_of_tls() -> None:
    request = json.dumps({"documentName": "RotateHostCertificate", "instanceIds": ["i-0aaa"]})
    finding = judged(event("SendCommand", "i-0aaa", service="ssm.amazonaws.com", request=request))
    assert signals(finding)["target_tls_changed"] is True


# What could not be read


def test_refused_cloudtrail_is_unknown() -> None:
    finding = run(CHECK, unread={Changes: unread(action="cloudtrail:LookupEvents")})
    assert finding.status is Status.UNKNOWN


def test_an_acl_event_cannot_be_ruled_out_while_the_acls_are_unread() -> None:
    denied: dict[type[Evidence], Unread] = {NetworkAcls: unread()}
    assert judged(event("CreateNetworkAclEntry", "acl-0else"), denied=denied).status is Status.UNKNOWN
    assert judged(event("RebootInstances", "i-0else"), denied=denied).status is Status.PASS


@pytest.mark.parametrize("name", ["RebootInstances", "TerminateInstances", "SendCommand", "CreateDeployment"])
def test_what_was_done_to_an_instance_is_not_ruled_out_while_the_targets_are_unread(name: str) -> None:
    refused = unread(action="elasticloadbalancing:DescribeTargetHealth")
    finding = judged(event(name, "i-0aaa"), denied={TargetHealth: refused})
    assert finding.status is Status.UNKNOWN
    assert finding.signals == ()
    assert finding.unread == (refused,)


def test_an_event_that_names_only_an_association_cannot_be_ruled_out() -> None:
    assert judged(event("DisassociateRouteTable", "rtbassoc-0a")).status is Status.UNKNOWN


def test_without_metrics_changes_are_held_against_the_alarm() -> None:
    finding = judged(event("RebootInstances", "i-0aaa", before=0), errors=False)
    assert t(finding.summary, "en") == "role/deploy-bot rebooted i-0aaa, 3 min before the alarm."


# Words


@pytest.mark.parametrize(
    ("name", "request_", "resources", "words"),
    [
        (
            "AuthorizeSecurityGroupEgress",
            {"groupId": "sg-1", "ipProtocol": "udp", "fromPort": 53, "toPort": 60, "cidrIp": "10.0.0.0/8"},
            ("sg-1",),
            "x added outbound udp 53-60 10.0.0.0/8 to sg-1",
        ),
        (
            "CreateNetworkAclEntry",
            {
                "networkAclId": "acl-1",
                "ruleNumber": 50,
                "ruleAction": "deny",
                "aclProtocol": "6",
                "portRange": {"from": 8080, "to": 8080},
                "cidrBlock": "10.0.0.0/16",
            },
            ("acl-1",),
            "x added entry 50 to acl-1: deny tcp 8080 10.0.0.0/16",
        ),
        (
            "DeleteNetworkAclEntry",
            {"networkAclId": "acl-1", "ruleNumber": 50},
            ("acl-1",),
            "x deleted entry 50 of acl-1",
        ),
        (
            "DeleteRoute",
            {"routeTableId": "rtb-1", "destinationCidrBlock": "10.1.0.0/16"},
            ("rtb-1",),
            "x deleted the route to 10.1.0.0/16 from rtb-1",
        ),
        ("SetSecurityGroups", {"securityGroups": ["sg-1"]}, ("sg-1",), "load balancer to sg-1"),
        (
            "ModifyTargetGroup",
            {"targetGroupArn": GROUP_ARN, "healthCheckPort": "8081"},
            (GROUP_ARN,),
            "x set healthCheckPort=8081 on targetgroup/web",
        ),
        (
            "ModifyTargetGroupAttributes",
            {
                "targetGroupArn": GROUP_ARN,
                "attributes": [{"key": "slow_start.duration_seconds", "value": "0"}],
            },
            (GROUP_ARN,),
            "x set slow_start.duration_seconds=0 on targetgroup/web",
        ),
        (
            "DeregisterTargets",
            {"targetGroupArn": GROUP_ARN, "targets": [{"id": "i-1"}, {"id": "i-2"}]},
            (GROUP_ARN,),
            "x took 2 targets out of targetgroup/web: i-1, i-2",
        ),
        ("StopInstances", {}, ("i-1",), "x stopped i-1"),
        ("StartInstanceRefresh", {}, ("shop-asg",), "x changed shop-asg (StartInstanceRefresh)"),
        ("RevokeSecurityGroupIngress", {}, ("sg-1",), "x changed sg-1 (RevokeSecurityGroupIngress)"),
        ("RevokeSecurityGroupIngress", None, (), "x changed ? (RevokeSecurityGroupIngress)"),
    ],
)
def test_what_changed_is_said_in_words(
    name: str, request_: dict[str, Any] | None, resources: tuple[str, ...], words: str
) -> None:
    cut = "{" if request_ is None else json.dumps(request_)
    change = a_change(name, principal="x", resources=resources, request=cut)
    assert words in t(told(change), "en")
