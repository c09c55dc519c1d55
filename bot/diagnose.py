"""The use case without Slack: read everything once, run every check, diagnose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.cause import Diagnosis, Reason
from bot.core.checks import Check, Kind, Readings, run_check
from bot.core.diagnosis import diagnose
from bot.core.model import Finding, Scope, Signal
from bot.core.ports import Arrived, EvidenceReader
from bot.i18n import t
from runbooks import Content


@dataclass(frozen=True)
class Answer:
    """Everything one run found."""

    scope: Scope
    readings: Readings
    findings: tuple[Finding, ...]
    diagnosis: Diagnosis


def applicable_checks(content: Content, scope: Scope) -> tuple[Check, ...]:
    """The checks for this type of load balancer, in the order its runbook walks them, then the others."""
    runbook = content.runbook_for(scope.load_balancer.type)
    walked = [step.check for step in runbook.steps if step.kind == "check"]
    known = [
        check for check in content.checks.values() if scope.load_balancer.type in check.load_balancer_types
    ]
    return tuple(sorted(known, key=lambda c: (walked.index(c.id) if c.id in walked else len(walked), c.id)))


def diagnose_now(scope: Scope, content: Content, reader: EvidenceReader, arrived: Arrived) -> Answer:
    """Every applicable check over evidence read once. Unread parts become UNKNOWN findings, never errors."""
    checks = applicable_checks(content, scope)
    return judge_all(scope, content, reader.read(kinds_of(checks), scope, {}, arrived))


def judge_all(scope: Scope, content: Content, readings: Readings, human: tuple[Signal, ...] = ()) -> Answer:
    """The pure half: the same readings always give the same answer."""
    checks = applicable_checks(content, scope)
    findings = tuple(run_check(check, scope, readings) for check in checks)
    diagnosis = diagnose(
        content.causes,
        findings,
        scope.load_balancer.type,
        tuple(content.checks.values()),
        human=human,
    )
    return Answer(scope, readings, findings, diagnosis)


def kinds_of(checks: tuple[Check, ...]) -> tuple[Kind, ...]:
    """Every kind these checks need or use, once, in a stable order."""
    return tuple(dict.fromkeys(kind for check in checks for kind in check.kinds))


def as_json(answer: Answer, api_calls: Mapping[str, int], locale: str) -> dict[str, Any]:
    """The one object `diagnose --json` prints."""
    return {
        "load_balancer": answer.scope.load_balancer.model_dump(mode="json"),
        "window": answer.scope.window.model_dump(mode="json"),
        "findings": [finding_json(finding, locale) for finding in answer.findings],
        "diagnosis": diagnosis_json(answer.diagnosis, locale),
        "api_calls": dict(sorted(api_calls.items())),
    }


def finding_json(finding: Finding, locale: str) -> dict[str, Any]:
    """A finding with its sentences as text; charts' data is left out."""
    return {
        "check": finding.check,
        "status": finding.status.value,
        "resource": finding.resource,
        "summary": t(finding.summary, locale),
        "details": [t(detail, locale) for detail in finding.details],
        "numbers": finding.numbers,
        "signals": [
            {"id": s.id, "holds": s.holds, "zone": s.zone, "because": t(s.because, locale)}
            for s in finding.signals
        ],
        "unread": [unread.model_dump(mode="json") for unread in finding.unread],
        "command": finding.command,
        "console": finding.console,
    }


def diagnosis_json(diagnosis: Diagnosis, locale: str) -> dict[str, Any]:
    """The diagnosis with its sentences as text."""
    return {
        "verdict": diagnosis.verdict.value,
        "cause": diagnosis.cause,
        "causes": [
            {
                "id": cause.id,
                "score": cause.score,
                "band": cause.band.value,
                "coverage": round(cause.coverage, 3),
                "for": [_reason_json(reason, locale) for reason in cause.for_],
                "against": [_reason_json(reason, locale) for reason in cause.against],
                "not_checked": [
                    {"signal": n.signal, "weight": n.weight, "check": n.check, "why": t(n.why, locale)}
                    for n in cause.not_checked
                ],
            }
            for cause in diagnosis.causes
        ],
        "reasons": [t(reason, locale) for reason in diagnosis.reasons],
        "next_check": diagnosis.next_check,
    }


def _reason_json(reason: Reason, locale: str) -> dict[str, Any]:
    return {
        "signal": reason.signal,
        "weight": reason.weight,
        "check": reason.check,
        "because": t(reason.because, locale),
    }
