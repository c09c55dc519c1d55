"""The rest of AWS: moto's WSGI application, called in-process, with its answers read back as dicts."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.parsers import ResponseParserFactory
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from bot.sandbox.aws.errors import AwsError, not_emulated
from bot.sandbox.aws.wire import Answer, Call

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
REFUSED = 300


class Moto:
    """moto behind a lock per state change is its own affair; this only carries requests to it and back."""

    def __init__(self) -> None:
        self._app = DomainDispatcherApplication(create_backend_app)
        self._loading = threading.Lock()

    def answer(self, environ: dict[str, Any], call: Call) -> Answer:
        """moto's answer; a call it lacks becomes a proper AWS error (raised as AwsError)."""
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        try:
            status, headers, body = collect(self._app, environ)
        except NotImplementedError as error:
            raise not_emulated(call.action) from error
        kind = headers.get("Content-Type", "")
        if "html" in kind and status >= 400 and call.service != "s3":
            raise not_emulated(call.action)
        return status, headers, body

    def parsed(self, environ: dict[str, Any], call: Call) -> dict[str, Any]:
        """moto's answer as botocore would hand it over. Raises AwsError when moto refuses."""
        status, headers, body = self.answer(environ, call)
        model = get_service_model(call.service).operation_model(call.operation)
        parser = ResponseParserFactory().create_parser(call.protocol)
        result = parser.parse({"status_code": status, "headers": headers, "body": body}, model.output_shape)
        if status >= REFUSED:
            error = result.get("Error", {})
            raise AwsError(error.get("Code", "InternalFailure"), error.get("Message", ""), status)
        result.pop("ResponseMetadata", None)
        return dict(result)


def collect(app: WsgiApp, environ: dict[str, Any]) -> Answer:
    """Run a WSGI application to its end."""
    started: list[Any] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], None]:
        started[:] = [int(status.split()[0]), dict(headers)]
        return lambda _: None

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return started[0], started[1], body


class InProcessClients:
    """boto3 clients that call a WSGI application directly, without a socket: for building the estate."""

    def __init__(self, app: WsgiApp, region: str) -> None:
        self._app = app
        self._region = region
        self._session: Any = boto3.Session(
            aws_access_key_id="AKIASANDBOXBUILDER00",
            aws_secret_access_key="any",  # noqa: S106 - nobody checks it
            region_name=region,
        )
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """The client of a service, made once."""
        if service not in self._clients:
            config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
            client = self._session.client(service, endpoint_url="http://127.0.0.1:9", config=config)
            client.meta.events.register("before-send", self._send)
            self._clients[service] = client
        return self._clients[service]

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        status, headers, body = collect(self._app, _environ(request))
        kept = HTTPHeaders()
        for name, value in headers.items():
            kept[name] = value
        return AWSResponse(request.url, status, kept, _Raw(body))


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterable[bytes]:
        yield self.read()


def _environ(request: AWSPreparedRequest) -> dict[str, Any]:
    body: Any = request.body or b""
    raw = body.read() if hasattr(body, "read") else body
    data = raw.encode() if isinstance(raw, str) else bytes(raw)
    path, _, query = request.url.removeprefix("http://127.0.0.1:9").partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": path,
        "RAW_URI": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "9",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:9",
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input": io.BytesIO(data),
        "CONTENT_LENGTH": str(len(data)),
    }
    for name, value in request.headers.items():
        text = value.decode() if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = text
    return environ
