"""The WSGI application in front of moto: faults first, then the operations answered here, then moto."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from http.client import responses
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import get_account_id_from
from moto.s3.models import s3_backends

from bot.sandbox.aws import wire
from bot.sandbox.aws.access_logs import AccessLogs
from bot.sandbox.aws.areas.catalogue import OVERRIDDEN
from bot.sandbox.aws.control import Control
from bot.sandbox.aws.errors import AwsError
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.faults import CallLog, Faults
from bot.sandbox.aws.moto_backend import Moto
from bot.sandbox.aws.recording import record_write
from bot.sandbox.aws.wire import Answer, Call

log = logging.getLogger(__name__)


class Overlay:
    """One account behind HTTP. ``faults`` and ``calls`` may be used from Python or under ``/_sandbox/``."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.faults = Faults()
        self.calls = CallLog()
        self._moto = Moto()
        self._logs = AccessLogs(estate)
        self._control = Control(estate, self.faults, self.calls)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        body = wire.read_body(environ)
        if environ.get("PATH_INFO", "").startswith("/_sandbox/"):
            status, headers, answer = self._control.answer(environ, body)
        else:
            status, headers, answer = self._aws(environ, body)
        headers["Content-Length"] = headers.get("Content-Length") or str(len(answer))
        start_response(f"{status} {responses.get(status, 'Unknown')}", list(headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer]

    def build_app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The same application for building the estate: no faults, nothing logged."""
        body = wire.read_body(environ)
        call = self._call(environ, body)
        status, headers, answer = self._answered(environ, call, body)
        start_response(f"{status} -", list(headers.items()))
        return [answer]

    def _aws(self, environ: dict[str, Any], body: bytes) -> Answer:
        started = time.time()
        call = self._call(environ, body)
        with self.calls.running():
            answer = self._answered(environ, call, body, self._before)
        self.calls.record(call.action, answer[0], started)
        record_write(self.estate, call, body, answer[0])
        return answer

    def _before(self, call: Call) -> None:
        self.faults.apply(call, f"arn:aws:sts::{call.account}:assumed-role/alb-incident/bot")

    def _answered(
        self,
        environ: dict[str, Any],
        call: Call,
        body: bytes,
        before: Callable[[Call], None] = lambda _: None,
    ) -> Answer:
        request_id = str(uuid4())
        try:
            before(call)
            handler = OVERRIDDEN.get((call.service, call.operation))
            if handler is None:
                self._deliver_logs(environ, call)
                return self._moto.answer(environ, call)
            params = wire.parse(call.service, call.operation, call.protocol, body)
            ready = replace(call, params=params, forward=lambda: self._moto.parsed(environ, call))
            return wire.serialise(call, handler(self.estate, ready), request_id)
        except AwsError as error:
            return wire.serialise_error(call, error, request_id)
        except Exception as error:
            log.exception("sandbox bug in %s", call.action)
            return wire.serialise_error(call, AwsError("InternalFailure", repr(error), 500), request_id)

    def _deliver_logs(self, environ: dict[str, Any], call: Call) -> None:
        if call.service != "s3" or environ["REQUEST_METHOD"] == "PUT":
            return
        bucket, _, key = environ.get("PATH_INFO", "").lstrip("/").partition("/")
        if bucket == self.estate.log_bucket:
            prefix = dict(parse_qsl(environ.get("QUERY_STRING", ""))).get("prefix", "")
            store = s3_backends[self.estate.account_id]["aws"]

            def put(name: str, content: bytes, delivered: datetime) -> None:
                store.put_object(bucket, name, content).last_modified = delivered.replace(tzinfo=None)

            self._logs.deliver(key or prefix, put)

    def _call(self, environ: dict[str, Any], body: bytes) -> Call:
        service, operation, protocol = wire.identify(environ, body)
        signed = wire.scope(environ)
        key, region = (signed[0], signed[1]) if signed else ("", self.estate.region)
        own = get_account_id_from(key)
        account = environ.get("HTTP_X_MOTO_ACCOUNT_ID") or (
            own if own != DEFAULT_ACCOUNT_ID else self.estate.account_id
        )
        return Call(service, operation, region, account, key, protocol)
