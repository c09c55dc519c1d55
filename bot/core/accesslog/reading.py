"""What a log's counts mean: what is confirmed, what absence proves, where errors gather (DOMAIN.md, 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from ipaddress import ip_address, ip_network

from bot.core.accesslog.signature import Signature
from bot.core.evidence import AccessLog, LoadBalancerMetrics, Subnets
from bot.core.load_balancer_series import ERROR_METRIC, find_series, whole
from bot.core.model import Scope, Unread
from bot.core.series import Line, zero_fill

ERRORS = (
    Signature.REFUSED,
    Signature.CONNECT_TIMEOUT,
    Signature.RESET,
    Signature.SLOW,
    Signature.NO_TARGET,
    Signature.TARGET_5XX,
    Signature.LOAD_BALANCER_5XX,
)
"""Every signature of a 5xx line."""
REACHED = frozenset(
    {Signature.ANSWERED, Signature.TARGET_4XX, Signature.TARGET_5XX, Signature.RESET, Signature.SLOW}
)
"""The load balancer had a connection to a target."""
DELIVERY_LAG = timedelta(minutes=15)
"""How late a log may arrive (DOMAIN.md section 5): until then 'nothing found' is unknown."""
FEW_ERRORS = 5
BEFORE_ALARM = timedelta(minutes=10)
ELEVATED = 1.5
NEGLIGIBLE = 0.001
"""Of all lines: below it nothing is called more than usual (DOMAIN.md section 10, H11)."""
TLS_METRIC = "TargetTLSNegotiationErrorCount"
TOTAL_SHARE = 0.95
GATHERED_SHARE = 0.8


@dataclass(frozen=True)
class Refusals:
    """502 lines without a connection, by what the connection-error counter says in their minute.

    `confirmed`: it counted. `tls`: the TLS counter did instead. `silent`: both are known to be 0 (or the
    latter does not exist), so the target had accepted and then closed.
    """

    confirmed: int = 0
    tls: int = 0
    silent: int = 0
    unconfirmed: int = 0


@dataclass(frozen=True)
class LogReading:
    """An access log held against its incident. `metrics` may be unread."""

    log: AccessLog
    scope: Scope
    metrics: LoadBalancerMetrics | Unread

    @cached_property
    def counts(self) -> dict[Signature, int]:
        """Lines by signature."""
        counts: dict[Signature, int] = defaultdict(int)
        for row in self.log.minutes:
            counts[Signature(row.signature)] += row.lines
        return dict(counts)

    @property
    def lines(self) -> int:
        """Lines of the window."""
        return sum(self.counts.values())

    @property
    def errors(self) -> int:
        """5xx lines of the window."""
        return sum(self.counts.get(signature, 0) for signature in ERRORS)

    @property
    def commonest(self) -> Signature | None:
        """How most of the 5xx ended."""
        present = [signature for signature in ERRORS if self.counts.get(signature)]
        return max(present, key=lambda s: self.counts[s], default=None)

    @property
    def too_fresh(self) -> bool:
        """Whether lines of the alarm's time may still be on their way."""
        until, alarm = self.log.logged_until, self.scope.alarm_at
        return until is None or until < alarm or self.log.read_at < alarm + DELIVERY_LAG

    @property
    def absence_counts(self) -> bool:
        """Whether what was not found was not there, as far as best-effort delivery goes."""
        return self.log.scanned.complete and not self.too_fresh and not self.mostly_malformed

    @property
    def mostly_malformed(self) -> bool:
        return self.log.malformed > self.log.lines

    def by_minute(self, signatures: Iterable[Signature]) -> dict[datetime, int]:
        """Lines with one of these signatures, in the minutes that have any."""
        wanted = {signature.value for signature in signatures}
        found: dict[datetime, int] = defaultdict(int)
        for row in self.log.minutes:
            if row.minute and row.signature in wanted:
                found[row.minute] += row.lines
        return dict(found)

    @cached_property
    def refusals(self) -> Refusals:
        """The field notes know other reasons for such a line, so each is confirmed with the counter."""
        refused, tls = self._counter(ERROR_METRIC[self.scope.load_balancer.type]), self._counter(TLS_METRIC)
        amounts: dict[str, int] = defaultdict(int)
        for minute, n in self.by_minute([Signature.REFUSED]).items():
            amounts[_confirmation(refused, tls, minute)] += n
        return Refusals(**amounts)

    def timeouts_total(self) -> bool | None:
        """Whether nearly nothing got through in the minutes with connect timeouts; None for too few."""
        failed = self.by_minute([Signature.CONNECT_TIMEOUT])
        minutes = sorted(failed)
        if len(minutes) >= 3:
            minutes = minutes[1:-1]  # the first and last are failing only in part
        reached = self.by_minute(REACHED)
        lost = sum(failed[minute] for minute in minutes)
        if lost < FEW_ERRORS:
            return None
        return lost >= TOTAL_SHARE * (lost + sum(reached.get(minute, 0) for minute in minutes))

    def gathered_on(self) -> tuple[str, ...] | None:
        """The fewest targets with most of the 5xx; None when that says nothing (one target, few errors)."""
        amounts = {t.target: sum(t.errors.values()) for t in self.log.targets}
        total = sum(amounts.values())
        if len(amounts) < 2 or total < FEW_ERRORS or self.log.approximate:
            return None
        fewest: list[str] = []
        held = 0
        for target in sorted(amounts, key=lambda t: (-amounts[t], t)):
            fewest.append(target)
            held += amounts[target]
            if held >= GATHERED_SHARE * total:
                break
        return tuple(fewest)

    def serving_share(self) -> float | None:
        """Of the minutes in which a target could not be reached, the share in which it also answered."""
        minutes = sum(t.minutes_unreachable for t in self.log.targets)
        return sum(t.minutes_serving for t in self.log.targets) / minutes if minutes else None

    def elevated(self, signature: Signature) -> bool | None:
        """Whether its share of lines rose with the incident; None when there is no time before to compare."""
        begins = self.scope.alarm_at - BEFORE_ALARM
        found, logged = self.by_minute([signature]), self.by_minute(Signature)
        before = _sum(found, lambda at: at < begins), _sum(logged, lambda at: at < begins)
        then = _sum(found, lambda at: at >= begins), _sum(logged, lambda at: at >= begins)
        if not before[1] or not then[1]:
            return None
        share = then[0] / then[1]
        return then[0] >= FEW_ERRORS and share >= max(NEGLIGIBLE, ELEVATED * before[0] / before[1])

    def _counter(self, name: str) -> Line | None:
        if isinstance(self.metrics, Unread):
            return None
        series = find_series(self.metrics, name, whole(self.scope.load_balancer))
        if isinstance(series, Unread):
            return None
        return zero_fill(series, self.metrics.series, self.metrics.window)


