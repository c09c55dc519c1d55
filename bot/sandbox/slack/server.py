"""Serves the sandbox over HTTP and WebSocket on loopback, in a thread or in the foreground."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from bot.sandbox.slack.changes import Changes
from bot.sandbox.slack.control_api import ControlApi
from bot.sandbox.slack.controls import Controls, NoControls
from bot.sandbox.slack.page_api import PageApi
from bot.sandbox.slack.sandbox import Sandbox
from bot.sandbox.slack.settings import Settings
from bot.sandbox.slack.side_doors import SideDoors
from bot.sandbox.slack.storage import Saver
from bot.sandbox.slack.web_api import CutConnection, WebApi

PAGE = Path(__file__).parent / "page"
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LOOPBACK = ["127.0.0.1", "localhost", "[::1]", "testserver"]


def create_app(sandbox: Sandbox, cut: CutConnection, hosts: list[str] | None = None) -> Starlette:
    """The whole application; `cut` drops a request's connection (only a real server can)."""
    changes = Changes(sandbox.workspace)
    side_doors = SideDoors(sandbox)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        changes.start(loop)
        sandbox.events.start(loop)
        app.state.changes = changes
        yield
        for timer in list(sandbox.timers):
            timer.cancel()
        await sandbox.events.close()
        await sandbox.delivery.close()

    async def index(request: Request) -> Response:
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return FileResponse(PAGE / "index.html", headers=headers)

    return Starlette(
        routes=[
            Route("/", index),
            Route("/archives/{rest:path}", index),
            Route("/api/{method}", WebApi(sandbox, cut).answer, methods=["GET", "POST"]),
            Route("/upload/v1/{file_id}", side_doors.upload, methods=["POST", "PUT"]),
            Route("/files-pri/{file_id}/{name:path}", side_doors.private_file),
            Route("/actions/response/{key}", side_doors.response_url, methods=["POST"]),
            WebSocketRoute("/link/", sandbox.sockets.serve),
            *ControlApi(sandbox).routes(),
            *PageApi(sandbox, changes).routes(),
            Mount("/page", StaticFiles(directory=PAGE, check_dir=False)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts or _LOOPBACK)],
        lifespan=lifespan,
    )


class SandboxSlack:
    """A local Slack workspace. `start()` serves it from a thread, `stop()` ends that; `run()` blocks."""

    def __init__(self, settings: Settings | None = None, controls: Controls | None = None) -> None:
        self.settings = settings or Settings()
        self.sandbox = Sandbox(self.settings, controls or NoControls())
        self.workspace = self.sandbox.workspace
        self.faults = self.sandbox.faults
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None
        self._saver: Saver | None = None

    @property
    def base_url(self) -> str:
        return self.sandbox.base_url

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL must be for slack_sdk to talk to this workspace."""
        return f"{self.base_url}/api/"

    def use_controls(self, controls: Controls) -> None:
        """Give the side panel its cards after the workspace was made."""
        self.sandbox.controls = controls
        self.workspace.announce("controls")

    def bind(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Take the port without serving yet; returns the base URL."""
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        self._socket = listener
        self.sandbox.at(f"http://{host}:{listener.getsockname()[1]}")
        return self.base_url

    def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve from a thread; returns the base URL once requests are answered."""
        if self._socket is None:
            self.bind(host, port)
        server = self._make_server()
        started = threading.Event()
        self._thread = threading.Thread(
            target=self._serve, args=(server, started), name="sandbox-slack", daemon=True
        )
        self._thread.start()
        started.wait(10)
        if not server.started:
            raise RuntimeError("the sandbox Slack did not start")
        return self.base_url

    def run(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve in the foreground until interrupted."""
        if self._socket is None:
            self.bind(host, port)
        self._serve(self._make_server(), threading.Event())

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(10)
            self._thread = None

    def __enter__(self) -> "SandboxSlack":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _make_server(self) -> uvicorn.Server:
        app = create_app(self.sandbox, self._cut, [*_LOOPBACK, self._host()])
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            ws="websockets-sansio",
            http="h11",
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
            loop="asyncio",
        )
        self._server = _Server(config, app, self.sandbox)
        return self._server

    def _host(self) -> str:
        return self.base_url.removeprefix("http://").rpartition(":")[0]

    def _serve(self, server: uvicorn.Server, started: threading.Event) -> None:
        if self.settings.state_path is not None:
            self._saver = Saver(self.workspace, self.settings.state_path)
        listener, self._socket = self._socket, None
        if listener is None:
            raise RuntimeError("bind() first")
        try:
            asyncio.run(self._serve_until_done(server, listener, started))
        finally:
            started.set()
            listener.close()
            if self._saver is not None:
                self._saver.close()
                self._saver = None

    async def _serve_until_done(
        self, server: uvicorn.Server, listener: socket.socket, started: threading.Event
    ) -> None:
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.005)
        started.set()
        await serving

    def _cut(self, request: Request) -> None:
        """Abort the TCP connection of this request, so that the caller never gets the answer."""
        client = request.scope.get("client")
        connections = self._server.server_state.connections if self._server else set()
        for connection in list(connections):
            transport = getattr(connection, "transport", None)
            if client and getattr(connection, "client", None) == tuple(client) and transport is not None:
                transport.abort()


class _Server(uvicorn.Server):
    """Ends open streams and sockets before uvicorn waits for them."""

    def __init__(self, config: uvicorn.Config, app: Starlette, sandbox: Sandbox) -> None:
        super().__init__(config)
        self._app = app
        self._sandbox = sandbox

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.changes.close()
        await self._sandbox.sockets.close_all()
        await super().shutdown(sockets)
