"""The whole product on one machine: a local Slack, an emulated AWS, PostgreSQL, the bot's processes."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.now import FileClock
from bot.sandbox.aws.estate import ACCOUNT_ID, REGION, Estate
from bot.sandbox.aws.server import SandboxAws
from bot.sandbox.controls import ALARM_CHANNEL, SandboxControls
from bot.sandbox.processes import Processes
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.settings import APP_TOKEN, BOT_TOKEN, Command, Settings, Shortcut
from bot.store import inventory
from bot.store.embedded import embedded_server
from bot.store.engine import open_engine
from bot.store.schema import migrate

ROLES = ("web", "worker", "clock")
DIGEST_HOUR = 8
READY_WITHIN_S = 60
# As in manifest.yaml: a workspace sends an app only the events it asked for.
EVENTS = ("app_home_opened", "app_mention", "reaction_added")
COMMAND = Command(
    "/alb-incident", "Walk through a load-balancer incident", "[NAME [HH:MM] [60m]] | help | status | digest"
)
SHORTCUT = Shortcut("add_to_timeline", "Add to incident timeline", "message")


class PortTaken(Exception):
    """Another program listens on the address the demo should have."""


class NotReady(Exception):
    """The bot's processes did not come up."""


class Demo:
    """A context manager: all is up when it is entered and down when it is left; state stays in `data_dir`.

    The emulated estate is rebuilt around the same instant at every start, so that threads and AWS agree. Two
    demos in one process need two accounts.
    """

    def __init__(
        self, data_dir: Path, port: int = 0, rate_limits: bool = True, account_id: str = ACCOUNT_ID
    ) -> None:
        self.data_dir = data_dir.resolve()
        self._port = port
        self._strict = rate_limits
        self._account_id = account_id
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.clock = FileClock(self.data_dir / "clock")
        self.slack = self._slack()
        self.database_url = self._stack.enter_context(embedded_server(self.data_dir))
        migrate(self.database_url)
        self.estate = Estate(anchor=self._anchor(), now=self.clock.now, account_id=self._account_id)
        self.aws = SandboxAws(self.estate)
        self.aws_url = self.aws.start()
        self._stack.callback(self.aws.stop)
        self.slack.use_controls(SandboxControls(self.estate, self.slack.workspace, self.clock, DIGEST_HOUR))
        self.url = self.slack.start()
        self._stack.callback(self.slack.stop)
        self.processes = Processes(ROLES, self.environment(), self.data_dir / "log")
        self._stack.callback(self.processes.stop)
        self.processes.start()
        self._await_bot()

    def _await_bot(self) -> None:
        """Until the bot is connected and knows the load balancers: what is called ready can be used."""
        until = time.monotonic() + READY_WITHIN_S
        engine = open_engine(self.database_url, 1)
        try:
            while time.monotonic() < until:
                with engine.connect() as connection:
                    if self.slack.sandbox.sockets.connections and inventory.names(connection):
                        return
                time.sleep(0.05)
        finally:
            engine.dispose()
        log = self.processes.log("worker")
        raise NotReady(f"The bot did not start within {READY_WITHIN_S} s. See {log}.")

    def wait(self) -> None:
        """Until Ctrl-C or a polite signal."""
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        stop.wait()

    def _slack(self) -> SandboxSlack:
        """Takes the port first, so that a taken one is told before anything else is started."""
        slack = SandboxSlack(
            Settings(
                now=self.clock.now,
                state_path=self.data_dir / "slack" / "workspace.json",
                commands=(COMMAND,),
                shortcuts=(SHORTCUT,),
                events=EVENTS,
                rate_limits="real" if self._strict else "off",
            )
        )
        try:
            slack.bind(port=self._port)
        except OSError as error:
            raise PortTaken(
                f"Port {self._port} is taken. Choose another: make demo PORT={self._port + 1}"
            ) from error
        return slack

    def _anchor(self) -> datetime:
        kept = self.data_dir / "anchor"
        if not kept.is_file():
            kept.write_text(datetime.now(UTC).replace(microsecond=0).isoformat(), encoding="ascii")
        return datetime.fromisoformat(kept.read_text(encoding="ascii"))

    def environment(self) -> dict[str, str]:
        """What the bot's processes see: the same variables a real workspace and account would set."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SLACK_"))}
        return plain | {
            "DATABASE_URL": self.database_url,
            "DATA_DIR": str(self.data_dir),
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "DIGESTS": f"{self.slack.workspace.channel(ALARM_CHANNEL).id}={DIGEST_HOUR:02d}:00 Europe/Berlin",
            "CLOCK_FILE": str(self.data_dir / "clock"),
            "RING_EVERY_S": "5",
            "PORT": "0",
        }


def forget(data_dir: Path) -> None:
    """Removes the demo's state: a fresh start."""
    shutil.rmtree(data_dir, ignore_errors=True)
