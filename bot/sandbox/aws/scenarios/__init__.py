"""Every incident of the estate, in the order they are listed to people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.scenarios import pay_edge, search_int, shop_prod
from bot.sandbox.aws.scenarios.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (shop_prod.SCENARIO, search_int.SCENARIO, pay_edge.SCENARIO)


def scenario_cards(estate: Estate) -> list[dict[str, Any]]:
    """The scenarios of an estate as JSON values, with the alarm's instant."""
    only = None if estate.only is None else set(estate.only)
    return [
        {k: v for k, v in asdict(scenario).items() if k not in {"build", "alarm_minutes"}}
        | {"alarm_at": estate.at(scenario.alarm_minutes).isoformat()}
        for scenario in SCENARIOS
        if only is None or scenario.id in only
    ]


__all__ = ["SCENARIOS", "Scenario", "scenario_cards"]
