"""Reads the evidence an incident asks for: each kind once, what does not depend on each other in parallel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.aws.api import RegionApi
from bot.aws.collector import Source
from bot.aws.collectors import COLLECTORS
from bot.aws.failures import ReadFailed
from bot.aws.options import NOTHING_SET, ReaderOptions
from bot.aws.sessions import AwsSessions
from bot.core.checks import Kind, Readings
from bot.core.evidence import KINDS, Evidence
from bot.core.model import LoadBalancerType, Scope, Unread, UnreadReason
from bot.core.ports import Arrived

Reading = Evidence | Unread
NOTHING_KNOWN: Readings = MappingProxyType({})
CALLS_AT_ONCE = 16


class AwsReader:
    """Evidence of one account. `now` says when evidence was read; `deadline` bounds one `read`."""

    def __init__(
        self,
        sessions: AwsSessions,
        now: Callable[[], datetime],
        deadline: timedelta = timedelta(seconds=30),
        options: ReaderOptions = NOTHING_SET,
    ) -> None:
        self._sessions = sessions
        self._now = now
        self._deadline = deadline
        self._options = options

    def read(
        self,
        kinds: Sequence[Kind],
        scope: Scope,
        known: Readings = NOTHING_KNOWN,
        arrived: Arrived = lambda kind, reading: None,
    ) -> Readings:
        """Every kind in `kinds`, and every kind they are built on, as Evidence or Unread.

        What is in `known` is returned as it is and not read again, also when it is Unread. A kind built on
        something unread is unread for that reason. `arrived` hears of each newly read kind, in the
        caller's thread. Past the deadline the rest is Unread(TIMEOUT); calls still running end on their own.
        """
        plan = _plan(kinds, known, scope.load_balancer.type)
        until = time.monotonic() + self._deadline.total_seconds()
        done = {**known}
        kind_pool, call_pool = ThreadPoolExecutor(len(plan) or 1), ThreadPoolExecutor(CALLS_AT_ONCE)
        api = RegionApi(self._sessions, scope.load_balancer.region, call_pool, until)
        try:
            for kind, reading in _run(
                plan, Source(api, scope, done, self._now(), self._options), kind_pool, until
            ):
                done[kind] = reading
                if kind in KINDS:
                    arrived(kind, reading)
        finally:
            kind_pool.shutdown(wait=False, cancel_futures=True)
            call_pool.shutdown(wait=False, cancel_futures=True)
        # In a fixed order, not in the order of arrival: what is kept of this must not differ between runs.
        return {kind: done[kind] for kind in KINDS if kind in done}


def _plan(kinds: Iterable[Kind], known: Readings, type_: LoadBalancerType) -> list[Kind]:
    """The kinds to read, what they are built on first, each once."""
    plan: dict[Kind, None] = {}

    def add(kind: Kind) -> None:
        if kind in known or kind in plan:
            return
        collector = COLLECTORS[kind]
        for built_on in (*collector.needs_for(type_), *collector.uses):
            add(built_on)
        plan[kind] = None

    for kind in kinds:
        add(kind)
    return list(plan)


def _run(plan: list[Kind], source: Source, pool: Executor, until: float) -> Iterator[tuple[Kind, Reading]]:
    """Readings as they arrive. The caller puts each into `source.readings` before it asks for the next."""
    waiting = list(plan)
    running: dict[Future[Reading], Kind] = {}
    while waiting or running:
        for kind in [kind for kind in waiting if _ready(kind, source)]:
            waiting.remove(kind)
            blocked = _blocked(kind, source)
            if blocked:
                yield kind, blocked
            else:
                running[pool.submit(_collect, kind, source)] = kind
        if not running:
            continue
        finished, _ = wait(running, timeout=until - time.monotonic(), return_when=FIRST_COMPLETED)
        if not finished:
            yield from ((kind, _late(kind, source)) for kind in (*running.values(), *waiting))
            return
        for future in finished:
            yield running.pop(future), future.result()


def _ready(kind: Kind, source: Source) -> bool:
    collector = COLLECTORS[kind]
    built_on = (*collector.needs_for(source.load_balancer.type), *collector.uses)
    return all(one in source.readings for one in built_on)


def _blocked(kind: Kind, source: Source) -> Unread | None:
    needs = COLLECTORS[kind].needs_for(source.load_balancer.type)
    return next((r for need in needs if isinstance(r := source.readings[need], Unread)), None)


def _collect(kind: Kind, source: Source) -> Reading:
    try:
        return COLLECTORS[kind].read(source)
    except ReadFailed as failed:
        return failed.unread


def _late(kind: Kind, source: Source) -> Unread:
    actions = kind.actions or ("",)  # what is read from this machine needs no permission
    action = actions[-1 if source.classic else 0]
    return Unread(reason=UnreadReason.TIMEOUT, action=action)
