"""Whether the errors are in one Availability Zone or spread (DOMAIN.md section 10, H12)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.connection_errors import ConnectionErrors, counts_failed_connections
from bot.core.load_balancer_series import ERROR_METRIC, REQUEST_METRIC, LoadBalancerSeries
from bot.core.message import say
from bot.core.model import LoadBalancer, LoadBalancerType, Signal
from bot.core.stats import concentration

ONE_ZONE_SHARE = 0.8
PART_WORKS_BELOW = 0.6
FEW = 5


def zone_signals(series: LoadBalancerSeries, errors: ConnectionErrors) -> Iterator[Signal]:
    """None where a zone is unread, traffic uses one zone only, or there are too few errors to share out."""
    lb = series.scope.load_balancer
    failed = _per_zone(series, errors, ERROR_METRIC[lb.type])
    asked = _per_zone(series, errors, REQUEST_METRIC[lb.type])
    busiest, largest = concentration(asked or {}), concentration(failed or {})
    if (
        failed
        and asked
        and busiest
        and largest
        and busiest[1] < ONE_ZONE_SHARE
        and sum(failed.values()) >= FEW
    ):
        yield from _shares(lb, failed, asked, largest)
    if lb.type is LoadBalancerType.NETWORK:
        yield from _zonal_health(series, errors)


def _shares(
    lb: LoadBalancer, failed: dict[str, float], asked: dict[str, float], largest: tuple[str, float]
) -> Iterator[Signal]:
    zone, share = largest
    one = share >= ONE_ZONE_SHARE
    because = say("{share} % of the errors are in {zone}.", share=round(100 * share), zone=zone)
    yield Signal(id="one_zone_errors", holds=one, because=because, zone=zone if one else "")
    yield Signal(id="errors_spread_across_zones", holds=not one, because=because)
    if one and counts_failed_connections(lb.type) and asked[zone] > 0:
        part = failed[zone] / asked[zone]
        yield Signal(
            id="zone_partly_works",
            holds=part < PART_WORKS_BELOW,
            because=say("{share} % of the requests in {zone} fail.", share=round(100 * part), zone=zone),
            zone=zone,
        )


def _per_zone(series: LoadBalancerSeries, errors: ConnectionErrors, metric: str) -> dict[str, float] | None:
    sums = {}
    for zone in series.scope.load_balancer.zones:
        line = series.known(metric, series.zone(zone.name))
        if line is None:
            return None
        sums[zone.name] = errors.during(line).total
    return sums


def _zonal_health(series: LoadBalancerSeries, errors: ConnectionErrors) -> Iterator[Signal]:
    """A Network load balancer's own verdict on a zone: 1 healthy, 0 taken out of DNS."""
    lines = {
        zone.name: series.known("ZonalHealthStatus", series.zone(zone.name), "Minimum")
        for zone in series.scope.load_balancer.zones
    }
    out = sorted(z for z, line in lines.items() if line and any(v < 1 for _, v in errors.during(line).known))
    for zone in out:
        because = say("ZonalHealthStatus of {zone} is 0.", zone=zone)
        yield Signal(id="zone_status_unhealthy", holds=True, because=because, zone=zone)
    if not out and lines and all(lines.values()):
        because = say("ZonalHealthStatus is 1 in every zone.")
        yield Signal(id="zone_status_unhealthy", holds=False, because=because)
