"""Counting what log lines say: bounded, mergeable in any order, and small enough to send between processes.

Totals are always exact. Below the caps so is everything else; above them the rarest names are folded
into `OTHER`, and `approximate` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.core.accesslog.lines import ConnectionLine, HealthCheckLine, RequestLine
from bot.core.accesslog.signature import is_error

OTHER = "other"
ROWS_CAP, SERVED_CAP, NAMES_CAP, KEPT_LINES = 25_000, 25_000, 1_000, 5


class Row(NamedTuple):
    """What requests are counted by. `target` is kept for 5xx only, '' otherwise."""

    minute: str
    status: str
    target_status: str
    signature: str
    target: str


class KeptLine(NamedTuple):
    """An error line worth showing; ordered by time, then text, so that merging is the same in any order."""

    created: str
    text: str
    signature: str
    target: str


@dataclass
class Names:
    """How often each name was seen. Beyond twice `cap` names, all but the `cap` commonest are forgotten."""

    cap: int = NAMES_CAP
    counts: dict[str, int] = field(default_factory=dict)
    forgotten: int = 0

    def add(self, name: str, n: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + n
        if len(self.counts) > 2 * self.cap:
            self._forget_the_rarest()

    def merge(self, other: Names) -> None:
        self.forgotten += other.forgotten
        for name, n in other.counts.items():
            self.add(name, n)

    def commonest(self, n: int) -> tuple[dict[str, int], int]:
        """The n commonest names, and how many lines had another."""
        ranked = self._ranked()
        return dict(ranked[:n]), self.forgotten + sum(count for _, count in ranked[n:])

    def _ranked(self) -> list[tuple[str, int]]:
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))

    def _forget_the_rarest(self) -> None:
        ranked = self._ranked()
        self.counts = dict(ranked[: self.cap])
        self.forgotten += sum(count for _, count in ranked[self.cap :])


@dataclass
class TargetChecks:
    """Health checks of one target: passes, failures by reason, and when it first and last failed."""

    passes: int = 0
    fails: dict[str, int] = field(default_factory=dict)
    first_fail: str = ""
    last_fail: str = ""

    def add(self, line: HealthCheckLine) -> None:
        if line.status == "PASS":
            self.passes += 1
        else:
            self._failed({line.reason: 1}, line.at, line.at)

    def merge(self, other: TargetChecks) -> None:
        self.passes += other.passes
        if other.fails:
            self._failed(other.fails, other.first_fail, other.last_fail)

    def _failed(self, reasons: dict[str, int], first: str, last: str) -> None:
        for reason, n in reasons.items():
            self.fails[reason] = self.fails.get(reason, 0) + n
        self.first_fail = min(self.first_fail or first, first)
        self.last_fail = max(self.last_fail, last)


@dataclass
class Tally:
    """Counts of one kind of log, or of part of it.

    `lines` were understood, `malformed` were not: together every line. `outside` of the understood
    ones were created outside the window and are counted nowhere else. `served` counts the lines per
    (minute, target) that the target answered below 500.
    """

    lines: int = 0
    malformed: int = 0
    outside: int = 0
    folded: bool = False
    rows: dict[Row, int] = field(default_factory=dict)
    served: dict[tuple[str, str], int] = field(default_factory=dict)
    groups: Names = field(default_factory=Names)
    nodes: Names = field(default_factory=Names)
    paths: Names = field(default_factory=Names)
    reasons: Names = field(default_factory=Names)
    first: list[KeptLine] = field(default_factory=list)
    last: list[KeptLine] = field(default_factory=list)
    checks: dict[tuple[str, str], TargetChecks] = field(default_factory=dict)
    handshakes: Names = field(default_factory=Names)

    @property
    def approximate(self) -> bool:
        """Whether a cap was reached, so that some names are missing or counted too low."""
        return self.folded or any(names.forgotten for names in self._names())

    def add_request(self, line: RequestLine, node: str, raw: str) -> None:
        """One request inside the window. `node` is used when the line does not name its node."""
        self.count(Row(line.minute, line.status, line.target_status, line.signature.value, line.target), 1)
        if is_error(line.status):
            self.groups.add(line.group)
            self.nodes.add(line.node or node)
            self.paths.add(line.path)
            if line.error_reason != "-":
                self.reasons.add(line.error_reason)
            self.keep([KeptLine(line.created, raw, line.signature, line.target)])

    def count(self, row: Row, n: int) -> None:
        """n requests that are alike; the row names their target whatever their status."""
        self.lines += n
        self._add_row(row if is_error(row.status) else row._replace(target=""), n)
        if row.target != "-" and row.target_status[:1] in ("1", "2", "3", "4"):
            self._add_served((row.minute, row.target), n)

    def add_health_check(self, line: HealthCheckLine) -> None:
        self.lines += 1
        self._checks_of((line.group, line.target)).add(line)

    def add_connection(self, line: ConnectionLine) -> None:
        self.lines += 1
        self.handshakes.add(line.verify)

    def keeps(self, created: str) -> bool:
        """Whether an error line of that time would be among the earliest or the latest."""
        if len(self.first) < KEPT_LINES:
            return True
        return created <= self.first[-1].created or created >= self.last[0].created

    def keep(self, lines: Iterable[KeptLine]) -> None:
        """Keeps the earliest and latest error lines among these and those kept so far."""
        new = list(lines)
        self.first = sorted([*self.first, *new])[:KEPT_LINES]
        self.last = sorted([*self.last, *new])[-KEPT_LINES:]

    def merge(self, other: Tally) -> None:
        """Adds another part's counts to this one."""
        self.lines += other.lines
        self.malformed += other.malformed
        self.outside += other.outside
        self.folded |= other.folded
        for row, n in other.rows.items():
            self._add_row(row, n)
        for key, n in other.served.items():
            self._add_served(key, n)
        for mine, theirs in zip(self._names(), other._names(), strict=True):
            mine.merge(theirs)
        # Each side kept its own earliest and latest, so the earliest and latest of both are among them.
        self.first = sorted([*self.first, *other.first])[:KEPT_LINES]
        self.last = sorted([*self.last, *other.last])[-KEPT_LINES:]
        for target, checks in other.checks.items():
            self._checks_of(target).merge(checks)

    def _names(self) -> Iterator[Names]:
        yield from (self.groups, self.nodes, self.paths, self.reasons, self.handshakes)

    def _add_row(self, row: Row, n: int) -> None:
        if row not in self.rows and len(self.rows) >= ROWS_CAP:
            row = self._folded_row(row)
        self.rows[row] = self.rows.get(row, 0) + n

    def _folded_row(self, row: Row) -> Row:
        """Without its target; far beyond the cap (statuses nobody has seen) without its status pair too."""
        self.folded = True
        plain = row._replace(target=OTHER if row.target else "")
        if plain in self.rows or len(self.rows) < 2 * ROWS_CAP:
            return plain
        return Row("", OTHER, OTHER, row.signature, OTHER)

    def _add_served(self, key: tuple[str, str], n: int) -> None:
        if key in self.served or len(self.served) < SERVED_CAP:
            self.served[key] = self.served.get(key, 0) + n
        else:
            self.folded = True

    def _checks_of(self, target: tuple[str, str]) -> TargetChecks:
        if target not in self.checks and len(self.checks) >= NAMES_CAP:
            self.folded = True
            target = (OTHER, OTHER)
        return self.checks.setdefault(target, TargetChecks())

    def as_json(self) -> dict[str, Any]:
        """Plain lists and dicts, for another process."""
        return {
            "numbers": [self.lines, self.malformed, self.outside, self.folded],
            "rows": [[*row, n] for row, n in self.rows.items()],
            "served": [[*key, n] for key, n in self.served.items()],
            "names": [[names.counts, names.forgotten] for names in self._names()],
            "first": self.first,
            "last": self.last,
            "checks": [
                [*key, c.passes, c.fails, c.first_fail, c.last_fail] for key, c in self.checks.items()
            ],
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Tally:
        """What `as_json` gave."""
        tally = cls(*plain["numbers"])
        tally.rows = {Row(*row): n for *row, n in plain["rows"]}
        tally.served = {(minute, target): n for minute, target, n in plain["served"]}
        for names, (counts, forgotten) in zip(tally._names(), plain["names"], strict=True):
            names.counts, names.forgotten = counts, forgotten
        tally.first = [KeptLine(*line) for line in plain["first"]]
        tally.last = [KeptLine(*line) for line in plain["last"]]
        tally.checks = {(group, target): TargetChecks(*rest) for group, target, *rest in plain["checks"]}
        return tally
