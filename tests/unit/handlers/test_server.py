"""The HTTP side: signed requests only, nothing malformed is a 500, and what a platform asks."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.slack.identity import Identity
from handlers.register import make_app
from handlers.server import make_server
from tests.handler_fakes import Desk, RecordingClient, a_command, signed

SECRET = "not-a-real-secret"


def ask(server: Starlette, method: str, path: str, **more: Any) -> httpx.Response:
    """One request to the server, started and stopped around it."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=server)
        async with (
            server.router.lifespan_context(server),
            httpx.AsyncClient(transport=transport, base_url="http://bot") as client,
        ):
            return await client.request(method, path, **more)

    return asyncio.run(asked())


@pytest.fixture
def server() -> Starlette:
    desk = Desk()
    identity = Identity("T0SANDBOX", "https://acme.slack.com/", "B0INCIDENT", "U0INCIDENT")
    app = make_app(RecordingClient(token="xoxb-test"), SECRET, identity, desk.services)
    return make_server(lambda: "", app)


def posted(server: Starlette, secret: str, timestamp: str) -> httpx.Response:
    body, headers = signed(secret, a_command("help"), timestamp)
    raw = {name: value.encode() for name, value in headers.items()}
    return ask(server, "POST", "/slack/events", content=body, headers=raw)


def test_a_signed_command_is_answered(server: Starlette) -> None:
    answer = posted(server, SECRET, str(int(time.time())))
    assert answer.status_code == 200
    assert "/alb-incident" in answer.json()["text"]


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", "١٢٣", "9" * 30])
def test_a_malformed_timestamp_is_refused(server: Starlette, timestamp: str) -> None:
    assert posted(server, SECRET, timestamp).status_code == 401


def test_a_wrong_signature_is_refused(server: Starlette) -> None:
    assert posted(server, "another", str(int(time.time()))).status_code == 401


def test_a_body_that_is_no_text_is_refused(server: Starlette) -> None:
    _, headers = signed(SECRET, a_command("help"), str(int(time.time())))
    assert ask(server, "POST", "/slack/events", content=b"\xff\xfe", headers=headers).status_code == 400


def test_a_platform_is_told_whether_it_runs_and_whether_it_can_work(server: Starlette) -> None:
    assert ask(server, "GET", "/healthz").text == "ok"
    assert ask(server, "GET", "/readyz").status_code == 200
    assert "slack_requests_total" in ask(server, "GET", "/metrics").text
    waiting = make_server(lambda: "no database")
    answer = ask(waiting, "GET", "/readyz")
    assert (answer.status_code, answer.text) == (503, "no database")
    assert ask(waiting, "POST", "/slack/events").status_code == 404
