"""/sandbox/...: faults, sockets, the call log, the side panel's cards, and starting over."""

import asyncio
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.slack.faults import FaultKind
from bot.sandbox.slack.model import Json, SlackError
from bot.sandbox.slack.sandbox import Sandbox


class ControlApi:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        return [
            Route("/sandbox/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/sandbox/calls", self.calls, methods=["GET"]),
            Route("/sandbox/sockets", self.sockets, methods=["GET", "DELETE"]),
            Route("/sandbox/verify-url", self.verify_url, methods=["POST"]),
            Route("/sandbox/event", self.event, methods=["POST"]),
            Route("/sandbox/rate-limits", self.rate_limits, methods=["POST"]),
            Route("/sandbox/controls", self.controls, methods=["GET"]),
            Route("/sandbox/controls/press", self.press, methods=["POST"]),
            Route("/sandbox/integration", self.integration, methods=["POST"]),
            Route("/sandbox/reset", self.reset, methods=["POST"]),
        ]

    async def faults(self, request: Request) -> Response:
        """POST {kind, method, value, seconds, times, after}; DELETE all, or ?id=."""
        faults = self._sandbox.faults
        if request.method == "POST":
            wanted: dict[str, Any] = await request.json()
            try:
                kind = FaultKind(wanted.pop("kind", ""))
                fault = faults.add(kind, **wanted)
            except (ValueError, TypeError) as error:
                return JSONResponse({"ok": False, "error": str(error)}, 400)
            return JSONResponse({"ok": True, "fault": asdict(fault)})
        if request.method == "DELETE":
            wanted_id = request.query_params.get("id")
            faults.clear(int(wanted_id) if wanted_id else None)
        return JSONResponse({"ok": True, "faults": faults.active()})

    async def calls(self, request: Request) -> Response:
        """The Web API calls so far, oldest first; ?method= to filter."""
        method = request.query_params.get("method")
        found = [call for call in self._sandbox.calls if method in (None, call["method"])]
        return JSONResponse({"calls": found})

    async def sockets(self, request: Request) -> Response:
        """DELETE makes the clients reconnect; ?how=cut drops them without a word."""
        sockets = self._sandbox.sockets
        if request.method == "DELETE":
            cut = request.query_params.get("how") == "cut"
            for connection in list(sockets.connections):
                await (sockets.cut(connection) if cut else sockets.refresh(connection))
        return JSONResponse({"connected": len(sockets.connections), "opened": sockets.opened})

    async def verify_url(self, request: Request) -> Response:
        body: Json = await request.json()
        if body.get("request_url"):
            self._sandbox.delivery.request_url = str(body["request_url"])
        return JSONResponse({"ok": await self._sandbox.delivery.verify_url()})

    async def event(self, request: Request) -> Response:
        """Delivers any event to the app, for those the sandbox does not make itself."""
        event: Json = await request.json()
        self._sandbox.events.emit({"event_ts": self._sandbox.workspace.next_ts(), **event})
        return JSONResponse({"ok": True})

    async def rate_limits(self, request: Request) -> Response:
        body: Json = await request.json()
        self._sandbox.limiter.strict = body.get("mode") == "real"
        self._sandbox.limiter.forget()
        return JSONResponse({"ok": True})

    async def controls(self, request: Request) -> Response:
        def read() -> Json:
            controls = self._sandbox.controls
            return {"status": controls.status(), "cards": [asdict(card) for card in controls.cards()]}

        return JSONResponse(await run_in_threadpool(read))

    async def press(self, request: Request) -> Response:
        body: Json = await request.json()
        user = self._sandbox.workspace.user(str(body.get("user", "ana")))
        said = await run_in_threadpool(self._sandbox.controls.press, str(body.get("id", "")), user.id)
        self._sandbox.workspace.announce("controls")
        return JSONResponse({"ok": True, "text": said or ""})

    async def integration(self, request: Request) -> Response:
        """Post as another integration: {channel, name, text, icon?, blocks?, thread_ts?}."""
        body: Json = await request.json()
        try:
            message = self._sandbox.workspace.post_as_integration(**body)
        except SlackError as error:
            return JSONResponse({"ok": False, "error": error.code}, 400)
        return JSONResponse({"ok": True, "channel": message.channel, "ts": message.ts})

    async def reset(self, request: Request) -> Response:
        self._sandbox.reset()
        await asyncio.sleep(0)
        return JSONResponse({"ok": True})
