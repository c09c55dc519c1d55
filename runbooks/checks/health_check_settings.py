"""Health-check settings: what the checks see, how soon, and what changed just before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.core.checks import Case, Check, unread_sentence
from bot.core.evidence import (
    BaselineMetrics,
    Change,
    Changes,
    Listeners,
    LoadBalancerAttributes,
    LoadBalancerMetrics,
    TargetGroupAttributes,
    TargetGroups,
    TargetHealth,
)
from bot.core.health_check_pitfalls import notes, ports, risks
from bot.core.health_checks import CheckedGroup, checked_groups
from bot.core.message import Code, Message, many, say
from bot.core.model import Finding, LoadBalancerType, Moment, MomentKind, Scope, Signal, Status, Table, Unread
from bot.core.paths import Settings, crosses_zones
from bot.core.suspect import Suspect, suspect_time

CHANGING = frozenset({"ModifyTargetGroup", "ConfigureHealthCheck"})
LONG_AGO = timedelta(hours=1)
MOST_NOTES = 10


def judge(case: Case) -> Finding:
    """WARN: settings that hide or make failures, or that changed just before the errors. Never FAIL."""
    lb = case.scope.load_balancer
    settings = Settings(
        case.get(TargetGroupAttributes), case.get(LoadBalancerAttributes), case.get(Listeners)
    )
    groups = checked_groups(lb.type, case[TargetGroups].groups, case[TargetHealth].targets, settings)
    if not groups:
        return case.finding(Status.NOT_APPLICABLE, say("There is no target group with a health check."))
    suspect = suspect_time(case)
    changes = _changes(case, groups, suspect)
    warnings = [risk for group in groups for risk in risks(group)]
    warnings += [_told(case, change, suspect) for change in changes]
    hidden = _hidden(case)
    return case.finding(
        Status.WARN if warnings else Status.UNKNOWN if hidden else Status.PASS,
        _summary(groups, warnings, hidden),
        details=_details(case, groups, warnings, settings),
        numbers=_numbers(groups),
        signals=_signals(case, groups, suspect, changes),
        moments=[_moment(case, change) for change in changes],
        table=_table(groups),
    )


def _hidden(case: Case) -> Unread | None:
    """What would have shown another reason to warn: a change just before, or a Classic port never checked."""
    classic = case.scope.load_balancer.type is LoadBalancerType.CLASSIC
    tried = (case.get(kind) for kind in ((Changes, Listeners) if classic else (Changes,)))
    return next((reading for reading in tried if isinstance(reading, Unread)), None)


def _summary(groups: Sequence[CheckedGroup], warnings: Sequence[Message], hidden: Unread | None) -> Message:
    """The first warning, or what the checks do."""
    if warnings:
        others = len(warnings) - 1
        more = many("{n} more remark.", "{n} more remarks.", n=others)
        return say("{warning} {more}", warning=warnings[0], more=more) if others else warnings[0]
    told = _calm(groups)
    return say("{told}. {why}", told=told, why=unread_sentence(hidden)) if hidden else told


def _calm(groups: Sequence[CheckedGroup]) -> Message:
    slowest = max(group.detection for group in groups)
    if len(groups) == 1:
        return say("{check}; a failing target is found after {span}", check=_check(groups[0]), span=slowest)
    return many(
        "{n} target group is checked on its traffic port; a failing target is found after {span}",
        "{n} target groups are checked on their traffic ports; a failing target is found after {span}",
        n=len(groups),
        span=slowest,
    )


def _check(group: CheckedGroup) -> Message:
    """'HTTP /healthz on port 8080 every 30 s'"""
    check = group.settings
    values: dict[str, object] = {
        "protocol": check.protocol,
        "port": ports(group.checked) or [check.port],
        "interval": timedelta(seconds=check.interval_s),
    }
    if check.path:
        path = Code(text=check.path)
        return say("{protocol} {path} on port {port} every {interval}", path=path, **values)
    return say("{protocol} on port {port} every {interval}", **values)


def _details(
    case: Case, groups: Sequence[CheckedGroup], warnings: Sequence[Message], settings: Settings
) -> list[Message]:
    told = [*warnings[1:], *(_timing(group) for group in groups)]
    told += [note for group in groups for note in notes(group)]
    told += _zones(case, groups, settings)
    if len(told) > MOST_NOTES:
        left = many("{n} more remark.", "{n} more remarks.", n=len(told) - MOST_NOTES)
        told = [*told[:MOST_NOTES], left]
    if _is_long_ago(case.scope):
        ago = case.scope.now - case.scope.window.end
        told.append(say("Settings and health are read now, {ago} after the window ended.", ago=ago))
    return told


def _timing(group: CheckedGroup) -> Message:
    check = group.settings
    return say(
        "{group}: a failing target is found after {span} ({n} failures, one check every {interval},"
        " timeout {timeout}); it returns after {m} successes.",
        group=Code(text=group.group.name),
        span=group.detection,
        n=check.unhealthy_threshold,
        m=check.healthy_threshold,
        interval=timedelta(seconds=check.interval_s),
        timeout=timedelta(seconds=check.timeout_s),
    )


def _zones(case: Case, groups: Sequence[CheckedGroup], settings: Settings) -> Iterator[Message]:
    lb = case.scope.load_balancer
    apart = [g for g in groups if crosses_zones(lb, settings, g.group.arn) is False]
    if apart and len(lb.zones) > 1:
        names = [Code(text=g.group.name) for g in apart]
        yield say("{groups}: cross-zone is off, each zone sends to its own targets only.", groups=names)


def _numbers(groups: Sequence[CheckedGroup]) -> dict[str, float | int | str | None]:
    targets = [target for group in groups for target in group.targets]
    return {
        "target_groups": len(groups),
        "targets": len(targets),
        "detection_s": max(int(group.detection.total_seconds()) for group in groups),
        "groups_with_other_check_port": sum(group.ports_differ for group in groups),
        "targets_with_other_code": sum(len(group.mismatched) for group in groups),
    }


def _table(groups: Sequence[CheckedGroup]) -> Table:
    return Table(
        columns=(
            say("Target group"),
            say("Check"),
            say("Port"),
            say("Code"),
            say("Interval / timeout (s)"),
            say("Healthy / unhealthy after"),
        ),
        rows=tuple(_row(group) for group in groups),
    )


def _row(group: CheckedGroup) -> tuple[str, ...]:
    check = group.settings
    return (
        group.group.name,
        f"{check.protocol} {check.path}".strip(),
        check.port,
        check.matcher or "-",
        f"{check.interval_s} / {check.timeout_s}",
        f"{check.healthy_threshold} / {check.unhealthy_threshold}",
    )


def _changes(case: Case, groups: Sequence[CheckedGroup], suspect: Suspect) -> list[Change]:
    """Successful changes of these health checks in the suspect time, oldest first."""
    trail = case.get(Changes)
    if isinstance(trail, Unread):
        return []
    ids = {g.group.arn or g.group.name for g in groups} | {g.group.name for g in groups}
    found = [
        change
        for change in trail.changes
        if change.name in CHANGING
        and not change.error
        and suspect.window.holds(change.at)
        and ids.intersection(change.resources)
    ]
    return sorted(found, key=lambda change: (change.at, change.id))


def _told(case: Case, change: Change, suspect: Suspect) -> Message:
    return say(
        "{who} changed the health check ({event}) {distance}.",
        who=change.principal,
        event=Code(text=change.name),
        distance=suspect.distance(change.at),
    )


def _moment(case: Case, change: Change) -> Moment:
    message = say(
        "{who} changed the health check ({event})", who=change.principal, event=Code(text=change.name)
    )
    key = f"change:{change.id}"
    return Moment(at=change.at, kind=MomentKind.CHANGE, message=message, key=key, by=change.principal)


def _signals(
    case: Case, groups: Sequence[CheckedGroup], suspect: Suspect, changes: Sequence[Change]
) -> Iterator[Signal]:
    yield from _changed_before(case, suspect, changes)
    # Health says nothing about the past: long after the window only the changes still count.
    taking = [group for group in groups if group.targets and group.settings.enabled]
    if taking and not _is_long_ago(case.scope):
        yield _differ_while_healthy(taking)
        yield from _mismatch(taking)
        yield _pass_and_equal(taking)


def _changed_before(case: Case, suspect: Suspect, changes: Sequence[Change]) -> Iterator[Signal]:
    """False only when CloudTrail can be expected to show everything of the suspect time."""
    signal = "health_check_changed_before"
    if changes:
        yield Signal(id=signal, holds=True, because=_told(case, changes[-1], suspect))
    elif suspect.was_read(case.get(Changes)):
        start, end = suspect.window.start, suspect.window.end
        because = say("No health check was changed from {start} to {end}.", start=start, end=end)
        yield Signal(id=signal, holds=False, because=because)


def _differ_while_healthy(groups: Sequence[CheckedGroup]) -> Signal:
    hiding = [group for group in groups if group.ports_differ and group.all_healthy]
    because = say("No healthy target is checked on a port without traffic.")
    if hiding:
        because = say(
            "All targets are healthy on port {check_port}, traffic goes to port {port}.",
            check_port=ports(hiding[0].checked),
            port=ports(hiding[0].traffic),
        )
    return Signal(id="check_port_differs_while_healthy", holds=bool(hiding), because=because)


def _mismatch(groups: Sequence[CheckedGroup]) -> Iterator[Signal]:
    """Only an Application load balancer says that a code was the reason."""
    signal = "all_targets_mismatch"
    wrong = next((group for group in groups if group.all_mismatched), None)
    if wrong:
        name = Code(text=wrong.group.name)
        because = say("All targets of {group} answer the check with an unexpected code.", group=name)
        yield Signal(id=signal, holds=True, because=because)
    elif all(group.tells_mismatch for group in groups):
        because = say("Not all targets fail the check by their code.")
        yield Signal(id=signal, holds=False, because=because)


def _pass_and_equal(groups: Sequence[CheckedGroup]) -> Signal:
    holds = all(group.all_healthy and not group.ports_differ for group in groups)
    because = say("All targets pass their checks on the traffic port.")
    if not holds:
        because = say("Not every target passes a check on its traffic port.")
    return Signal(id="checks_pass_and_ports_equal", holds=holds, because=because)


def _is_long_ago(scope: Scope) -> bool:
    return scope.now - scope.window.end > LONG_AGO


def _command(scope: Scope) -> str:
    lb = scope.load_balancer
    if lb.type is LoadBalancerType.CLASSIC:
        return f"aws elb describe-load-balancers --region {lb.region} --load-balancer-names {lb.name}"
    return f"aws elbv2 describe-target-groups --region {lb.region} --load-balancer-arn {lb.arn}"


CHECK = Check(
    id="health_check_settings",
    title="Health-check settings",
    asks="Do the health checks see what the requests see, and how soon?",
    needs=(TargetGroups, TargetHealth),
    uses=(
        TargetGroupAttributes,
        LoadBalancerAttributes,
        Listeners,
        Changes,
        LoadBalancerMetrics,
        BaselineMetrics,
    ),
    judge=judge,
    signals=(
        "check_port_differs_while_healthy",
        "all_targets_mismatch",
        "health_check_changed_before",
        "checks_pass_and_ports_equal",
    ),
    console="target_groups",
    command=_command,
)
