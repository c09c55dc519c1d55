"""Which CloudTrail events stopped, started or replaced a target, and which were deployments (DOMAIN.md 6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.core.evidence import Change, Changes, Instance, TargetGroup
from bot.core.model import LoadBalancer, Window

STOPS = frozenset(
    {
        "RebootInstances",
        "StopInstances",
        "TerminateInstances",
        "TerminateInstanceInAutoScalingGroup",
        "BidEvictedEvent",
    }
)
STARTS = frozenset({"StartInstances", "RunInstances"})
REGISTRATIONS = frozenset(
    {
        "RegisterTargets",
        "DeregisterTargets",
        "RegisterInstancesWithLoadBalancer",
        "DeregisterInstancesFromLoadBalancer",
    }
)
DEPLOYS = frozenset(
    {
        "UpdateService",
        "StopTask",
        "CreateDeployment",
        "ExecuteChangeSet",
        "UpdateStack",
        "StartInstanceRefresh",
        "SendCommand",
        "StartAutomationExecution",
    }
)
FOLLOWS_WITHIN = timedelta(minutes=10)
_INSTANCE = re.compile(r"i-[0-9a-z]+")


@dataclass(frozen=True)
class Estate:
    """What an event must touch to matter: the load balancer, its groups, and its targets and their groups."""

    load_balancer: LoadBalancer
    groups: tuple[TargetGroup, ...]
    targets: frozenset[str]
    instances: tuple[Instance, ...]

    @property
    def names(self) -> frozenset[str]:
        """Identifiers and names that tie an event to this load balancer."""
        lb = self.load_balancer
        tags = [lb.tags, *(instance.tags for instance in self.instances)]
        return frozenset(
            {lb.name, lb.arn, lb.dimension, *self.targets}
            | {name for group in self.groups for name in (group.arn, group.name)}
            | {instance.auto_scaling_group for instance in self.instances}
            # Tags that AWS itself sets name the stack, service or group something was made by.
            | {value for each in tags for key, value in each.items() if key.startswith("aws:")}
        ) - {""}

    @property
    def anchors(self) -> frozenset[str]:
        """What registrations of targets name: the target groups, or a Classic load balancer."""
        return frozenset({g.arn for g in self.groups} | {self.load_balancer.name}) - {""}


@dataclass(frozen=True)
class TargetChanges:
    """Events about targets, oldest first. `failed` ones were refused and changed nothing."""

    lifecycle: tuple[Change, ...]
    registrations: tuple[Change, ...]
    deploys: tuple[Change, ...]
    elsewhere: tuple[Change, ...]
    failed: tuple[Change, ...]


def target_changes(changes: Changes, estate: Estate) -> TargetChanges:
    """`deploys` are tied to this load balancer by a name or by what followed, `elsewhere` are not."""
    ordered = sorted(changes.changes, key=lambda change: (change.at, change.id))
    done = [change for change in ordered if not change.error]
    registrations = [c for c in done if c.name in REGISTRATIONS and estate.anchors & set(c.resources)]
    involved = estate.targets | instances_of(registrations)
    lifecycle = [c for c in done if c.name in STOPS | STARTS and involved & set(c.resources)]
    deploys = [c for c in done if is_deploy(c) and not _is_of_others(c, involved)]
    here = [c for c in deploys if _named(c, estate.names) or _followed(c, registrations)]
    failed = [c for c in ordered if c.error and c.name in STOPS | STARTS and involved & set(c.resources)]
    return TargetChanges(
        tuple(lifecycle),
        tuple(registrations),
        tuple(here),
        tuple(c for c in deploys if c not in here),
        tuple(failed),
    )


def is_deploy(change: Change) -> bool:
    """A new version of something that runs; Lambda's event carries a date in its name."""
    return change.name in DEPLOYS or change.name.startswith("UpdateFunctionCode")


def stops_in(found: TargetChanges, window: Window) -> tuple[Change, ...]:
    return tuple(c for c in found.lifecycle if c.name in STOPS and window.holds(c.at))


def instances_of(changes: Iterable[Change]) -> frozenset[str]:
    """Ids of the instances that these events name."""
    return frozenset(r for c in changes for r in c.resources if _INSTANCE.fullmatch(r))


def _is_of_others(change: Change, involved: frozenset[str]) -> bool:
    """It names the instances it is for, and none of them is a target."""
    instances = instances_of([change])
    return bool(instances) and not instances & involved


def _named(change: Change, names: frozenset[str]) -> bool:
    return any(token in names for resource in change.resources for token in _tokens(resource))


def _tokens(resource: str) -> Iterator[str]:
    """The identifier itself and, of an ARN, its parts: `service/shop/web` names `web`."""
    yield resource
    if resource.startswith("arn:"):
        yield from re.split(r"[/:]", resource)[5:]


def _followed(change: Change, registrations: Iterable[Change]) -> bool:
    """Targets of this load balancer were exchanged within ten minutes after it."""
    after = Window(start=change.at, end=change.at + FOLLOWS_WITHIN)
    return any(after.holds(registration.at) for registration in registrations)
