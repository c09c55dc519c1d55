"""The list of load balancers, and what the sweep puts right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from bot.core.model import Unread, UnreadReason
from bot.incidents import Incidents
from bot.jobs.delivering import Delivering
from bot.jobs.upkeep import RUNNING_FOR, Upkeep
from bot.store import inbox, inventory
from bot.store.queue import defer
from tests.incident_world import (
    NOW,
    SHOP,
    FakeClock,
    FakeInventory,
    FakeSlack,
    PlainRenderer,
    a_request,
    incidents_on,
)

SEARCH = SHOP.model_copy(update={"name": "search-int", "arn": "arn:search", "dns_name": "search"})


@pytest.fixture
def incidents(engine: Engine) -> Incidents:
    return incidents_on(engine)


def upkeep(
    engine: Engine, incidents: Incidents, there: FakeInventory, clock: FakeClock | None = None
) -> Upkeep:
    delivering = Delivering(engine, incidents, PlainRenderer(), FakeSlack(), defer)
    return Upkeep(engine, clock or FakeClock(), there, delivering, defer)


def names(engine: Engine) -> set[str]:
    with engine.begin() as connection:
        return set(inventory.names(connection))


def jobs(engine: Engine, task: str) -> int:
    with engine.begin() as connection:
        counted = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :task")
        return int(connection.scalar(counted, {"task": task}) or 0)


def test_a_load_balancer_that_is_no_more_leaves_the_list(engine: Engine, incidents: Incidents) -> None:
    upkeep(engine, incidents, FakeInventory(SEARCH)).refresh_inventory()
    assert names(engine) == {"search-int"}


def test_what_could_not_be_listed_stays_as_it_was_known(engine: Engine, incidents: Incidents) -> None:
    refused = Unread(reason=UnreadReason.DENIED, action="elasticloadbalancing:DescribeLoadBalancers")
    upkeep(engine, incidents, FakeInventory(SEARCH, unread=(refused,))).refresh_inventory()
    assert names(engine) == {"search-int", "shop-prod"}


def test_names_are_found_by_a_part_of_them_and_signs_mean_themselves(
    engine: Engine, incidents: Incidents
) -> None:
    upkeep(engine, incidents, FakeInventory(SHOP, SEARCH)).refresh_inventory()
    with engine.begin() as connection:
        assert inventory.listed(connection, "PROD") == (SHOP,)
        assert inventory.listed(connection, "%") == ()
        assert inventory.listed(connection) == (SEARCH, SHOP)


def test_a_message_without_a_job_gets_one(engine: Engine, incidents: Incidents) -> None:
    incidents.open(a_request())
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs"))
    upkeep(engine, incidents, FakeInventory()).sweep()
    assert jobs(engine, "deliver") == 1


def test_a_check_that_hangs_without_a_job_is_run_again(engine: Engine, incidents: Incidents) -> None:
    opened = incidents.open(a_request())
    incidents.run_check(opened.id, "load", 0, "ana")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs"))
    upkeep(engine, incidents, FakeInventory()).sweep()
    assert jobs(engine, "check") == 0, "it may still be running"
    late = FakeClock(NOW + RUNNING_FOR + timedelta(seconds=1))
    upkeep(engine, incidents, FakeInventory(), late).sweep()
    assert jobs(engine, "check") == 1


def test_a_delivery_from_slack_is_accepted_once_and_forgotten_in_the_end(
    engine: Engine, incidents: Incidents
) -> None:
    with engine.begin() as connection:
        assert inbox.accept(connection, "Ev1")
        assert not inbox.accept(connection, "Ev1")
        connection.execute(text("UPDATE inbox SET at = now() - interval '3 days'"))
        assert inbox.accept(connection, "Ev2")
    upkeep(engine, incidents, FakeInventory()).sweep()
    with engine.begin() as connection:
        assert inbox.accept(connection, "Ev1")
        assert not inbox.accept(connection, "Ev2")
