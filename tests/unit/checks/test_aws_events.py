"""AWS events: an open one, none, or nobody knows, which is not none."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.evidence import (
    Evidence,
    HealthEvent,
    HealthEvents,
    InstanceStatus,
    InstanceStatuses,
    ScheduledEvent,
    TargetHealth,
    ZonalShift,
    ZonalShifts,
)
from bot.core.model import Finding, Status, Unread, UnreadReason
from bot.i18n import t
from runbooks.checks.aws_events import CHECK
from tests.evidence_builders import NOW, ONSET, WINDOW, a_load_balancer, a_target, unread
from tests.metric_builders import around, lb_metrics, metric, run, signals

BEGAN = ONSET - timedelta(minutes=2)
TARGETS = TargetHealth(read_at=NOW, targets=(a_target("i-0aaa"),))
NOT_SUBSCRIBED = unread(UnreadReason.NOT_SUBSCRIBED, "health:DescribeEvents")


def an_event(**fields: Any) -> HealthEvent:
    given: dict[str, Any] = {
        "arn": "arn:event",
        "service": "EC2",
        "code": "AWS_EC2_OPERATIONAL_ISSUE",
        "category": "issue",
        "status": "open",
        "scope": "PUBLIC",
        "start": BEGAN,
        "description": "We are investigating.",
    }
    return HealthEvent(**{**given, **fields})


def health(*events: HealthEvent, complete: bool = True) -> HealthEvents:
    return HealthEvents(window=WINDOW, read_at=NOW, complete=complete, events=events)


def maintenance(at: datetime | None = None) -> InstanceStatuses:
    scheduled = (ScheduledEvent(code="system-reboot", description="", not_before=at),) if at else ()
    return InstanceStatuses(
        statuses=(InstanceStatus(id="i-0aaa", system="ok", instance="ok", events=scheduled),)
    )


def judged(*evidence: Evidence, denied: dict[type[Evidence], Unread] | None = None) -> Finding:
    usual: tuple[Evidence, ...] = (health(), maintenance(), TARGETS, ZonalShifts(shifts=()))
    given = {type(e): e for e in (*usual, *evidence) if type(e) not in (denied or {})}
    return run(CHECK, *given.values(), unread=denied)


def said(finding: Finding) -> str:
    return " ".join(t(message, "en") for message in (finding.summary, *finding.details))


def test_an_open_event_in_one_of_the_zones_is_named_with_awss_words() -> None:
    finding = judged(health(an_event(zone="eu-central-1a")))
    assert finding.status is Status.FAIL
    assert t(finding.summary, "en") == (
        "AWS reports AWS_EC2_OPERATIONAL_ISSUE in eu-central-1a since 14:03 UTC (open)."
    )
    assert "AWS writes: We are investigating." in said(finding)
    assert [(s.id, s.holds, s.zone) for s in finding.signals] == [
        ("aws_event_open", True, "eu-central-1a"),
        ("aws_events_none", False, ""),
    ]
    assert [m.key for m in finding.moments] == ["aws_event:arn:event"]


def test_no_event_passes_and_is_called_weak() -> None:
    finding = judged()
    assert finding.status is Status.PASS
    assert signals(finding) == {"aws_event_open": False, "aws_events_none": True}
    assert "weak evidence" in said(finding)


@pytest.mark.parametrize("reason", list(UnreadReason))
def test_while_health_is_unread_nothing_passes_and_nothing_is_signalled(reason: UnreadReason) -> None:
    finding = judged(denied={HealthEvents: unread(reason, "health:DescribeEvents")})
    assert finding.status is Status.UNKNOWN
    assert finding.signals == ()
    assert "Nothing was scheduled for the instances." in said(finding)
    assert "no event" not in said(finding)


def test_without_the_zonal_shifts_it_does_not_pass() -> None:
    finding = judged(denied={ZonalShifts: unread(action="arc-zonal-shift:ListZonalShifts")})
    assert finding.status is Status.UNKNOWN
    assert t(finding.summary, "en") == "AWS Health has no event here; zonal shifts could not be read."


def test_an_event_that_names_resources_is_not_ruled_out_while_the_targets_are_unread() -> None:
    event = an_event(scope="ACCOUNT_SPECIFIC", entities=("i-0aaa",))
    finding = judged(
        health(event), denied={TargetHealth: unread(action="elasticloadbalancing:DescribeTargetHealth")}
    )
    assert finding.status is Status.UNKNOWN
    assert finding.signals == ()
    assert "whether one is a target could not be read" in said(finding)


def test_an_account_without_the_support_plan_is_told_so() -> None:
    finding = judged(denied={HealthEvents: NOT_SUBSCRIBED})
    assert t(finding.summary, "en") == (
        "AWS Health is not in this account's support plan: whether AWS had an event is not known."
    )


def test_scheduled_maintenance_is_found_without_health() -> None:
    finding = judged(maintenance(ONSET), denied={HealthEvents: NOT_SUBSCRIBED})
    assert finding.status is Status.FAIL
    assert t(finding.summary, "en") == "AWS had scheduled system-reboot for 1 target."
    assert finding.signals == ()
    assert "support plan" in said(finding)


@pytest.mark.parametrize("kind", [InstanceStatuses, TargetHealth])
def test_without_the_instances_statuses_it_does_not_pass(kind: type[Evidence]) -> None:
    finding = judged(denied={kind: unread(action="ec2:DescribeInstanceStatus")})
    assert finding.status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("event", "here"),
    [
        (an_event(), True),
        (an_event(zone="eu-central-1c"), False),
        (an_event(scope="ACCOUNT_SPECIFIC", entities=("i-0aaa",)), True),
        (an_event(scope="ACCOUNT_SPECIFIC", entities=("i-0else",)), False),
        (an_event(category="scheduledChange", entities=(a_load_balancer().arn,)), True),
        (an_event(category="scheduledChange"), False),
    ],
)
def test_only_events_of_this_place_or_these_resources_count(event: HealthEvent, here: bool) -> None:
    finding = judged(health(event))
    assert finding.status is (Status.FAIL if here else Status.PASS)
    assert ("names other zones or resources only" in said(finding)) is not here


def test_a_list_that_was_cut_short_proves_no_absence() -> None:
    finding = judged(health(complete=False))
    assert finding.status is Status.UNKNOWN
    assert finding.signals == ()


def test_a_zone_aws_moved_away_from_is_said() -> None:
    shift = ZonalShift(automatic=True, away_from="euc1-az2", start=ONSET, status="ACTIVE")
    finding = judged(ZonalShifts(shifts=(shift,)))
    assert finding.status is Status.WARN
    assert t(finding.summary, "en") == "AWS moved traffic away from euc1-az2 at 14:05 UTC."
    assert "zone_shifted_away" not in signals(finding)


@pytest.mark.parametrize(("zone", "shifted"), [("eu-central-1a", True), ("eu-central-1b", None)])
def test_a_shift_counts_when_it_is_away_from_the_zone_with_the_errors(
    zone: str, shifted: bool | None
) -> None:
    lb = a_load_balancer()
    zones = [
        metric(lb, name, around(usual, then), zone=z)
        for z, errors in (("eu-central-1a", 80), ("eu-central-1b", 0))
        for name, usual, then in (("TargetConnectionErrorCount", 0, errors), ("RequestCount", 500, 500))
    ]
    shift = ZonalShift(automatic=True, away_from=zone, start=ONSET, status="ACTIVE")
    finding = judged(ZonalShifts(shifts=(shift,)), lb_metrics(None, around(None, 80), None, *zones))
    assert signals(finding).get("zone_shifted_away") is shifted


def test_an_event_that_has_lasted_for_days_is_not_in_the_timeline() -> None:
    assert judged(health(an_event(start=ONSET - timedelta(days=3)))).moments == ()
