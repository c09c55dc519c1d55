"""An API that answers from canned pages: for what the emulated account cannot show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from bot.aws.api import RegionApi

A = TypeVar("A")
B = TypeVar("B")
Answer = Callable[[dict[str, Any]], list[dict[str, Any]]]


class CannedApi(RegionApi):
    """`answers` by operation: parameters -> pages. Remembers the parameters of every call."""

    def __init__(self, **answers: Answer) -> None:
        self.region = "eu-central-1"
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = answers

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        return next(self.pages(service, operation, **params))

    def pages(self, service: str, operation: str, **params: Any) -> Iterator[dict[str, Any]]:
        self.asked.append((operation, params))
        yield from self._answers[operation](params)

    def each(self, read: Callable[[A], B], items: Iterable[A]) -> list[B]:
        return [read(item) for item in items]
