"""Load balancers with nothing wrong: ordinary traffic to compare with."""

from __future__ import annotations

from bot.sandbox.aws.albs import AlbSpec, build_alb
from bot.sandbox.aws.clbs import ClbSpec, build_clb
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.nlbs import NlbSpec, build_nlb


def build(fleet: Fleet) -> None:
    """A quiet website, an internal API with a daily peak, a TCP edge and an old Classic Load Balancer."""
    build_alb(
        fleet,
        AlbSpec("www-edge", per_minute=240, targets=3, zones="abc", team="web", traffic={"daily": 0.35}),
    )
    build_alb(
        fleet,
        AlbSpec(
            "api-int",
            per_minute=620,
            targets=4,
            zones="ab",
            scheme="internal",
            team="platform",
            instance_type="c6i.large",
            traffic={"daily": 0.62, "busy_cpu": 44.0, "peak_minute": 11 * 60, "weekend": 0.35},
        ),
    )
    edge = build_nlb(fleet, NlbSpec("edge-tcp", per_minute=1_500, targets=3, zones="abc"))
    fleet.alarm(
        "edge-tcp-target-resets",
        "TCP_Target_Reset_Count",
        edge.dims,
        namespace="AWS/NetworkELB",
        threshold=60,
    )
    legacy = build_clb(fleet, ClbSpec("legacy-web", per_minute=90))
    fleet.alarm(
        "legacy-web-backend-errors", "BackendConnectionErrors", legacy.dims, namespace="AWS/ELB", threshold=10
    )
