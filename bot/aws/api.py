"""Read calls of one Region: paged, in parallel, up to a deadline, with every failure a `ReadFailed`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.aws.failures import AWS_FAILURES, ReadFailed, unread_of
from bot.aws.sessions import AwsSessions, action_of
from bot.core.model import Unread, UnreadReason

A = TypeVar("A")
B = TypeVar("B")

FILTER_VALUES = 200
"""Values one EC2 filter takes."""


class RegionApi:
    """`deadline` is a `time.monotonic()` value after which no further call is begun."""

    def __init__(
        self, sessions: AwsSessions, region: str, pool: Executor, deadline: float = float("inf")
    ) -> None:
        self.region = region
        self._sessions = sessions
        self._pool = pool
        self._deadline = deadline

    def elsewhere(self, region: str) -> RegionApi:
        """The same account in another Region, up to the same deadline."""
        return RegionApi(self._sessions, region, self._pool, self._deadline)

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """One answer of e.g. `call("elbv2", "describe_target_health", TargetGroupArn=...)`; ReadFailed."""
        client = self._sessions.client(service, self.region)
        action = _action(client, operation)
        self._check_deadline(action)
        try:
            answer: dict[str, Any] = getattr(client, operation)(**params)
        except AWS_FAILURES as error:
            raise ReadFailed(unread_of(error, action)) from error
        return answer

    def pages(self, service: str, operation: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every page, in order; ReadFailed."""
        client = self._sessions.client(service, self.region)
        action = _action(client, operation)
        self._check_deadline(action)
        try:
            for page in client.get_paginator(operation).paginate(**params):
                yield page
                self._check_deadline(action)
        except AWS_FAILURES as error:
            raise ReadFailed(unread_of(error, action)) from error

    def all(self, service: str, operation: str, key: str, **params: Any) -> list[dict[str, Any]]:
        """The items under `key` of every page; ReadFailed."""
        return [item for page in self.pages(service, operation, **params) for item in page.get(key, ())]

    def each(self, read: Callable[[A], B], items: Iterable[A]) -> list[B]:
        """`read` of every item at the same time, in the items' order; the first ReadFailed in that order."""
        futures = [self._pool.submit(read, item) for item in items]
        return [future.result() for future in futures]

    def _check_deadline(self, action: str) -> None:
        if time.monotonic() > self._deadline:
            raise ReadFailed(Unread(reason=UnreadReason.TIMEOUT, action=action))


def batches(items: Sequence[A], size: int) -> list[Sequence[A]]:
    """The items in slices of at most `size`."""
    return [items[i : i + size] for i in range(0, len(items), size)]


def utc(at: datetime | None) -> datetime | None:
    """botocore gives times in the machine's own zone."""
    return at.astimezone(UTC) if at else None


def _action(client: Any, operation: str) -> str:
    return action_of(client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]))
