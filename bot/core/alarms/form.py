"""The alarm form: a plan as the words of a modal, and the words as a plan, mistakes explained."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import ValidationError

from bot.core.alarms.plan import AlarmPlan, Band, Comparison, Missing, Sides, Static
from bot.core.alarms.proposals import default_plan
from bot.core.errors import UserError
from bot.core.message import Value, say
from bot.core.model import LoadBalancer, Window


class Shape(StrEnum):
    """What the newest points are held against."""

    BAND_BOTH = "band_both"
    BAND_UPPER = "band_upper"
    BAND_LOWER = "band_lower"
    AT_LEAST = "at_least"
    BELOW = "below"


_SIDES = {Shape.BAND_BOTH: Sides.BOTH, Shape.BAND_UPPER: Sides.UPPER, Shape.BAND_LOWER: Sides.LOWER}
_SHAPES = {sides: shape for shape, sides in _SIDES.items()}


class AlarmForm(Value):
    """`of` is written '3 of 5'; `size` is a band's width or a threshold; `excluded` has one range a line."""

    metric: str
    statistic: str
    period_s: int
    of: str
    shape: Shape
    size: str
    excluded: str = ""
    time_zone: str = ""


def form_of(plan: AlarmPlan) -> AlarmForm:
    """The plan as it is shown to be adjusted."""
    test = plan.test
    if isinstance(test, Band):
        shape, size = _SHAPES[test.sides], test.width
    else:
        rising = test.comparison in (Comparison.AT_LEAST, Comparison.ABOVE)
        shape, size = Shape.AT_LEAST if rising else Shape.BELOW, test.threshold
    return AlarmForm(
        metric=plan.metric.name,
        statistic=plan.metric.statistic,
        period_s=plan.metric.period_s,
        of=f"{plan.datapoints} of {plan.periods}",
        shape=shape,
        size=f"{size:g}",
    )


def plan_from(lb: LoadBalancer, form: AlarmForm) -> AlarmPlan:
    """The plan those words make. UserError names what cannot be read."""
    usual = default_plan(lb, form.metric)
    datapoints, periods = _of(form.of)
    metric = usual.metric.model_copy(update={"statistic": form.statistic, "period_s": form.period_s})
    test = _test(form, usual)
    same_kind = isinstance(test, Band) == isinstance(usual.test, Band)
    other = Missing.MISSING if isinstance(test, Band) else Missing.NOT_BREACHING
    return _checked(
        usual,
        {
            "metric": metric,
            "test": test,
            "datapoints": datapoints,
            "periods": periods,
            "missing": usual.missing if same_kind else other,
        },
    )


def _checked(usual: AlarmPlan, changes: dict[str, object]) -> AlarmPlan:
    try:
        return AlarmPlan.model_validate({**dict(usual), **changes})
    except ValidationError as error:
        raise _refused(error) from None


def _test(form: AlarmForm, usual: AlarmPlan) -> Static | Band:
    size = _number(form.size)
    try:
        if form.shape in _SIDES:
            return Band(
                width=size,
                sides=_SIDES[form.shape],
                excluded=_ranges(form.excluded),
                time_zone=form.time_zone.strip(),
            )
        if form.shape is Shape.BELOW:
            return Static(comparison=Comparison.BELOW, threshold=size)
        return _at_least(size, form.period_s, usual)
    except ValidationError as error:
        raise _refused(error) from None


def _at_least(size: float, period_s: int, usual: AlarmPlan) -> Static:
    """A counter of errors keeps its FILL and its share of the requests."""
    share = usual.test.share if isinstance(usual.test, Static) else None
    if share is None:
        return Static(threshold=size)
    of = share.of.model_copy(update={"period_s": period_s})
    return Static(threshold=size, filled=True, share=share.model_copy(update={"of": of}))


def _of(text: str) -> tuple[int, int]:
    hit = re.fullmatch(r"\s*(\d{1,4})\s*(?:of|/)\s*(\d{1,4})\s*", text.lower())
    if not hit:
        raise UserError(say("I cannot read {text}. Write it like 3 of 5.", text=text))
    return int(hit[1]), int(hit[2])


def _number(text: str) -> float:
    if not re.fullmatch(r"\s*-?\d{1,12}(\.\d{1,6})?\s*", text):
        raise UserError(say("I cannot read {text} as a number.", text=text))
    return float(text)


def _ranges(text: str) -> tuple[Window, ...]:
    """One range a line: two times in UTC."""
    return tuple(_range(line) for line in text.splitlines() if line.strip())


def _range(line: str) -> Window:
    try:
        start, end = (_time(part) for part in line.split())
    except ValueError:
        raise _unreadable(line) from None
    if start >= end:
        raise _unreadable(line)
    return Window(start=start, end=end)


def _unreadable(line: str) -> UserError:
    return UserError(
        say(
            "I cannot read {line}. Write a start and an end like 2026-11-20T08:00Z 2026-11-20T10:00Z.",
            line=line.strip(),
        )
    )


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _refused(error: ValidationError) -> UserError:
    why = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return UserError(say("These values make no alarm: {why}.", why=why))
