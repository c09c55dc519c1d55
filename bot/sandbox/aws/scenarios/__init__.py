"""Every incident of the estate, in the order they are listed to people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.scenarios import (
    auth_int,
    catalog_ecs,
    clb_incidents,
    geo_edge,
    media_edge,
    news_web,
    nlb_incidents,
    orders_edge,
    partner_tls,
    pay_edge,
    search_int,
    shop_prod,
)
from bot.sandbox.aws.scenarios.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    shop_prod.SCENARIO,
    search_int.SCENARIO,
    pay_edge.SCENARIO,
    orders_edge.SCENARIO,
    catalog_ecs.SCENARIO,
    auth_int.SCENARIO,
    media_edge.SCENARIO,
    partner_tls.SCENARIO,
    geo_edge.SCENARIO,
    news_web.SCENARIO,
    *nlb_incidents.SCENARIOS,
    *clb_incidents.SCENARIOS,
)


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
