"""Network path: can every zone of the load balancer reach every target, for traffic and for health checks?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.core.checks import Case, Check, unread_sentence
from bot.core.evidence import (
    BaselineMetrics,
    Changes,
    Interfaces,
    Listeners,
    LoadBalancerAttributes,
    LoadBalancerMetrics,
    NetworkAcls,
    RouteTables,
    SecurityGroups,
    Subnets,
    TargetGroupAttributes,
    TargetGroups,
    TargetHealth,
)
from bot.core.message import Code, Message, many, say
from bot.core.model import Finding, LoadBalancerType, Moment, Scope, Signal, Status, Unread
from bot.core.paths import Network, Obstacle, Path, Purpose, Settings, Verdict, evaluate_paths
from bot.core.paths.history import History, blame, moment
from bot.core.paths.report import (
    Tally,
    blocked_summary,
    by_reason,
    open_summary,
    ports_of,
    risk_summary,
    table,
    targets_of,
    untold_summary,
)
from bot.core.suspect import suspect_time

LONG_AGO = timedelta(hours=1)
MOST_REASONS = 8
HEALTHY = ("healthy", "InService")


def judge(case: Case) -> Finding:
    """FAIL: a path is blocked. WARN: one is at risk. UNKNOWN: one could not be judged. PASS: all are open."""
    network = _network(case)
    settings = Settings(
        case.get(TargetGroupAttributes), case.get(LoadBalancerAttributes), case.get(Listeners)
    )
    tally = Tally(evaluate_paths(network, case[TargetGroups].groups, case[TargetHealth].targets, settings))
    if not tally.paths:
        return _nothing_to_judge(case)
    history = History.of(network, case.scope, case.get(Changes), suspect_time(case), tally.paths)
    status, summary = _answer(tally, _unread_ports(case))
    return case.finding(
        status,
        summary,
        details=_details(case, tally, history),
        numbers=_numbers(tally),
        signals=_signals(tally, history, summary),
        moments=_moments(tally, history),
        table=table(tally),
    )


def _network(case: Case) -> Network:
    return Network.of(
        case.scope.load_balancer,
        case[Interfaces],
        case[SecurityGroups],
        case[NetworkAcls],
        case[RouteTables],
        case[Subnets],
    )


def _nothing_to_judge(case: Case) -> Finding:
    groups = case[TargetGroups].groups
    if groups and all(group.target_type == "lambda" for group in groups):
        return case.finding(Status.NOT_APPLICABLE, say("Lambda functions have no network path."))
    why = say("No registered target takes new connections, so there is no path to judge.")
    return case.finding(Status.UNKNOWN, why)


def _answer(tally: Tally, ports: Unread | None) -> tuple[Status, Message]:
    if tally.of(Verdict.BLOCK):
        return Status.FAIL, blocked_summary(tally)
    if tally.of(Verdict.RISK):
        return Status.WARN, risk_summary(tally)
    if tally.of(Verdict.CANNOT_TELL):
        return Status.UNKNOWN, untold_summary(tally)
    if ports:
        return Status.UNKNOWN, say(
            "The paths that could be judged are open. {why}", why=unread_sentence(ports)
        )
    return Status.PASS, open_summary(tally)


def _unread_ports(case: Case) -> Unread | None:
    """The listeners of a Classic load balancer tell all its instance ports, its health check only one."""
    listeners = case.get(Listeners)
    is_classic = case.scope.load_balancer.type is LoadBalancerType.CLASSIC
    return listeners if isinstance(listeners, Unread) and is_classic else None


def _details(case: Case, tally: Tally, history: History) -> Iterator[Message]:
    stopped = by_reason(tally.paths)
    for obstacle, paths in stopped[:MOST_REASONS]:
        yield _because(tally, history, obstacle, paths)
    if len(stopped) > MOST_REASONS:
        yield many("{n} more reason.", "{n} more reasons.", n=len(stopped) - MOST_REASONS)
    if _looks_healthy(case, tally):
        yield say("That is why targets still look healthy while requests fail.")
    if tally.of(Verdict.BLOCK) and isinstance(history.changes, Unread) and Changes in case.readings:
        yield say("Since when is not known. {why}", why=unread_sentence(history.changes))
    if _unread_ports(case):
        yield say("The listeners were not read: only the first instance port was judged.")
    if case.scope.now - case.scope.window.end > LONG_AGO:
        ago = case.scope.now - case.scope.window.end
        yield say("These are the rules as they are now, {ago} after the window ended.", ago=ago)
    yield _counts(tally)


def _because(tally: Tally, history: History, obstacle: Obstacle, paths: Sequence[Path]) -> Message:
    """The reason, who changed it if that is known, and how many paths it stops."""
    port, total = paths[0].port, sum(p.port == paths[0].port for p in tally.paths)
    extent = say("{n} of {total} paths to port {port}.", n=len(paths), total=total, port=str(port))
    if removal := history.removal(paths[0]):
        who = blame(history, removal)
        return say("{reason} {blame} {extent}", reason=obstacle.reason, blame=who, extent=extent)
    return say("{reason} {extent}", reason=obstacle.reason, extent=extent)


def _looks_healthy(case: Case, tally: Tally) -> bool:
    """Traffic is blocked, the checks of the same targets are not (another port, other senders)."""
    blocked = tally.of(Verdict.BLOCK, Purpose.TRAFFIC)
    checks = tally.beside(blocked)
    hit = targets_of(blocked)
    states = [t.state for t in case[TargetHealth].targets if (t.group, t.id) in hit]
    return (
        bool(checks)
        and all(p.verdict is Verdict.ALLOW for p in checks)
        and all(state in HEALTHY for state in states)
    )


def _counts(tally: Tally) -> Message:
    return many(
        "{n} path evaluated: {blocked} blocked, {risk} at risk, {unread} not judged.",
        "{n} paths evaluated: {blocked} blocked, {risk} at risk, {unread} not judged.",
        n=len(tally.paths),
        blocked=len(tally.of(Verdict.BLOCK)),
        risk=len(tally.of(Verdict.RISK)),
        unread=len(tally.of(Verdict.CANNOT_TELL)),
    )


def _numbers(tally: Tally) -> dict[str, float | int | str | None]:
    return {
        "paths_evaluated": len(tally.paths),
        "paths_blocked": len(tally.of(Verdict.BLOCK)),
        "paths_at_risk": len(tally.of(Verdict.RISK)),
        "paths_not_judged": len(tally.of(Verdict.CANNOT_TELL)),
        "targets": len(targets_of(tally.paths)),
        "targets_blocked": len(targets_of(tally.of(Verdict.BLOCK))),
        "traffic_ports": " ".join(ports_of(tally.for_(Purpose.TRAFFIC))),
        "check_ports": " ".join(ports_of(tally.for_(Purpose.CHECK))),
    }


def _signals(tally: Tally, history: History, summary: Message) -> Iterator[Signal]:
    yield from _blocked("path_blocked", Purpose.TRAFFIC, tally)
    yield from _blocked("check_path_blocked", Purpose.CHECK, tally)
    if tally.of(Verdict.RISK):
        yield Signal(id="path_risk", holds=True, because=risk_summary(tally))
    elif not tally.of(Verdict.CANNOT_TELL):
        yield Signal(id="path_risk", holds=False, because=say("No path is open by chance only."))
    yield from _changed(history)
    yield from _open_and_unchanged(tally, history, summary)
    if tally.for_(Purpose.CHECK):
        yield _ports_differ(tally)


def _blocked(signal: str, purpose: Purpose, tally: Tally) -> Iterator[Signal]:
    """True: some path of that purpose is blocked. False: all are open. Otherwise nothing is known."""
    paths, blocked = tally.for_(purpose), tally.of(Verdict.BLOCK, purpose)
    ports = ports_of(blocked or paths)
    if blocked:
        n, total = len(targets_of(blocked)), len(targets_of(paths))
        because = say("Port {port} is blocked on {n} of {total} targets.", port=ports, n=n, total=total)
        zone = tally.zone_left(blocked) or tally.zone_entered(blocked)
        yield Signal(id=signal, holds=True, because=because, zone=zone)
    elif tally.all_open(purpose):
        yield Signal(id=signal, holds=False, because=say("Every path to port {port} is open.", port=ports))


def _changed(history: History) -> Iterator[Signal]:
    """False only when CloudTrail can be expected to show everything of the suspect time."""
    if history.before_onset:
        change = history.before_onset[-1]
        because = say(
            "{who} changed {resource} ({event}) {distance}.",
            who=change.principal,
            resource=history.resource(change),
            event=Code(text=change.name),
            distance=history.suspect.distance(change.at),
        )
        yield Signal(id="network_change_before_onset", holds=True, because=because)
    elif history.quiet_before_onset:
        window = history.suspect.window
        because = say(
            "No security group, network ACL or route on the way was changed from {start} to {end}.",
            start=window.start,
            end=window.end,
        )
        yield Signal(id="network_change_before_onset", holds=False, because=because)


def _open_and_unchanged(tally: Tally, history: History, summary: Message) -> Iterator[Signal]:
    signal = "paths_open_and_unchanged"
    if tally.of(Verdict.BLOCK):
        yield Signal(id=signal, holds=False, because=summary)
    elif history.since_onset:
        count = len(history.since_onset)
        because = many("{n} change on the way.", "{n} changes on the way.", n=count)
        yield Signal(id=signal, holds=False, because=because)
    elif tally.all_open() and history.quiet_until_now:
        start = history.suspect.window.start
        because = say("Every path is open, and nothing on the way was changed since {start}.", start=start)
        yield Signal(id=signal, holds=True, because=because)


def _ports_differ(tally: Tally) -> Signal:
    values = {
        "port": ports_of(tally.for_(Purpose.TRAFFIC)),
        "check_port": ports_of(tally.for_(Purpose.CHECK)),
    }
    if tally.same_ports:
        because = say("Health checks go to the traffic port {port}.", **values)
    else:
        because = say("Health checks go to port {check_port}, traffic to port {port}.", **values)
    return Signal(id="check_port_differs", holds=not tally.same_ports, because=because)


def _moments(tally: Tally, history: History) -> list[Moment]:
    """The changes behind blocked paths, each once."""
    found: dict[str, Moment] = {}
    for _, paths in by_reason(tally.of(Verdict.BLOCK)):
        if removal := history.removal(paths[0]):
            line = moment(history, paths[0], removal)
            found.setdefault(line.key, line)
    return list(found.values())


def _command(scope: Scope) -> str:
    lb = scope.load_balancer
    groups = " ".join(lb.security_groups)
    if groups:
        return f"aws ec2 describe-security-groups --region {lb.region} --group-ids {groups}"
    return (
        f"aws ec2 describe-network-interfaces --region {lb.region}"
        f" --filters 'Name=description,Values=ELB {lb.dimension}'"
    )


CHECK = Check(
    id="network_path",
    title="Network path",
    asks="Can the load balancer reach every target on its traffic port and its health-check port?",
    needs=(
        TargetGroups,
        TargetHealth,
        Interfaces,
        SecurityGroups,
        NetworkAcls,
        RouteTables,
        Subnets,
    ),
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
        "path_blocked",
        "check_path_blocked",
        "path_risk",
        "network_change_before_onset",
        "paths_open_and_unchanged",
        "check_port_differs",
    ),
    console="security_groups",
    command=_command,
)
