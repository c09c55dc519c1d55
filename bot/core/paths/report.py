"""What all paths together say: how many targets are blocked on which port, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.message import Message, many, say
from bot.core.model import Table
from bot.core.paths.verdicts import Obstacle, Path, Purpose, Verdict

MOST_ROWS = 80
"""A table in Slack takes 100 rows and 10,000 characters (SLACK.md)."""
_WORST_FIRST = (Verdict.BLOCK, Verdict.CANNOT_TELL, Verdict.RISK, Verdict.ALLOW)


@dataclass(frozen=True)
class Tally:
    """All paths of a load balancer, and the questions asked of them."""

    paths: tuple[Path, ...]

    def of(self, verdict: Verdict, purpose: Purpose | None = None) -> tuple[Path, ...]:
        return tuple(p for p in self.paths if p.verdict is verdict and purpose in (None, p.purpose))

    def for_(self, purpose: Purpose) -> tuple[Path, ...]:
        return tuple(p for p in self.paths if p.purpose is purpose)

    def all_open(self, purpose: Purpose | None = None) -> bool:
        """Every path of that purpose was judged and is open; False when there are none."""
        asked = self.paths if purpose is None else self.for_(purpose)
        return bool(asked) and all(p.verdict is Verdict.ALLOW for p in asked)

    @property
    def same_ports(self) -> bool:
        """Every target is checked on a port its traffic goes to."""
        traffic = {(p.group, p.target, p.port) for p in self.for_(Purpose.TRAFFIC)}
        return all((p.group, p.target, p.port) in traffic for p in self.for_(Purpose.CHECK))

    def beside(self, traffic: Iterable[Path]) -> tuple[Path, ...]:
        """The health-check paths of the same zones and targets."""
        pairs = {(p.zone, p.group, p.target) for p in traffic}
        return tuple(p for p in self.for_(Purpose.CHECK) if (p.zone, p.group, p.target) in pairs)

    def zone_left(self, some: Sequence[Path]) -> str:
        """The zone all of these paths start in, when there are paths from others too; else ''."""
        return _only({p.zone for p in some}, {p.zone for p in self.paths})

    def zone_entered(self, some: Sequence[Path]) -> str:
        """The zone all of these paths end in, when there are targets in others too; else ''."""
        return _only({p.target_zone for p in some}, {p.target_zone for p in self.paths})


def _only(zones: set[str], all_zones: set[str]) -> str:
    return next(iter(zones)) if len(zones) == 1 and zones != all_zones else ""


def targets_of(paths: Iterable[Path]) -> frozenset[tuple[str, str]]:
    """(target group, target): a target in two groups counts twice, one with two ports once."""
    return frozenset((p.group, p.target) for p in paths)


def ports_of(paths: Iterable[Path]) -> list[str]:
    """The ports in ascending order, as text; of more than four, the first three and '...'."""
    ports = [str(port) for port in sorted({p.port for p in paths})]
    return ports if len(ports) <= 4 else [*ports[:3], "..."]


def blocked_summary(tally: Tally) -> Message:
    """'4 of 4 targets: traffic port 8080 is blocked, health-check port 8081 is open'"""
    traffic = tally.of(Verdict.BLOCK, Purpose.TRAFFIC)
    blocked = traffic or tally.of(Verdict.BLOCK)
    what = _traffic_is_blocked(tally, traffic) if traffic else _check_is_blocked(tally)
    if zone := tally.zone_left(blocked):
        what = say("from {zone}, {what}", zone=zone, what=what)
    elif zone := tally.zone_entered(blocked):
        what = say("in {zone}, {what}", zone=zone, what=what)
    n, total = len(targets_of(blocked)), len(targets_of(tally.paths))
    return say("{n} of {total} targets: {what}", n=n, total=total, what=what)


def _traffic_is_blocked(tally: Tally, blocked: Sequence[Path]) -> Message:
    ports, checks = ports_of(blocked), tally.beside(blocked)
    check_ports, verdicts = ports_of(checks), {p.verdict for p in checks}
    if verdicts == {Verdict.ALLOW} and not tally.same_ports:
        return say(
            "traffic port {port} is blocked, health-check port {check_port} is open",
            port=ports,
            check_port=check_ports,
        )
    if verdicts == {Verdict.ALLOW}:
        return say("port {port} is blocked for requests and open for health checks", port=ports)
    if verdicts == {Verdict.BLOCK} and not tally.same_ports:
        return say(
            "traffic port {port} and health-check port {check_port} are blocked",
            port=ports,
            check_port=check_ports,
        )
    if verdicts == {Verdict.BLOCK}:
        return say("port {port} is blocked", port=ports)
    return say("traffic port {port} is blocked", port=ports)


def _check_is_blocked(tally: Tally) -> Message:
    check_ports = ports_of(tally.of(Verdict.BLOCK, Purpose.CHECK))
    if tally.all_open(Purpose.TRAFFIC):
        return say(
            "health checks to port {check_port} are blocked, traffic to port {port} is not",
            check_port=check_ports,
            port=ports_of(tally.for_(Purpose.TRAFFIC)),
        )
    return say("health checks to port {check_port} are blocked", check_port=check_ports)


def open_summary(tally: Tally) -> Message:
    """'Every path is open: 4 targets on port 8080, from 2 zones'"""
    zones = len({p.zone for p in tally.paths})
    targets = many("{n} target", "{n} targets", n=len(targets_of(tally.paths)))
    start = many("{n} zone", "{n} zones", n=zones)
    traffic, checks = tally.for_(Purpose.TRAFFIC), tally.for_(Purpose.CHECK)
    if tally.same_ports:
        return say(
            "Every path is open: {targets} on port {port}, from {zones}",
            targets=targets,
            port=ports_of(traffic),
            zones=start,
        )
    return say(
        "Every path is open: {targets} on port {port} and health-check port {check_port}, from {zones}",
        targets=targets,
        port=ports_of(traffic),
        check_port=ports_of(checks),
        zones=start,
    )


def risk_summary(tally: Tally) -> Message:
    return say(
        "{n} of {total} targets: open now, but only by chance or until an address changes",
        n=len(targets_of(tally.of(Verdict.RISK))),
        total=len(targets_of(tally.paths)),
    )


def untold_summary(tally: Tally) -> Message:
    n, total = len(tally.of(Verdict.CANNOT_TELL)), len(tally.paths)
    if n == total:
        return many(
            "The only path could not be judged. Nothing is concluded from it.",
            "None of the {n} paths could be judged. Nothing is concluded from them.",
            n=n,
        )
    return say(
        "{n} of {total} paths could not be judged, the others are open. That is no proof either way.",
        n=n,
        total=total,
    )


def by_reason(paths: Iterable[Path]) -> list[tuple[Obstacle, tuple[Path, ...]]]:
    """Paths stopped for the same reason on the same port, the gravest and most frequent first."""
    groups: dict[tuple[str, int], tuple[Obstacle, list[Path]]] = {}
    for path in paths:
        if path.obstacle:
            key = path.obstacle.reason.model_dump_json(), path.port
            groups.setdefault(key, (path.obstacle, []))[1].append(path)
    found = [(obstacle, tuple(stopped)) for obstacle, stopped in groups.values()]
    return sorted(found, key=lambda group: (_gravity(group[1][0]), -len(group[1])))


def _gravity(path: Path) -> tuple[int, int]:
    return _WORST_FIRST.index(path.verdict), list(Purpose).index(path.purpose)


def table(tally: Tally) -> Table:
    """Zone, target, port, purpose, verdict: one row per path, the gravest first, at most 80."""
    rows = sorted(tally.paths, key=lambda p: (_gravity(p), p.zone, p.target, p.port))
    return Table(
        columns=(say("Zone"), say("Target"), say("Port"), say("Purpose"), say("Verdict")),
        rows=tuple((p.zone, p.target, str(p.port), p.purpose.value, _cell(p)) for p in rows[:MOST_ROWS]),
    )


def _cell(path: Path) -> str:
    """'BLOCK 5 sg-0web': the verdict, the predicate and what decides."""
    if path.obstacle is None:
        return path.verdict.name
    return " ".join((path.verdict.name, str(path.obstacle.predicate.value), *path.obstacle.resources[:2]))
