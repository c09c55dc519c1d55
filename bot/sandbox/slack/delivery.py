"""Brings payloads to the app, by socket or by signed HTTP, and brings its acknowledgement back."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

import httpx

from bot.sandbox.slack.faults import FaultKind, Faults
from bot.sandbox.slack.model import Json, SlackError
from bot.sandbox.slack.settings import Settings
from bot.sandbox.slack.socket_mode import Sockets

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True)
class Answer:
    """What came back: `payload` is the ack's body, `reason` why there was no ack ("" when there was)."""

    payload: Json | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        return not self.reason


class Delivery:
    def __init__(
        self, settings: Settings, sockets: Sockets, faults: Faults, on_done: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._sockets = sockets
        self._faults = faults
        self._on_done = on_done
        self._http: httpx.AsyncClient | None = None
        self.request_url = settings.request_url

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    async def to_app(self, kind: Kind, payload: Json, retry: int = 0, reason: str = "") -> Answer:
        """One attempt, at most `ack_timeout_s` long. Never raises for what the app does wrong."""
        timeout_s = self._settings.ack_timeout_s
        try:
            return await asyncio.wait_for(self._attempt(kind, payload, retry, reason), timeout_s)
        except TimeoutError:
            return Answer(reason="timeout")
        except SlackError as error:
            return Answer(reason=error.code)
        finally:
            self._on_done()

    async def _attempt(self, kind: Kind, payload: Json, retry: int, reason: str) -> Answer:
        if self._faults.strike(FaultKind.NO_DELIVERY, kind):
            await asyncio.sleep(self._settings.ack_timeout_s)
        slow = self._faults.strike(FaultKind.SLOW_DELIVERY, kind)
        if slow:
            await asyncio.sleep(slow.seconds)
        if self._sockets.connections:
            extra: Json = {"retry_attempt": retry, "retry_reason": reason} if kind == "events_api" else {}
            accepts = kind != "events_api"
            return Answer(
                await self._sockets.ask(kind, payload, accepts, self._settings.ack_timeout_s, extra)
            )
        if self.request_url:
            return await self._post(kind, payload, retry, reason)
        raise SlackError("no_app")

    async def _post(self, kind: Kind, payload: Json, retry: int, reason: str) -> Answer:
        body, content_type = _encode(kind, payload)
        headers = {"content-type": content_type, **self.signature(body)}
        if retry:
            headers |= {"x-slack-retry-num": str(retry), "x-slack-retry-reason": reason}
        if self._http is None:
            self._http = httpx.AsyncClient(trust_env=False, timeout=self._settings.ack_timeout_s)
        try:
            response = await self._http.post(self.request_url or "", content=body, headers=headers)
        except httpx.TimeoutException:
            return Answer(reason="http_timeout")
        except httpx.HTTPError:
            return Answer(reason="connection_failed")
        if response.status_code != 200:
            return Answer(reason="http_error")
        return Answer(_decode(response))

    def signature(self, body: str) -> dict[str, str]:
        """Slack's v0 request signature; the timestamp is real time, receivers compare it with theirs."""
        stamp = str(int(time.time()))
        secret = self._settings.signing_secret.encode()
        digest = hmac.new(secret, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}

    async def verify_url(self) -> bool:
        """Slack's url_verification handshake: the app must give the challenge back."""
        challenge = secrets.token_hex(16)
        answer = await self._post(
            "events_api", {"type": "url_verification", "token": "sandbox", "challenge": challenge}, 0, ""
        )
        return answer.ok and challenge in (answer.payload or {}).values()


def _encode(kind: Kind, payload: Json) -> tuple[str, str]:
    form = "application/x-www-form-urlencoded"
    if kind == "events_api":
        return json.dumps(payload), "application/json"
    if kind == "slash_commands":
        return urlencode(payload), form
    return urlencode({"payload": json.dumps(payload)}), form


def _decode(response: httpx.Response) -> Json | None:
    if not response.content:
        return None
    if response.headers.get("content-type", "").startswith("application/json"):
        given = response.json()
        return given if isinstance(given, dict) else None
    return {"text": response.text}
