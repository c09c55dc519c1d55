"""Which side of a load balancer shows trouble: clients, load balancer, the way to the targets, or targets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.load_balancer_series import REQUEST_METRIC, LoadBalancerSeries
from bot.core.model import LoadBalancerType, Window
from bot.core.series import Line
from bot.core.stats import Episode, baseline, main_episode, onset

FEW = 5
NEGLIGIBLE = 0.001


class Side(StrEnum):
    """In the order a request passes them."""

    CLIENTS = "clients"
    LOAD_BALANCER = "load_balancer"
    BETWEEN = "between"
    TARGETS = "targets"


METRICS: dict[LoadBalancerType, dict[Side, tuple[str, ...]]] = {
    LoadBalancerType.APPLICATION: {
        Side.CLIENTS: ("HTTPCode_ELB_4XX_Count", "ClientTLSNegotiationErrorCount"),
        Side.LOAD_BALANCER: ("RejectedConnectionCount", "HTTPCode_ELB_500_Count", "HTTPCode_ELB_503_Count"),
        Side.BETWEEN: (
            "TargetConnectionErrorCount",
            "TargetTLSNegotiationErrorCount",
            "HTTPCode_ELB_502_Count",
            "HTTPCode_ELB_504_Count",
        ),
        Side.TARGETS: ("HTTPCode_Target_5XX_Count",),
    },
    LoadBalancerType.NETWORK: {
        Side.CLIENTS: ("TCP_Client_Reset_Count", "ClientTLSNegotiationErrorCount"),
        Side.LOAD_BALANCER: ("TCP_ELB_Reset_Count", "RejectedFlowCount", "PortAllocationErrorCount"),
        Side.BETWEEN: ("TargetTLSNegotiationErrorCount",),
        Side.TARGETS: ("TCP_Target_Reset_Count",),
    },
    LoadBalancerType.CLASSIC: {
        Side.CLIENTS: ("HTTPCode_ELB_4XX",),
        Side.LOAD_BALANCER: ("SpilloverCount",),
        Side.BETWEEN: ("BackendConnectionErrors", "HTTPCode_ELB_5XX"),
        Side.TARGETS: ("HTTPCode_Backend_5XX",),
    },
}


@dataclass(frozen=True)
class Counter:
    """One counter of a side: its sum in the window, and whether it is above the usual.

    `elevated` is None when the counter is unread or mostly unknown. `week`: usual is from the last week.
    """

    side: Side
    metric: str
    total: int | None
    usual: float | None
    elevated: bool | None
    week: bool = False


def counters(series: LoadBalancerSeries) -> tuple[Counter, ...]:
    """All counters of the load balancer's type, side by side."""
    return tuple(
        _counter(series, side, metric)
        for side, metrics in METRICS[series.scope.load_balancer.type].items()
        for metric in metrics
    )


def _counter(series: LoadBalancerSeries, side: Side, metric: str) -> Counter:
    line = series.known(metric)
    if line is None:
        return Counter(side, metric, None, None, None)
    inside, usual = line.within(series.scope.window), series.usual(metric)
    high = usual.elevated if usual else lambda value: value > 0
    episode = main_episode(inside, high)
    return Counter(
        side,
        metric,
        int(inside.total),
        usual.median if usual else None,
        # A handful in a whole window is no side's trouble.
        episode is not None and episode.total >= FEW and _outgrew_traffic(series, metric, line, episode),
        bool(usual and usual.week),
    )


def _outgrew_traffic(series: LoadBalancerSeries, metric: str, line: Line, episode: Episode) -> bool:
    """Clients make mistakes in proportion to their requests: only more per request is their trouble.

    Below one in a thousand it is nobody's (the share DOMAIN.md section 10 calls hardly any, H11).
    """
    requests = series.known(REQUEST_METRIC[series.scope.load_balancer.type])
    if "4XX" not in metric or requests is None:
        return True
    shares = Line(
        line.start,
        line.step,
        tuple(None if v is None or not (asked := requests.at(at)) else v / asked for at, v in line.points),
    )
    window = series.scope.window
    if episode.total < NEGLIGIBLE * requests.within(Window(start=episode.first, end=episode.end)).total:
        return False
    usual = baseline((share for at, share in shares.known if at < window.start), week=False)
    return usual is None or onset(shares.within(window), usual, run=2) is not None
