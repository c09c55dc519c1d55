"""Small builders of alarm plans and two weeks of metrics for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.core.alarms.history import AlarmMetrics
from bot.core.alarms.natures import NATURES, metric_of
from bot.core.alarms.plan import AlarmPlan, Band, Missing, Sides, Static
from bot.core.alarms.proposals import default_plan
from bot.core.evidence import Alarm, AlarmMetric, Series
from bot.core.model import LoadBalancerType, Window
from tests.evidence_builders import a_load_balancer

NLB = a_load_balancer(LoadBalancerType.NETWORK, name="pay-edge")
ALB = a_load_balancer(LoadBalancerType.APPLICATION)
CLB = a_load_balancer(LoadBalancerType.CLASSIC, name="old-shop")
END = datetime(2026, 11, 21, tzinfo=UTC)
TWO_WEEKS = Window(start=END - timedelta(days=14), end=END)
SIX_DAYS = Window(start=END - timedelta(days=6), end=END)
"""Long enough for a band on three of them."""
RESETS = metric_of(NLB, "TCP_Target_Reset_Count", "Sum", 300)
ERRORS = metric_of(ALB, "TargetConnectionErrorCount", "Sum", 60)
REQUESTS = metric_of(ALB, "RequestCount", "Sum", 60)


def a_plan(
    test: Static | Band | None = None,
    *,
    metric: AlarmMetric = RESETS,
    of: tuple[int, int] = (3, 3),
    missing: Missing = Missing.MISSING,
    name: str = "resets",
    description: str = "",
    actions: tuple[str, ...] = (),
) -> AlarmPlan:
    """The default is the band that is proposed for resets."""
    return AlarmPlan(
        name=name,
        description=description,
        metric=metric,
        test=test or Band(width=8),
        datapoints=of[0],
        periods=of[1],
        missing=missing,
        alarm_actions=actions,
        ok_actions=actions,
    )


def a_history(*series: Series, window: Window = TWO_WEEKS) -> AlarmMetrics:
    return AlarmMetrics(window=window, series=series)


def fortnight(
    metric: AlarmMetric,
    value: Callable[[datetime], float | None],
    *,
    status: str = "Complete",
    window: Window = TWO_WEEKS,
) -> Series:
    """A series whose point at each period start is `value` of it, None for a missing one."""
    step = timedelta(seconds=metric.period_s)
    count = window.length // step
    times = [window.start + i * step for i in range(count)]
    points = tuple((at, found) for at in times if (found := value(at)) is not None)
    return Series(**metric.model_dump(), status=status, points=points)


def daily_wave(at: datetime) -> float:
    """1,000 to 2,000 a period over the day, with a small regular ripple."""
    minute = at.hour * 60 + at.minute
    return 1000 + 1000 * (1 - abs(minute - 720) / 720) + (minute // 5 * 7 + at.day * 3) % 11


def but(
    base: Callable[[datetime], float | None], changes: Mapping[Window, float | None]
) -> Callable[[datetime], float | None]:
    """`base`, with another value inside some windows."""

    def value(at: datetime) -> float | None:
        return next((other for window, other in changes.items() if window.holds(at)), base(at))

    return value


def an_alarm(plan: AlarmPlan, expression: str = "") -> Alarm:
    """The plan as CloudWatch would describe it."""
    test = plan.test
    return Alarm(
        name=plan.name,
        arn=f"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{plan.name}",
        metrics=(plan.metric,),
        expression=expression,
        state="OK",
        threshold=test.threshold if isinstance(test, Static) else None,
        threshold_band="" if isinstance(test, Static) else "band",
        comparison=test.comparison if isinstance(test, Static) else test.sides,
        evaluation_periods=plan.periods,
        datapoints_to_alarm=plan.datapoints,
        treat_missing=plan.missing,
    )


def marks(text: str) -> Sequence[bool | None]:
    """'0 - X': within, missing, breaching, oldest first, as AWS writes them."""
    return [{"0": False, "-": None, "X": True}[letter] for letter in text.split()]


SALE = Window(start=END - timedelta(days=3), end=END - timedelta(days=2))
TOPIC = "arn:aws:sns:eu-central-1:111122223333:on-call"
LOOKS_LIKE_CODE = 'a"; rm -rf / ${file("x")} %{ if true } `id` #{1} {{x}} \\ é 😀'
EVERYTHING_SET = a_plan(
    Band(width=6.5, sides=Sides.LOWER, excluded=(SALE,), time_zone="Europe/Berlin"),
    of=(2, 4),
    name="pay-edge resets",
    description="Nothing arrives",
    actions=(TOPIC,),
)
PLANS: dict[str, AlarmPlan] = {
    **{f"{lb.name} {m}": default_plan(lb, m) for lb in (ALB, NLB, CLB) for m in NATURES[lb.type]},
    "everything set": EVERYTHING_SET,
    "filled": a_plan(Static(threshold=0.25, filled=True), missing=Missing.IGNORE),
    "a name that looks like code": a_plan(name=LOOKS_LIKE_CODE, description=LOOKS_LIKE_CODE),
}
"""Plans of every shape, for generated code."""
