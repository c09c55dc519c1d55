"""An access log as it is shown: details, first and last line, chart and table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.core.accesslog.reading import ERRORS, LogReading, by_zone
from bot.core.accesslog.signature import Signature
from bot.core.accesslog.values import LogLine, LogNames
from bot.core.checks import unread_sentence
from bot.core.evidence import Subnets
from bot.core.message import Code, Message, many, say
from bot.core.model import Chart, ChartSeries, Moment, MomentKind, Table, Unread

SHOWN_TARGETS, SHOWN_NAMES = 10, 3
MEANS = {
    Signature.REFUSED: say("connection refused (502)"),
    Signature.CONNECT_TIMEOUT: say("connect timeout (504)"),
    Signature.RESET: say("closed by the target after the request was sent (502)"),
    Signature.SLOW: say("no reply before the idle timeout (504)"),
    Signature.NO_TARGET: say("no target to send it to (503)"),
    Signature.TARGET_5XX: say("5xx from the target itself"),
    Signature.LOAD_BALANCER_5XX: say("another 5xx of the load balancer"),
}


def meaning(reading: LogReading) -> Message:
    """How most of the 5xx ended. A refusal is called one only when the counter confirms it."""
    if reading.commonest is Signature.REFUSED and not reading.refusals.confirmed:
        if reading.refusals.tls:
            return say("TLS handshake with the target failed (502)")
        return say("no answer from the target (502)")
    return MEANS[reading.commonest or Signature.LOAD_BALANCER_5XX]


def part_read(reading: LogReading) -> Message:
    """How much of what was delivered has been read."""
    scanned = reading.log.scanned
    return say(
        "read {part} of {total} MB, {objects} of {objects_total} files.",
        part=round(scanned.bytes / 1e6, 1),
        total=round(scanned.bytes_total / 1e6, 1),
        objects=scanned.objects,
        objects_total=scanned.objects_total,
    )


def details(reading: LogReading, subnets: Subnets | Unread) -> Iterator[Message]:
    """What narrows the answer first, then where the errors were, then the other two logs."""
    log, refusals = reading.log, reading.refusals
    if not log.scanned.complete:
        yield say("Not the whole log: {part}", part=part_read(reading))
    if refusals.unconfirmed:
        yield many(
            "{n} refused connection could not be confirmed with the error counter.",
            "{n} refused connections could not be confirmed with the error counter.",
            n=refusals.unconfirmed,
        )
    if refusals.tls:
        yield many(
            "{n} line looks refused, but it was the TLS handshake that failed.",
            "{n} lines look refused, but it was the TLS handshake that failed.",
            n=refusals.tls,
        )
    if refusals.silent:
        yield many(
            "{n} line looks refused, but the error counter did not move: accepted, then closed.",
            "{n} lines look refused, but the error counter did not move: accepted, then closed.",
            n=refusals.silent,
        )
    if reading.errors:
        yield from _places(reading, subnets)
    if log.malformed:
        yield many("{n} line could not be understood.", "{n} lines could not be understood.", n=log.malformed)
    if log.scanned.cut:
        yield many("{n} file ends in the middle.", "{n} files end in the middle.", n=len(log.scanned.cut))
    if log.approximate:
        yield say("There are more different names than are counted; rare ones are under 'other'.")
    yield from _other_logs(reading)
    if reading.errors:
        yield say("First: {line}", line=Code(text=_first_line(reading).text))
    yield say("AWS delivers logs as well as it can, not every line for certain.")


def _first_line(reading: LogReading) -> LogLine:
    """The earliest kept line of the commonest 5xx, else of any."""
    alike = (line for line in reading.log.first if line.signature == reading.commonest)
    return next(alike, reading.log.first[0])


def _places(reading: LogReading, subnets: Subnets | Unread) -> Iterator[Message]:
    log = reading.log
    zones = by_zone(log.nodes.lines, reading.scope, subnets)
    yield say("By zone of the load balancer: {zones}", zones=_listed(LogNames(lines=zones)))
    yield say("By path: {paths}", paths=_listed(log.paths))
    yield say("By target group: {groups}", groups=_listed(log.groups))
    if log.error_reasons.lines:
        yield say("Reasons logged: {reasons}", reasons=_listed(log.error_reasons))


def _listed(names: LogNames) -> list[Message]:
    # Sorted here: a store or a case file does not keep the order of an object's keys.
    shown = sorted(names.lines.items(), key=lambda item: (-item[1], item[0]))[:SHOWN_NAMES]
    return [say("{name} {n}", name=Code(text=name), n=n) for name, n in shown]


def _other_logs(reading: LogReading) -> Iterator[Message]:
    for unread in reading.log.unread:
        yield unread_sentence(unread)
    checks = reading.log.health_checks
    for target in checks.targets[:SHOWN_TARGETS] if checks else ():
        if target.fails:
            yield say(
                "Health-check log: {target} failed {failed} of {total} checks ({reasons}).",
                target=Code(text=target.target),
                failed=sum(target.fails.values()),
                total=sum(target.fails.values()) + target.passes,
                reasons=[Code(text=reason) for reason in target.fails],
            )
    connections = reading.log.connections
    failed = (
        {v: n for v, n in connections.verify.lines.items() if v.startswith("Failed")} if connections else {}
    )
    if failed:
        yield say("Connection log, clients not accepted: {reasons}", reasons=_listed(LogNames(lines=failed)))


def moments(reading: LogReading) -> Iterator[Moment]:
    """The first and last line of the commonest 5xx."""
    if reading.commonest is None:
        return
    minutes = sorted(reading.by_minute([reading.commonest]))
    if not minutes:
        return
    what, log = meaning(reading), reading.log
    first = _within(log.first, minutes[0], reading.commonest)
    last = _within(reversed(log.last), minutes[-1], reading.commonest)
    yield Moment(
        at=first,
        kind=MomentKind.FIRST_ERROR,
        message=say("first in the access log: {what}", what=what),
        key="log_first_error",
    )
    yield Moment(
        at=last,
        kind=MomentKind.LAST_ERROR,
        message=say("last in the access log: {what}", what=what),
        key="log_last_error",
    )


def _within(lines: Iterable[LogLine], minute: datetime, signature: Signature) -> datetime:
    """The time of the first of the kept lines that is of this minute, else the minute."""
    end = minute + timedelta(minutes=1)
    return next((k.at for k in lines if k.signature == signature and minute <= k.at < end), minute)


def chart(reading: LogReading) -> Chart:
    """5xx a minute by how they ended. A minute without any line is a gap: nothing was delivered for it."""
    window = reading.log.window
    logged = reading.by_minute(Signature)
    count = int(window.length / timedelta(minutes=1))
    times = [window.start + timedelta(minutes=i) for i in range(count)]
    series = []
    for signature in ERRORS:
        found = reading.by_minute([signature])
        if found:
            points = tuple((t, float(found.get(t, 0)) if t in logged else None) for t in times)
            series.append(ChartSeries(name=signature.value, unit="Count", points=points))
    return Chart(
        title=say("5xx in the access log, by how they ended"),
        series=tuple(series),
        window=window,
        alt=say("{n} lines with 5xx, mostly: {what}", n=reading.errors, what=meaning(reading)),
    )


def table(reading: LogReading) -> Table:
    """One row per target with errors and one for all, one column per way to end."""
    present = [signature for signature in ERRORS if reading.counts.get(signature)]
    rows = [
        (t.target, *(str(t.errors.get(s.value, 0)) for s in present), str(t.served))
        for t in reading.log.targets[:SHOWN_TARGETS]
        if t.errors
    ]
    served = sum(t.served for t in reading.log.targets)
    everything = ("*", *(str(reading.counts[s]) for s in present), str(served))
    return Table(
        columns=(say("Target"), *(MEANS[s] for s in present), say("answered below 500")),
        rows=(everything, *rows),
    )
