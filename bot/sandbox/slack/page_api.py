"""/sandbox/...: what a person can see and do, as JSON, for the page and for tests."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.sandbox.slack import seed
from bot.sandbox.slack.changes import Changes
from bot.sandbox.slack.interactions import Place
from bot.sandbox.slack.methods.files import new_file
from bot.sandbox.slack.model import Channel, Json, Message, SlackError, User
from bot.sandbox.slack.plain_text import PlainText
from bot.sandbox.slack.sandbox import Sandbox
from bot.sandbox.slack.seen import Seen

Answer = Callable[[Request], Awaitable[Response]]
_SAFE_TO_SHOW = ("image/png", "image/jpeg", "image/gif", "image/webp", "text/plain", "application/json")


class PageApi:
    def __init__(self, sandbox: Sandbox, changes: Changes) -> None:
        self._sandbox = sandbox
        self._workspace = sandbox.workspace
        self._seen = Seen(sandbox)
        self._plain = PlainText(sandbox.workspace)
        self._changes = changes

    def routes(self) -> list[Route]:
        reads: dict[str, Callable[[Request], Any]] = {
            "workspace": lambda r: self._seen.workspace(self._user(r)),
            "messages": self._messages,
            "views": lambda r: {"views": self._seen.views(self._user(r))},
            "home": lambda r: {"view": self._seen.home(self._user(r))},
            "notices": lambda r: {
                "notices": self._seen.notices(self._user(r), int(r.query_params.get("after", 0)))
            },
        }
        writes: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "send": self._send,
            "slash": self._slash,
            "act": self._act,
            "options": self._options,
            "submit": self._submit,
            "close": self._close,
            "shortcut": self._shortcut,
            "react": self._react,
            "read": self._read,
            "join": self._join,
            "home/open": self._open_home,
            "channels/archive": self._archive,
        }
        return [
            *[Route(f"/sandbox/{name}", _get(read), methods=["GET"]) for name, read in reads.items()],
            *[Route(f"/sandbox/{name}", _post(write), methods=["POST"]) for name, write in writes.items()],
            Route("/sandbox/thread", self._thread, methods=["GET"]),
            Route("/sandbox/upload", self._upload, methods=["POST"]),
            Route("/sandbox/files/{file_id}/{name:path}", self._file, methods=["GET"]),
            Route("/sandbox/stream", self._changes.stream, methods=["GET"]),
            Route("/sandbox/changes", self._changes.poll, methods=["GET"]),
        ]

    def _user(self, request: Request) -> User:
        return self._workspace.user(request.query_params.get("user", "ana"))

    def _channel(self, user: User, name: str) -> Channel:
        wanted = (
            self._workspace.direct(user.id)
            if name in ("dm", "@alb_incident")
            else self._workspace.channel(name)
        )
        if not self._seen.may_see(user, wanted):
            raise SlackError("channel_not_found")
        return wanted

    def _messages(self, request: Request) -> Json:
        user = self._user(request)
        channel = self._channel(user, request.query_params.get("channel", ""))
        thread_ts = request.query_params.get("thread_ts", "")
        found = (
            self._seen.thread(user, channel, thread_ts) if thread_ts else self._seen.messages(user, channel)
        )
        return {"channel": self._seen.channel(user, channel), "messages": found}

    async def _thread(self, request: Request) -> Response:
        """A thread (with `ts`) or a whole channel; `as=text` for plain text."""
        try:
            user = self._user(request)
            channel = self._channel(user, request.query_params.get("channel", ""))
            ts = request.query_params.get("ts", "")
            found = self._seen.thread(user, channel, ts) if ts else self._seen.messages(user, channel)
        except SlackError as error:
            return _refusal(error)
        if request.query_params.get("as") == "text":
            return PlainTextResponse(self._plain.messages(found))
        return JSONResponse({"messages": found})

    async def _send(self, body: Json) -> Json:
        """A message; one that starts with a declared command's name is that command."""
        user = self._workspace.user(body["user"])
        channel = self._channel(user, body["channel"])
        text, thread_ts = str(body["text"]), str(body.get("thread_ts") or "")
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            return await self._sandbox.interactions.slash(user, channel.id, command, rest.strip(), thread_ts)
        if channel.is_archived:
            raise SlackError("is_archived")
        message = self._sandbox.posting.by_user(user, channel.id, text, thread_ts)
        self._workspace.mark_read(user.id, channel.id)
        return {"ok": True, "ts": message.ts, "channel": channel.id}

    async def _slash(self, body: Json) -> Json:
        user = self._workspace.user(body["user"])
        channel = self._channel(user, body["channel"])
        command, text = str(body["command"]), str(body.get("text", ""))
        return await self._sandbox.interactions.slash(user, channel.id, command, text)

    def _place(self, user: User, body: Json) -> Place:
        if body.get("view_id"):
            return Place(view=self._sandbox.modals.find(str(body["view_id"])))
        return Place(message=self._visible_message(user, body))

    def _visible_message(self, user: User, body: Json) -> Message:
        channel = self._channel(user, str(body["channel"]))
        message = self._workspace.message(channel.id, str(body["ts"]))
        if message.ephemeral_to not in ("", user.id):
            raise SlackError("message_not_found")
        return message

    async def _act(self, body: Json) -> Json:
        user = self._workspace.user(body["user"])
        return await self._sandbox.interactions.act(
            user,
            self._place(user, body),
            str(body["action_id"]),
            str(body.get("block_id") or ""),
            body.get("value"),
            body.get("state"),
        )

    async def _options(self, body: Json) -> Json:
        user = self._workspace.user(body["user"])
        block_id = str(body.get("block_id") or "")
        place = self._place(user, body)
        suggestions = self._sandbox.interactions.suggestions
        return await suggestions.ask(
            user, place, str(body["action_id"]), block_id, str(body.get("query", ""))
        )

    async def _submit(self, body: Json) -> Json:
        user = self._workspace.user(body["user"])
        return await self._sandbox.interactions.submit(user, str(body["view_id"]), body.get("values") or {})

    async def _close(self, body: Json) -> Json:
        user = self._workspace.user(body["user"])
        return await self._sandbox.interactions.close(user, str(body["view_id"]), bool(body.get("all")))

    async def _shortcut(self, body: Json) -> Json:
        user = self._workspace.user(body["user"])
        message = self._visible_message(user, body) if body.get("ts") else None
        return await self._sandbox.interactions.shortcut(user, str(body["callback_id"]), message)

    async def _react(self, body: Json) -> Json:
        """Toggles, as a click on a reaction does."""
        user = self._workspace.user(body["user"])
        message = self._visible_message(user, body)
        name = str(body["name"]).strip(":")
        if user.id in message.reactions.get(name, []):
            self._workspace.unreact(message, user.id, name)
        else:
            self._workspace.react(message, user.id, name)
        return {"ok": True}

    async def _read(self, body: Json) -> Json:
        user = self._workspace.user(body["user"])
        self._workspace.mark_read(user.id, self._channel(user, str(body["channel"])).id)
        return {"ok": True}

    async def _join(self, body: Json) -> Json:
        """Adds `member` (the app by default) to a channel, as /invite does."""
        user = self._workspace.user(body["user"])
        member = self._workspace.user(str(body.get("member", seed.BOT_USER_ID)))
        self._workspace.join(self._channel(user, str(body["channel"])), member.id)
        return {"ok": True}

    async def _archive(self, body: Json) -> Json:
        channel = self._workspace.channel(str(body["channel"]))
        channel.is_archived = bool(body.get("archived", True))
        self._workspace.announce("channel", channel=channel.id)
        return {"ok": True}

    async def _open_home(self, body: Json) -> Json:
        self._sandbox.events.home_opened(self._workspace.user(body["user"]).id)
        return {"ok": True}

    async def _upload(self, request: Request) -> Response:
        """A file shared by a person, with an optional comment. A form, so other sites' pages are refused."""
        if request.headers.get("origin", str(request.base_url)).rstrip("/") != str(request.base_url).rstrip(
            "/"
        ):
            return JSONResponse({"ok": False, "error": "other_origin"}, 403)
        try:
            async with request.form() as form:
                user = self._workspace.user(str(form["user"]))
                channel = self._channel(user, str(form["channel"]))
                part = form["file"]
                content = b"" if isinstance(part, str) else await part.read()
                name = "file" if isinstance(part, str) else part.filename or "file"
                text, thread_ts = str(form.get("text") or ""), str(form.get("thread_ts") or "")
        except SlackError as error:
            return _refusal(error)
        file = new_file(self._sandbox, name, len(content), user.id)
        file.uploaded = file.completed = file.ready = True
        self._workspace.contents[file.id] = content
        message = self._sandbox.posting.by_user(user, channel.id, text, thread_ts, [file.id])
        file.shares[channel.id] = [message.ts]
        return JSONResponse({"ok": True, "ts": message.ts, "file": asdict(file)})

    async def _file(self, request: Request) -> Response:
        file = self._workspace.files.get(request.path_params["file_id"])
        if file is None or file.id not in self._workspace.contents:
            return PlainTextResponse("not found", 404)
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        if file.mimetype not in _SAFE_TO_SHOW or "download" in request.query_params:
            headers["Content-Disposition"] = "attachment"
        return Response(self._workspace.contents[file.id], media_type=file.mimetype, headers=headers)


def _refusal(error: SlackError) -> Response:
    return JSONResponse({"ok": False, "error": error.code, **error.extra}, 400)


def _get(read: Callable[[Request], Any]) -> Answer:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(read(request))
        except SlackError as error:
            return _refusal(error)

    return endpoint


def _post(write: Callable[[Json], Awaitable[Json]]) -> Answer:
    """Only JSON bodies: another site's page cannot send those here without being asked (CORS)."""

    async def endpoint(request: Request) -> Response:
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"ok": False, "error": "json_only"}, 415)
        try:
            return JSONResponse(await write(await request.json()))
        except SlackError as error:
            return _refusal(error)
        except KeyError as error:
            return JSONResponse({"ok": False, "error": "missing_argument", "argument": error.args[0]}, 400)
        except json.JSONDecodeError:
            return JSONResponse({"ok": False, "error": "invalid_json"}, 400)
        except asyncio.CancelledError:
            raise

    return endpoint
