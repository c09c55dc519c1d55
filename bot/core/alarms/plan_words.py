"""An alarm plan's test in words."""

from __future__ import annotations

from bot.core.alarms.plan import AlarmPlan, Band, Comparison, Sides
from bot.core.message import Code, Message, say


def words_of_test(plan: AlarmPlan) -> Message:
    """'band of width 8, both sides' or 'at least 10, or 1 % of RequestCount from 100 on'."""
    test = plan.test
    if isinstance(test, Band):
        side = {
            Sides.BOTH: say("both sides"),
            Sides.UPPER: say("above it only"),
            Sides.LOWER: say("below it only"),
        }[test.sides]
        return say("anomaly detection band of width {width}, {side}", width=test.width, side=side)
    comparison = {
        Comparison.AT_LEAST: say("at least {threshold}", threshold=test.threshold),
        Comparison.ABOVE: say("above {threshold}", threshold=test.threshold),
        Comparison.BELOW: say("below {threshold}", threshold=test.threshold),
        Comparison.AT_MOST: say("at most {threshold}", threshold=test.threshold),
    }[test.comparison]
    if test.share is None:
        return comparison
    return say(
        "{count}, or {percent} % of {of} where that is at least {floor}",
        count=comparison,
        percent=test.share.percent,
        of=Code(text=test.share.of.name),
        floor=test.share.floor,
    )
