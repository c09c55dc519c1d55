"""The composition root: the only place that makes clients and wires the parts to each other."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import uvicorn
from slack_sdk import WebClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from bot.advice import AlarmAdvice
from bot.alarm_writes import AlarmWrites
from bot.aws.backtest import AwsAlarmReader
from bot.aws.digest import AwsDigest
from bot.aws.inventory import AwsInventory
from bot.aws.options import ReaderOptions
from bot.aws.policy import WRITE_ACTIONS
from bot.aws.reader import AwsReader
from bot.aws.sessions import AwsSessions
from bot.aws.writes import AwsAlarmWriter
from bot.clock import blocking_clock
from bot.core.ports import Clock
from bot.digests import Digests
from bot.incidents import Incidents
from bot.jobs.checking import Checking
from bot.jobs.delivering import Delivering
from bot.jobs.exporting import Exporting
from bot.jobs.noting import Noting
from bot.jobs.upkeep import Upkeep
from bot.jobs.worker import Worker
from bot.logs import configure_logs
from bot.now import FileClock, WallClock
from bot.settings import Settings
from bot.slack.client import make_client
from bot.slack.delivery import SlackDelivery
from bot.slack.identity import Identity, identify
from bot.slack.people import SlackPeople
from bot.slack.rendering import SlackRenderer
from bot.slack.said import read_message
from bot.store.embedded import embedded_server
from bot.store.engine import open_engine
from bot.store.queue import defer
from bot.store.services import StoredInbox, StoredLoadBalancers, StoredOpenIncidents, StoredPins
from bot.store.unit import PostgresStore
from handlers.register import make_app
from handlers.server import make_server
from handlers.services import Services
from handlers.socket import SocketMode
from runbooks import Content, load

LATER_THREADS = 16
# Measured: more connections than this make 200 clicks at once slower, not faster.
WEB_POOL = 8


@dataclass(frozen=True)
class Aws:
    """One account's edge."""

    sessions: AwsSessions
    inventory: AwsInventory
    reader: AwsReader
    digest: AwsDigest
    alarms: AwsAlarmReader


def aws_for(settings: Settings, clock: Clock, regions: Sequence[str] = ()) -> Aws:
    """The AWS edge of these settings, or of other regions."""
    sessions = AwsSessions(regions or settings.regions, role_arn=settings.assume_role_arn or None)
    inventory = AwsInventory(sessions)
    options = ReaderOptions(settings.log_groups, settings.terraform_dir, settings.cloudformation_dir)
    return Aws(
        sessions,
        inventory,
        AwsReader(sessions, clock.now, options=options),
        AwsDigest(sessions, inventory),
        AwsAlarmReader(sessions),
    )


def clock_for(settings: Settings) -> Clock:
    """The wall clock; the sandbox's when a clock file is set."""
    return FileClock(settings.clock_file) if settings.clock_file else WallClock()


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """DATABASE_URL, or the embedded server in the data directory for as long as the block runs."""
    if settings.database_url:
        yield settings.database_url
    else:
        with embedded_server(settings.data_dir) as url:
            yield url


@dataclass(frozen=True)
class Base:
    """What every process of the bot starts from."""

    settings: Settings
    clock: Clock
    content: Content
    engine: Engine
    store: PostgresStore
    client: WebClient
    identity: Identity
    database_url: str

    def incidents(self) -> Incidents:
        return Incidents(
            self.store,
            self.clock,
            self.content.runbooks,
            self.content.checks,
            self.content.causes,
            allowed_channels=self.settings.allowed_channels,
            language=self.settings.language,
        )

    def advice(self, aws: Aws) -> AlarmAdvice:
        return AlarmAdvice(self.store, self.clock, aws.alarms, language=self.settings.language)

    def alarm_writes(self, incidents: Incidents) -> AlarmWrites:
        """Off unless ALLOW_WRITES names it; then with a session of its own that can do nothing else."""
        allowed = self.settings.allow_writes
        writer = None
        if allowed:
            role = self.settings.assume_role_arn or None
            writer = AwsAlarmWriter(AwsSessions(self.settings.regions, role_arn=role, allowed=WRITE_ACTIONS))
        return AlarmWrites(self.store, self.clock, incidents, writer, allowed)

    def digests(self, aws: Aws) -> Digests:
        return Digests(self.store, self.clock, aws.digest, language=self.settings.language)


