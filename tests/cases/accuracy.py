"""The figures of `make accuracy`, and how they are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bot.core.cause import Verdict
from tests.cases.case import CANNOT_TELL, NOTHING
from tests.cases.judging import Judged

Figures = dict[str, float | int]


def figures(judged: Sequence[Judged]) -> Figures:
    """Shares in per cent, rounded down to a tenth; counts otherwise."""
    causes = [one for one in judged if one.asks_for_a_cause]
    return {
        "cases": len(judged),
        "top_1_percent": _percent(sum(one.right for one in judged), len(judged)),
        "top_3_percent": _percent(sum(one.in_top_three for one in causes), len(causes)),
        "right_called_likely_percent": _percent(
            sum(one.right and one.verdict is Verdict.LIKELY for one in causes), len(causes)
        ),
        "wrong_likely": sum(one.wrong_likely for one in judged),
        "wrong_named": sum(bool(one.named) and not one.right for one in judged),
        "false_accusations": sum(one.false_accusation for one in judged),
        "turned_likely_by_missing_evidence": len(list(turned(judged))),
    }


def _percent(part: int, whole: int) -> float:
    return part * 1000 // whole / 10 if whole else 100.0


def turned(judged: Iterable[Judged]) -> Iterator[str]:
    """Cases in which taking evidence away makes a wrong cause likely."""
    for one in judged:
        for less in one.missing:
            if less.verdict is Verdict.LIKELY and less.named not in (one.expected, *one.both):
                yield f"{one.id} without {less.kind}: {less.named}"


def confusion(judged: Sequence[Judged]) -> Iterator[str]:
    """Rows are the right answers, columns what was answered; '.' is 0."""
    answers = [*sorted({one.answer for one in judged} - {CANNOT_TELL}), CANNOT_TELL]
    rows = [*sorted({one.expected for one in judged} - {CANNOT_TELL, NOTHING}), CANNOT_TELL, NOTHING]
    counted = Counter((one.expected, one.answer) for one in judged)
    letters = {answer: chr(ord("A") + n) for n, answer in enumerate(answers)}
    yield f"{'right answer':28}" + "".join(f"{letters[a]:>4}" for a in answers)
    for row in rows:
        cells = "".join(f"{counted[row, a] or '.':>4}" for a in answers)
        yield f"{letters.get(row, ' ')} {row:26}{cells}"


def table(parts: dict[str, Sequence[Judged]]) -> Iterator[str]:
    """One line per part of the set."""
    yield (
        f"{'':14}{'cases':>6}{'top-1 %':>9}{'top-3 %':>9}{'likely %':>10}{'wrong':>7}{'wrong likely':>14}"
        f"{'false accus.':>14}{'turned likely':>15}"
    )
    for name, judged in parts.items():
        f = figures(judged)
        yield (
            f"{name:14}{f['cases']:>6}{f['top_1_percent']:>9}{f['top_3_percent']:>9}"
            f"{f['right_called_likely_percent']:>10}{f['wrong_named']:>7}{f['wrong_likely']:>14}"
            f"{f['false_accusations']:>14}{f['turned_likely_by_missing_evidence']:>15}"
        )


def misses(judged: Iterable[Judged]) -> Iterator[str]:
    """Every case that did not come out right."""
    for one in judged:
        if not one.right:
            first = ", ".join(one.ranked[:3])
            yield f"{one.id}: {one.expected}, answered {one.verdict.value} {one.named} (first: {first})"
