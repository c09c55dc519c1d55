"""The emulated AWS account as a server: real HTTP on the loopback interface."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from bot.sandbox.aws.building import build, forget
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.faults import CallLog, Faults
from bot.sandbox.aws.overlay import Overlay
from bot.sandbox.aws.scenarios import SCENARIOS, Scenario


class SandboxAws:
    """Serves an estate. One per account id and process at a time, because moto's state is the process's."""

    _serving: set[str] = set()
    _serving_lock = threading.Lock()

    def __init__(self, estate: Estate, scenarios: Sequence[Scenario] = SCENARIOS) -> None:
        self.estate = estate
        self._scenarios = scenarios
        self._overlay = Overlay(estate)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._sockets: set[socket.socket] = set()

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self._overlay.faults

    @property
    def calls(self) -> CallLog:
        """The record of calls."""
        return self._overlay.calls

    def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Build the estate and serve it; returns the endpoint URL. Only loopback addresses are accepted."""
        if not host.startswith("127."):
            raise ValueError(f"the sandbox listens on loopback only, not on {host}")
        with self._serving_lock:
            if self.estate.account_id in self._serving:
                raise RuntimeError(f"account {self.estate.account_id} is already served by this process")
            self._serving.add(self.estate.account_id)
            build(self.estate, self._overlay, self._scenarios)
        self._server = make_server(host, port, self._overlay, threaded=True, request_handler=self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, name="sandbox-aws", daemon=True)
        self._thread.start()
        return self.endpoint_url

    def client(self, service: str, *, attempts: int = 1, **more: Any) -> Any:
        """A boto3 client of the running server that does not retry unless told to."""
        config = Config(retries={"total_max_attempts": attempts}, connect_timeout=2, read_timeout=10)
        options = {"endpoint_url": self.endpoint_url, "config": config, **more}
        with self._serving_lock:
            return _session(self.estate.region).client(service, **options)

    @property
    def endpoint_url(self) -> str:
        """Where the running server is; raises RuntimeError before start."""
        if self._server is None:
            raise RuntimeError("start the server first")
        return f"http://{self._server.host}:{self._server.server_port}"

    def __enter__(self) -> SandboxAws:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let hanging calls go, close every connection, free the port."""
        self.faults.clear()
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for connection in list(self._sockets):
            _shut(connection)
        self._server = None
        with self._serving_lock:
            forget(self.estate.account_id)
            self._serving.discard(self.estate.account_id)

    def _handler(self) -> type[MotoRequestHandler]:
        sockets = self._sockets

        class Handler(MotoRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                sockets.add(self.connection)

            def finish(self) -> None:
                sockets.discard(self.connection)
                super().finish()

            def log(self, type: str, message: str, *args: Any) -> None:
                """Say nothing: the call log has it."""

        return Handler


@cache
def _session(region: str) -> Any:
    return boto3.Session(
        aws_access_key_id="AKIASANDBOXREADER000",
        aws_secret_access_key="any",  # noqa: S106 - nobody checks it
        region_name=region,
    )


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
