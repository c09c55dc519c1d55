"""What a target group's health check sees and misses (DOMAIN.md section 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.core.evidence import HealthCheck, Target, TargetGroup
from bot.core.model import LoadBalancerType
from bot.core.paths import Settings, check_port, traffic_ports

HEALTHY = frozenset({"healthy", "InService"})
UNHEALTHY = frozenset({"unhealthy", "OutOfService"})
MISMATCH = "Target.ResponseCodeMismatch"


@dataclass(frozen=True)
class CheckedGroup:
    """A target group, its targets that take new connections, and its attributes ({} when unread)."""

    type: LoadBalancerType
    group: TargetGroup
    targets: tuple[Target, ...]
    attributes: Mapping[str, str]
    traffic: tuple[int, ...]
    checked: tuple[int, ...]

    @property
    def settings(self) -> HealthCheck:
        return self.group.health_check

    @property
    def detection(self) -> timedelta:
        """How long a failing target keeps getting requests, about: interval x unhealthy threshold."""
        return timedelta(seconds=self.settings.interval_s * self.settings.unhealthy_threshold)

    @property
    def ports_differ(self) -> bool:
        """A check goes to a port that no traffic goes to."""
        return self.settings.enabled and not set(self.checked) <= set(self.traffic)

    @property
    def unchecked(self) -> tuple[int, ...]:
        """Ports that take traffic and are never checked (Classic checks one port for all listeners)."""
        return tuple(sorted(set(self.traffic) - set(self.checked))) if self.settings.enabled else ()

    @property
    def all_healthy(self) -> bool:
        return bool(self.targets) and all(t.state in HEALTHY for t in self.targets)

    @property
    def all_unhealthy(self) -> bool:
        """Then the load balancer sends to all of them all the same: it fails open."""
        return bool(self.targets) and all(t.state in UNHEALTHY for t in self.targets)

    @property
    def mismatched(self) -> tuple[Target, ...]:
        return tuple(t for t in self.targets if t.reason == MISMATCH)

    @property
    def all_mismatched(self) -> bool:
        return bool(self.targets) and len(self.mismatched) == len(self.targets)

    @property
    def tells_mismatch(self) -> bool:
        """Network load balancers call every failure FailedHealthChecks, Classic ones `Instance`."""
        return self.type is LoadBalancerType.APPLICATION or self.all_healthy

    def seconds(self, attribute: str) -> timedelta | None:
        """An attribute that is a number of seconds; None when it is unread or absent."""
        value = self.attributes.get(attribute, "")
        return timedelta(seconds=int(value)) if value.isdecimal() else None


def checked_groups(
    type: LoadBalancerType, groups: Iterable[TargetGroup], targets: Iterable[Target], settings: Settings
) -> tuple[CheckedGroup, ...]:
    """Every group with a health check. Draining targets are left out; so are Lambda functions."""
    taking = [target for target in targets if target.state != "draining"]
    return tuple(
        _checked(type, group, tuple(t for t in taking if t.group == group.arn), settings)
        for group in groups
        if group.target_type != "lambda"
    )


def _checked(
    type: LoadBalancerType, group: TargetGroup, targets: tuple[Target, ...], settings: Settings
) -> CheckedGroup:
    traffic: set[int] = set()
    checked: set[int] = set()
    for target in targets:
        ports = traffic_ports(group, target, settings)
        traffic.update(ports)
        checked.add(check_port(group, target, ports[0]))
    attributes = settings.of_group(group.arn) or {}
    return CheckedGroup(type, group, targets, attributes, tuple(sorted(traffic)), tuple(sorted(checked)))
