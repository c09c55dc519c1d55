"""What all findings and answers together say about each signal: it holds, it does not, or nobody can tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.checks import Check, unread_sentence
from bot.core.message import Message, say
from bot.core.model import Finding, LoadBalancerType, Signal, Status

PEOPLE = "people"
"""Where a human answer came from, in place of a check's id."""
HUMAN_PREFIX = "human_"


@dataclass(frozen=True)
class Fact:
    """A signal as known. `zone` is '' unless exactly one zone is meant."""

    holds: bool
    because: Message
    check: str
    zone: str = ""


@dataclass(frozen=True)
class Facts:
    """Facts by signal id; `conflicting` signals were reported both ways and are therefore not known.

    `reporters` are the checks that could report a signal, `findings` what came of each check.
    """

    known: Mapping[str, Fact]
    conflicting: frozenset[str]
    reporters: Mapping[str, tuple[str, ...]]
    findings: Mapping[str, Finding]

    def holds(self, signal: str) -> bool:
        fact = self.known.get(signal)
        return bool(fact and fact.holds)

    def may_hold(self, signal: str) -> bool:
        """It holds, or a check that has not been run or could not read may still find that it does."""
        fact = self.known.get(signal)
        return fact.holds if fact else any(self.is_open(check) for check in self.reporters.get(signal, ()))

    def is_open(self, check: str) -> bool:
        """Not run yet, or run without being able to read what it needs."""
        finding = self.findings.get(check)
        return finding is None or finding.status is Status.UNKNOWN

    def zone(self, signal: str) -> str:
        fact = self.known.get(signal)
        return fact.zone if fact and fact.holds else ""

    def reporter(self, signal: str) -> str:
        """The check to run for it: an open one if there is such, '' when none is built."""
        checks = self.reporters.get(signal, ())
        return next((c for c in checks if self.is_open(c)), checks[0] if checks else "")

    def why_unknown(self, signal: str) -> Message:
        """Why nobody can tell."""
        if signal in self.conflicting:
            return say("Two readings contradict each other.")
        if signal.startswith(HUMAN_PREFIX):
            return say("Nobody has answered this.")
        check = self.reporter(signal)
        if not check:
            return say("No check looks for this.")
        if check not in self.findings:
            return say("Not checked yet.")
        finding = self.findings[check]
        if finding.unread:
            return unread_sentence(finding.unread[0])
        return finding.summary if finding.status is Status.UNKNOWN else say("The check could not tell.")


def gather(
    findings: Iterable[Finding],
    human: Iterable[Signal],
    checks: Sequence[Check],
    load_balancer_type: LoadBalancerType,
) -> Facts:
    """Facts that do not depend on the order or repetition of what was found."""
    said: dict[str, list[tuple[str, Signal]]] = defaultdict(list)
    by_check: dict[str, Finding] = {}
    for finding in sorted(findings, key=lambda f: (f.check, f.model_dump_json())):
        by_check[finding.check] = finding
        for signal in finding.signals:
            said[signal.id].append((finding.check, signal))
    for signal in human:
        said[signal.id].append((PEOPLE, signal))
    conflicting = frozenset(id for id, reports in said.items() if _contradict(reports))
    return Facts(
        {id: _merged(reports) for id, reports in said.items() if id not in conflicting},
        conflicting,
        _reporters(checks, load_balancer_type),
        by_check,
    )


def _contradict(reports: Iterable[tuple[str, Signal]]) -> bool:
    """The same signal about the same zone both ways. Another zone is another place."""
    said: dict[str, set[bool]] = defaultdict(set)
    for _, signal in reports:
        said[signal.zone].add(signal.holds)
    return any(len(answers) > 1 for answers in said.values())


def _merged(reports: Iterable[tuple[str, Signal]]) -> Fact:
    """It holds if it does anywhere; the sentence is the first of those by check, zone and text."""
    holding = [(check, signal) for check, signal in reports if signal.holds]
    chosen = sorted(holding or list(reports), key=lambda r: (r[0], r[1].zone, r[1].because.model_dump_json()))
    check, signal = chosen[0]
    zones = {s.zone for _, s in chosen}
    return Fact(bool(holding), signal.because, check, signal.zone if len(zones) == 1 else "")


def _reporters(checks: Iterable[Check], load_balancer_type: LoadBalancerType) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for check in sorted(checks, key=lambda c: c.id):
        if load_balancer_type in check.load_balancer_types:
            for signal in check.signals:
                found[signal].append(check.id)
    return {signal: tuple(ids) for signal, ids in found.items()}
