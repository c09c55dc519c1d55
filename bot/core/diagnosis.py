"""From findings and answers to a diagnosis: the same inputs always give the same answer, byte for byte.

Weights and bands are DOMAIN.md section 10; the rules beyond it are in docs/decisions/0004-diagnosis.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from bot.core.cause import Band, Cause, Diagnosis, Explanation, Verdict
from bot.core.checks import Check, unread_sentence
from bot.core.facts import Facts, gather
from bot.core.message import Message, say
from bot.core.model import Finding, LoadBalancerType, Signal, Status
from bot.core.standing import LIKELY, POSSIBLE, PROBABLE, Standing, standing

LEAD = 2
MIN_COVERAGE = 0.5
TOO_FEW = "fewer_than_minimum"
NOBODY_HURT = "health_check_only_errors"
NOT_ENOUGH = (TOO_FEW, NOBODY_HURT)
"""While one of these holds, nothing is named but a cause that needs no minimum of errors."""
VERDICTS = {Band.LIKELY: Verdict.LIKELY, Band.PROBABLE: Verdict.PROBABLE}


def diagnose(
    causes: Iterable[Cause],
    findings: Iterable[Finding],
    load_balancer_type: LoadBalancerType,
    checks: Sequence[Check],
    human: Iterable[Signal] = (),
) -> Diagnosis:
    """All causes of that type ranked, and one named if it leads by 2, scores 4 and is half covered.

    `checks` are all checks there are, so that a signal nobody looked for is known as not checked.
    """
    facts = gather(findings, human, checks, load_balancer_type)
    ranked = sorted(
        (
            standing(c, facts, load_balancer_type)
            for c in causes
            if load_balancer_type in c.load_balancer_types
        ),
        key=lambda s: (-s.score, s.cause.id),
    )
    rivals = [s for s in ranked if not _explained_by(s, ranked, facts)]
    named = rivals[0] if rivals and _may_be_named(rivals, facts) else None
    if named is None:
        return Diagnosis(
            verdict=Verdict.CANNOT_TELL,
            cause=None,
            causes=tuple(s.ranked for s in ranked),
            reasons=tuple(_why_not(rivals, facts)),
            next_check=_next_check(ranked, facts),
        )
    doubts = tuple(_doubts(named, ranked, rivals, facts)) if named.ranked.band is Band.LIKELY else ()
    mechanism = next((s for s in ranked if _explains(named, s, facts) and s.score >= POSSIBLE), None)
    return Diagnosis(
        verdict=Verdict.PROBABLE if doubts else VERDICTS[named.ranked.band],
        cause=named.cause.id,
        causes=(named.ranked, *(s.ranked for s in ranked if s is not named)),
        reasons=doubts,
        next_check=_next_check(ranked, facts),
        mechanism=mechanism.cause.id if mechanism else "",
    )


# Naming -----------------------------------------------------------------------------------------------------


def _qualifies(s: Standing, facts: Facts) -> bool:
    """Strong and tested enough, and enough errors to judge it by."""
    enough = s.cause.without_minimum or not any(map(facts.holds, NOT_ENOUGH))
    return s.score >= PROBABLE and s.coverage >= MIN_COVERAGE and enough


def _may_be_named(rivals: Sequence[Standing], facts: Facts) -> bool:
    return _qualifies(rivals[0], facts) and all(rivals[0].score - s.score >= LEAD for s in rivals[1:])


def _explained_by(s: Standing, ranked: Iterable[Standing], facts: Facts) -> bool:
    """A cause that qualifies accounts for this one's symptoms: trigger and mechanism are not rivals."""
    return any(_qualifies(other, facts) and _explains(other, s, facts) for other in ranked if other is not s)


def _explains(cause: Standing, other: Standing, facts: Facts) -> bool:
    return any(other.cause.id in e.causes and _applies(e, facts) for e in cause.cause.explains)


def _applies(explanation: Explanation, facts: Facts) -> bool:
    if not facts.holds(explanation.when):
        return False
    zone = facts.zone(explanation.when)
    if explanation.same_zone_as:
        return zone != "" and zone == facts.zone(explanation.same_zone_as)
    if explanation.unless_same_zone_as:
        return zone == "" or zone != facts.zone(explanation.unless_same_zone_as)
    return True


