"""What a Network Load Balancer counts besides resets: flows stopped, rejected or out of ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.checks import Case
from bot.core.evidence import TargetGroup, TargetGroupAttributes, TargetGroups
from bot.core.host_counts import host_counts
from bot.core.load_balancer_series import LoadBalancerSeries
from bot.core.model import Unread, Window
from bot.core.reset_counters import with_counting_noise
from bot.core.series import Line, added
from bot.core.stats import onset

PORTS_PER_TARGET = 55_000
"""Flows the load balancer can hold to one target address and port when it is their sender (DOMAIN.md, 10)."""
NEAR_LIMIT = 0.9 * PORTS_PER_TARGET
KEEPS_CLIENT_IP = "preserve_client_ip.enabled"
RUN = timedelta(minutes=3)
MANY_STOPPED = 0.2


@dataclass(frozen=True)
class Blocked:
    """Flows the load balancer's own security groups stopped in the window, TCP and UDP together.

    Inbound ones are news only above the usual and as a fifth or more of what clients tried: the Internet is
    full of probes. None where unknown.
    """

    outbound: int | None
    inbound: int | None
    clients_stopped: bool | None

    @property
    def found(self) -> bool | None:
        """None while neither is found and one of them is unknown."""
        if self.outbound or self.clients_stopped:
            return True
        return None if self.outbound is None or self.clients_stopped is None else False


@dataclass(frozen=True)
class Addresses:
    """Target groups by whether targets see the client's address; `unknown` are those nobody read."""

    kept: tuple[TargetGroup, ...]
    replaced: tuple[TargetGroup, ...]
    unknown: tuple[TargetGroup, ...]

    @property
    def limit_applies(self) -> bool | None:
        """The load balancer uses its own ports; None when that was not read."""
        if self.replaced:
            return True
        return False if self.kept and not self.unknown else None


@dataclass(frozen=True)
class Flows:
    """The counters of the window. `zones` is, per zone, when it was first taken out (None: it never was).

    `per_target` is (time, flows) of the minute with the most flows per healthy target.
    """

    blocked: Blocked
    port_errors: Line | None
    rejected: Line | None
    per_target: tuple[datetime, float] | None
    zones: Mapping[str, datetime | None]
    silent_zones: tuple[str, ...]
    addresses: Addresses
    active: Line | None


def read_flows(case: Case) -> Flows:
    """For a check that needs LoadBalancerMetrics."""
    series = LoadBalancerSeries.of(case)
    zones = {zone.name: _zone(series, zone.name) for zone in case.scope.load_balancer.zones}
    return Flows(
        _blocked(series),
        _inside(series, "PortAllocationErrorCount"),
        _inside(series, "RejectedFlowCount"),
        _per_target(series),
        {name: _taken_out(line) for name, line in zones.items() if line},
        tuple(name for name, line in zones.items() if line is None),
        _addresses(case),
        _inside(series, "ActiveFlowCount", "Maximum"),
    )


def first_above_zero(line: Line | None) -> datetime | None:
    return next((at for at, value in line.known if value > 0), None) if line else None


def _inside(series: LoadBalancerSeries, name: str, statistic: str = "Sum") -> Line | None:
    line = series.known(name, statistic=statistic)
    return line.within(series.scope.window) if line else None


def _blocked(series: LoadBalancerSeries) -> Blocked:
    outbound = [_inside(series, name) for name in _names("Outbound")]
    inbound = [_inside(series, name) for name in _names("Inbound")]
    stopped = [_stops_clients(series, name) for name in _names("Inbound")]
    found = True if True in stopped else None if None in stopped else False
    return Blocked(_sum(outbound), _sum(inbound), found)


def _names(way: str) -> Iterator[str]:
    """ICMP stops no connection, so it is left out."""
    return (f"SecurityGroupBlockedFlowCount_{way}_{protocol}" for protocol in ("TCP", "UDP"))


def _sum(lines: list[Line | None]) -> int | None:
    """What was found counts even when another protocol is unknown; nothing found then proves nothing."""
    known = [line for line in lines if line]
    total = int(sum(line.total for line in known))
    return total if total or len(known) == len(lines) else None


def _stops_clients(series: LoadBalancerSeries, name: str) -> bool | None:
    """Elevated for three minutes in a row, and from then on a fifth or more of the flows clients tried."""
    inside, admitted = _inside(series, name), _inside(series, "NewFlowCount")
    usual = with_counting_noise(series.usual(name))
    if inside is None:
        return None
    if not inside.total:
        return False
    if usual is None or admitted is None:
        return None
    began = onset(inside, usual, max(1, -(-RUN // inside.step)))
    if began is None:
        return False
    since = Window(start=began, end=inside.end)
    stopped, passed = inside.within(since).total, admitted.within(since).total
    return stopped >= MANY_STOPPED * (stopped + passed)


def _per_target(series: LoadBalancerSeries) -> tuple[datetime, float] | None:
    active, hosts = _inside(series, "ActiveFlowCount", "Maximum"), host_counts(series)
    if active is None or not hosts:
        return None
    healthy = added([host.healthy for host in hosts])
    shares = [(at, flows / n) for at, flows in active.known if (n := healthy.at(at))]
    return max(shares, key=lambda share: share[1], default=None)


def _zone(series: LoadBalancerSeries, zone: str) -> Line | None:
    line = series.known("ZonalHealthStatus", series.zone(zone), "Minimum")
    return line.within(series.scope.window) if line else None


def _taken_out(line: Line) -> datetime | None:
    return next((at for at, value in line.known if value < 1), None)


def _addresses(case: Case) -> Addresses:
    groups, attributes = case.get(TargetGroups), case.get(TargetGroupAttributes)
    if isinstance(groups, Unread):
        return Addresses((), (), ())
    kinds: dict[str, list[TargetGroup]] = {"true": [], "false": [], "": []}
    for group in groups.groups:
        kinds[_keeps(group, attributes)].append(group)
    return Addresses(tuple(kinds["true"]), tuple(kinds["false"]), tuple(kinds[""]))


def _keeps(group: TargetGroup, attributes: TargetGroupAttributes | Unread) -> str:
    """'true', 'false', or '' when it is not known."""
    if isinstance(attributes, Unread):
        return ""
    value = attributes.by_group.get(group.arn, {}).get(KEEPS_CLIENT_IP, "")
    return value if value in {"true", "false"} else ""
