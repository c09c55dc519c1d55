"""Alarm definition in code: does the live alarm still look the way the team's code defines it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.alarm_code.compare import Comparison, Difference, compare, definitions_of
from bot.core.alarm_code.values import AlarmDefinition
from bot.core.checks import Case, Check, unread_sentence, unread_summary
from bot.core.evidence import Alarm, AlarmDefinitions, Alarms, StackAlarms
from bot.core.message import Code, Message, many, say
from bot.core.model import Finding, Scope, Status, Table, Unread

MOST_ROWS = 30
MOST_FILES = 3


@dataclass(frozen=True)
class Drift:
    """Every live alarm of the load balancer against each of its definitions."""

    alarms: tuple[Alarm, ...]
    comparisons: tuple[Comparison, ...]
    undefined: tuple[str, ...]
    unreadable: tuple[str, ...]
    unread: tuple[Unread, ...]

    @property
    def drifted(self) -> tuple[tuple[Comparison, Difference], ...]:
        return tuple((c, difference) for c in self.comparisons for difference in c.differences)

    @property
    def compared(self) -> int:
        """Fields that were plain on both sides."""
        return sum(c.compared for c in self.comparisons)


def judge(case: Case) -> Finding:
    """WARN: a field differs. PASS: what could be compared is equal. UNKNOWN: no code, or nothing in it."""
    alarms = case[Alarms].alarms
    if not alarms:
        return case.finding(Status.NOT_APPLICABLE, say("No alarm watches this load balancer."))
    drift = _drift(case, alarms)
    return case.finding(
        _status(drift),
        _summary(drift),
        details=_details(drift),
        numbers={
            "alarms": len(alarms),
            "alarms_not_in_code": len(drift.undefined),
            "fields_compared": drift.compared,
            "fields_different": len(drift.drifted),
        },
        table=_table(drift),
        unread=drift.unread,
    )


def _drift(case: Case, alarms: tuple[Alarm, ...]) -> Drift:
    read = [case.get(AlarmDefinitions), case.get(StackAlarms)]
    known = [one for one in read if not isinstance(one, Unread)]
    definitions: list[AlarmDefinition] = [d for one in known for d in one.definitions]
    own = {alarm.name: definitions_of(alarm, definitions) for alarm in alarms}
    return Drift(
        alarms,
        tuple(compare(alarm, definition) for alarm in alarms for definition in own[alarm.name]),
        tuple(name for name, found in own.items() if not found),
        tuple(text for one in known for text in one.unreadable),
        tuple(one for one in read if isinstance(one, Unread)),
    )


def _status(drift: Drift) -> Status:
    if drift.drifted:
        return Status.WARN
    return Status.PASS if drift.compared else Status.UNKNOWN


def _summary(drift: Drift) -> Message:
    if drift.drifted:
        first, difference = drift.drifted[0]
        return many(
            "{alarm} differs from its code: {field} is {live}, {place} says {code}.",
            "{alarm} differs from its code in {n} fields, first: {field} is {live}, {place} says {code}.",
            n=len(drift.drifted),
            alarm=Code(text=first.alarm.name),
            field=difference.field,
            live=_shown(difference.live),
            place=Code(text=first.definition.place),
            code=_shown(difference.code),
        )
    if drift.compared:
        defined = len(drift.alarms) - len(drift.undefined)
        return many(
            "{n} of {total} alarms is as its code defines it.",
            "{n} of {total} alarms are as their code defines them.",
            n=defined,
            total=len(drift.alarms),
        )
    if drift.comparisons:
        return say("Every value in the code is computed, so none can be compared.")
    if drift.unread:
        return unread_summary(drift.unread)
    return say("None of these alarms is defined in the code that was read.")


def _shown(value: str) -> Message | Code:
    return Code(text=value) if value else say("not set")


def _details(drift: Drift) -> Iterator[Message]:
    computed = [c for c in drift.comparisons if c.unknown]
    for comparison in computed:
        yield say(
            "Cannot be compared in {place}, because it is computed there: {fields}.",
            place=Code(text=comparison.definition.place),
            fields=[
                say(
                    "{field} ({expression})",
                    field=name,
                    expression=Code(text=comparison.definition.unknown[name]),
                )
                for name in comparison.unknown
            ],
        )
    if drift.undefined and drift.comparisons:
        yield say(
            "Not in the code that was read: {alarms}.", alarms=[Code(text=name) for name in drift.undefined]
        )
    for text in drift.unreadable[:MOST_FILES]:
        yield say("Could not be read: {file}", file=text)
    if len(drift.unreadable) > MOST_FILES:
        yield many("{n} file could not be read.", "{n} files could not be read.", n=len(drift.unreadable))
    yield from (unread_sentence(unread) for unread in drift.unread)


def _table(drift: Drift) -> Table | None:
    if not drift.drifted:
        return None
    return Table(
        columns=(say("Alarm"), say("Field"), say("Live"), say("Code"), say("Place")),
        rows=tuple(
            (c.alarm.name, d.field, d.live, d.code, c.definition.place) for c, d in drift.drifted[:MOST_ROWS]
        ),
    )


def _command(scope: Scope) -> str:
    lb = scope.load_balancer
    return f"aws cloudwatch describe-alarms --region {lb.region} --alarm-name-prefix {lb.name}"


CHECK = Check(
    id="alarm_code",
    title="Alarm definition in code",
    asks="Does the live alarm differ from the Terraform or CloudFormation that defines it?",
    needs=(Alarms,),
    uses=(AlarmDefinitions, StackAlarms),
    judge=judge,
    signals=(),
    console="alarms",
    command=_command,
)
