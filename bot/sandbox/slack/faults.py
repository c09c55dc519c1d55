"""The ways Slack can misbehave, each switched on for a number of times or until cleared."""

import itertools
import threading
from dataclasses import asdict, dataclass
from enum import StrEnum

from bot.sandbox.slack.model import Json


class FaultKind(StrEnum):
    LOST_REPLY = "lost_reply"
    """The call takes effect, then the connection is cut before any answer."""
    RATE_LIMITED = "rate_limited"
    """HTTP 429 with Retry-After `seconds`."""
    SERVER_ERROR = "server_error"
    """HTTP 500 without taking effect."""
    SLOW = "slow"
    """The answer comes `seconds` later."""
    ERROR = "error"
    """ok:false with the error named by `value`."""
    NO_DELIVERY = "no_delivery"
    """What would be sent to the app is dropped; `method` is the envelope type ("interactive", ...) or "*"."""
    SLOW_DELIVERY = "slow_delivery"
    """The app gets it `seconds` late, the 3 s have been running since the click."""
    DUPLICATE_DELIVERY = "duplicate_delivery"
    """Events arrive twice."""
    REFUSE_BLOCKS = "refuse_blocks"
    """invalid_blocks for the block types in `value`, comma-separated."""
    REVOKED_SCOPE = "revoked_scope"
    """The scope in `value` is no longer granted."""
    FILE_READY_DELAY = "file_ready_delay"
    """Uploaded files become ready after `seconds` instead of the setting."""
    SHARE_LOST = "share_lost"
    """files.completeUploadExternal answers ok, the file never reaches the channel."""


@dataclass
class Fault:
    """`times` is how often it still strikes; 0 means until it is cleared."""

    id: int
    kind: FaultKind
    method: str = "*"
    value: str = ""
    seconds: float = 1.0
    times: int = 1
    after: int = 0
    """How many matching calls pass unharmed first."""


_STANDING = (FaultKind.REFUSE_BLOCKS, FaultKind.REVOKED_SCOPE, FaultKind.FILE_READY_DELAY)


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._active: list[Fault] = []

    def add(
        self,
        kind: FaultKind,
        method: str = "*",
        value: str = "",
        seconds: float = 1.0,
        times: int | None = None,
        after: int = 0,
    ) -> Fault:
        """Without `times`: standing faults last until cleared, the others strike once."""
        chosen = times if times is not None else (0 if kind in _STANDING else 1)
        fault = Fault(next(self._ids), kind, method, value, seconds, chosen, after)
        with self._lock:
            self._active.append(fault)
        return fault

    def strike(self, kind: FaultKind, method: str) -> Fault | None:
        """The fault that hits this call, used up by one."""
        with self._lock:
            for fault in self._active:
                if fault.kind is kind and fault.method in ("*", method):
                    if fault.after > 0:
                        fault.after -= 1
                        continue
                    self._use_up(fault)
                    return fault
        return None

    def _use_up(self, fault: Fault) -> None:
        if fault.times == 1:
            self._active.remove(fault)
        elif fault.times > 1:
            fault.times -= 1

    def values(self, kind: FaultKind) -> frozenset[str]:
        """What standing faults of this kind name, without using them up."""
        with self._lock:
            named = [fault.value for fault in self._active if fault.kind is kind]
        return frozenset(part.strip() for value in named for part in value.split(",") if part.strip())

    def standing(self, kind: FaultKind) -> Fault | None:
        with self._lock:
            return next((fault for fault in self._active if fault.kind is kind), None)

    def clear(self, fault_id: int | None = None) -> None:
        with self._lock:
            self._active = [f for f in self._active if fault_id is not None and f.id != fault_id]

    def active(self) -> list[Json]:
        with self._lock:
            return [asdict(fault) for fault in self._active]
