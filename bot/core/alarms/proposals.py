"""The alarm plans worth trying for a metric of each kind, the usual one first (DOMAIN.md section 8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.core.alarms.natures import NATURES, Kind, Nature, metric_of
from bot.core.alarms.plan import AlarmPlan, Band, Comparison, Missing, Share, Static
from bot.core.message import Message, say
from bot.core.model import LoadBalancer
from bot.core.series import Line

ERROR_COUNTS = (10, 20, 50, 100, 200, 500)
SHARE_PERCENT, SHARE_FLOOR = 1.0, 100.0
WIDTHS = (8.0, 10.0, 12.0, 16.0, 6.0, 4.0)
"""8 is what Prime Video settled on for resets; wider is quieter, narrower is tried last."""
SLOWER = (1.5, 2.0, 3.0)
BUSIER = (1.5, 2.0, 4.0)
MIN_FOR_BAND = 10.0
MIN_KNOWN = 0.5
ALWAYS = 0.995
SECOND = 1.0


def period_s_of(nature: Nature) -> int:
    """Levels are noisy by the minute; errors should be told within minutes."""
    return 300 if nature.kind is Kind.LEVEL else 60


def default_plan(lb: LoadBalancer, metric: str) -> AlarmPlan:
    """What is proposed before anything was read."""
    return proposals(lb, metric, None)[0]


def proposals(lb: LoadBalancer, metric: str, line: Line | None) -> tuple[AlarmPlan, ...]:
    """Plans from usual to unusual; `line` is the metric's past at their period, None when not read."""
    nature = NATURES[lb.type][metric]
    match nature.kind:
        case Kind.ERRORS:
            return tuple(_errors(lb, metric, nature, count) for count in ERROR_COUNTS)
        case Kind.LEVEL if line is None or fit_for_band(line):
            return tuple(_band(lb, metric, nature, width, line) for width in WIDTHS)
        case Kind.LEVEL:
            return tuple(_above(lb, metric, nature, _high(line) * factor) for factor in BUSIER)
        case Kind.SLOW:
            return tuple(_above(lb, metric, nature, _high(line) * factor) for factor in SLOWER)
        case Kind.CEILING:
            return (_above(lb, metric, nature, nature.threshold),)
        case Kind.ANY:
            return (_above(lb, metric, nature, 1, of=(2, 3)),)
        case Kind.FLOOR:
            return (_none_left(lb, metric, nature),)


def fit_for_band(line: Line) -> bool:
    """A band misbehaves on sparse or near-zero series: it hugs zero and every blip fires."""
    return line.known_share >= MIN_KNOWN and _middle(line) >= MIN_FOR_BAND


def reasons_for(plan: AlarmPlan, nature: Nature) -> tuple[Message, ...]:
    """Why this kind of alarm, in one sentence each."""
    match nature.kind:
        case Kind.ERRORS:
            return (
                say("The counter is silent while all is well, so a fixed threshold on FILL(m1,0) fits."),
                say(
                    "The share counts only from {floor} requests a minute on: one error at night is 100 %.",
                    floor=int(SHARE_FLOOR),
                ),
                say("3 of 5 minutes, because the newest minute may still be filled with a 0."),
            )
        case Kind.LEVEL if isinstance(plan.test, Band):
            return (
                say("Its usual level moves with traffic and fleet size, so no fixed threshold fits."),
                say("Both sides: a spike is trouble, a dip says that traffic does not arrive."),
                _on_missing(plan),
            )
        case Kind.LEVEL:
            return (say("Too sparse or too near zero for a band: it would hug zero and fire at every blip."),)
        case Kind.SLOW:
            return (
                say("The 99th percentile, because an average hides the slow requests."),
                say("Silence is not slow, so missing points do not breach."),
            )
        case Kind.CEILING:
            return (say("It has a known limit, so a fixed threshold below it fits."),)
        case Kind.ANY:
            return (say("Every single one is a connection lost, so 1 is the threshold."),)
        case Kind.FLOOR:
            return (say("With no healthy target left, nothing is answered."),)


def _on_missing(plan: AlarmPlan) -> Message:
    if plan.missing is Missing.BREACHING:
        return say(
            "It is reported all the time, so silence breaches too: AWS reports only while traffic flows."
        )
    return say("It is not reported all the time, so silence does not breach.")


def _errors(lb: LoadBalancer, metric: str, nature: Nature, count: float) -> AlarmPlan:
    period_s = period_s_of(nature)
    share = Share(of=metric_of(lb, nature.of, "Sum", period_s), percent=SHARE_PERCENT, floor=SHARE_FLOOR)
    test = Static(threshold=count, filled=True, share=share)
    return _plan(lb, metric, nature, test, (3, 5), Missing.NOT_BREACHING)


def _band(lb: LoadBalancer, metric: str, nature: Nature, width: float, line: Line | None) -> AlarmPlan:
    always = line is not None and line.known_share >= ALWAYS
    missing = Missing.BREACHING if always else Missing.MISSING
    return _plan(lb, metric, nature, Band(width=width), (3, 3), missing)


def _above(
    lb: LoadBalancer, metric: str, nature: Nature, threshold: float, of: tuple[int, int] = (3, 5)
) -> AlarmPlan:
    test = Static(threshold=_rounded(threshold))
    return _plan(lb, metric, nature, test, of, Missing.NOT_BREACHING)


def _none_left(lb: LoadBalancer, metric: str, nature: Nature) -> AlarmPlan:
    """Host counts appear while instances are registered: silence is no instance at all."""
    test = Static(comparison=Comparison.BELOW, threshold=1)
    return _plan(lb, metric, nature, test, (2, 3), Missing.BREACHING)


def _plan(
    lb: LoadBalancer,
    metric: str,
    nature: Nature,
    test: Static | Band,
    of: tuple[int, int],
    missing: Missing,
) -> AlarmPlan:
    return AlarmPlan(
        name=f"{lb.name}-{metric}",
        description=f"{metric} of {lb.name}",
        metric=metric_of(lb, metric, nature.statistic, period_s_of(nature)),
        test=test,
        datapoints=of[0],
        periods=of[1],
        missing=missing,
    )


def _values(line: Line | None) -> Sequence[float]:
    return [value for _, value in line.known] if line else ()


def _middle(line: Line) -> float:
    values = _values(line)
    return float(np.median(values)) if values else 0.0


def _high(line: Line | None) -> float:
    """What is seldom exceeded (99th percentile of the past); 1 while nothing is known."""
    values = _values(line)
    return float(np.percentile(values, 99)) or SECOND if values else SECOND


def _rounded(threshold: float) -> float:
    """Two digits: more would pretend to know."""
    return float(f"{threshold:.2g}")
