"""What happened to the instances behind the targets, as one value, and what it says as signals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.core.checks import Case
from bot.core.connection_errors import visible_errors
from bot.core.evidence import (
    BaselineMetrics,
    Change,
    Changes,
    Instance,
    Instances,
    InstanceStatuses,
    LoadBalancerMetrics,
    ScheduledEvent,
    TargetGroups,
    TargetHealth,
    TargetMetrics,
)
from bot.core.instance_changes import Estate, TargetChanges, stops_in, target_changes
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.message import Code, Message, say
from bot.core.model import Signal, Unread
from bot.core.status_checks import METRIC, all_zero, failures
from bot.core.suspect import Suspect, suspect_time
from bot.core.target_series import read_targets

LONG_UP = timedelta(hours=24)


@dataclass(frozen=True)
class Events:
    """Everything read about the instances behind the targets.

    `changes` are None while CloudTrail is unread; `told` says whether finding nothing in it means something.
    `quiet` is whether all status checks passed, None when that is not known.
    """

    suspect: Suspect
    changes: TargetChanges | None
    told: bool
    instances: tuple[Instance, ...]
    all_read: bool
    scheduled: tuple[tuple[str, ScheduledEvent], ...] | None
    quiet: bool | None

    @property
    def stops(self) -> tuple[Change, ...]:
        return stops_in(self.changes, self.suspect.window) if self.changes else ()

    @property
    def deploys(self) -> tuple[Change, ...]:
        found = self.changes.deploys if self.changes else ()
        return tuple(c for c in found if self.suspect.window.holds(c.at))

    @property
    def deploys_elsewhere(self) -> tuple[Change, ...]:
        """Deployments just before that nothing ties to this load balancer, nor rules out."""
        found = self.changes.elsewhere if self.changes else ()
        return tuple(c for c in found if self.suspect.window.holds(c.at))

    @property
    def launched(self) -> tuple[Instance, ...]:
        return tuple(i for i in self.instances if self.suspect.window.holds(i.launched_at))


def read_events(case: Case) -> Events:
    """For a check that needs TargetHealth."""
    targets = case[TargetHealth].targets
    groups, read = case.get(TargetGroups), case.get(Instances)
    instances = () if isinstance(read, Unread) else read.instances
    ids = frozenset(t.id for t in targets)
    estate = Estate(
        case.scope.load_balancer,
        () if isinstance(groups, Unread) else groups.groups,
        ids,
        instances,
    )
    changes, suspect = case.get(Changes), suspect_time(case)
    return Events(
        suspect=suspect,
        changes=None if isinstance(changes, Unread) else target_changes(changes, estate),
        told=suspect.was_read(changes),
        instances=instances,
        all_read=bool(instances) and ids <= {i.id for i in instances},
        scheduled=_scheduled(case, suspect),
        quiet=_quiet(case),
    )


def _scheduled(case: Case, suspect: Suspect) -> tuple[tuple[str, ScheduledEvent], ...] | None:
    """AWS's own maintenance that overlaps the time of the errors; None while it is unread."""
    statuses = case.get(InstanceStatuses)
    if isinstance(statuses, Unread):
        return None
    end = case.scope.window.end
    return tuple(
        (status.id, event)
        for status in statuses.statuses
        for event in status.events
        if event.not_before
        and event.not_before < end
        and (event.not_after or event.not_before) >= suspect.window.start
        and not event.description.startswith("[Canceled]")
    )


def _quiet(case: Case) -> bool | None:
    metrics = case.get(LoadBalancerMetrics)
    if isinstance(metrics, Unread) or isinstance(case.get(TargetMetrics), Unread):
        return None
    errors = visible_errors(LoadBalancerSeries(case.scope, metrics, case.get(BaselineMetrics)))
    if isinstance(errors, Unread):
        return None
    checks = read_targets(case, errors, METRIC, "Maximum")
    if failures(checks, errors):
        return False
    return True if all_zero(checks, errors) else None


def event_signals(events: Events) -> Iterator[Signal]:
    yield from _stopped(events)
    yield from _launched(events)
    if events.scheduled is not None:
        because = (
            say(
                "AWS scheduled {event} for {target}.",
                event=Code(text=events.scheduled[0][1].code),
                target=Code(text=events.scheduled[0][0]),
            )
            if events.scheduled
            else say("AWS had scheduled nothing for the targets.")
        )
        yield Signal(id="scheduled_event", holds=bool(events.scheduled), because=because)
    yield from _up(events)
    yield from _deployed(events)


def _stopped(events: Events) -> Iterator[Signal]:
    if events.stops:
        because = said(events.stops[-1], events.suspect)
        yield Signal(id="instance_stopped_or_rebooted", holds=True, because=because)
    elif events.told:
        because = say("CloudTrail shows no reboot, stop or termination of a target just before.")
        yield Signal(id="instance_stopped_or_rebooted", holds=False, because=because)


def _launched(events: Events) -> Iterator[Signal]:
    if events.launched:
        newest = max(events.launched, key=lambda i: (i.launched_at, i.id))
        because = say("{target} was launched at {at}.", target=Code(text=newest.id), at=newest.launched_at)
        yield Signal(id="launched_in_window", holds=True, because=because)
    elif events.all_read:
        because = say("No target was launched just before.")
        yield Signal(id="launched_in_window", holds=False, because=because)


def _up(events: Events) -> Iterator[Signal]:
    """All targets up for a day with passing checks. A reboot does not change the launch time, so CloudTrail
    must have been read for it."""
    if not events.all_read:
        return
    recent = [i for i in events.instances if i.launched_at > events.suspect.reference - LONG_UP]
    down = [i for i in events.instances if i.state != "running"]
    if recent or down or events.stops or events.quiet is False:
        because = say("Not every target was up and quiet for a day.")
        yield Signal(id="instances_up_and_quiet", holds=False, because=because)
    elif events.told and events.quiet:
        because = say("All targets were up for more than a day, and their status checks passed.")
        yield Signal(id="instances_up_and_quiet", holds=True, because=because)


def _deployed(events: Events) -> Iterator[Signal]:
    """A deployment nothing ties to this load balancer is neither for nor against: services share accounts."""
    if events.deploys:
        because = said(events.deploys[-1], events.suspect)
        yield Signal(id="deploy_event_before", holds=True, because=because)
        yield Signal(id="no_deploy_event", holds=False, because=because)
    elif events.told and not events.deploys_elsewhere:
        because = say("CloudTrail shows no deployment just before.")
        yield Signal(id="deploy_event_before", holds=False, because=because)
        yield Signal(id="no_deploy_event", holds=True, because=because)


def said(change: Change, suspect: Suspect) -> Message:
    """Who called what, how long before."""
    return say(
        "{who} called {event} {distance}.",
        who=change.principal,
        event=Code(text=change.name),
        distance=suspect.distance(change.at),
    )
