"""files.*: the three-step upload, which Slack completes some time after it has answered ok."""

import mimetypes

from bot.sandbox.slack import seed
from bot.sandbox.slack.faults import FaultKind
from bot.sandbox.slack.methods.table import Call, MethodTable
from bot.sandbox.slack.model import FileEntry, Json, SlackError
from bot.sandbox.slack.rate_limits import Tier
from bot.sandbox.slack.sandbox import Sandbox
from bot.sandbox.slack.shapes import file_json

METHODS = MethodTable()


@METHODS.add("files.getUploadURLExternal", "files:write", tier=Tier.T4)
def upload_url(call: Call) -> Json:
    length = call.number("length", 0)
    if length <= 0:
        raise SlackError("invalid_arguments")
    file = new_file(call.sandbox, call.required("filename"), length, seed.BOT_USER_ID)
    file.alt_text = call.text("alt_txt")
    return {"upload_url": f"{call.sandbox.base_url}/upload/v1/{file.id}", "file_id": file.id}


def new_file(sandbox: Sandbox, name: str, size: int, user: str) -> FileEntry:
    workspace = sandbox.workspace
    file = FileEntry(workspace.next_id("F"), name, size, user, int(workspace.now().timestamp()))
    file.mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    workspace.files[file.id] = file
    return file


@METHODS.add("files.completeUploadExternal", "files:write", tier=Tier.T4)
def complete(call: Call) -> Json:
    listed = call.args.get("files")
    if not isinstance(listed, list) or not listed:
        raise SlackError("invalid_arguments")
    files = [_uploaded(call, entry) for entry in listed]
    channels = [c for c in (call.text("channels") or call.text("channel_id")).split(",") if c]
    thread_ts = call.text("thread_ts")
    targets = [_target(call, channel, thread_ts) for channel in channels]
    lost = any(file.alt_text for file in files) or call.sandbox.faults.strike(
        FaultKind.SHARE_LOST, call.method
    )
    blocks = (
        [] if call.text("initial_comment") else call.sandbox.posting.checked_blocks(call.args.get("blocks"))
    )
    text = call.text("initial_comment")
    for file in files:
        file.completed = True
    delay = call.sandbox.faults.standing(FaultKind.FILE_READY_DELAY)
    wait_s = delay.seconds if delay else call.sandbox.settings.file_ready_delay_s
    call.sandbox.later(
        wait_s, lambda: _settle(call.sandbox, files, [] if lost else targets, thread_ts, text, blocks)
    )
    return {"files": [{**file_json(file, call.sandbox.base_url), "title": file.title} for file in files]}


def _uploaded(call: Call, entry: Json) -> FileEntry:
    file = call.sandbox.workspace.files.get(str(entry.get("id")))
    if file is None or not file.uploaded or file.completed:
        raise SlackError("file_not_found")
    file.title = str(entry.get("title") or file.name)
    return file


def _target(call: Call, name: str, thread_ts: str) -> str:
    call.args["channel"] = name
    channel = call.channel(member=True)
    if channel.is_archived:
        raise SlackError("is_archived")
    if thread_ts and call.sandbox.workspace.message(channel.id, thread_ts).is_reply:
        raise SlackError("invalid_thread_ts")
    return channel.id


def _settle(
    sandbox: Sandbox,
    files: list[FileEntry],
    channels: list[str],
    thread_ts: str,
    text: str,
    blocks: list[Json],
) -> None:
    """What Slack does after it has answered: the files become usable and appear where they are shared."""
    for file in files:
        file.ready = True
    for channel in channels:
        message = sandbox.posting.by_app(
            channel,
            text,
            blocks,
            thread_ts=thread_ts,
            files=[file.id for file in files],
            subtype="file_share",
        )
        for file in files:
            file.shares.setdefault(channel, []).append(message.ts)
    sandbox.workspace.announce("files", files=[file.id for file in files])


@METHODS.add("files.info", "files:read", tier=Tier.T4)
def show_file(call: Call) -> Json:
    file = call.sandbox.workspace.files.get(call.required("file", "file_not_found"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return {"file": file_json(file, call.sandbox.base_url), "comments": []}


@METHODS.add("files.delete", "files:write")
def delete_file(call: Call) -> Json:
    workspace = call.sandbox.workspace
    file = workspace.files.get(call.required("file", "file_not_found"))
    if file is None:
        raise SlackError("file_not_found")
    if file.user != seed.BOT_USER_ID:
        raise SlackError("cant_delete_file")
    del workspace.files[file.id]
    workspace.contents.pop(file.id, None)
    workspace.announce("files", files=[file.id])
    return {}