@contextmanager
def base(settings: Settings, pool_size: int) -> Iterator[Base]:
    """Logs, content, database and who we are in Slack."""
    configure_logs(settings)
    with database(settings) as url:
        engine = open_engine(url, pool_size)
        client = make_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        try:
            yield Base(
                settings,
                clock_for(settings),
                load(),
                engine,
                PostgresStore(engine),
                client,
                identify(client),
                url,
            )
        finally:
            engine.dispose()


def run_web(settings: Settings) -> None:
    """Receives from Slack until a signal: Socket Mode beside a small health server, or signed HTTP."""
    with base(settings, WEB_POOL) as on, ThreadPoolExecutor(LATER_THREADS, "later") as later:
        people = SlackPeople(on.client)
        later.submit(people.refresh_groups)
        aws, incidents = aws_for(settings, on.clock), on.incidents()
        services = Services(
            incidents=incidents,
            digests=on.digests(aws),
            alarms=on.advice(aws),
            alarm_writes=on.alarm_writes(incidents),
            load_balancers=StoredLoadBalancers(on.engine),
            inbox=StoredInbox(on.engine),
            pins=StoredPins(on.engine),
            people=people,
            open_incidents=StoredOpenIncidents(on.engine),
            content=on.content,
            clock=on.clock,
            workspace_url=on.identity.url,
            later=later.submit,
        )
        secret = settings.slack_signing_secret.get_secret_value()
        app = make_app(on.client, secret, on.identity, services)
        if not settings.socket_mode:
            _serve(settings, make_server(partial(_missing, on.engine, None), app))
            return
        socket = SocketMode(app, settings.slack_app_token.get_secret_value())
        socket.start()
        try:
            _serve(settings, make_server(partial(_missing, on.engine, socket)))
        finally:
            socket.stop()


def run_worker(settings: Settings) -> None:
    """Runs jobs until a signal."""
    with base(settings, settings.workers + 4) as on:
        aws, incidents = aws_for(settings, on.clock), on.incidents()
        aws.sessions.warm()
        renderer = SlackRenderer(on.content, on.identity.url)
        delivering = Delivering(on.engine, incidents, renderer, SlackDelivery(on.client), defer)
        Worker(
            on.database_url,
            Checking(on.engine, incidents, on.content.runbooks, on.content.checks, aws.reader),
            delivering,
            Upkeep(on.engine, on.clock, aws.inventory, delivering, defer),
            on.digests(aws),
            Noting(incidents, partial(read_message, on.client)),
            Exporting(on.engine, incidents, on.content),
            on.advice(aws),
            on.alarm_writes(incidents),
            concurrency=settings.workers,
        ).run()


def run_clock(settings: Settings) -> None:
    """Rings until a signal. The digests of the settings are written to their channels first."""
    with base(settings, 2) as on:
        digests = on.digests(aws_for(settings, on.clock))
        for wanted in settings.digest_times:
            digests.configure(on.identity.team, wanted.channel, wanted.hour, wanted.time_zone, on=True)
        scheduler = blocking_clock(digests.ring, settings.ring_every_s)
        signal.signal(signal.SIGTERM, lambda *_: scheduler.shutdown(wait=False))  # type: ignore[no-untyped-call]
        scheduler.start()  # type: ignore[no-untyped-call]


def _serve(settings: Settings, app: Starlette) -> None:
    uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False)


def _missing(engine: Engine, socket: SocketMode | None) -> str:
    """What keeps the process from working, '' when nothing does."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "database"
    return "" if socket is None or socket.hears() else "socket"
