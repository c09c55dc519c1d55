"""The bot's processes under the demo: started with an environment, watched, restarted, stopped."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

_RESTART_WAIT_S = 1.0
_STOP_WAIT_S = 10.0


class Processes:
    """Runs `python -m bot <role>` for each role; one that dies is started again, as a platform would do."""

    def __init__(self, roles: Sequence[str], environment: Mapping[str, str], log_dir: Path) -> None:
        self._roles = roles
        self._environment = dict(environment)
        self._log_dir = log_dir
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="processes", daemon=True)

    def start(self) -> None:
        self._log_dir.mkdir(parents=True, exist_ok=True)
        for role in self._roles:
            self._running[role] = self._spawn(role)
        self._watcher.start()

    def pid(self, role: str) -> int:
        """The process id of that role now."""
        return self._running[role].pid

    def log(self, role: str) -> Path:
        return self._log_dir / f"{role}.log"

    def stop(self) -> None:
        """Asks all to end, waits, and ends those that do not."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(_STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(self, role: str) -> subprocess.Popen[bytes]:
        with self.log(role).open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own module, our own arguments
                [sys.executable, "-m", "bot", role],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C goes to the whole group; only the parent acts on it and stops the others in order.
                start_new_session=True,
            )

    def _watch(self) -> None:
        while not self._stopping.wait(_RESTART_WAIT_S):
            for role, process in list(self._running.items()):
                if process.poll() is not None:
                    self._running[role] = self._spawn(role)
