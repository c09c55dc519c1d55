"""Clicks: how soon they are acknowledged while no worker works, and how soon the first evidence is there."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
import psutil  # type: ignore[import-untyped]

from bot.incidents import Incidents, OpenRequest
from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Driver
from bot.sandbox.slack.settings import SIGNING_SECRET
from bot.slack.blocks.controls import ANSWER, Press
from bot.store.engine import open_engine
from bot.store.unit import PostgresStore
from runbooks import load
from tests.scenario.play import alarm_at, opened

CLICKS = 200
BLOCKED_S = 5.0
ACK_WITHIN_S = 3.0
GOAL_P99_MS = 300
TEAM, CHANNEL = "T0SANDBOX", "C0INCIDENTS"
QUESTIONS = ("infra_changed", "app_changed", "aws_trouble")


@dataclass(frozen=True)
class Acks:
    """Milliseconds from click to acknowledgement; `lost` were not acknowledged within 3 s."""

    clicks: int
    lost: int
    median_ms: float
    p99_ms: float
    cpu_ms: float


def clicks_while_blocked(demo: Demo) -> Acks:
    """200 answers at once, each a signed request to a `web` process of its own; the worker is stopped."""
    with _stopped(demo.processes.pid("worker"), BLOCKED_S), _web(demo) as (port, process):
        presses = _presses(demo)
        before = _cpu_s(process.pid)
        taken = asyncio.run(_click_all(port, presses))
        cpu_s = _cpu_s(process.pid) - before
    acked = sorted(seconds for seconds in taken if seconds is not None)
    if not acked:
        raise RuntimeError("no click was acknowledged")
    return Acks(
        clicks=len(taken),
        lost=sum(seconds is None or seconds > ACK_WITHIN_S for seconds in taken),
        median_ms=statistics.median(acked) * 1000,
        p99_ms=acked[round(0.99 * (len(acked) - 1))] * 1000,
        cpu_ms=cpu_s / len(taken) * 1000,
    )


def click_to_evidence_s(demo: Demo, slack: Driver) -> float:
    """From the click on one check to its finding in the thread."""
    story = opened(demo, slack, "ana", "infra", "shop-prod")
    began = time.perf_counter()
    story.press(slack.user("ana"), "progress", "Target health")
    story.wait("step:target_health", "targets are healthy")
    return time.perf_counter() - began


def _presses(demo: Demo) -> list[Press]:
    """One for every question of enough incidents: no two people want the same answer."""
    engine, content = open_engine(demo.database_url, 1), load()
    incidents = Incidents(PostgresStore(engine), demo.clock, content.runbooks, content.checks, content.causes)
    presses: list[Press] = []
    while len(presses) < CLICKS:
        incident = incidents.open(
            OpenRequest(
                TEAM, CHANNEL, "U0ANA", "shop-prod", alarm_at("shop-prod"), request_key=str(len(presses))
            )
        )
        presses += [Press(incident.id, step, incident.step(step).version) for step in QUESTIONS]
    engine.dispose()
    return presses[:CLICKS]


@contextmanager
def _web(demo: Demo) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Signed HTTP, so that nothing of the local Slack is measured."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = demo.environment() | {"SLACK_SIGNING_SECRET": SIGNING_SECRET, "PORT": str(port)}
    del settings["SLACK_APP_TOKEN"]
    process = subprocess.Popen([sys.executable, "-m", "bot", "web"], env=settings, stderr=subprocess.DEVNULL)
    try:
        _until_ready(f"http://127.0.0.1:{port}/readyz")
        yield port, process
    finally:
        process.terminate()
        process.wait(10)


def _until_ready(url: str) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
        time.sleep(0.05)


async def _click_all(port: int, presses: list[Press]) -> list[float | None]:
    """Plain sockets, open before: a pool of connections costs more than the clicks."""
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in presses]
    requests = [_signed(press) for press in presses]
    taken = await asyncio.gather(
        *(_click(*line, request) for line, request in zip(lines, requests, strict=True))
    )
    for _, writer in lines:
        writer.close()
    return taken


async def _click(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> float | None:
    began = time.perf_counter()
    writer.write(request)
    answer = await reader.readline()
    return time.perf_counter() - began if b" 200 " in answer else None


def _signed(press: Press) -> bytes:
    """What Slack sends when somebody presses "Don't know"."""
    payload = {
        "type": "block_actions",
        "api_app_id": "A0SANDBOX",
        "team": {"id": TEAM},
        "user": {"id": "U0ANA", "team_id": TEAM},
        "channel": {"id": CHANNEL},
        "container": {"type": "message"},
        "trigger_id": "1",
        "actions": [
            {"type": "button", "block_id": "b", "action_id": f"{ANSWER}:dont_know", "value": str(press)}
        ],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(int(time.time()))
    digest = hmac.new(SIGNING_SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={digest}\r\n\r\n"
    )
    return head.encode() + body


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@contextmanager
def _stopped(pid: int, seconds: float) -> Iterator[None]:
    """That process of ours does nothing while the block runs, and for at least so long."""
    until = time.monotonic() + seconds
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
        time.sleep(max(0.0, until - time.monotonic()))
    finally:
        os.kill(pid, signal.SIGCONT)
