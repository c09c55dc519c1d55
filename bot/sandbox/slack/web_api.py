"""The Web API over HTTP: decoding, tokens, scopes, rate limits and faults, then the method itself."""

import asyncio
import inspect
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.sandbox.slack.faults import FaultKind
from bot.sandbox.slack.methods import apps, chat, conversations, files, marks, people, views
from bot.sandbox.slack.methods.table import Call, Method, MethodTable
from bot.sandbox.slack.model import Json, SlackError
from bot.sandbox.slack.rate_limits import Tier
from bot.sandbox.slack.sandbox import Sandbox

METHODS = MethodTable()
for _module in (apps, chat, conversations, files, marks, people, views):
    METHODS.update(_module.METHODS)

# Arguments that are JSON inside a form.
_JSON_ARGUMENTS = ("blocks", "attachments", "metadata", "view", "files", "message")

CutConnection = Callable[[Request], None]


class WebApi:
    """`cut` closes a request's connection without an answer; the server knows how."""

    def __init__(self, sandbox: Sandbox, cut: CutConnection) -> None:
        self._sandbox = sandbox
        self._cut = cut

    async def answer(self, request: Request) -> Response:
        name = request.path_params["method"]
        args = await _arguments(request)
        token = _token(request, args)
        failure = await self._fault(name)
        if failure is not None:
            return self._logged(name, args, failure)
        response = self._logged(name, args, await self._respond(name, args, token))
        if self._sandbox.faults.strike(FaultKind.LOST_REPLY, name):
            self._cut(request)
            await asyncio.sleep(0)
        return response

    def _logged(self, name: str, args: Json, response: Response) -> Response:
        body = (
            json.loads(bytes(response.body)) if response.headers["content-type"] == "application/json" else {}
        )
        entry: Json = {
            "method": name,
            "args": args,
            "status": response.status_code,
            "ok": bool(body.get("ok")),
            "error": body.get("error", ""),
            "answer": body,
            "at": self._sandbox.workspace.now().timestamp(),
        }
        self._sandbox.calls.append(entry)
        self._sandbox.workspace.announce("call", method=name)
        return response

    async def _fault(self, name: str) -> Response | None:
        faults = self._sandbox.faults
        slow = faults.strike(FaultKind.SLOW, name)
        if slow:
            await asyncio.sleep(slow.seconds)
        limited = faults.strike(FaultKind.RATE_LIMITED, name)
        if limited:
            return _rate_limited(max(1, int(limited.seconds)))
        if faults.strike(FaultKind.SERVER_ERROR, name):
            return PlainTextResponse("Internal Server Error", 500)
        refused = faults.strike(FaultKind.ERROR, name)
        if refused:
            return JSONResponse({"ok": False, "error": refused.value or "internal_error"})
        return None

    async def _respond(self, name: str, args: Json, token: str) -> Response:
        method = METHODS.get(name)
        if method is None:
            return JSONResponse({"ok": False, "error": "unknown_method", "req_method": name})
        scopes = self._sandbox.scopes()
        headers = self._headers(method, scopes)
        try:
            self._authorise(method, token, scopes)
            wait_s = self._sandbox.limiter.take(name, _limited_place(method, args), method.tier)
            if wait_s:
                return _rate_limited(wait_s)
            answer = method.handler(Call(self._sandbox, name, args, scopes))
            if inspect.isawaitable(answer):
                answer = await answer
        except SlackError as error:
            return JSONResponse({"ok": False, "error": error.code, **error.extra}, headers=headers)
        return JSONResponse({"ok": True, **answer}, headers=headers)

    def _headers(self, method: Method, scopes: list[str]) -> dict[str, str]:
        if method.bearer != "bot":
            return {}
        return {"x-oauth-scopes": ",".join(scopes), "x-accepted-oauth-scopes": ",".join(method.scopes)}

    def _authorise(self, method: Method, token: str, scopes: list[str]) -> None:
        settings = self._sandbox.settings
        if method.bearer == "none":
            return
        if not token:
            raise SlackError("not_authed")
        wanted = settings.bot_token if method.bearer == "bot" else settings.app_token
        if token in (settings.bot_token, settings.app_token) and token != wanted:
            raise SlackError("not_allowed_token_type")
        if token != wanted:
            raise SlackError("invalid_auth")
        missing = [scope for scope in method.scopes if scope not in scopes]
        if missing:
            raise SlackError("missing_scope", needed=missing[0], provided=",".join(scopes))


def _limited_place(method: Method, args: Json) -> str:
    return str(args.get("channel", "")) if method.tier is Tier.POST else ""


def _rate_limited(seconds: int) -> Response:
    return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(seconds)})


def _token(request: Request, args: Json) -> str:
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    return given or str(args.pop("token", "") or "")


async def _arguments(request: Request) -> Json:
    """Query, form or JSON arguments; arguments that are JSON inside a form are decoded."""
    args: Json = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body: Any = await request.json()
        except ValueError:
            body = {}
        return args | (body if isinstance(body, dict) else {})
    async with request.form() as form:
        args |= {key: value for key, value in form.items() if isinstance(value, str)}
    for key in _JSON_ARGUMENTS:
        if isinstance(args.get(key), str) and args[key][:1] in ("{", "["):
            try:
                args[key] = json.loads(args[key])
            except ValueError:
                args[key] = str(args[key])
    return args
