"""The handlers over real Socket Mode and signed HTTP, against a Slack that times acks and triggers."""

from __future__ import annotations

import socket as socketlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import uvicorn
from slack_bolt import App

from bot.core.errors import UserError
from bot.core.incident import Incident
from bot.core.message import Person as Who
from bot.core.message import say
from bot.core.ports import OutboxMessage
from bot.sandbox.slack.driver import Driver, Person
from bot.sandbox.slack.faults import FaultKind
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.settings import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Settings, Shortcut
from bot.sandbox.slack.sightings import Post
from bot.slack.client import make_client
from bot.slack.delivery import SlackDelivery
from bot.slack.identity import identify
from bot.slack.people import SlackPeople
from bot.slack.rendering import SlackRenderer
from handlers.register import make_app
from handlers.server import make_server
from handlers.socket import SocketMode
from tests.handler_fakes import Desk
from tests.slack_samples import CONTENT, an_incident

INCIDENTS = "C0INCIDENTS"
SHORTCUT = Shortcut("add_to_timeline", "Add to incident timeline", "message")


@pytest.fixture(scope="module")
def slack() -> Iterator[SandboxSlack]:
    settings = Settings(rate_limits="off", shortcuts=(SHORTCUT,), event_retry_delays_s=(0.1, 0.1))
    sandbox = SandboxSlack(settings)
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="module")
def shared_desk() -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def shared_socket(slack: SandboxSlack, shared_desk: Desk) -> Iterator[SocketMode]:
    """One connection for all tests, because closing one takes seconds."""
    with ThreadPoolExecutor(8) as pool:
        socket = SocketMode(the_app(slack, shared_desk, pool), APP_TOKEN)
        socket.start()
        yield socket
        socket.stop()


@pytest.fixture
def driver(slack: SandboxSlack) -> Iterator[Driver]:
    with Driver(slack.base_url) as one:
        yield one
        one.reset()


@pytest.fixture
def ana(driver: Driver) -> Person:
    return driver.user("ana")


@pytest.fixture
def desk(shared_desk: Desk) -> Desk:
    shared_desk.start_over()
    return shared_desk


@pytest.fixture
def socket(shared_socket: SocketMode, desk: Desk, driver: Driver) -> SocketMode:
    driver.wait_for(lambda: driver.sockets() == 1 or None, what="a socket")
    return shared_socket


def the_app(slack: SandboxSlack, desk: Desk, pool: ThreadPoolExecutor) -> App:
    """The real handlers and the real client, on fake services."""
    client = make_client(BOT_TOKEN, slack.api_url)
    services = replace(desk.services, people=SlackPeople(client), later=pool.submit)
    return make_app(client, SIGNING_SECRET, identify(client), services)


def show(slack: SandboxSlack, ana: Person, incident: Incident, *keys: str) -> dict[str, Post]:
    """The incident's messages as delivery shows them, by key."""
    delivery = SlackDelivery(make_client(BOT_TOKEN, slack.api_url))
    renderer = SlackRenderer(CONTENT, slack.base_url)
    shown: dict[str, Post] = {}
    parent = ""
    for number, key in enumerate(("headline", *keys)):
        message = OutboxMessage(
            id=number, team="T0SANDBOX", channel=INCIDENTS, thread_ts=parent, key=key, version=1, locale="en"
        )
        ts = delivery.show(message, renderer.render(message, incident))
        parent = parent or ts
        found = ana.thread("incidents", parent)
        shown[key] = next(post for post in found if post.ts == ts)
    return shown


@pytest.mark.usefixtures("socket")
def test_the_form_opens_offers_load_balancers_and_opens_an_incident(ana: Person, desk: Desk) -> None:
    assert ana.slash("/alb-incident").ok
    form = ana.wait_for_modal("New incident")
    offered = [option["value"] for option in ana.options(form, "load_balancer", "shop")]
    assert offered == ["shop-dev", "shop-prod", "prod-shop"]
    assert ana.submit({"load_balancer": "shop-prod"}).ok
    assert desk.incidents.done[-1][0] == "open"


