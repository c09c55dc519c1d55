"""Application log: did the application restart, run out of memory, or say something it never said before?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.applog.values import AppLogHint, AppLogMessage
from bot.core.checks import Case, Check, unread_sentence
from bot.core.evidence import AppLog, BaselineMetrics, LoadBalancerMetrics
from bot.core.message import Code, Message, many, say
from bot.core.model import (
    Chart,
    ChartMark,
    ChartSeries,
    Finding,
    Moment,
    MomentKind,
    Scope,
    Signal,
    Status,
    Table,
)
from bot.core.suspect import Suspect, suspect_time

MINUTE = timedelta(minutes=1)
MOST_HINTS = 8
SHOWN_CHARS = 160
MEANS = {
    "bind": say("its port could not be opened"),
    "memory": say("out of memory"),
    "crash": say("it crashed"),
    "stop": say("it was stopped"),
    "start": say("it started"),
}


@dataclass(frozen=True)
class Reading:
    """The log held against the errors: what counts is what it says from shortly before them."""

    log: AppLog
    suspect: Suspect

    @property
    def restarts(self) -> tuple[AppLogHint, ...]:
        """Hints from a quarter of an hour before the first error, the telling kinds first."""
        order = list(MEANS)
        found = [h for h in self.log.hints if h.at >= self.suspect.window.start]
        return tuple(sorted(found, key=lambda h: (order.index(h.kind), h.at)))

    @property
    def new(self) -> tuple[AppLogMessage, ...]:
        """Errors that the hour before did not have; () while that hour is not fully known."""
        return tuple(m for m in self.log.messages if not m.before) if self.log.compared else ()

    @property
    def lines(self) -> int:
        return sum(m.lines for m in self.log.minutes if self.log.window.holds(m.at))

    def count(self, name: str) -> int:
        return sum(getattr(m, name) for m in self.log.minutes if self.log.window.holds(m.at))

    @property
    def whole(self) -> bool:
        """Not seeing something in it means that it was not logged."""
        return self.log.complete and not self.log.unread and self.lines > 0


def judge(case: Case) -> Finding:
    """FAIL: a crash, no memory, no port, or new errors. WARN: a restart, old errors. PASS: quiet."""
    reading = Reading(case[AppLog], suspect_time(case))
    return case.finding(
        _status(reading),
        _summary(reading),
        details=_details(reading),
        numbers={
            "lines": reading.lines,
            "error_lines": reading.count("errors"),
            "lines_5xx": reading.count("server_errors"),
            "static_5xx": reading.count("static_errors"),
            "new_messages": len(reading.new) if reading.log.compared else None,
            "scanned_bytes": reading.log.bytes,
        },
        signals=_signals(reading),
        moments=_moments(reading),
        chart=_chart(reading, case.scope) if reading.log.minutes else None,
        table=_table(reading),
        unread=reading.log.unread,
    )


def _status(reading: Reading) -> Status:
    if reading.new or any(h.kind in ("bind", "memory", "crash") for h in reading.restarts):
        return Status.FAIL
    if reading.restarts or reading.log.messages:
        return Status.WARN
    return Status.PASS if reading.whole else Status.UNKNOWN


def _summary(reading: Reading) -> Message:
    if reading.restarts:
        hint = reading.restarts[0]
        return say(
            "{stream} at {at}, {what}: {text}",
            stream=Code(text=hint.stream),
            at=hint.at,
            what=MEANS[hint.kind],
            text=Code(text=hint.text[:SHOWN_CHARS]),
        )
    if reading.new:
        return many(
            "{n} error message that the hour before did not have: {text}",
            "{n} error messages that the hour before did not have, first: {text}",
            n=len(reading.new),
            text=Code(text=reading.new[0].example[:SHOWN_CHARS]),
        )
    if reading.log.messages:
        n = sum(message.count for message in reading.log.messages)
        if not reading.log.compared:
            return many("{n} error line.", "{n} error lines; the hour before could not be compared.", n=n)
        return many("{n} error line, not new.", "{n} error lines, none of them new.", n=n)
    return _quiet(reading)


def _quiet(reading: Reading) -> Message:
    if not reading.lines:
        return say("The log has no line of this time. Nothing is concluded from it.")
    if not reading.whole:
        return say("No error so far, but only a part of the log was read.")
    return many(
        "No error and no restart in {n} line.", "No error and no restart in {n} lines.", n=reading.lines
    )


def _details(reading: Reading) -> Iterator[Message]:
    for hint in reading.restarts[1:MOST_HINTS]:
        yield say(
            "{stream} at {at}, {what}: {text}",
            stream=Code(text=hint.stream),
            at=hint.at,
            what=MEANS[hint.kind],
            text=Code(text=hint.text[:SHOWN_CHARS]),
        )
    if static := reading.count("static_errors"):
        yield many(
            "{n} 5xx for a static file: then the application's own code is hardly the cause.",
            "{n} 5xx for static files: then the application's own code is hardly the cause.",
            n=static,
        )
    if not reading.log.complete:
        yield say(
            "Read up to a limit of {mb} MB; later lines are missing.", mb=round(reading.log.bytes / 2**20)
        )
    for unread in reading.log.unread:
        yield unread_sentence(unread)
    yield say(
        "Read from {groups}, {start} to {end}; values that look like secrets are masked.",
        groups=[Code(text=group) for group in reading.log.groups],
        start=reading.log.window.start,
        end=reading.log.window.end,
    )


def _signals(reading: Reading) -> Iterator[Signal]:
    if reading.restarts or reading.whole:
        because = (
            _summary(reading) if reading.restarts else say("The application log has no sign of a restart.")
        )
        yield Signal(id="app_log_restart", holds=bool(reading.restarts), because=because)
    if reading.new or (reading.whole and reading.log.compared):
        because = say("The application log has no error that is new.")
        if reading.new:
            text = Code(text=reading.new[0].example[:SHOWN_CHARS])
            because = say("New in the application log: {text}", text=text)
        yield Signal(id="app_log_errors_new", holds=bool(reading.new), because=because)
    loud = bool(reading.restarts or reading.log.messages)
    if loud or reading.whole:
        because = say("The application logged errors or a restart.") if loud else _quiet(reading)
        yield Signal(id="app_log_quiet", holds=not loud, because=because)


def _moments(reading: Reading) -> Iterator[Moment]:
    for hint in reading.restarts[:MOST_HINTS]:
        yield Moment(
            at=hint.at,
            kind=MomentKind.HEALTH,
            message=say("{stream}: {what}", stream=Code(text=hint.stream), what=MEANS[hint.kind]),
            key=f"app_log:{hint.kind}:{hint.stream}:{hint.at:%Y%m%dT%H%M%S}",
        )


def _chart(reading: Reading, scope: Scope) -> Chart:
    """Errors and 5xx a minute. A minute without any line is a gap: it may not have been logged."""
    minutes = {m.at: m for m in reading.log.minutes}
    window = reading.log.window
    first = min([*minutes, window.start]).replace(second=0, microsecond=0)
    times = [first + i * MINUTE for i in range(int((window.end - first) / MINUTE))]

    def points(name: str) -> tuple[tuple[datetime, float | None], ...]:
        return tuple((at, float(getattr(minutes[at], name)) if at in minutes else None) for at in times)

    marks = [ChartMark(at=scope.alarm_at, label="alarm")]
    if reading.suspect.exact:
        marks.insert(0, ChartMark(at=reading.suspect.reference, label="first error"))
    return Chart(
        title=say("Errors in the application log"),
        series=(
            ChartSeries(name="errors", unit="Count", points=points("errors")),
            ChartSeries(name="5xx", unit="Count", points=points("server_errors")),
        ),
        window=window.model_copy(update={"start": first}),
        marks=tuple(marks),
        alt=say(
            "{n} error lines and {n5} lines of 5xx in the application log.",
            n=reading.count("errors"),
            n5=reading.count("server_errors"),
        ),
    )


def _table(reading: Reading) -> Table | None:
    """The commonest errors, new ones first."""
    if not reading.log.messages:
        return None
    return Table(
        columns=(say("Times"), say("Hour before"), say("First"), say("Message")),
        rows=tuple(
            (
                str(m.count),
                str(m.before) if reading.log.compared else "?",
                f"{m.first:%H:%M:%S} UTC",
                m.example[:SHOWN_CHARS],
            )
            for m in reading.log.messages
        ),
    )


def _command(scope: Scope) -> str:
    start, end = (int(at.timestamp() * 1000) for at in (scope.window.start, scope.window.end))
    return (
        f"aws logs filter-log-events --region {scope.load_balancer.region} --log-group-name LOG_GROUP "
        f"--start-time {start} --end-time {end}"
    )


CHECK = Check(
    id="application_log",
    title="Application log",
    asks="Did the application restart, or log errors it had not logged before?",
    needs=(AppLog,),
    uses=(LoadBalancerMetrics, BaselineMetrics),
    judge=judge,
    signals=("app_log_restart", "app_log_errors_new", "app_log_quiet"),
    console="log_groups",
    command=_command,
)
