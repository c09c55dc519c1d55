"""Puts an estate into moto: same anchor and seed, same identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from moto.core.base_backend import BackendDict
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
from moto.moto_api._internal import mock_random

from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.moto_backend import InProcessClients
from bot.sandbox.aws.network import build_network
from bot.sandbox.aws.overlay import Overlay
from bot.sandbox.aws.scenarios import SCENARIOS, Scenario, healthy


def build(estate: Estate, overlay: Overlay, scenarios: Sequence[Scenario] = SCENARIOS) -> Fleet:
    """Build everything the estate asks for. What the account held in this process before is dropped."""
    forget(estate.account_id)
    _keep_region(estate.region)
    mock_random.seed(estate.seed)
    clients = InProcessClients(overlay.build_app, estate.region)
    fleet = Fleet(estate, build_network(clients, estate.region), clients)
    only = None if estate.only is None else set(estate.only)
    healthy.build(fleet)
    for scenario in scenarios:
        if only is None or scenario.id in only:
            scenario.build(fleet)
    fleet.logs.write(clients("logs"), estate.account_id, estate.region)
    _log_bucket(estate, clients)
    return fleet


def _log_bucket(estate: Estate, clients: InProcessClients) -> None:
    s3 = clients("s3")
    s3.create_bucket(
        Bucket=estate.log_bucket, CreateBucketConfiguration={"LocationConstraint": estate.region}
    )
    for prefix in sorted({source.prefix for source in estate.access_logs}):
        key = f"{prefix}/AWSLogs/{estate.account_id}/ELBAccessLogTestFile"
        s3.put_object(Bucket=estate.log_bucket, Key=key, Body=b"Enable AccessLog for ELB")


def _keep_region(region: str) -> None:
    for regions in INSTANCE_TYPE_OFFERINGS.values():
        for other in set(regions) - {region}:
            del regions[other]


def forget(account_id: str) -> None:
    """Drop everything moto holds of an account in this process."""
    for backends in list(cast(Any, BackendDict)._instances):
        if account_id in backends:
            backends[account_id].reset()
            del backends[account_id]
