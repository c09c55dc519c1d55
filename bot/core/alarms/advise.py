"""Which alarm a metric should have: of the plans worth trying, the one the last two weeks speak for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.core.alarms.backtest import BackTest, KnownIncident, backtest
from bot.core.alarms.history import AlarmMetrics
from bot.core.alarms.natures import NATURES, metric_of, metrics_of
from bot.core.alarms.plan import AlarmPlan, Band, Static
from bot.core.alarms.present import alarms_on, plan_of
from bot.core.alarms.proposals import period_s_of, proposals, reasons_for
from bot.core.errors import UserError
from bot.core.evidence import Alarm, AlarmMetric
from bot.core.message import Code, Message, Value, many, say
from bot.core.model import LoadBalancer

QUIET_ENOUGH = 2
"""Firings in two weeks that belong to no known incident: more than that and nobody answers any more."""


class Tried(Value):
    """A plan and what it would have done; `test` None: what it needs was not read."""

    plan: AlarmPlan
    test: BackTest | None


class PresentAlarm(Value):
    """An alarm that watches the metric now; `tried` None: it cannot be replayed."""

    name: str
    tried: Tried | None


class Advice(Value):
    """The proposed alarm with reasons, beside what is there."""

    load_balancer: LoadBalancer
    metric: str
    proposed: Tried
    reasons: tuple[Message, ...]
    present: tuple[PresentAlarm, ...] = ()


def check_metric(lb: LoadBalancer, metric: str) -> None:
    """UserError, naming what there is, for a metric the adviser does not know."""
    if metric not in NATURES[lb.type]:
        known = [Code(text=name) for name in metrics_of(lb.type)]
        raise UserError(
            say(
                "I give no advice on {metric} of {name}. I know: {known}.",
                metric=Code(text=metric),
                name=lb.name,
                known=known,
            )
        )


def wanted(lb: LoadBalancer, metric: str, alarms: Iterable[Alarm] = ()) -> tuple[AlarmMetric, ...]:
    """The series to read for advice on a metric and for the back-test of the alarms that watch it."""
    nature = NATURES[lb.type][metric]
    period_s = period_s_of(nature)
    own = metric_of(lb, metric, nature.statistic, period_s)
    found = [own, *([metric_of(lb, nature.of, "Sum", period_s)] if nature.of else [])]
    plans = [plan for alarm in alarms_on(own, alarms) if (plan := plan_of(alarm))]
    return _each_once([*found, *(plan.metric for plan in plans)])


def wanted_for(plan: AlarmPlan, alarms: Iterable[Alarm] = ()) -> tuple[AlarmMetric, ...]:
    """The same for a plan somebody chose."""
    share = plan.test.share if isinstance(plan.test, Static) else None
    plans = [other for alarm in alarms_on(plan.metric, alarms) if (other := plan_of(alarm))]
    return _each_once([plan.metric, *([share.of] if share else []), *(other.metric for other in plans)])


def advise(
    lb: LoadBalancer,
    metric: str,
    history: AlarmMetrics,
    alarms: Iterable[Alarm] = (),
    known: Sequence[KnownIncident] = (),
) -> Advice:
    """The proposal for a metric the adviser knows. UserError for another."""
    check_metric(lb, metric)
    nature = NATURES[lb.type][metric]
    line = history.line(metric_of(lb, metric, nature.statistic, period_s_of(nature)))
    plans = proposals(lb, metric, line)
    tried = _tried(plans, history, known)
    best = min(tried, key=lambda one: _badness(one, len(known)))
    return Advice(
        load_balancer=lb,
        metric=metric,
        proposed=best,
        reasons=(*reasons_for(best.plan, nature), *_why_this_one(tried, best)),
        present=_present(best.plan, alarms, history, known),
    )


def compare(
    lb: LoadBalancer,
    plan: AlarmPlan,
    history: AlarmMetrics,
    alarms: Iterable[Alarm] = (),
    known: Sequence[KnownIncident] = (),
) -> Advice:
    """A plan somebody chose, back-tested beside what is there."""
    return Advice(
        load_balancer=lb,
        metric=plan.metric.name,
        proposed=Tried(plan=plan, test=backtest(plan, history, known)),
        reasons=(say("The values are those you chose."),),
        present=_present(plan, alarms, history, known),
    )


def _tried(plans: Iterable[AlarmPlan], history: AlarmMetrics, known: Sequence[KnownIncident]) -> list[Tried]:
    """The plans in their order, up to the first that nothing can be better than."""
    found = []
    for plan in plans:
        found.append(Tried(plan=plan, test=backtest(plan, history, known)))
        if found[-1].test is None or _badness(found[-1], len(known)) == (0, 0):
            break
    return found


def _badness(tried: Tried, known: int) -> tuple[int, int]:
    """Missed incidents first, then noise beyond what is bearable; of equals the first, the usual one."""
    if tried.test is None:
        return known, 0
    return known - tried.test.caught, max(0, tried.test.unexplained - QUIET_ENOUGH)


def _why_this_one(tried: Sequence[Tried], best: Tried) -> Iterable[Message]:
    usual = tried[0]
    if best is usual or not usual.test or not best.test:
        return
    test = best.plan.test
    yield say(
        "{chosen} instead of {usual}: the usual one would have fired {times}.",
        chosen=test.width if isinstance(test, Band) else test.threshold,
        usual=_size(usual.plan),
        times=many(
            "{n} time without a known incident",
            "{n} times without a known incident",
            n=usual.test.unexplained,
        ),
    )


def _size(plan: AlarmPlan) -> float:
    return plan.test.width if isinstance(plan.test, Band) else plan.test.threshold


def _present(
    plan: AlarmPlan, alarms: Iterable[Alarm], history: AlarmMetrics, known: Sequence[KnownIncident]
) -> tuple[PresentAlarm, ...]:
    found = []
    for alarm in alarms_on(plan.metric, alarms):
        there = plan_of(alarm)
        tried = Tried(plan=there, test=backtest(there, history, known)) if there else None
        found.append(PresentAlarm(name=alarm.name, tried=tried))
    return tuple(found)


def _each_once(metrics: Iterable[AlarmMetric]) -> tuple[AlarmMetric, ...]:
    found: list[AlarmMetric] = []
    for metric in metrics:
        if metric not in found:
            found.append(metric)
    return tuple(found)
