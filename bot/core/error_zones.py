"""Whether the errors are in one Availability Zone or spread (DOMAIN.md section 10, H12)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.connection_errors import ConnectionErrors
from bot.core.load_balancer_series import ERROR_METRIC, REQUEST_METRIC, LoadBalancerSeries
from bot.core.message import say
from bot.core.model import Signal
from bot.core.stats import concentration

ONE_ZONE_SHARE = 0.8
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
        yield from _shares(largest)


def _shares(largest: tuple[str, float]) -> Iterator[Signal]:
    zone, share = largest
    one = share >= ONE_ZONE_SHARE
    because = say("{share} % of the errors are in {zone}.", share=round(100 * share), zone=zone)
    yield Signal(id="one_zone_errors", holds=one, because=because, zone=zone if one else "")
    yield Signal(id="errors_spread_across_zones", holds=not one, because=because)


def _per_zone(series: LoadBalancerSeries, errors: ConnectionErrors, metric: str) -> dict[str, float] | None:
    sums = {}
    for zone in series.scope.load_balancer.zones:
        line = series.known(metric, series.zone(zone.name))
        if line is None:
            return None
        sums[zone.name] = errors.during(line).total
    return sums
