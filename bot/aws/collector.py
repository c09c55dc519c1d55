"""What a collector is: a function from the evidence it builds on to the evidence of one kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast

from bot.aws.api import RegionApi
from bot.aws.options import NOTHING_SET, ReaderOptions
from bot.core.checks import Kind, Readings
from bot.core.evidence import Evidence
from bot.core.model import LoadBalancer, LoadBalancerType, Scope, Unread, UnreadReason

E = TypeVar("E", bound=Evidence)


@dataclass(frozen=True)
class Source:
    """What a collector reads from: the Region's API, scope, earlier readings, the time it began, settings."""

    api: RegionApi
    scope: Scope
    readings: Readings
    now: datetime
    options: ReaderOptions = NOTHING_SET

    @property
    def load_balancer(self) -> LoadBalancer:
        return self.scope.load_balancer

    @property
    def classic(self) -> bool:
        return self.load_balancer.type is LoadBalancerType.CLASSIC

    def __getitem__(self, kind: type[E]) -> E:
        """Evidence the collector needs; it has been read."""
        return cast(E, self.readings[kind])

    def get(self, kind: type[E]) -> E | Unread:
        """Evidence the collector can do without."""
        return cast("E | Unread", self.readings.get(kind, Unread(reason=UnreadReason.ERROR)))


@dataclass(frozen=True)
class Collector:
    """`read` raises ReadFailed. It begins when all of `needs` are evidence and all of `uses` are tried.

    `classic_needs` replaces `needs` for a Classic load balancer, whose description answers more at once.
    """

    read: Callable[[Source], Evidence]
    needs: tuple[Kind, ...] = ()
    uses: tuple[Kind, ...] = ()
    classic_needs: tuple[Kind, ...] | None = None

    def needs_for(self, type_: LoadBalancerType) -> tuple[Kind, ...]:
        if type_ is LoadBalancerType.CLASSIC and self.classic_needs is not None:
            return self.classic_needs
        return self.needs
