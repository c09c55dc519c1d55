"""Which CloudTrail events concern one load balancer: those on its own dependency graph (DOMAIN.md 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from bot.core.checks import Case
from bot.core.evidence import (
    Change,
    Changes,
    EcsService,
    EcsServices,
    Evidence,
    Instance,
    Instances,
    Interfaces,
    NetworkAcls,
    RouteTables,
    SecurityGroups,
    Subnets,
    TargetGroup,
    TargetGroups,
    TargetHealth,
)
from bot.core.instance_changes import DEPLOYS, STARTS, STOPS, Estate, instances_of, target_changes
from bot.core.model import LoadBalancer, Unread
from bot.core.paths.changes import ACL_EVENTS, EVENTS, ROUTE_EVENTS, involved
from bot.core.paths.network import Network
from bot.core.paths.permissions import parsed

E = TypeVar("E", bound=Evidence)

GRAPH_KINDS: tuple[type[Evidence], ...] = (
    TargetGroups,
    TargetHealth,
    Interfaces,
    SecurityGroups,
    NetworkAcls,
    RouteTables,
    Subnets,
    Instances,
    EcsServices,
)
"""What a graph is made of. A check that marks changes in its chart uses these, and Changes."""
ECS = "ecs.amazonaws.com"
HARMLESS = frozenset({"AddTags", "RemoveTags"})
ON_THE_LOAD_BALANCER = frozenset(
    {
        "AssociateWebACL",
        "DisassociateWebACL",
        "StartZonalShift",
        "UpdateZonalShift",
        "CancelZonalShift",
    }
)
"""Events of other services that name the load balancer."""

ABOUT_INSTANCES = STOPS | STARTS | DEPLOYS | {"ModifyInstanceAttribute"}
"""Events that concern the load balancer when an instance they name is a target."""

_HEALTH, _INTERFACES = (TargetHealth,), (TargetHealth, Interfaces)
_NEEDED: dict[str, tuple[type[Evidence], ...]] = {
    "groups": (*_INTERFACES, SecurityGroups),
    "acls": (*_INTERFACES, NetworkAcls),
    "routes": (*_INTERFACES, RouteTables, Subnets),
    "elasticloadbalancing.amazonaws.com": (TargetGroups,),
    "autoscaling.amazonaws.com": (Instances, TargetGroups),
}


@dataclass(frozen=True)
class Graph:
    """What the load balancer depends on. `unread` are the kinds without which some of it is not known."""

    load_balancer: LoadBalancer
    groups: tuple[TargetGroup, ...]
    instances: tuple[Instance, ...]
    targets: frozenset[str]
    network: frozenset[str]
    services: tuple[EcsService, ...]
    unread: frozenset[type[Evidence]]

    @classmethod
    def of(cls, case: Case) -> Graph:
        """Whatever of it could be read."""
        read, nobody = _Read(case), TargetHealth(read_at=case.scope.now, targets=())
        targets = frozenset(t.id for t in read(TargetHealth, nobody).targets)
        network = Network.of(
            case.scope.load_balancer,
            read(Interfaces, Interfaces(targets={}, load_balancer=())),
            read(SecurityGroups, SecurityGroups(groups=())),
            read(NetworkAcls, NetworkAcls(acls=())),
            read(RouteTables, RouteTables(tables=())),
            read(Subnets, Subnets(subnets=())),
        )
        return cls(
            case.scope.load_balancer,
            read(TargetGroups, TargetGroups(groups=())).groups,
            read(Instances, Instances(instances=())).instances,
            targets,
            involved(network, targets),
            read(EcsServices, EcsServices(services=())).services,
            frozenset(read.unread),
        )

    @property
    def estate(self) -> Estate:
        return Estate(self.load_balancer, self.groups, self.targets, self.instances)

    def concerns(self, change: Change) -> bool:
        """The event names a part of the network, the load balancer, a target or its Auto Scaling group."""
        named = set(change.resources)
        if change.name in EVENTS:
            return bool(named & self.network)
        if change.service.startswith("elasticloadbalancing") and change.name not in HARMLESS:
            return any(self._is_own(resource) for resource in change.resources)
        if change.name in ON_THE_LOAD_BALANCER:
            return self.load_balancer.arn in named
        if change.service.startswith("autoscaling"):
            scaling = {i.auto_scaling_group for i in self.instances} - {""}
            return bool(named & (scaling | self.targets | {g.arn for g in self.groups if g.arn}))
        return change.name == "ModifyInstanceAttribute" and bool(named & self.targets)

    def deploys_here(self, change: Change) -> bool | None:
        """Whether the ECS service that the event names registers with this load balancer; None: not known."""
        request = parsed(change.request)
        if change.service != ECS or not isinstance(request, dict) or not request.get("service"):
            return None
        name, cluster = (str(request.get(k) or "default").rpartition("/")[2] for k in ("service", "cluster"))
        service = next((s for s in self.services if (s.name, s.cluster) == (name, cluster)), None)
        own = {group.arn for group in self.groups if group.arn} or {self.load_balancer.name}
        return bool(own.intersection(service.registers_with)) if service and self.groups else None

    def cannot_place(self, change: Change) -> bool:
        """The event may concern the load balancer: what would tell could not be read, or it does not say."""
        if change.name in EVENTS and all(r.startswith(_ASSOCIATIONS) for r in change.resources):
            return True
        return not self.unread.isdisjoint(_needed(change))

    def _is_own(self, resource: str) -> bool:
        """The load balancer, a listener or rule of it (their ARNs contain its), or a target group of it."""
        lb = self.load_balancer
        if not lb.arn:
            return resource == lb.name
        return (
            resource == lb.arn
            or f"/{lb.dimension}/" in resource
            or any(resource == group.arn for group in self.groups)
        )


_ASSOCIATIONS = ("rtbassoc-", "aclassoc-")


@dataclass
class _Read:
    """Evidence where it was read, something empty where it was not, and a note of that."""

    case: Case
    unread: set[type[Evidence]] = field(default_factory=set)

    def __call__(self, kind: type[E], empty: E) -> E:
        reading = self.case.get(kind)
        if isinstance(reading, kind):
            return reading
        self.unread.add(kind)
        return empty


def _needed(change: Change) -> tuple[type[Evidence], ...]:
    """The evidence that tells whether an event of this sort concerns a load balancer; () for other sorts."""
    if change.name in EVENTS:
        sort = "acls" if change.name in ACL_EVENTS else "routes" if change.name in ROUTE_EVENTS else "groups"
        return _NEEDED[sort]
    by_service = () if change.name in HARMLESS else _NEEDED.get(change.service, ())
    names_instances = change.name in ABOUT_INSTANCES and bool(instances_of([change]))
    return (*by_service, *_HEALTH) if names_instances else by_service


def changes_to_mark(case: Case) -> tuple[Change, ...]:
    """The load balancer's own changes that were made, oldest first; () while CloudTrail is unread."""
    changes = case.get(Changes)
    return () if isinstance(changes, Unread) else own_changes(changes, Graph.of(case)).done


@dataclass(frozen=True)
class OwnChanges:
    """Each oldest first. `failed` changed nothing; `unplaced` may or may not concern the load balancer."""

    done: tuple[Change, ...]
    failed: tuple[Change, ...]
    unplaced: tuple[Change, ...]


def own_changes(changes: Changes, graph: Graph) -> OwnChanges:
    """The events on the load balancer's dependency graph, targets that have left it since included."""
    about = target_changes(changes, graph.estate)
    own = {c.id for c in (*about.lifecycle, *about.registrations, *about.deploys, *about.failed)}
    elsewhere = {change.id for change in about.elsewhere}
    concerned, unplaced = [], []
    for change in sorted(changes.changes, key=lambda change: (change.at, change.id)):
        here = graph.deploys_here(change)
        if here or (here is None and (change.id in own or graph.concerns(change))):
            concerned.append(change)
        elif here is None and (change.id in elsewhere or graph.cannot_place(change)):
            unplaced.append(change)
    return OwnChanges(
        tuple(c for c in concerned if not c.error),
        tuple(c for c in concerned if c.error),
        tuple(c for c in unplaced if not c.error),
    )
