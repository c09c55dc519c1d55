"""What can happen to an Application Load Balancer, as parts that combine: failures and red herrings.

Minutes count from the anchor; unless said otherwise errors begin at ONSET, three minutes before the alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bot.sandbox.aws.albs import Alb, AlbSpec, build_alb, elbv2_state
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from tests.cases.account_parts import OPS, event

ALARM = -10
ONSET = ALARM - 3
Part = Callable[[Fleet, Alb], None]


def alb(spec: AlbSpec, *parts: Part) -> Callable[[Fleet], None]:
    """A scenario: this load balancer, and what happens to it in this order."""

    def build(fleet: Fleet) -> None:
        built = build_alb(fleet, spec)
        for part in parts:
            part(fleet, built)

    return build


# How requests end -------------------------------------------------------------------------------------------


def fails(
    outcome: Outcome,
    share: float = 1.0,
    *,
    seats: Sequence[int] | None = None,
    since: int = ONSET,
    until: int | None = None,
) -> Part:
    """That share of the requests to these targets (all by default) ends so."""

    def part(fleet: Fleet, built: Alb) -> None:
        def effect(draft: Draft) -> None:
            chosen = list(range(draft.weights.shape[1])) if seats is None else list(seats)
            for seat in chosen:
                when = draft.between(since, until)
                if share >= 1:
                    draft.share[when, seat, :] = 0.0
                draft.share[when, seat, outcome] = share

        built.traffic.effects.append(effect)

    return part


def load(factor: float, *, since: int, over: int = 3, until: int | None = None) -> Part:
    """Requests rise to `factor` times within `over` minutes."""

    def part(fleet: Fleet, built: Alb) -> None:
        def effect(draft: Draft) -> None:
            rise = np.clip((draft.minute - since + 1) / over, 0, 1)
            if until is not None:
                rise = np.where(draft.minute >= until, 0.0, rise)
            draft.requests *= 1 + (factor - 1) * rise

        built.traffic.effects.append(effect)

    return part


def busy(cpu: float, slower: float = 1.0, *, since: int, over: int = 5, seats: Sequence[int] = ()) -> Part:
    """CPU rises by `cpu` points and replies take `slower` times as long; on all targets by default."""

    def part(fleet: Fleet, built: Alb) -> None:
        def effect(draft: Draft) -> None:
            rise = np.clip((draft.minute - since + 1) / over, 0, 1)[:, None]
            chosen = list(seats) or list(range(draft.weights.shape[1]))
            draft.cpu[:, chosen] += cpu * rise
            draft.median_s[:, chosen] *= 1 + (slower - 1) * rise

        built.traffic.effects.append(effect)

    return part


def daily_peak(cpu: float, *, minutes: tuple[int, int] = (-30, 10), load_factor: float = 1.0) -> Part:
    """Every day at this time a batch job makes the targets busy: usual, and therefore no reason."""

    def part(fleet: Fleet, built: Alb) -> None:
        def effect(draft: Draft) -> None:
            clock = (draft.minute - minutes[0]) % 1440
            during = clock < minutes[1] - minutes[0]
            draft.cpu[during] += cpu
            draft.requests[during] *= load_factor

        built.traffic.effects.append(effect)

    return part


def daily_errors(outcome: Outcome, share: float, *, at: int = ONSET, minutes: int = 5) -> Part:
    """The same errors at the same minutes of every day."""

    def part(fleet: Fleet, built: Alb) -> None:
        def effect(draft: Draft) -> None:
            during = (draft.minute - at) % 1440 < minutes
            draft.share[during, :, outcome] = share

        built.traffic.effects.append(effect)

    return part


def leaves_service(seat: int, *, since: int, until: int | None = None) -> Part:
    """The load balancer sends this target nothing."""

    def part(fleet: Fleet, built: Alb) -> None:
        def effect(draft: Draft) -> None:
            draft.weights[draft.between(since, until), seat] = 0.0

        built.traffic.effects.append(effect)

    return part


# Targets ----------------------------------------------------------------------------------------------------


def unhealthy(
    reason: str, *, seats: Sequence[int] | None = None, since: float = ONSET + 1.5, state: str = "unhealthy"
) -> Part:
    """These targets (all by default) fail their health check from then on."""

    def part(fleet: Fleet, built: Alb) -> None:
        for seat in range(len(built.hosts)) if seats is None else seats:
            host = built.hosts[seat].instance_id
            at = fleet.estate.at(since + 0.1 * seat)
            fleet.estate.targets.change(built.group_arn, host, at, state, reason)

    return part


def healthy_again(seat: int, *, since: float) -> Part:
    def part(fleet: Fleet, built: Alb) -> None:
        host = built.hosts[seat].instance_id
        fleet.estate.targets.change(built.group_arn, host, fleet.estate.at(since), "healthy")

    return part


def exchanged(old: int, new: int, at: float, by: object) -> Part:
    """One target is deregistered and drains while another is registered and takes over."""

    def part(fleet: Fleet, built: Alb) -> None:
        registered(old, new, at, by)(fleet, built)

        def effect(draft: Draft) -> None:
            draft.weights[draft.minute < at + 2, new] = 0.0
            draft.weights[draft.minute >= at + 1, old] = 0.0

        built.traffic.effects.append(effect)

    return part


def registered(old: int, new: int, at: float, by: object) -> Callable[[Fleet, Any], None]:
    """The same without traffic, for a Network Load Balancer too."""

    def part(fleet: Fleet, built: Any) -> None:
        estate, change = fleet.estate, fleet.estate.targets.change
        gone, come = built.hosts[old].instance_id, built.hosts[new].instance_id
        change(built.group_arn, gone, estate.at(at), "draining", "Target.DeregistrationInProgress")
        change(built.group_arn, come, estate.at(-90_000), "gone")
        change(built.group_arn, come, estate.at(at - 0.5), "initial", "Elb.InitialHealthChecking")
        change(built.group_arn, come, estate.at(at + 2), "healthy")
        for name, target in (("RegisterTargets", come), ("DeregisterTargets", gone)):
            fleet.happened(
                at - 0.3,
                name,
                "elasticloadbalancing",
                by=by,
                request={"targetGroupArn": built.group_arn, "targets": [{"id": target}]},
                resources=(("AWS::ElasticLoadBalancingV2::TargetGroup", built.group_arn),),
            )

    return part


# The load balancer's own settings ---------------------------------------------------------------------------


def group_setting(field: str, value: object) -> Part:
    """As it is at the anchor, past the API: `health_check_path`, `matcher`, ..."""

    def part(fleet: Fleet, built: Alb) -> None:
        setattr(elbv2_state(fleet).target_groups[built.group_arn], field, value)

    return part


def group_modified(minute: float, request: dict[str, object], error: str = "") -> Part:
    """Somebody called ModifyTargetGroup on this group."""

    def part(fleet: Fleet, built: Alb) -> None:
        event(
            fleet,
            minute,
            "ModifyTargetGroup",
            "elasticloadbalancing",
            {"targetGroupArn": built.group_arn, **request},
            (("AWS::ElasticLoadBalancingV2::TargetGroup", built.group_arn),),
            by=OPS,
            error=error,
        )

    return part


def alarm(metric: str, threshold: float, *, group: bool = True, **more: object) -> Part:
    """An alarm of its own on the load balancer."""

    def part(fleet: Fleet, built: Alb) -> None:
        dims = built.dims if group else {"LoadBalancer": built.dimension}
        fleet.alarm(f"{built.spec.name}-{metric}", metric, dims, threshold=threshold, **more)  # type: ignore[arg-type]

    return part
