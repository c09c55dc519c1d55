"""`make accuracy`: judges every recorded case; exits with 1 below the recorded figures.

`--record` writes the figures instead. `--tune` leaves the untouched fifth out, for work on the weights.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bot.core.model import LoadBalancerType
from tests.cases.accuracy import Figures, confusion, figures, misses, table, turned
from tests.cases.case import Split
from tests.cases.case_set import CASES
from tests.cases.judging import Judged, judge

RECORDED = Path(__file__).with_name("figures.json")
LOWER_IS_WORSE = ("cases", "top_1_percent", "top_3_percent", "right_called_likely_percent")


def judge_all(only: Split | None = None) -> list[Judged]:
    """Every case, in order, on both processors."""
    wanted = [case.id for case in CASES if only in (None, case.split)]
    with ProcessPoolExecutor(2) as pool:
        return list(pool.map(_judge, wanted, chunksize=4))


def _judge(id: str) -> Judged:
    return judge(next(case for case in CASES if case.id == id))


def parts_of(judged: Sequence[Judged]) -> dict[str, Sequence[Judged]]:
    """The whole, and by split and type."""
    parts: dict[str, Sequence[Judged]] = {"all": judged}
    parts |= {split.value: [j for j in judged if j.split is split] for split in Split}
    parts |= {type.value: [j for j in judged if j.type is type] for type in LoadBalancerType}
    return {name: part for name, part in parts.items() if part}


def below(now: dict[str, Figures], recorded: dict[str, Figures]) -> list[str]:
    """What got worse than recorded."""
    return [
        f"{part}: {name} is {now[part][name]}, recorded {value}"
        for part, values in recorded.items()
        for name, value in values.items()
        if (now[part][name] < value if name in LOWER_IS_WORSE else now[part][name] > value)
    ]


def main(arguments: list[str]) -> int:
    judged = judge_all(Split.TUNE if "--tune" in arguments else None)
    parts = parts_of(judged)
    print(*confusion(judged), "", *table(parts), "", sep="\n")
    print(*(f"  {line}" for line in (*misses(judged), *turned(judged))), sep="\n")
    if "--tune" in arguments:
        return 0
    now = {name: figures(part) for name, part in parts.items()}
    if "--record" in arguments:
        RECORDED.write_text(json.dumps(now, indent=1) + "\n")
        return 0
    worse = below(now, json.loads(RECORDED.read_text()))
    print(*(f"worse: {line}" for line in worse), sep="\n")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
