"""Puts an estate into moto: same anchor and seed, same identifiers."""

from __future__ import annotations

from typing import Any, cast

from moto.core.base_backend import BackendDict
from moto.moto_api._internal import mock_random

from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.moto_backend import InProcessClients
from bot.sandbox.aws.network import build_network
from bot.sandbox.aws.overlay import Overlay
from bot.sandbox.aws.scenarios import SCENARIOS, healthy


def build(estate: Estate, overlay: Overlay) -> Fleet:
    """Build everything the estate asks for. What the account held in this process before is dropped."""
    _forget(estate.account_id)
    mock_random.seed(estate.seed)
    clients = InProcessClients(overlay.build_app, estate.region)
    fleet = Fleet(estate, build_network(clients, estate.region), clients)
    only = None if estate.only is None else set(estate.only)
    healthy.build(fleet)
    for scenario in SCENARIOS:
        if only is None or scenario.id in only:
            scenario.build(fleet)
    return fleet


def _forget(account_id: str) -> None:
    for backends in list(cast(Any, BackendDict)._instances):
        if account_id in backends:
            backends[account_id].reset()
            del backends[account_id]
