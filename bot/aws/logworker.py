"""Inflates and counts log objects: inline for little, as a process (`-m bot.aws.logworker`) for much.

The process knows neither AWS nor files: it is handed bytes on standard input and answers with counts. It
must stay light, so this module imports no boto3.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from isal import igzip_lib

from bot.core.accesslog.scan import LogKind, LogScan
from bot.core.accesslog.tally import Tally

BLOCK_BYTES = 2**20
Ending = Literal["whole", "aborted"]
# isal's type information calls its exception an instance.
_DAMAGED = cast(type[Exception], igzip_lib.IsalError)
_FRAME = struct.Struct(">cI")


class Inflater:
    """Gunzips a stream of any number of members, a block at a time; keeps what a cut file still gives."""

    def __init__(self) -> None:
        self._member: Any = None
        self._broken = False

    @property
    def cut(self) -> bool:
        """Whether the stream ended inside a member, or went on with something that is not gzip."""
        return self._broken or self._member is not None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes of the file hold."""
        while not self._broken:
            if self._member is None:
                data = data.lstrip(b"\0")  # members may be padded
                if not data:
                    return
                self._member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
            try:
                inflated = self._member.decompress(data, BLOCK_BYTES)
            except _DAMAGED:
                self._broken = True
                return
            if inflated:
                yield inflated
            data = b""
            if self._member.eof:
                data, self._member = self._member.unused_data, None
            elif self._member.needs_input:
                return


class ObjectScanner:
    """Counts objects one after the other, each kind of log in its own tally. `minutes` bound the window."""

    def __init__(self, minutes: tuple[str, str]) -> None:
        self._minutes = minutes
        self._scans: dict[LogKind, LogScan] = {}
        self._current: LogScan | None = None
        self._inflater: Inflater | None = None
        self._key = ""
        self.cut: list[str] = []

    @property
    def tallies(self) -> dict[LogKind, Tally]:
        return {kind: scan.tally for kind, scan in self._scans.items()}

    def begin(self, kind: LogKind, key: str, node: str, is_gzip: bool) -> None:
        """The object that the next bytes are of."""
        self._current = self._scans.setdefault(kind, LogScan(kind, *self._minutes))
        self._current.begin(node)
        self._key, self._inflater = key, Inflater() if is_gzip else None

    def feed(self, data: bytes) -> None:
        """The object's next bytes, as stored."""
        if self._current is None:
            raise RuntimeError("no object was begun")
        for block in self._inflater.feed(data) if self._inflater else (data,):
            self._current.feed(block)

    def end(self, ending: Ending) -> None:
        """The object is over; `aborted` when the rest of it could not be fetched."""
        if self._current is None:
            raise RuntimeError("no object was begun")
        cut = ending == "aborted" or (self._inflater is not None and self._inflater.cut)
        if cut:
            self.cut.append(self._key)
        self._current.finish(cut=cut)


def frame(name: bytes, body: bytes = b"") -> bytes:
    """One message to the process: `W` window, `O` object, `D` data, `E` end, `X` aborted."""
    return _FRAME.pack(name, len(body)) + body


def serve(inbox: BinaryIO, outbox: BinaryIO) -> None:
    """Counts what arrives until `inbox` closes, then answers once, in JSON."""
    scanner = ObjectScanner(("", ""))
    while head := inbox.read(_FRAME.size):
        name, length = _FRAME.unpack(head)
        body = inbox.read(length)
        match name:
            case b"W":
                scanner = ObjectScanner(tuple(json.loads(body)))
            case b"O":
                kind, key, node, is_gzip = json.loads(body)
                scanner.begin(LogKind(kind), key, node, is_gzip)
            case b"D":
                scanner.feed(body)
            case _:
                scanner.end("aborted" if name == b"X" else "whole")
    answer = {
        "tallies": {kind.value: tally.as_json() for kind, tally in scanner.tallies.items()},
        "cut": scanner.cut,
        "peak_memory_bytes": peak_memory_bytes(),
    }
    outbox.write(json.dumps(answer).encode())
    outbox.flush()


def peak_memory_bytes() -> int:
    """The most resident memory this program has used."""
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage would count the parent's memory: Linux carries it over from before exec.
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
