"""Instance events: who stopped, launched or deployed what, and when finding nothing means nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.evidence import (
    Change,
    Changes,
    Evidence,
    Instance,
    Instances,
    InstanceStatus,
    InstanceStatuses,
    ScheduledEvent,
    TargetGroups,
    TargetHealth,
)
from bot.core.model import Finding, Status
from bot.i18n import t
from runbooks.checks.instance_events import CHECK
from tests.evidence_builders import (
    GROUP_ARN,
    NOW,
    ONSET,
    a_change,
    a_target,
    a_target_group,
    an_instance,
    the_changes,
    unread,
)
from tests.metric_builders import around, host_metric, host_metrics, lb_metrics, run, signals

LATER = ONSET + timedelta(minutes=30)
BOTH = ("i-0aaa", "i-0bbb")
HEALTH = TargetHealth(read_at=NOW, targets=tuple(a_target(id) for id in BOTH))
GROUPS = TargetGroups(groups=(a_target_group(),))
ERRORS = lb_metrics(None, around(None, 80))
PASSED = host_metrics(*(host_metric("StatusCheckFailed", around(0, 0), instance=id) for id in BOTH))


def up(*instances: Instance) -> Instances:
    return Instances(instances=instances or tuple(an_instance(id) for id in BOTH))


def trail(*changes: Change, complete: bool = True, late: bool = False) -> Changes:
    return the_changes(*changes, read_at=NOW if late else LATER, complete=complete)


def event(
    name: str, *resources: str, before: float = 2, error: str = "", id: str = "e1", who: str = "role/ops"
) -> Change:
    when = ONSET - timedelta(minutes=before)
    return a_change(name, when, id=id, resources=resources, error=error, principal=who)


def judged(*evidence: Evidence) -> Finding:
    usual = (HEALTH, GROUPS, ERRORS, up(), PASSED, trail(), InstanceStatuses(statuses=()))
    given: dict[type[Evidence], Evidence] = {type(e): e for e in (*usual, *evidence)}
    return run(CHECK, *given.values())


# Nothing


def test_nothing_found_passes_when_cloudtrail_had_time_to_tell() -> None:
    finding = judged()
    assert finding.status is Status.PASS
    assert signals(finding) == {
        "instance_stopped_or_rebooted": False,
        "launched_in_window": False,
        "scheduled_event": False,
        "instances_up_and_quiet": True,
        "deploy_event_before": False,
        "no_deploy_event": True,
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(trail(late=True), "may be {lag} late", id="younger than 15 min"),
        pytest.param(trail(complete=False), "cut short", id="truncated"),
    ],
)
def test_nothing_found_is_unknown_while_it_may_still_come(changes: Changes, words: str) -> None:
    finding = judged(changes)
    assert finding.status is Status.UNKNOWN
    assert words in finding.summary.text
    assert signals(finding) == {"launched_in_window": False, "scheduled_event": False}


def test_a_refused_cloudtrail_is_unknown_but_launches_are_still_seen() -> None:
    given = (HEALTH, GROUPS, ERRORS, up(), PASSED, InstanceStatuses(statuses=()))
    finding = run(CHECK, *given, unread={Changes: unread(action="cloudtrail:LookupEvents")})
    assert finding.status is Status.UNKNOWN
    assert [u.action for u in finding.unread] == ["cloudtrail:LookupEvents"]
    assert signals(finding) == {"launched_in_window": False, "scheduled_event": False}


@pytest.mark.parametrize("kind", [Instances, InstanceStatuses, TargetGroups])
def test_nothing_found_is_no_pass_while_something_that_could_show_it_is_unread(
    kind: type[Evidence],
) -> None:
    refused = unread(action="ec2:DescribeInstances")
    usual = (HEALTH, GROUPS, ERRORS, up(), PASSED, trail(), InstanceStatuses(statuses=()))
    finding = run(CHECK, *(one for one in usual if type(one) is not kind), unread={kind: refused})
    assert finding.status is Status.UNKNOWN
    assert finding.unread == (refused,)
    assert t(finding.summary, "en") == ("Not allowed: ec2:DescribeInstances. Nothing is concluded from it.")


def test_refused_target_health_is_unknown() -> None:
    assert run(CHECK, unread={TargetHealth: unread()}).status is Status.UNKNOWN


# Stops


@pytest.mark.parametrize("name", ["RebootInstances", "StopInstances", "TerminateInstances"])
def test_a_target_that_was_stopped_just_before_fails(name: str) -> None:
    finding = judged(trail(event(name, "i-0aaa")))
    assert finding.status is Status.FAIL
    assert signals(finding)["instance_stopped_or_rebooted"] is True
    assert signals(finding)["instances_up_and_quiet"] is False
    assert [m.key for m in finding.moments] == ["change:e1"]


def test_even_a_fresh_list_shows_a_stop() -> None:
    assert judged(trail(event("RebootInstances", "i-0aaa"), late=True)).status is Status.FAIL


def test_a_refused_stop_changed_nothing_and_is_said_so() -> None:
    finding = judged(trail(event("StopInstances", "i-0aaa", error="Client.UnauthorizedOperation")))
    assert finding.status is Status.PASS
    assert any("it changed nothing" in detail.text for detail in finding.details)
    assert finding.table is not None
    assert finding.table.rows[0][-1] == "Client.UnauthorizedOperation"
    assert not finding.moments


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(event("RebootInstances", "i-0zzz"), id="of somebody else's instance"),
        pytest.param(event("RebootInstances", "i-0aaa", before=40), id="long before"),
        pytest.param(event("TerminateInstances", "i-0aaa", before=-10), id="after the errors began"),
    ],
)
def test_a_stop_that_cannot_be_the_cause(change: Change) -> None:
    assert signals(judged(trail(change)))["instance_stopped_or_rebooted"] is False


def test_a_target_that_was_deregistered_before_it_was_stopped_is_still_involved() -> None:
    left = event("DeregisterTargets", GROUP_ARN, "i-0old", before=5)
    stopped = event("TerminateInstances", "i-0old", before=4, id="e2")
    assert signals(judged(trail(left, stopped)))["instance_stopped_or_rebooted"] is True


# Launches, schedule, uptime


def test_a_target_launched_just_before_is_a_warning() -> None:
    finding = judged(
        up(an_instance("i-0aaa"), an_instance("i-0bbb", launched_at=ONSET - timedelta(minutes=3)))
    )
    assert finding.status is Status.WARN
    assert signals(finding)["launched_in_window"] is True
    assert signals(finding)["instances_up_and_quiet"] is False


def test_an_instance_that_was_not_read_leaves_uptime_unknown() -> None:
    finding = judged(up(an_instance("i-0aaa")))
    assert not {"launched_in_window", "instances_up_and_quiet"} & signals(finding).keys()


@pytest.mark.parametrize(
    ("code", "description", "start", "holds"),
    [
        ("system-reboot", "", -5, True),
        ("system-reboot", "[Canceled] by AWS", -5, False),
        ("instance-retirement", "", 60 * 24 * 7, False),
    ],
)
def test_maintenance_by_aws_counts_when_it_overlaps(
    code: str, description: str, start: int, holds: bool
) -> None:
    scheduled = ScheduledEvent(
        code=code,
        description=description,
        not_before=ONSET + timedelta(minutes=start),
        not_after=ONSET + timedelta(minutes=start + 30),
    )
    statuses = InstanceStatuses(
        statuses=(InstanceStatus(id="i-0aaa", system="ok", instance="ok", events=(scheduled,)),)
    )
    finding = judged(statuses)
    assert signals(finding)["scheduled_event"] is holds
    assert finding.status is (Status.FAIL if holds else Status.PASS)


def test_failed_status_checks_are_not_quiet() -> None:
    failed = host_metrics(*(host_metric("StatusCheckFailed", around(0, 1), instance=id) for id in BOTH))
    assert signals(judged(failed))["instances_up_and_quiet"] is False


# Deployments


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param((event("StartInstanceRefresh", "asg-web"),), id="of the targets' Auto Scaling group"),
        pytest.param((event("UpdateStack", "shop-stack"),), id="of the load balancer's stack"),
        pytest.param(
            (event("UpdateService", "arn:aws:ecs:eu-central-1:111122223333:service/shop/web"),),
            id="of the service named like the target group",
        ),
        pytest.param(
            (event("UpdateService", "catalog"), event("RegisterTargets", GROUP_ARN, before=1, id="e2")),
            id="after which targets were exchanged",
        ),
    ],
)
def test_a_deployment_tied_to_this_load_balancer(changes: tuple[Change, ...]) -> None:
    mine = an_instance("i-0aaa", auto_scaling_group="asg-web").model_copy(
        update={"tags": {"aws:cloudformation:stack-name": "shop-stack"}}
    )
    finding = judged(trail(*changes), up(mine, an_instance("i-0bbb")))
    assert finding.status is Status.WARN
    found = signals(finding)
    assert (found["deploy_event_before"], found["no_deploy_event"]) == (True, False)


def test_a_deployment_of_somebody_else_is_neither_for_nor_against() -> None:
    finding = judged(trail(event("UpdateService", "billing", "arn:aws:ecs:eu:1:service/other/billing")))
    assert not {"deploy_event_before", "no_deploy_event"} & signals(finding).keys()
    assert any("nothing ties it" in detail.text for detail in finding.details)


def test_a_failed_deployment_deployed_nothing() -> None:
    finding = judged(trail(event("UpdateService", "web", error="AccessDenied")))
    assert signals(finding)["no_deploy_event"] is True


def test_a_command_to_other_instances_is_not_ours() -> None:
    finding = judged(trail(event("SendCommand", "AWS-RunShellScript", "i-0zzz")))
    assert signals(finding)["no_deploy_event"] is True


def test_a_command_to_a_target_counts_as_a_deployment() -> None:
    finding = judged(trail(event("SendCommand", "AWS-RunShellScript", "i-0aaa")))
    assert signals(finding)["deploy_event_before"] is True
