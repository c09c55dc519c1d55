"""Instance events: was a target stopped, rebooted or replaced, or something deployed, just before?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.core.checks import Case, Check, unread_summary
from bot.core.evidence import (
    BaselineMetrics,
    Change,
    Changes,
    Instances,
    InstanceStatuses,
    LoadBalancerMetrics,
    TargetGroups,
    TargetHealth,
    TargetMetrics,
)
from bot.core.instance_events import Events, event_signals, read_events, said
from bot.core.message import Code, Message, many, say
from bot.core.model import Finding, Moment, MomentKind, Scope, Status, Table, Unread
from bot.core.suspect import TRAIL_LAG

MOST_ROWS = 30
MOST_MOMENTS = 15


def judge(case: Case) -> Finding:
    """FAIL: a target was stopped or maintained. WARN: launched, or a deployment. PASS: surely nothing."""
    events = read_events(case)
    blind = _blind(case)
    status = _status(events, blind)
    return case.finding(
        status,
        _summary(case, events, status, blind),
        details=_details(events),
        numbers={"stops": len(events.stops), "deployments": len(events.deploys)},
        signals=event_signals(events),
        moments=_moments(events),
        table=_table(events),
    )


def _blind(case: Case) -> tuple[Unread, ...]:
    """What else could have shown that something happened to a target, or tied a deployment to it."""
    tried = (case.readings.get(kind) for kind in (Instances, InstanceStatuses, TargetGroups))
    return tuple(reading for reading in tried if isinstance(reading, Unread))


def _status(events: Events, blind: tuple[Unread, ...]) -> Status:
    if events.stops or events.scheduled:
        return Status.FAIL
    if events.launched or events.deploys:
        return Status.WARN
    return Status.PASS if events.told and not blind else Status.UNKNOWN


def _summary(case: Case, events: Events, status: Status, blind: tuple[Unread, ...]) -> Message:
    if events.stops:
        return said(events.stops[-1], events.suspect)
    if events.scheduled:
        return many(
            "AWS had scheduled {event} for {n} target.",
            "AWS had scheduled {event} for {n} targets.",
            n=len({target for target, _ in events.scheduled}),
            event=Code(text=events.scheduled[0][1].code),
        )
    if events.deploys:
        return said(events.deploys[-1], events.suspect)
    if events.launched:
        return many(
            "{n} target was launched just before the errors.",
            "{n} targets were launched just before the errors.",
            n=len(events.launched),
        )
    if status is Status.PASS:
        return say("No target was stopped, rebooted or launched, and nothing was deployed just before.")
    return unread_summary(blind) if blind and events.told else _untold(case, events)


def _untold(case: Case, events: Events) -> Message:
    changes = case.get(Changes)
    if isinstance(changes, Unread):
        return unread_summary([changes])
    if not changes.complete:
        return say("Nothing found, but CloudTrail's list was cut short. Nothing is concluded from it.")
    return say(
        "Nothing found yet. CloudTrail may be {lag} late: nothing is concluded before {at}.",
        lag=TRAIL_LAG,
        at=events.suspect.window.end + TRAIL_LAG,
    )


def _details(events: Events) -> Iterator[Message]:
    if not events.changes:
        return
    for change in events.changes.failed:
        yield say(
            "{who} tried {event} at {at} and was refused ({error}): it changed nothing.",
            who=change.principal,
            event=Code(text=change.name),
            at=change.at,
            error=change.error,
        )
    for change in events.deploys_elsewhere:
        yield say(
            "{who} called {event} at {at}; nothing ties it to this load balancer.",
            who=change.principal,
            event=Code(text=change.name),
            at=change.at,
        )
    yield say("A reboot from inside the instance, or a crash, is not in CloudTrail.")


def _shown(events: Events) -> Sequence[Change]:
    if not events.changes:
        return ()
    found = events.changes
    shown = [*found.lifecycle, *found.registrations, *found.deploys]
    return sorted(shown, key=lambda c: (c.at, c.id))


def _moments(events: Events) -> Iterator[Moment]:
    """The last of them before and during the errors."""
    for change in list(_shown(events))[-MOST_MOMENTS:]:
        yield Moment(
            at=change.at,
            kind=MomentKind.CHANGE,
            message=say("{who} called {event}", who=change.principal, event=Code(text=change.name)),
            key=f"change:{change.id}",
            by=change.principal,
        )


def _table(events: Events) -> Table | None:
    shown = [*_shown(events), *(events.changes.failed if events.changes else ())]
    if not shown:
        return None
    return Table(
        columns=(say("Time"), say("Event"), say("Who"), say("What"), say("Result")),
        rows=tuple(
            (_utc(c.at), c.name, c.principal, " ".join(c.resources[:3]), c.error or "done")
            for c in sorted(shown, key=lambda c: (c.at, c.id))[-MOST_ROWS:]
        ),
    )


def _utc(at: datetime) -> str:
    return f"{at:%H:%M:%S} UTC"


def _command(scope: Scope) -> str:
    window = scope.window.widened(timedelta(hours=1))
    return (
        f"aws cloudtrail lookup-events --region {scope.load_balancer.region} "
        "--lookup-attributes AttributeKey=ReadOnly,AttributeValue=false "
        f"--start-time {window.start:%Y-%m-%dT%H:%M:%SZ} --end-time {window.end:%Y-%m-%dT%H:%M:%SZ}"
    )


CHECK = Check(
    id="instance_events",
    title="Instance events",
    asks="Was a target rebooted, stopped or replaced, or something deployed, just before the errors?",
    needs=(TargetHealth,),
    uses=(
        Changes,
        Instances,
        InstanceStatuses,
        TargetGroups,
        TargetMetrics,
        LoadBalancerMetrics,
        BaselineMetrics,
    ),
    judge=judge,
    signals=(
        "instance_stopped_or_rebooted",
        "launched_in_window",
        "scheduled_event",
        "instances_up_and_quiet",
        "deploy_event_before",
        "no_deploy_event",
    ),
    console="cloudtrail_events",
    command=_command,
)
