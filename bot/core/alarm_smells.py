"""Ways to define an alarm that make it fire for nothing or watch the wrong thing (DOMAIN.md section 8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.alarms.natures import RESETS
from bot.core.alarms.over_incident import line_of
from bot.core.alarms.plan import Static
from bot.core.alarms.present import plan_of
from bot.core.alarms.proposals import fit_for_band
from bot.core.evidence import Alarm, MetricsEvidence
from bot.core.message import Code, Message, say
from bot.core.model import LoadBalancer, Window
from bot.core.series import QUIET_COUNTERS, Line, coarsened

ABOVE = frozenset({"GreaterThanThreshold", "GreaterThanOrEqualToThreshold"})
GAUGES = frozenset({"TargetResponseTime", "Latency", "HealthyHostCount", "UnHealthyHostCount"})
ERROR_WORDS = ("Error", "5XX", "502", "503", "504", "500", "Reset", "Rejected", "Spillover")
LONG_PERIOD_S = 300
LEVEL_PERIOD = timedelta(minutes=5)
"""By the minute a level is noise."""
GOOD_COUNT, GOOD_SHARE, GOOD_REQUESTS = 10, 0.01, 100
GOOD_POINTS, GOOD_OF = 3, 5


@dataclass(frozen=True)
class Smell:
    """`fires`: it can make the alarm fire although hardly anything is wrong."""

    id: str
    message: Message
    fires: bool = False


def smells(alarm: Alarm, lb: LoadBalancer) -> Iterator[Smell]:
    """What is odd about a metric alarm; composite alarms only combine others."""
    if not alarm.actions_enabled:
        yield Smell("actions_disabled", say("Its actions are disabled: nobody is told."))
    if alarm.composite:
        return
    yield from _points(alarm)
    yield from _missing(alarm)
    yield from _metric(alarm, lb)


def moving_level(alarm: Alarm, metrics: MetricsEvidence, until: datetime) -> Iterator[Smell]:
    """A fixed threshold on resets that have a level, seen before the incident's window (`until`).

    Not said of what was not read, nor of a level so near zero that no band fits it.
    """
    plan = plan_of(alarm)
    if plan is None or not isinstance(plan.test, Static) or plan.metric.name not in RESETS:
        return
    line = line_of(plan.metric, metrics)
    if line is None or LEVEL_PERIOD % line.step:
        return
    before = line.within(Window(start=line.start, end=until))
    if fit_for_band(coarsened(before, before.start, LEVEL_PERIOD)):
        text = say("Its usual level moves with traffic and fleet size, so no fixed threshold fits.")
        yield Smell("fixed_on_level", text)


def _points(alarm: Alarm) -> Iterator[Smell]:
    periods = [metric.period_s for metric in alarm.metrics]
    single = alarm.evaluation_periods == 1 or alarm.datapoints_to_alarm == 1
    if single and _fires_on_one(alarm):
        yield Smell("one_point", say("A single error in one period is enough."), fires=True)
    elif single and any(period >= LONG_PERIOD_S for period in periods):
        text = say("One period of {period} decides.", period=timedelta(seconds=max(periods)))
        yield Smell("one_long_period", text, fires=True)


def _fires_on_one(alarm: Alarm) -> bool:
    if alarm.expression or alarm.comparison not in ABOVE or alarm.threshold is None:
        return False
    lowest = 1 if alarm.comparison == "GreaterThanOrEqualToThreshold" else 0
    return alarm.threshold <= lowest and any(_counts_errors(metric.name) for metric in alarm.metrics)


def _missing(alarm: Alarm) -> Iterator[Smell]:
    """CloudWatch looks back past the newest points for real ones, so quiet metrics fire on old points."""
    if alarm.treat_missing == "breaching":
        text = say("Missing data counts as breaching: it fires while there is no traffic.")
        yield Smell("missing_breaches", text, fires=True)
    quiet = any(metric.name in QUIET_COUNTERS for metric in alarm.metrics)
    if quiet and alarm.evaluation_periods > 1 and "FILL(" not in alarm.expression.upper():
        text = say("Its metric is not reported while it is zero: points far apart count as if in a row.")
        yield Smell("scattered_points", text, fires=True)


def _metric(alarm: Alarm, lb: LoadBalancer) -> Iterator[Smell]:
    for metric in alarm.metrics:
        if _counts_errors(metric.name) and metric.statistic in ("Average", "Minimum", "Maximum"):
            yield Smell(
                "not_a_sum",
                say(
                    "{statistic} of a counter is per node of the load balancer; only Sum counts.",
                    statistic=metric.statistic,
                ),
            )
        if lb.dimension not in metric.dimensions.values() and metric.namespace.endswith("ELB"):
            text = say("{metric} is not restricted to this load balancer.", metric=Code(text=metric.name))
            yield Smell("no_load_balancer", text, fires=True)
    if "/" in alarm.expression and "IF(" not in alarm.expression.upper():
        text = say("It alarms on a share without a minimum of requests.")
        yield Smell("share_without_floor", text, fires=True)


def _counts_errors(name: str) -> bool:
    return name not in GAUGES and any(word in name for word in ERROR_WORDS)


def good_alarm_fires(errors: Line, requests: Line | None) -> bool:
    """Whether a sensible alarm would have fired: 10 errors or 1 % of 100 requests, in 3 of 5 periods."""
    bad = [
        value is not None and _bad(value, requests.at(at) if requests else None)
        for at, value in errors.points
    ]
    return any(sum(bad[i : i + GOOD_OF]) >= GOOD_POINTS for i in range(len(bad)))


def _bad(errors: float, requests: float | None) -> bool:
    return errors >= GOOD_COUNT or bool(
        requests and requests >= GOOD_REQUESTS and errors / requests >= GOOD_SHARE
    )