def _sum(amounts: Mapping[datetime, int], counts: Callable[[datetime], bool]) -> int:
    return sum(n for at, n in amounts.items() if counts(at))


def _confirmation(refused: Line | None, tls: Line | None, minute: datetime) -> str:
    """Which field of Refusals the lines of a minute belong to."""
    if refused is None:
        return "unconfirmed"
    if _moved(refused, minute):
        return "confirmed"
    if tls and _moved(tls, minute):
        return "tls"
    return "unconfirmed" if refused.at(minute) is None else "silent"


def _moved(counter: Line, minute: datetime) -> bool:
    """A connection that fails just after the minute's end is counted in the next one."""
    return any(counter.at(minute + timedelta(minutes=m)) for m in (0, 1))


def by_zone(nodes: Mapping[str, int], scope: Scope, subnets: Subnets | Unread) -> dict[str, int]:
    """5xx lines by the zone of the load balancer's node; a node in none of its subnets keeps its address."""
    places = [] if isinstance(subnets, Unread) else list(subnets.subnets)
    own = {zone.subnet_id for zone in scope.load_balancer.zones}
    ranges = [(ip_network(s.cidr), s.zone) for s in places if s.id in own]
    zones: dict[str, int] = defaultdict(int)
    for node, n in nodes.items():
        try:
            address = ip_address(node)
        except ValueError:
            zones[node or "?"] += n
            continue
        zones[next((zone for network, zone in ranges if address in network), node)] += n
    return dict(sorted(zones.items(), key=lambda item: (-item[1], item[0])))
