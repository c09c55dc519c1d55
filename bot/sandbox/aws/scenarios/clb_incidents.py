"""Two Classic Load Balancers: a full surge queue, and one whose only errors are its own health checks."""

from __future__ import annotations

import numpy as np

from bot.sandbox.aws.clbs import ClbSpec, build_clb
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from bot.sandbox.aws.noise import Floats, Minutes
from bot.sandbox.aws.scenarios.scenario import Scenario
from bot.sandbox.aws.trail import Actor

ALARM = -10
ONSET = ALARM - 3
NAMESPACE = "AWS/ELB"


def _flood(draft: Draft) -> None:
    rise = np.clip((draft.minute - ONSET + 6) / 4, 0, 1)
    draft.requests *= 1 + 2.1 * rise
    draft.median_s *= 1 + 20 * rise[:, None]
    draft.cpu += 30 * rise[:, None]
    draft.share[draft.between(ONSET), :, Outcome.NO_TARGET] = 0.22


def _queue(minutes: Minutes) -> Floats:
    return np.asarray(np.clip((minutes - ONSET + 4) * 300.0, 0, 1024), dtype=np.float64)


def build_tickets(fleet: Fleet) -> None:
    """tickets-classic: ticket sales began; requests queue and spill over."""
    clb = build_clb(
        fleet,
        ClbSpec("tickets-classic", per_minute=520, targets=3, detailed=True, traffic={"busy_cpu": 38.0}),
        surge=_queue,
    )
    clb.traffic.effects.append(_flood)
    fleet.alarm("tickets-classic-spillover", "SpilloverCount", clb.dims, namespace=NAMESPACE, threshold=0)


def _checks(minutes: Minutes) -> Floats:
    return np.asarray(np.where(minutes >= ONSET, 8.0, 0.0), dtype=np.float64)


def build_intranet(fleet: Fleet) -> None:
    """intranet-classic: one instance refuses health checks; it gets no requests, so nobody is hurt."""
    clb = build_clb(fleet, ClbSpec("intranet-classic", per_minute=45, targets=3), check_errors=_checks)
    out = clb.hosts[2].instance_id
    estate = fleet.estate
    estate.classic_health.change(
        "intranet-classic",
        out,
        estate.at(ONSET + 1),
        "OutOfService",
        "Instance",
        "Instance has failed at least the UnhealthyThreshold number of health checks consecutively.",
    )
    weights = 2

    def _two_of_three(draft: Draft) -> None:
        draft.weights[draft.between(ONSET), weights] = 0.0

    clb.traffic.effects.append(_two_of_three)
    fleet.alarm(
        "intranet-classic-backend-errors",
        "BackendConnectionErrors",
        clb.dims,
        namespace=NAMESPACE,
        threshold=5,
    )
    fleet.happened(
        ONSET - 2,
        "SendCommand",
        "ssm",
        by=Actor("ops-admin", "lan"),
        request={"documentName": "StopIntranetForBackup", "instanceIds": [out]},
    )


SCENARIOS = (
    Scenario(
        "tickets-classic",
        "Surge queue full",
        "tickets-classic: SpilloverCount above 0 in 3 of 3 minutes",
        "tickets-classic",
        ALARM,
        "overload",
        "likely",
        "DOMAIN.md section 10, H1: requests x3 before the errors (+3), CPU above 80 % (+2), "
        "surge queue at 1,024 and spillover (+3).",
        build_tickets,
    ),
    Scenario(
        "intranet-classic",
        "Only health checks fail",
        "intranet-classic: BackendConnectionErrors above 5 in 3 of 3 minutes",
        "intranet-classic",
        ALARM,
        None,
        "no_incident",
        "DOMAIN.md section 1: BackendConnectionErrors includes health-check connections; no request failed.",
        build_intranet,
    ),
)
