"""Load balancers with nothing wrong: ordinary traffic to compare with."""

from __future__ import annotations

from bot.sandbox.aws.fleet import AlbSpec, Fleet


def build(fleet: Fleet) -> None:
    """A quiet website and an internal API with a daily peak."""
    fleet.alb(
        AlbSpec("www-edge", per_minute=240, targets=3, zones="abc", team="web", traffic={"daily": 0.35})
    )
    fleet.alb(
        AlbSpec(
            "api-int",
            per_minute=620,
            targets=4,
            zones="ab",
            scheme="internal",
            team="platform",
            instance_type="c6i.large",
            traffic={"daily": 0.62, "busy_cpu": 44.0, "peak_minute": 11 * 60, "weekend": 0.35},
        )
    )
