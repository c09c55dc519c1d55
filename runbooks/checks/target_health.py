"""Target health: what the load balancer says about every target now, and what its host counts said then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core.checks import Case, Check
from bot.core.evidence import (
    BaselineMetrics,
    Instances,
    LoadBalancerMetrics,
    Target,
    TargetGroups,
    TargetHealth,
)
from bot.core.message import Code, Message, many, say
from bot.core.model import Finding, LoadBalancerType, Scope, Status, Table
from bot.core.target_states import HEALTHY, REASONS, SHIFTED, Health, health_signals, read_health

MOST_ROWS = 50


def judge(case: Case) -> Finding:
    """FAIL: targets fail, or none is registered. WARN: some start, leave, or failed then. PASS: healthy."""
    health = read_health(case)
    status = _status(health)
    return case.finding(
        status,
        _summary(health, status),
        details=_details(case, health),
        numbers={
            "targets": len(health.targets),
            "healthy": len(health.healthy),
            "unhealthy": len(health.failing),
        },
        signals=health_signals(case, health),
        moments=[moment for hosts in health.hosts for moment in hosts.moments(case.scope.window)],
        table=_table(health),
    )


def _status(health: Health) -> Status:
    if health.failing or not health.targets or health.none_healthy_at:
        return Status.FAIL
    if len(health.healthy) < len(health.targets) or health.lost:
        return Status.WARN
    # Healthy now proves nothing about minutes ago, unless the counts of then agree.
    return Status.PASS if health.hosts else Status.UNKNOWN


# What is said -----------------------------------------------------------------------------------------------


def _summary(health: Health, status: Status) -> Message:
    total = len(health.targets)
    if not total:
        return say("No target is registered: there is nowhere to send requests.")
    if health.dead_groups and not health.fails_open:
        return say("All targets fail their health checks: every request is answered with 503.")
    if health.dead_groups:
        return say(
            "All targets of {group} fail their health checks, so all of them receive traffic.",
            group=Code(text=health.dead_groups[0]),
        )
    if health.failing:
        return say(
            "{n} of {total} targets unhealthy: {reasons}.",
            n=len(health.failing),
            total=total,
            reasons=_reasons(health.failing),
        )
    if health.none_healthy_at:
        return say(
            "Healthy now, but no target was healthy at {at}.",
            at=health.none_healthy_at,
        )
    if health.lost:
        at, n = health.lost
        return many(
            "{healthy} of {total} targets healthy now; {n} fewer at {at}.",
            "{healthy} of {total} targets healthy now; {n} fewer at {at}.",
            n=n,
            healthy=len(health.healthy),
            total=total,
            at=at,
        )
    return _calm(health, status)


def _calm(health: Health, status: Status) -> Message:
    total, healthy = len(health.targets), len(health.healthy)
    if status is Status.UNKNOWN and health.current:
        return say(
            "{n} of {total} targets are healthy now; their health of then could not be reconstructed.",
            n=healthy,
            total=total,
        )
    if status is Status.UNKNOWN:
        return say(
            "{n} of {total} targets are healthy now, which says nothing about the incident.",
            n=healthy,
            total=total,
        )
    if healthy < total:
        others = sorted({t.state for t in health.targets if t.state not in HEALTHY})
        return say(
            "{n} of {total} targets healthy, the others {states}.",
            n=healthy,
            total=total,
            states=", ".join(others),
        )
    return many(
        "{n} target, healthy now and at the time of the errors.",
        "All {n} targets are healthy, now and at the time of the errors.",
        n=total,
    )


def _reasons(targets: Sequence[Target]) -> str:
    """AWS's reason codes by frequency: 'Target.Timeout (2), Target.FailedHealthChecks (1)'."""
    codes = [t.reason or t.state for t in targets]
    often = sorted(set(codes), key=lambda code: (-codes.count(code), code))
    return ", ".join(f"{code} ({codes.count(code)})" for code in often)


def _details(case: Case, health: Health) -> Iterator[Message]:
    if health.dead_groups and len(health.dead_groups) < len({t.group for t in health.targets}):
        yield say("This concerns {groups} only.", groups=", ".join(health.dead_groups))
    if not health.current:
        yield say(
            "Health shown now says nothing about the incident: its window ended at {end}.",
            end=case.scope.window.end,
        )
    if not health.hosts:
        yield say("The health of then could not be reconstructed: the host counts are missing.")
    shifted = sorted({t.zone for t in health.targets if t.override in SHIFTED})
    if shifted:
        yield say("A zonal shift is active away from {zones}.", zones=", ".join(shifted))


def _table(health: Health) -> Table | None:
    """Failing targets first."""
    if not health.targets:
        return None
    order = sorted(health.targets, key=lambda t: (t.state in HEALTHY, t.group, t.id, t.port))
    return Table(
        columns=(say("Target"), say("Port"), say("Zone"), say("State"), say("Reason")),
        rows=tuple((t.id, str(t.port), t.zone, t.state, t.reason) for t in order[:MOST_ROWS]),
    )


def _command(scope: Scope) -> str:
    lb = scope.load_balancer
    if lb.type is LoadBalancerType.CLASSIC:
        return f"aws elb describe-instance-health --region {lb.region} --load-balancer-name {lb.name}"
    return f"aws elbv2 describe-target-health --region {lb.region} --target-group-arn GROUP_ARN --include All"


CHECK = Check(
    id="target_health",
    title="Target health",
    asks="What does the load balancer say about every target, now and when connections failed?",
    needs=(TargetHealth,),
    uses=(TargetGroups, Instances, LoadBalancerMetrics, BaselineMetrics),
    judge=judge,
    signals=(
        *REASONS,
        "targets_draining_or_initial",
        "zonal_shift_active",
        "all_healthy_now",
        "targets_in_one_zone",
        "zone_partly_works",
        "host_count_dip",
        "fail_open",
        "serves_while_unhealthy",
    ),
    console="target_groups",
    command=_command,
)
