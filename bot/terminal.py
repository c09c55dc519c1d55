"""What the command line shows: the answer of `diagnose` as aligned lines, and tables of ok / what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.core.cause import Band, Diagnosis, RankedCause, Verdict
from bot.core.message import say
from bot.core.model import Finding, Scope, Status
from bot.diagnose import Answer
from bot.i18n import t, tr

_STYLES = {
    Status.PASS: "green",
    Status.WARN: "yellow",
    Status.FAIL: "bold red",
    Status.UNKNOWN: "dim",
    Status.NOT_APPLICABLE: "dim",
}
# A whole log line is in --json; here it would push the answer off the screen.
DETAIL_WIDTH = 200
_WORDS = {Status.UNKNOWN: "----", Status.NOT_APPLICABLE: "n/a"}


@dataclass(frozen=True)
class Line:
    """One line of `doctor`: what was looked at, whether it is fine, and what to do if not."""

    what: str
    ok: bool | None
    say: str


def show_answer(
    console: Console, answer: Answer, api_calls: Mapping[str, int], seconds: float, locale: str
) -> None:
    """The findings, then the diagnosis, as in a message to a colleague."""
    console.print(_headline(answer, api_calls, seconds, locale))
    console.print(_findings(answer.findings, locale))
    console.print()
    for line in diagnosis_lines(answer.diagnosis, locale):
        console.print(line)


def _headline(answer: Answer, api_calls: Mapping[str, int], seconds: float, locale: str) -> Text:
    scope = answer.scope
    cost = t(
        say(
            "{checks} checks, {calls} calls, {seconds} s",
            checks=len(answer.findings),
            calls=sum(api_calls.values()),
            seconds=round(seconds, 1),
        ),
        locale,
    )
    head = Text(scope.load_balancer.name, style="bold")
    head.append(f"  {scope.load_balancer.type.value}  {_span_of(scope)}", style="not bold")
    head.append(f"   {cost}", style="dim not bold")
    return head


def _span_of(scope: Scope) -> str:
    start, end = scope.window.start, scope.window.end
    return f"{start:%Y-%m-%d %H:%M}-{_end_text(start, end)} UTC"


def _end_text(start: datetime, end: datetime) -> str:
    return f"{end:%H:%M}" if end.date() == start.date() else f"{end:%Y-%m-%d %H:%M}"


def _findings(findings: Iterable[Finding], locale: str) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        if finding.status is Status.NOT_APPLICABLE:
            continue
        word = _WORDS.get(finding.status, finding.status.value)
        table.add_row(Text(word, _STYLES[finding.status]), finding.check, _sentences(finding, locale))
    return table


def _sentences(finding: Finding, locale: str) -> Text:
    text = Text(t(finding.summary, locale))
    if finding.status in (Status.FAIL, Status.WARN):
        for detail in finding.details:
            text.append("\n" + shorten(t(detail, locale), DETAIL_WIDTH, placeholder=" …"), style="dim")
    return text


def diagnosis_lines(diagnosis: Diagnosis, locale: str) -> list[Text | Padding]:
    """The verdict, then for / against / not checked of the causes that count."""
    lines: list[Text | Padding] = [_verdict(diagnosis, locale)]
    lines += [Padding(Text(t(reason, locale), style="dim"), (0, 2)) for reason in diagnosis.reasons]
    shown = [cause for cause in diagnosis.causes if cause.band is not Band.UNLIKELY][:3]
    for cause in shown:
        lines += _cause(cause, locale)
    return lines


def _verdict(diagnosis: Diagnosis, locale: str) -> Text:
    if diagnosis.verdict is Verdict.CANNOT_TELL:
        return Text(t(say("Cannot tell."), locale), style="bold yellow")
    named = next(cause for cause in diagnosis.causes if cause.id == diagnosis.cause)
    others = [cause for cause in diagnosis.causes if cause.id != diagnosis.cause]
    text = Text(f"{tr(diagnosis.verdict.value, locale)}: ", style="bold")
    text.append(f"{tr(named.title, locale)} ({named.score})", style="bold red")
    if others:
        next_one = say("next: {title} ({score})", title=tr(others[0].title, locale), score=others[0].score)
        text.append(f"   {t(next_one, locale)}", style="dim not bold")
    return text


def _cause(cause: RankedCause, locale: str) -> list[Padding]:
    rows = [f"{tr(cause.title, locale)} - {tr(cause.band.value, locale)} ({cause.score})"]
    rows += [f"  + {t(reason.because, locale)}" for reason in cause.for_]
    rows += [f"  - {t(reason.because, locale)}" for reason in cause.against]
    if cause.not_checked:
        names = ", ".join(dict.fromkeys(item.signal for item in cause.not_checked))
        rows.append(f"  ? {t(say('not checked: {names}', names=names), locale)}")
    return [Padding(Text(row), (0, 2)) for row in rows]


def show_lines(console: Console, lines: Iterable[Line]) -> None:
    """A table of ok / what to do; an unknown is a dash, never a tick."""
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    marks = {True: Text("ok", "green"), False: Text("to do", "bold red"), None: Text("-", "dim")}
    for line in lines:
        table.add_row(marks[line.ok], line.what, line.say)
    console.print(table)
