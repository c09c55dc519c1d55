"""Tells the page (Server-Sent Events) and tests (long polls) that the workspace changed."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.sandbox.slack.model import Json
from bot.sandbox.slack.workspace import Workspace

_PRIVATE = ("view", "notice", "read")
# Changes of nothing that can be seen: for tests that wait, not for the page.
UNSEEN = ("call", "delivery")
_KEEP_ALIVE_S = 15.0


class Changes:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._waiting: set[asyncio.Queue[Json | None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._workspace.subscribers.append(self._on_change)

    def close(self) -> None:
        for queue in self._waiting:
            queue.put_nowait(None)

    def _on_change(self, change: Json) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._spread, change)

    def _spread(self, change: Json | None) -> None:
        for queue in self._waiting:
            queue.put_nowait(change)

    async def poll(self, request: Request) -> Response:
        """Answers when the workspace's `seq` is above `since`, or after `timeout` seconds."""
        since = int(request.query_params.get("since", 0))
        timeout = min(float(request.query_params.get("timeout", 25)), 60.0)
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._waiting.add(queue)
        try:
            if self._workspace.seq <= since:
                await asyncio.wait_for(queue.get(), timeout)
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(queue)
        return JSONResponse({"seq": self._workspace.seq})

    async def stream(self, request: Request) -> Response:
        user = self._workspace.user(request.query_params.get("user", "ana"))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(user.id), media_type="text/event-stream", headers=headers)

    async def _events(self, user_id: str) -> AsyncIterator[str]:
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._waiting.add(queue)
        try:
            yield f"data: {json.dumps({'kind': 'hello', 'seq': self._workspace.seq})}\n\n"
            while True:
                try:
                    change = await asyncio.wait_for(queue.get(), _KEEP_ALIVE_S)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if change is None:
                    return
                if change["kind"] in UNSEEN:
                    continue
                if change["kind"] not in _PRIVATE or change.get("user") == user_id:
                    yield f"data: {json.dumps(change)}\n\n"
        finally:
            self._waiting.discard(queue)
