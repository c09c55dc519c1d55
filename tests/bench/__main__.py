"""`make bench`: the figures, as ratios where the machine matters. Loopback only; it ends by itself."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Driver
from tests.bench import access_log, clicks, reading
from tests.scenario.play import ANCHOR, running_demo, short_folder

# Enough for a steady rate; `--full` takes the size of an hour of a busy load balancer.
SMALL_MB = 150
Row = tuple[str, str, str, bool | None]


def main(arguments: list[str] | None = None) -> int:
    """0 when every target is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the access log with 1.5 GB instead of 150 MB")
    wanted = parser.parse_args(arguments)
    with short_folder() as folder, running_demo(folder, ANCHOR) as demo:
        # boto3 in this process reads the emulated account too.
        os.environ.update({k: v for k, v in demo.environment().items() if k.startswith("AWS_")})
        with Driver(demo.url, timeout_s=60) as slack:
            rows = [*_reading(demo, slack), *_clicks(demo)]
    Console(highlight=False, width=130).print(_table(rows))
    log = access_log.main([] if wanted.full else ["--mb", str(SMALL_MB), "--runs", "1"])
    return log or int(any(ok is False for *_, ok in rows))


def _reading(demo: Demo, slack: Driver) -> Iterable[Row]:
    seconds = clicks.click_to_evidence_s(demo, slack)
    yield "click on a check to its finding in the thread", f"{seconds:.1f} s", "", None
    read = reading.run_all(demo, slack)
    ratio = read.together_s / read.chain_s
    yield (
        f'"Run the rest", {reading.ADDED_MS} ms added to every AWS call',
        f"{ratio:.2f} x the longest chain ({read.together_s:.1f} s, {read.chain_s:.1f} s)",
        f"{reading.GOAL_RATIO} x or less",
        ratio <= reading.GOAL_RATIO,
    )
    yield "  the longest chain", " > ".join(read.chain), "", None
    for service, least in read.least.items():
        yield f"  calls of {service}", str(read.calls[service]), f"least {least}", None
    others = ", ".join(f"{s} {n}" for s, n in sorted(read.calls.items()) if s not in read.least)
    yield "  calls of others", others or "none", "", None


def _clicks(demo: Demo) -> Iterable[Row]:
    acks = clicks.clicks_while_blocked(demo)
    what = f"{acks.clicks} clicks at once, workers blocked for {clicks.BLOCKED_S:.0f} s"
    yield what, f"{acks.lost} not acknowledged within {clicks.ACK_WITHIN_S:.0f} s", "0", acks.lost == 0
    yield (
        "  acknowledged after",
        f"{acks.median_ms:.0f} ms, p99 {acks.p99_ms:.0f} ms; {acks.cpu_ms:.1f} ms of CPU each",
        f"p99 under {clicks.GOAL_P99_MS} ms",
        acks.p99_ms < clicks.GOAL_P99_MS,
    )


def _table(rows: Iterable[Row]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for what, found, goal, ok in rows:
        table.add_row({None: " ", True: "[green]✓", False: "[red]✗"}[ok], what, found, f"[dim]{goal}")
    return table


if __name__ == "__main__":
    sys.exit(main())
