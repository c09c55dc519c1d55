"""Socket Mode: tickets, connected sockets, envelopes and their acknowledgements."""

import asyncio
import contextlib
import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from bot.sandbox.slack import limits, seed
from bot.sandbox.slack.model import Json, SlackError


@dataclass(eq=False)
class Connection:
    websocket: WebSocket
    number: int
    pending: dict[str, asyncio.Future[Json]] = field(default_factory=dict)


class Sockets:
    """Lives on the server's event loop; each payload goes to one of the connections, in turn."""

    def __init__(self, lifetime_s: float, on_change: Callable[[], None]) -> None:
        self.connections: list[Connection] = []
        self.opened = 0
        self._lifetime_s = lifetime_s
        self._on_change = on_change
        self._tickets: set[str] = set()
        self._numbers = count(1)
        self._turn = 0

    def ticket(self) -> str:
        """A single-use ticket for one connection."""
        ticket = secrets.token_urlsafe(12)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, websocket: WebSocket) -> None:
        """The WebSocket endpoint: greets, then reads acknowledgements until the socket closes."""
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await websocket.close(1008)
            return
        self._tickets.discard(ticket)
        await websocket.accept()
        if len(self.connections) >= limits.SOCKETS_PER_APP:
            await self._dismiss(websocket, "too_many_websockets")
            return
        connection = Connection(websocket, next(self._numbers))
        self.connections.append(connection)
        self.opened += 1
        self._on_change()
        expiry = asyncio.get_running_loop().call_later(
            self._lifetime_s, lambda: asyncio.ensure_future(self.refresh(connection))
        )
        try:
            await self._greet(connection)
            await self._read(connection)
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            expiry.cancel()
            self._drop(connection)

    async def _greet(self, connection: Connection) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self.connections),
            "connection_info": {"app_id": seed.APP_ID},
            "debug_info": {
                "host": f"sandbox-{connection.number}",
                "build_number": 1,
                "approximate_connection_time": int(self._lifetime_s),
            },
        }
        await connection.websocket.send_text(json.dumps(hello))

    async def _read(self, connection: Connection) -> None:
        while True:
            message = await connection.websocket.receive_text()
            try:
                answer = json.loads(message)
            except ValueError:
                continue
            waiting = connection.pending.pop(str(answer.get("envelope_id", "")), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    def _drop(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
            self._on_change()
        for waiting in connection.pending.values():
            if not waiting.done():
                waiting.set_exception(SlackError("socket_closed"))

    async def ask(
        self, kind: str, payload: Json, accepts_response: bool, timeout_s: float, extra: Json
    ) -> Json | None:
        """Send one envelope and wait for its ack; TimeoutError or SlackError when none comes."""
        connection = self._pick()
        envelope_id = str(uuid.uuid4())
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        connection.pending[envelope_id] = waiting
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": accepts_response,
            **extra,
        }
        try:
            await connection.websocket.send_text(json.dumps(envelope))
            answer = await asyncio.wait_for(waiting, timeout_s)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise SlackError("socket_closed") from error
        finally:
            connection.pending.pop(envelope_id, None)
        given = answer.get("payload")
        return given if isinstance(given, dict) else None

    def _pick(self) -> Connection:
        if not self.connections:
            raise SlackError("no_connection")
        self._turn += 1
        return self.connections[self._turn % len(self.connections)]

    async def refresh(self, connection: Connection) -> None:
        """Tell one client to reconnect, as Slack does every few hours, and close its socket."""
        await self._dismiss(connection.websocket, "refresh_requested")
        self._drop(connection)

    async def cut(self, connection: Connection) -> None:
        """Close one socket without a word."""
        await self._close(connection.websocket)
        self._drop(connection)

    async def _dismiss(self, websocket: WebSocket, reason: str) -> None:
        farewell = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await websocket.send_text(json.dumps(farewell))
        await self._close(websocket)

    async def _close(self, websocket: WebSocket) -> None:
        if websocket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await websocket.close(1000)

    async def close_all(self) -> None:
        for connection in list(self.connections):
            await self.cut(connection)
