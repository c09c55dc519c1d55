"""The HTTP side: Slack's signed requests, and what a platform asks about a running process."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from anyio import CapacityLimiter, to_thread
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

Ready = Callable[[], str]
"""'' when the process can do its work, otherwise what is missing, as a few words for an operator."""

THREADS = 40
BODY_LIMIT = 2_000_000


def make_server(ready: Ready, slack: App | None = None) -> Starlette:
    """/healthz (the process runs), /readyz (it can work), /metrics; /slack/events where `slack` is given.

    Listeners run in threads of their own, so that a slow one delays no other request.
    """

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(request: Request) -> Response:
        missing = await to_thread.run_sync(ready)
        return PlainTextResponse(missing or "ok", 503 if missing else 200)

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        # A limiter belongs to the loop it is used in, so it is made where that loop runs.
        app.state.threads = CapacityLimiter(THREADS)
        yield

    routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    if slack is not None:
        routes.append(Route("/slack/events", _events(slack), methods=["POST"]))
    return Starlette(routes=routes, lifespan=lifespan)


def _events(slack: App) -> Callable[[Request], object]:
    async def events(request: Request) -> Response:
        # Bolt reads the timestamp as a number and fails with a 500 on anything else.
        if not request.headers.get("x-slack-request-timestamp", "").isdecimal():
            return PlainTextResponse("no valid X-Slack-Request-Timestamp", 401)
        body = await request.body()
        if len(body) > BODY_LIMIT:
            return PlainTextResponse("too large", 413)
        try:
            bolt_request = to_bolt_request(request, body)
        except UnicodeDecodeError:
            return PlainTextResponse("not UTF-8", 400)
        answer = await to_thread.run_sync(slack.dispatch, bolt_request, limiter=request.app.state.threads)
        return to_starlette_response(answer)

    return events
