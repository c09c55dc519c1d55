"""The app's other addresses: file uploads, private file URLs and response URLs."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.sandbox.slack.model import SlackError
from bot.sandbox.slack.sandbox import Sandbox

_STATUS = {"used_url": 404, "expired_url": 404, "invalid_url": 404}


class SideDoors:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def upload(self, request: Request) -> Response:
        """Step two of an upload: the bytes, raw or as a form's file."""
        workspace = self._sandbox.workspace
        file = workspace.files.get(request.path_params["file_id"])
        if file is None or file.uploaded:
            return PlainTextResponse("no such upload", 404)
        if request.headers.get("content-type", "").startswith("multipart/"):
            async with request.form() as form:
                parts = [await part.read() for part in form.values() if not isinstance(part, str)]
            content = parts[0] if parts else b""
        else:
            content = await request.body()
        if len(content) != file.size:
            return PlainTextResponse("the length does not match", 400)
        workspace.contents[file.id] = content
        file.uploaded = True
        return PlainTextResponse(f"OK - {file.size}")

    async def private_file(self, request: Request) -> Response:
        """url_private: only with the bot's token."""
        settings, workspace = self._sandbox.settings, self._sandbox.workspace
        file = workspace.files.get(request.path_params["file_id"])
        if file is None or file.id not in workspace.contents:
            return PlainTextResponse("not found", 404)
        if request.headers.get("authorization") != f"Bearer {settings.bot_token}":
            return PlainTextResponse("sign in first", 403)
        return Response(workspace.contents[file.id], media_type=file.mimetype)

    async def response_url(self, request: Request) -> Response:
        sandbox = self._sandbox
        try:
            body = json.loads(await request.body() or b"{}")
            sandbox.posting.respond(sandbox.response_urls.redeem(request.path_params["key"]), body)
        except SlackError as error:
            return JSONResponse(
                {"ok": False, "error": error.code, **error.extra}, _STATUS.get(error.code, 400)
            )
        except ValueError:
            return JSONResponse({"ok": False, "error": "invalid_payload"}, 400)
        return JSONResponse({"ok": True})
