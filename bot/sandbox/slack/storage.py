"""Saves the workspace to a JSON file beside its uploaded files, and restores it at the next start."""

import json
import os
import threading
from dataclasses import asdict
from pathlib import Path

from bot.sandbox.slack.model import Channel, ChannelKind, FileEntry, Json, Message, View
from bot.sandbox.slack.workspace import Workspace

DEBOUNCE_S = 0.5


def files_folder(path: Path) -> Path:
    return path.with_suffix(".files")


def save(workspace: Workspace, path: Path) -> None:
    """Atomic: a reader sees the old file or the new one. Ephemerals, modals and notices are not kept."""
    with workspace.lock:
        text = json.dumps(_snapshot(workspace), ensure_ascii=False)
        contents = dict(workspace.contents)
    folder = files_folder(path)
    folder.mkdir(parents=True, exist_ok=True)
    for file_id, content in contents.items():
        if not (folder / file_id).exists():
            _write(folder / file_id, content)
    for stale in {entry.name for entry in folder.iterdir()} - set(contents):
        (folder / stale).unlink()
    _write(path, text.encode())


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def _snapshot(workspace: Workspace) -> Json:
    return {
        "counters": workspace.counters(),
        "channels": [asdict(channel) for channel in workspace.channels.values()],
        "messages": [asdict(m) for ms in workspace.messages.values() for m in ms if not m.ephemeral_to],
        "files": [asdict(file) for file in workspace.files.values()],
        "homes": [asdict(view) for view in workspace.homes.values()],
        "last_read": workspace.last_read,
    }


def load(workspace: Workspace, path: Path) -> bool:
    """False when there is nothing to restore."""
    if not path.exists():
        return False
    known = json.loads(path.read_text())
    with workspace.lock:
        workspace.restore_counters(*known["counters"])
        for entry in known["channels"]:
            channel = Channel(**{**entry, "kind": ChannelKind(entry["kind"])})
            workspace.channels[channel.id] = channel
            workspace.messages.setdefault(channel.id, [])
        for entry in known["messages"]:
            workspace.messages[entry["channel"]].append(Message(**entry))
        for entry in known["files"]:
            _load_file(workspace, FileEntry(**{**entry, "ready": entry["completed"]}), files_folder(path))
        workspace.homes = {entry["user"]: View(**entry) for entry in known["homes"]}
        workspace.last_read = known["last_read"]
    return True


def _load_file(workspace: Workspace, file: FileEntry, folder: Path) -> None:
    stored = folder / file.id
    workspace.files[file.id] = file
    workspace.contents[file.id] = stored.read_bytes() if stored.exists() else b""


class Saver:
    """Saves a short while after the last change, and once more when closed."""

    def __init__(self, workspace: Workspace, path: Path) -> None:
        self._workspace = workspace
        self._path = path
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-slack-saver", daemon=True)
        workspace.subscribers.append(self._on_change)
        self._thread.start()

    def _on_change(self, change: Json) -> None:
        if change["kind"] not in ("call", "delivery", "sockets"):
            self._changed.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._changed.wait()
            if self._stopping.wait(DEBOUNCE_S):
                return
            self._changed.clear()
            save(self._workspace, self._path)

    def close(self) -> None:
        self._stopping.set()
        self._changed.set()
        self._thread.join()
        self._workspace.subscribers.remove(self._on_change)
        save(self._workspace, self._path)