@pytest.mark.usefixtures("socket")
def test_a_mistake_stays_in_the_form(ana: Person, desk: Desk) -> None:
    desk.incidents.refusal = UserError(say("No load balancer is called {name}.", name="shop-prod"))
    ana.slash("/alb-incident")
    ana.wait_for_modal("New incident")
    outcome = ana.submit({"load_balancer": "shop-prod"})
    assert outcome.errors == {"load_balancer": "No load balancer is called shop-prod."}
    assert ana.modal() is not None


@pytest.mark.usefixtures("socket")
def test_every_button_of_an_incident_is_acked_and_answered(
    slack: SandboxSlack, ana: Person, driver: Driver, desk: Desk
) -> None:
    steps = [f"step:{step.step_id}" for step in an_incident().steps[:-1]]
    posts = show(slack, ana, an_incident(), "progress", "conclusion", *steps)
    for post in posts.values():
        for placed in post.elements:
            if not placed.element.get("url"):
                assert ana.click(post, placed.element["action_id"], block_id=placed.block["block_id"]).ok
    assert [call for call in driver.calls() if not call["ok"]] == []
    assert ana.notices() == []
    assert {"run_rest", "take_over", "run_check", "confirm_cause"} <= {
        done[0] for done in desk.incidents.done
    }


@pytest.mark.usefixtures("socket")
def test_the_loser_of_two_clicks_sees_privately_in_the_thread_who_won(
    slack: SandboxSlack, ana: Person, driver: Driver, desk: Desk
) -> None:
    posts = show(slack, ana, an_incident(), "progress")
    desk.incidents.refusal = UserError(say("{who} already started these checks", who=Who(id="U0MINH")))
    assert ana.click(posts["progress"], "run_rest").ok
    told = ana.wait_for_message("already started", thread_ts=posts["headline"].ts)
    assert told.is_ephemeral
    others = driver.user("sam").thread("incidents", posts["headline"].ts)
    assert told.ts not in [post.ts for post in others]


@pytest.mark.usefixtures("socket")
def test_a_yes_asks_what_it_was(slack: SandboxSlack, ana: Person, desk: Desk) -> None:
    posts = show(slack, ana, an_incident(steps=an_incident().steps), "step:infra_changed")
    ana.click(posts["step:infra_changed"], "change_answer")
    ana.wait_for_modal("Infrastructure team")
    assert ana.submit({"choice": {"value": "no"}, "note": {"value": "it was not us"}}).ok
    assert desk.incidents.done[-1][:6] == ("answer", 12, "infra_changed", 1, "no", "it was not us")


@pytest.mark.usefixtures("socket")
def test_a_user_group_can_be_asked(slack: SandboxSlack, ana: Person, desk: Desk) -> None:
    steps = (an_incident().steps[0].model_copy(update={"answer": None}), *an_incident().steps[1:])
    posts = show(slack, ana, an_incident(steps=steps), "step:infra_changed")
    ana.click(posts["step:infra_changed"], "ask_someone")
    form = ana.wait_for_modal("Infrastructure team")
    assert [option["value"] for option in ana.options(form, "user_group", "infra")] == ["S0INFRA"]
    assert ana.submit({"group": {"user_group": "S0INFRA"}}).ok
    assert desk.incidents.done[-1] == ("ask", 12, "infra_changed", 1, "S0INFRA", "U0ANA")


@pytest.mark.usefixtures("socket")
def test_a_time_is_read_in_the_zone_slack_knows_for_the_person(driver: Driver, desk: Desk) -> None:
    minh = driver.user("minh")
    assert minh.slash("/alb-incident shop-prod 21:05").ok
    minh.wait_for_message("shop-prod")  # in Vietnamese, as minh has set Slack
    request = desk.incidents.done[-1][1]
    assert f"{request.alarm_at:%H:%M}" == "14:05"  # type: ignore[attr-defined]


