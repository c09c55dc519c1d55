"""Judges recorded cases, whole and with each kind of evidence taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import runbooks
from bot.core.cause import Diagnosis, Verdict
from bot.core.checks import Check, Kind, Readings, run_check
from bot.core.diagnosis import diagnose
from bot.core.model import Finding, LoadBalancerType, Scope, Signal, Unread, UnreadReason
from bot.diagnose import applicable_checks
from tests.cases.case import CANNOT_TELL, NOTHING, Case, Split
from tests.cases.case_set import kept

CONTENT = runbooks.load()


@dataclass(frozen=True)
class Judged:
    """How a case came out. `ranked` are the causes in the order shown."""

    id: str
    type: LoadBalancerType
    split: Split
    expected: str
    verdict: Verdict
    named: str
    ranked: tuple[str, ...]
    mechanism: str
    both: tuple[str, ...]
    missing: tuple[Weakened, ...]

    @property
    def answer(self) -> str:
        """A named cause or `cannot_tell`, which is the right answer too when nothing is wrong."""
        return self.named or CANNOT_TELL

    @property
    def right(self) -> bool:
        if self.named in self.both:
            return self.verdict is not Verdict.LIKELY
        return self.named == (self.expected if self.asks_for_a_cause else "")

    @property
    def asks_for_a_cause(self) -> bool:
        return self.expected not in (CANNOT_TELL, NOTHING)

    @property
    def in_top_three(self) -> bool:
        return self.right or (self.asks_for_a_cause and self.expected in self.ranked[:3])

    @property
    def wrong_likely(self) -> bool:
        return self.verdict is Verdict.LIKELY and not self.right

    @property
    def false_accusation(self) -> bool:
        return self.expected == NOTHING and bool(self.named)


@dataclass(frozen=True)
class Weakened:
    """The answer without one kind of evidence."""

    kind: str
    verdict: Verdict
    named: str


def judge(case: Case, *, robust: bool = True) -> Judged:
    """The case by today's checks and causes."""
    file = kept(case)
    whole = Bench(file.scope, file.readings(), file.human)
    diagnosis = whole.diagnosis()
    return Judged(
        case.id,
        case.type,
        case.split,
        case.expected,
        diagnosis.verdict,
        diagnosis.cause or "",
        tuple(c.id for c in diagnosis.causes),
        diagnosis.mechanism,
        case.both,
        tuple(whole.weakened()) if robust else (),
    )


class Bench:
    """One case's evidence and findings; without a kind only the checks that read it are run again."""

    def __init__(self, scope: Scope, readings: Readings, human: tuple[Signal, ...]) -> None:
        self._scope, self._readings, self._human = scope, readings, human
        self._checks: Sequence[Check] = applicable_checks(CONTENT, scope)
        self.findings = {check.id: run_check(check, scope, readings) for check in self._checks}

    def diagnosis(self, findings: dict[str, Finding] | None = None) -> Diagnosis:
        return diagnose(
            CONTENT.causes,
            (findings or self.findings).values(),
            self._scope.load_balancer.type,
            tuple(CONTENT.checks.values()),
            human=self._human,
        )

    def weakened(self) -> Iterator[Weakened]:
        """The answers with each kind refused in turn."""
        for kind in self._readings:
            if not isinstance(self._readings[kind], Unread):
                without = self.diagnosis(self._without(kind))
                yield Weakened(kind.__name__, without.verdict, without.cause or "")

    def _without(self, kind: Kind) -> dict[str, Finding]:
        refused = Unread(reason=UnreadReason.DENIED, action=kind.actions[0])
        readings = {**self._readings, kind: refused}
        return {
            check.id: run_check(check, self._scope, readings)
            if kind in check.kinds
            else self.findings[check.id]
            for check in self._checks
        }
