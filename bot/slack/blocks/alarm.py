"""An answer of the alarm adviser: the proposal, what it would have done, what is there now, and why."""

from __future__ import annotations

from bot.core.alarms.advise import PresentAlarm, Tried
from bot.core.alarms.backtest import BackTest, Catch
from bot.core.alarms.plan import AlarmPlan, Band, Missing
from bot.core.alarms.plan_words import words_of_test
from bot.core.alarms.view import AdviceView
from bot.core.checks import unread_sentence
from bot.core.message import At, Code, Message, Person, Span, many, say
from bot.core.ports import Rendered
from bot.slack.blocks.alarm_write import creating
from bot.slack.blocks.content import rendered
from bot.slack.blocks.writer import Writer

MOST_LINES = 10


def render_advice(view: AdviceView, write: Writer) -> Rendered:
    """The answer first: what to have, and what it would have done."""
    advice = view.advice
    plan = advice.proposed.plan
    heading = say(
        "*Alarm for {metric} of {name}*", metric=Code(text=advice.metric), name=advice.load_balancer.name
    )
    lines = [
        heading,
        say("Proposed: {test}. {rule}.", test=words_of_test(plan), rule=_rule(plan)),
        _did(advice.proposed),
        *_catches(advice.proposed.test),
        *_present(advice.present, alarms_read=not _alarms_unread(view)),
    ]
    reasons = [say("• {reason}", reason=reason) for reason in advice.reasons]
    blocks = [
        *write.sections(write.text(line) for line in lines),
        *write.sections(write.text(reason) for reason in reasons),
        *write.sections(f"❔  {write.text(unread_sentence(one))}" for one in view.unread),
        *write.context(write.text(part) for part in _small_print(view)),
        *(creating(view.write, write) if view.write else ()),
    ]
    return rendered("\n".join(write.text(line) for line in lines), blocks)


def _rule(plan: AlarmPlan) -> Message:
    missing = {
        Missing.MISSING: say("missing points make it INSUFFICIENT_DATA"),
        Missing.IGNORE: say("missing points change nothing"),
        Missing.BREACHING: say("missing points breach"),
        Missing.NOT_BREACHING: say("missing points do not breach"),
    }[plan.missing]
    return say(
        "{statistic} over {period}, {m} of {count} points; {missing}",
        statistic=Code(text=plan.metric.statistic),
        period=Span(seconds=plan.metric.period_s),
        m=plan.datapoints,
        count=plan.periods,
        missing=missing,
    )


def _did(tried: Tried) -> Message:
    test = tried.test
    if test is None:
        return say("Not back-tested: what it needs was not read.")
    if not test.firings:
        return say("In the last 14 days it would not have fired.")
    return say(
        "In the last 14 days it would have fired {times}, {length} in ALARM together; {unexplained}.",
        times=many("{n} time", "{n} times", n=len(test.firings)),
        length=test.in_alarm,
        unexplained=many(
            "{n} of them without a known incident", "{n} of them without a known incident", n=test.unexplained
        ),
    )


def _catches(test: BackTest | None) -> list[Message]:
    return [_catch(one) for one in test.catches[:MOST_LINES]] if test else []


def _catch(catch: Catch) -> Message:
    incident, began = catch.incident.name, At(at=catch.incident.window.start, show="day_time")
    if catch.late is not None:
        seconds = catch.late.total_seconds()
        after = Span(seconds=abs(seconds))
        if seconds >= 0:
            return say(
                "Incident {name} of {began}: fires {after} after it began.",
                name=incident,
                began=began,
                after=after,
            )
        return say(
            "Incident {name} of {began}: fires {after} before it began.",
            name=incident,
            began=began,
            after=after,
        )
    if catch.already:
        return say(
            "Incident {name} of {began}: in ALARM since before, so nobody is told.",
            name=incident,
            began=began,
        )
    return say("Incident {name} of {began}: missed.", name=incident, began=began)


def _present(present: tuple[PresentAlarm, ...], *, alarms_read: bool) -> list[Message]:
    if not alarms_read:
        return []
    if not present:
        return [say("Now: no alarm watches it.")]
    return [_one_present(alarm) for alarm in present[:MOST_LINES]]


def _one_present(alarm: PresentAlarm) -> Message:
    if alarm.tried is None:
        return say("Now: {name}, whose metric math is not replayed here.", name=Code(text=alarm.name))
    plan, test = alarm.tried.plan, alarm.tried.test
    if test is None:
        return say(
            "Now: {name}, {test}. Not back-tested: what it needs was not read.",
            name=Code(text=alarm.name),
            test=words_of_test(plan),
        )
    return say(
        "Now: {name}, {test}. {rule}. By the same replay it would have fired {times} "
        "and caught {caught} of {known}.",
        name=Code(text=alarm.name),
        test=words_of_test(plan),
        rule=_rule(plan),
        times=many("{n} time", "{n} times", n=len(test.firings)),
        caught=test.caught,
        known=many("{n} known incident", "{n} known incidents", n=len(test.catches)),
    )


def _small_print(view: AdviceView) -> list[Message]:
    plan, test = view.advice.proposed.plan, view.advice.proposed.test
    said = []
    if isinstance(plan.test, Band):
        said.append(
            say(
                "The back-test's band is our estimate. CloudWatch's own takes up to 3 hours to appear and "
                "two weeks to settle."
            )
        )
    if test and test.judged < 1:
        said.append(say("{percent} % of the points could be judged", percent=round(100 * test.judged)))
    if view.asked_by:
        said.append(say("asked by {who}", who=Person(id=view.asked_by)))
    return said


def _alarms_unread(view: AdviceView) -> bool:
    return any(one.action == "cloudwatch:DescribeAlarms" for one in view.unread)
