"""Socket Mode: the connection Slack's requests come through, and the watch over it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler

from bot.slack.client import NO_CONNECTION

log = structlog.get_logger(__name__)

THREADS = 32
"""More than listeners are ever busy at once: a click that waits in line is a click Slack calls lost."""

PING_S = 5.0
DEAF_S = 20.0
"""Without a pong for this long the connection is dead, whatever its state says (SLACK.md, complaints)."""


class SocketMode:
    """Connects, reconnects when Slack asks for it, and once more when nothing is heard any more."""

    def __init__(self, app: App, app_token: str, clock_s: Callable[[], float] = time.time) -> None:
        self._clock_s = clock_s
        self._handler = SocketModeHandler(app, app_token, ping_interval=PING_S, concurrency=THREADS)
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._watching, name="socket-watch", daemon=True)

    def start(self) -> None:
        """Returns when the first connection stands; SlackApiError for a bad token."""
        self._handler.connect()  # type: ignore[no-untyped-call]
        self._watch.start()

    def stop(self) -> None:
        """Takes no more requests; listeners that run are waited for."""
        self._stopping.set()
        if self._watch.is_alive():
            self._watch.join()
        self._handler.close()  # type: ignore[no-untyped-call]

    def hears(self) -> bool:
        """Whether the connection answered a ping within the last seconds."""
        session = self._handler.client.current_session
        if session is None or not session.is_active():
            return False
        last = session.last_ping_pong_time
        return last is None or self._clock_s() - last < DEAF_S

    def _watching(self) -> None:
        while not self._stopping.wait(DEAF_S / 2):
            if self.hears():
                continue
            log.warning("socket is deaf, connecting anew")
            try:
                self._handler.client.connect_to_new_endpoint(force=True)
            except NO_CONNECTION as error:
                log.warning("no new socket yet", error=str(error))