@pytest.mark.usefixtures("socket")
def test_a_pushpin_is_accepted_although_slack_sends_it_twice(ana: Person, driver: Driver, desk: Desk) -> None:
    driver.fault(FaultKind.DUPLICATE_DELIVERY)
    said = ana.say("rolling back")
    ana.react(said, "pushpin")
    driver.wait_for(lambda: desk.pins.pins or None, what="a pin")
    assert {pin.ts for pin in desk.pins.pins} == {said.ts}


@pytest.mark.usefixtures("socket")
def test_a_pin_refused_by_a_database_that_is_away_arrives_when_it_is_back(
    ana: Person, driver: Driver, desk: Desk
) -> None:
    desk.pins.broken = True
    said = ana.say("rolling back")
    threading.Timer(0.05, lambda: setattr(desk.pins, "broken", False)).start()
    ana.react(said, "pushpin")
    driver.wait_for(lambda: desk.pins.pins or None, what="the pin, sent again")


@pytest.mark.usefixtures("socket")
def test_a_message_goes_to_the_timeline_by_its_menu(slack: SandboxSlack, ana: Person, desk: Desk) -> None:
    desk.incidents.incidents = [an_incident()]
    said = ana.say("rolling back")
    assert ana.shortcut("add_to_timeline", said).ok
    assert desk.incidents.done[-1][:4] == ("note", 12, "rolling back", "U0ANA")


@pytest.mark.usefixtures("socket")
def test_the_home_tab_is_published(ana: Person, driver: Driver) -> None:
    ana.open_home()
    home = driver.wait_for(ana.home, what="a Home tab")
    assert "shop-prod" in str(home.json)


def test_clicks_are_not_lost_when_the_socket_is_replaced(
    slack: SandboxSlack, socket: SocketMode, ana: Person, driver: Driver, desk: Desk
) -> None:
    posts = show(slack, ana, an_incident(), "progress")
    driver.disconnect("refresh")
    driver.wait_for(lambda: driver.sockets() == 1 or None, what="the new socket")
    assert ana.click(posts["progress"], "run_rest").ok
    assert socket.hears()
    assert desk.incidents.done[-1][0] == "run_rest"


@pytest.mark.usefixtures("socket")
def test_clicks_are_acked_in_time_while_many_listeners_are_busy(
    slack: SandboxSlack, ana: Person, driver: Driver, desk: Desk
) -> None:
    posts = show(slack, ana, an_incident(), "progress")
    busy = threading.Event()
    quick = desk.incidents.take_over

    def slow(incident_id: int, user: str) -> Incident:
        busy.wait(1.0)
        return quick(incident_id, user)

    desk.incidents.take_over = slow  # type: ignore[method-assign]
    with ThreadPoolExecutor(20) as people:
        clicks = [people.submit(ana.click, posts["headline"], "take_over") for _ in range(20)]
        assert ana.click(posts["progress"], "run_rest").ok
        busy.set()
        assert all(click.result().ok for click in clicks)
    assert len(desk.incidents.done) == 21


def test_signed_http_requests_are_answered() -> None:
    """The bot's port is open before its server runs, so that nothing has to be waited for."""
    listener = socketlib.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    slack = SandboxSlack(Settings(rate_limits="off", request_url=url))
    slack.start()
    with ThreadPoolExecutor(2) as pool, Driver(slack.base_url) as driver:
        app = the_app(slack, Desk(), pool)
        server = uvicorn.Server(uvicorn.Config(make_server(lambda: "", app), log_level="error"))
        running = pool.submit(server.run, [listener])
        ana = driver.user("ana")
        assert ana.slash("/alb-incident help").ok
        assert ana.wait_for_message("choose everything in a form").is_ephemeral
        server.should_exit = True
        running.result()
    slack.stop()


def test_a_connection_that_dies_without_a_word_is_replaced(socket: SocketMode, driver: Driver) -> None:
    driver.disconnect("cut")
    driver.wait_for(lambda: driver.sockets() == 1 or None, timeout_s=20, what="a new socket")
    driver.wait_for(lambda: socket.hears() or None, timeout_s=20, what="a pong")
    assert driver.user("ana").slash("/alb-incident help").ok
