"""How one cause stands: its score, how much of what could speak for it was tested, how far it could move."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.cause import Band, Cause, NotChecked, RankedCause, Reason, Weight
from bot.core.facts import Facts
from bot.core.model import LoadBalancerType

VETOED = 1
LIKELY, PROBABLE, POSSIBLE = 7, 4, 2


@dataclass(frozen=True)
class Standing:
    """`floor` and `ceiling` bound the score over everything that open checks could still find."""

    cause: Cause
    score: int
    floor: int
    ceiling: int
    coverage: float
    unknown: tuple[Weight, ...]
    ranked: RankedCause


def standing(cause: Cause, facts: Facts, load_balancer_type: LoadBalancerType) -> Standing:
    weights = [w for w in cause.signals if load_balancer_type in (w.load_balancer_types or LoadBalancerType)]
    groups = _groups(weights)
    counted = [strongest for group in groups if (strongest := _strongest(group, facts))]
    score = _capped(sum(w.weight for w in counted), any(w.veto and facts.holds(w.signal) for w in weights))
    unknown = tuple(w for w in weights if w.signal not in facts.known)
    coverage = _coverage(groups, facts)
    return Standing(
        cause,
        score,
        _floor(groups, facts),
        _ceiling(groups, facts),
        coverage,
        unknown,
        RankedCause(
            id=cause.id,
            title=cause.title,
            score=score,
            band=band(score),
            coverage=coverage,
            for_=tuple(_reason(w, facts) for w in counted if w.weight > 0),
            against=tuple(_reason(w, facts) for w in counted if w.weight <= 0),
            not_checked=tuple(_not_checked(w, facts) for w in unknown),
        ),
    )


def band(score: int) -> Band:
    if score >= LIKELY:
        return Band.LIKELY
    if score >= PROBABLE:
        return Band.PROBABLE
    return Band.POSSIBLE if score >= POSSIBLE else Band.UNLIKELY


def _groups(weights: Iterable[Weight]) -> list[list[Weight]]:
    """Weights that are ways to see one fact together, in the order of the content."""
    groups: dict[str, list[Weight]] = defaultdict(list)
    for weight in weights:
        groups[f"fact {weight.fact}" if weight.fact else weight.signal].append(weight)
    return list(groups.values())


def _strongest(group: Sequence[Weight], facts: Facts) -> Weight | None:
    """The one of the group that counts; the earlier in the content of equals."""
    holding = [w for w in group if facts.holds(w.signal)]
    return max(holding, key=lambda w: abs(w.weight), default=None)


def _capped(score: int, vetoed: bool) -> int:
    return min(score, VETOED) if vetoed else score


def _ceiling(groups: Sequence[Sequence[Weight]], facts: Facts) -> int:
    """Every positive weight that may hold does, and nothing new speaks against it."""
    total, vetoed = 0, False
    for group in groups:
        wanted = [w for w in group if (facts.may_hold if w.weight > 0 else facts.holds)(w.signal)]
        total += max((w.weight for w in wanted), key=abs, default=0)
        vetoed = vetoed or any(w.veto and facts.holds(w.signal) for w in group)
    return _capped(total, vetoed)


def _floor(groups: Sequence[Sequence[Weight]], facts: Facts) -> int:
    """Every negative weight and veto that may hold does, and nothing new speaks for it."""
    total, vetoed = 0, False
    for group in groups:
        feared = [w for w in group if (facts.holds if w.weight > 0 else facts.may_hold)(w.signal)]
        total += max((w.weight for w in feared), key=abs, default=0)
        vetoed = vetoed or any(w.veto and facts.may_hold(w.signal) for w in group)
    return _capped(total, vetoed)


def _coverage(groups: Sequence[Sequence[Weight]], facts: Facts) -> float:
    """Of the positive weight that could speak for the cause, the share that was tested."""
    tested = applicable = 0
    for group in groups:
        applicable += max((w.weight for w in group if w.weight > 0), default=0)
        tested += max((w.weight for w in group if w.weight > 0 and w.signal in facts.known), default=0)
    return tested / applicable if applicable else 0.0


def _reason(weight: Weight, facts: Facts) -> Reason:
    fact = facts.known[weight.signal]
    return Reason(signal=weight.signal, weight=weight.weight, because=fact.because, check=fact.check)


def _not_checked(weight: Weight, facts: Facts) -> NotChecked:
    return NotChecked(
        signal=weight.signal,
        weight=weight.weight,
        check=facts.reporter(weight.signal),
        why=facts.why_unknown(weight.signal),
    )
