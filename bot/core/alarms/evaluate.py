"""CloudWatch's evaluation of a metric alarm: M of N over a sliding window, with missing points.

Source: AWS, "Configuring how CloudWatch alarms treat missing data" and "Avoiding premature transitions to
alarm state"; DOMAIN.md section 8. A mark is True for a breaching point, False for one within the threshold,
None for a missing one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from bot.core.alarms.plan import AlarmPlan, Band, Comparison, Missing, Sides, Static

Mark: TypeAlias = bool | None
Values: TypeAlias = Sequence[float | None]
Limits: TypeAlias = Sequence[tuple[float, float] | None]
"""The band's lower and upper edge at each point, None where there is no band (yet)."""

EXTRA_POINTS = 2
"""How many points more than N CloudWatch looks at: AWS does not promise it, its examples show 5 for N = 3."""

_COMPARE: dict[Comparison, Callable[[float, float], bool]] = {
    Comparison.ABOVE: operator.gt,
    Comparison.AT_LEAST: operator.ge,
    Comparison.BELOW: operator.lt,
    Comparison.AT_MOST: operator.le,
}


class State(StrEnum):
    """An alarm's state, in AWS's words."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True)
class MofN:
    """M of N, what missing points count as, and what FILL makes of them (None: the alarm has no FILL)."""

    datapoints: int
    periods: int
    missing: Missing
    filled_as: Mark = None

    @property
    def reach(self) -> int:
        """Points of the evaluation range."""
        return self.periods + EXTRA_POINTS


def rule_of(plan: AlarmPlan) -> MofN:
    """How the plan's marks are counted."""
    test = plan.test
    filled = isinstance(test, Static) and test.filled
    zero = breaches(test, 0.0) if isinstance(test, Static) and filled else None
    return MofN(plan.datapoints, plan.periods, plan.missing, zero)


def breaches(test: Static, value: float) -> bool:
    """Whether a value breaches a static threshold (its share of requests aside)."""
    return _COMPARE[test.comparison](value, test.threshold)


def outside(test: Band, value: float, limits: tuple[float, float]) -> bool:
    """Whether a value is outside the band on a side that counts."""
    low, high = limits
    above, below = value > high, value < low
    return {Sides.UPPER: above, Sides.LOWER: below, Sides.BOTH: above or below}[test.sides]


def static_marks(test: Static, values: Values, requests: Values = ()) -> list[Mark]:
    """One mark per value. `requests` are the points of the share's denominator, none when it has no share."""
    counts = requests or [None] * len(values)
    return [_static_mark(test, value, count) for value, count in zip(values, counts, strict=True)]


def band_marks(test: Band, values: Values, limits: Limits) -> list[Mark]:
    """One mark per value; a value without a band is as good as missing."""
    return [
        None if value is None or edge is None else outside(test, value, edge)
        for value, edge in zip(values, limits, strict=True)
    ]


def state_after(points: Sequence[Mark], rule: MofN, before: State) -> State:
    """The state after one evaluation. `points` is the evaluation range, oldest first."""
    points = _filled(points, rule.filled_as)
    real = [mark for mark in points if mark is not None]
    newest = real[-rule.periods :]
    breaching = sum(newest)
    if len(real) >= rule.periods:
        return State.ALARM if breaching >= rule.datapoints else State.OK
    if not real:
        return _nothing(rule.missing, before)
    if rule.missing is Missing.BREACHING:
        breaching += rule.periods - len(real)
    if breaching >= rule.datapoints:
        return State.ALARM
    if rule.missing in (Missing.BREACHING, Missing.NOT_BREACHING) or not all(real):
        return State.OK
    return _only_breaching(points, rule, before)


def replay(marks: Sequence[Mark], rule: MofN, before: State, stride: int = 1) -> list[State]:
    """The state after each mark's period has ended.

    `stride` is the period in marks: with a mark for the five minutes before every minute, CloudWatch looks
    each minute at every fifth of them.
    """
    states = []
    for index in range(len(marks)):
        first = index - (rule.reach - 1) * stride
        points = [marks[i] if i >= 0 else None for i in range(first, index + 1, stride)]
        before = state_after(points, rule, before)
        states.append(before)
    return states


def _static_mark(test: Static, value: float | None, count: float | None) -> Mark:
    if value is None:
        return None
    if breaches(test, value):
        return True
    share = test.share
    return bool(share and count is not None and count >= share.floor and 100 * value >= share.percent * count)


def _filled(points: Sequence[Mark], filled_as: Mark) -> Sequence[Mark]:
    """FILL(m1,0) has a zero for each missing point, but nothing when the whole range is empty."""
    if filled_as is None or all(point is None for point in points):
        return points
    return [filled_as if point is None else point for point in points]


def _nothing(missing: Missing, before: State) -> State:
    return {
        Missing.MISSING: State.INSUFFICIENT_DATA,
        Missing.IGNORE: before,
        Missing.BREACHING: State.ALARM,
        Missing.NOT_BREACHING: State.OK,
    }[missing]


def _only_breaching(points: Sequence[Mark], rule: MofN, before: State) -> State:
    """Fewer than M points, all breaching: ALARM once the oldest is M periods old, not before.

    AWS says that a younger one "does not go immediately into ALARM"; we read it as: nothing changes.
    """
    oldest_age = len(points) - next(i for i, point in enumerate(points) if point is not None)
    old_enough = oldest_age >= rule.datapoints
    return State.ALARM if old_enough and rule.missing is Missing.MISSING else before
