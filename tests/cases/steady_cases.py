"""Healthy load balancers of every size: background noise must never become an accusation."""

from __future__ import annotations

from tests.cases import alb_case, clb_cases, nlb_cases
from tests.cases.alb_parts import daily_peak, load
from tests.cases.case import NOTHING, Case

WHY = "background noise is no failure: elevated means above what the same hours of seven days do by chance."
SIZES = (30, 90, 250, 700, 1500, 3000)


def _steady(size: int) -> tuple[Case, ...]:
    spec = {"per_minute": size}
    names = {kind: f"steady-{kind}-{size}" for kind in ("alb", "nlb", "clb")}
    title = f"{size} requests a minute, nothing happens"
    return (
        alb_case.case(names["alb"], title, NOTHING, WHY, spec=spec),
        nlb_cases.case(names["nlb"], title, NOTHING, WHY, spec=spec),
        clb_cases.case(names["clb"], title, NOTHING, WHY, spec=spec),
        alb_case.case(
            f"peak-alb-{size}",
            f"{size} requests a minute, the daily peak",
            NOTHING,
            WHY,
            daily_peak(20, load_factor=1.6),
            spec=spec,
            herrings=("a daily CPU peak",),
        ),
        clb_cases.case(
            f"more-clb-{size}",
            f"{size} requests a minute, half as many again today",
            NOTHING,
            WHY,
            load(1.5, since=-35),
            spec=spec,
            herrings=("requests above the usual",),
        ),
    )


CASES = tuple(case for size in SIZES for case in _steady(size))