# Doubt ------------------------------------------------------------------------------------------------------


def _doubts(
    named: Standing, ranked: Sequence[Standing], rivals: Iterable[Standing], facts: Facts
) -> Iterator[Message]:
    """Why a cause with a likely score is called probable only.

    Two things can go wrong at once: beside a rival that could be named itself, none is called likely.

    "Likely" means that no check still to be run, or to be allowed, could make another cause likely. That is
    also why taking a finding away can make a likely cause less so, but never turn it into another one.
    """
    if facts.conflicting:
        yield say("Readings contradict each other: {signals}.", signals=", ".join(sorted(facts.conflicting)))
    for rival in rivals:
        if rival is not named and _qualifies(rival, facts):
            yield say("{cause} has evidence of its own.", cause=Message(text=rival.cause.title))
    exposed = _could_be_explained(named, ranked, facts)
    for other in ranked:
        if other is named or other.ceiling < LIKELY:
            continue
        slips_in = other.cause.without_minimum and any(map(facts.may_hold, NOT_ENOUGH))
        if exposed or slips_in or other.ceiling >= named.floor + LEAD:
            yield say(
                "What is not checked yet could still point to: {cause}.",
                cause=Message(text=other.cause.title),
            )


def _could_be_explained(named: Standing, ranked: Iterable[Standing], facts: Facts) -> bool:
    return any(
        named.cause.id in e.causes and facts.may_hold(e.when)
        for other in ranked
        if other.ceiling >= PROBABLE
        for e in other.cause.explains
    )


def _why_not(rivals: Sequence[Standing], facts: Facts) -> Iterator[Message]:
    """Every reason that keeps the best cause from being named."""
    if facts.holds(TOO_FEW):
        yield say("Too few errors or requests to judge: {figures}", figures=facts.known[TOO_FEW].because)
    if facts.holds(NOBODY_HURT):
        yield facts.known[NOBODY_HURT].because
    if not rivals or rivals[0].score < PROBABLE:
        yield say("No cause has enough evidence for it.")
    else:
        yield from _not_clear(rivals)
    if facts.conflicting:
        yield say("Readings contradict each other: {signals}.", signals=", ".join(sorted(facts.conflicting)))
    yield from _unread(facts)


def _not_clear(rivals: Sequence[Standing]) -> Iterator[Message]:
    best = rivals[0]
    if best.coverage < MIN_COVERAGE:
        yield say(
            "{cause}: only {percent} % of what could speak for it was checked.",
            cause=Message(text=best.cause.title),
            percent=int(100 * best.coverage),
        )
    close = [s for s in rivals[1:] if best.score - s.score < LEAD]
    if close:
        yield say(
            "{first} and {second} are too close to tell apart.",
            first=Message(text=best.cause.title),
            second=Message(text=close[0].cause.title),
        )


def _unread(facts: Facts) -> Iterator[Message]:
    """What could not be read, each once."""
    said = []
    for check in sorted(facts.findings):
        finding = facts.findings[check]
        if finding.status is Status.UNKNOWN:
            for unread in finding.unread:
                sentence = unread_sentence(unread)
                if sentence not in said:
                    said.append(sentence)
    yield from said


def _next_check(ranked: Iterable[Standing], facts: Facts) -> str:
    """The check whose missing signals could move some cause the furthest; one not run yet first.

    Only causes that could still be named count, and '' means that no check could change anything.
    """
    furthest: dict[str, int] = defaultdict(int)
    together: dict[str, int] = defaultdict(int)
    for s in ranked:
        if s.ceiling < PROBABLE:
            continue
        swing: dict[str, int] = defaultdict(int)
        for weight in s.unknown:
            check = facts.reporter(weight.signal)
            if check and facts.is_open(check):
                swing[check] += abs(weight.weight)
        for check, size in swing.items():
            furthest[check] = max(furthest[check], size)
            together[check] += size
    return min(furthest, key=lambda c: (c in facts.findings, -furthest[c], -together[c], c), default="")
