"""The commands of `python -m bot`. Exit 0: an answer; 2: a wrong argument; 3: no AWS, or it refuses us."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.cases import differences, replayed, shared_case
from bot.core.casefile import dump_case, load_case
from bot.core.errors import UserError
from bot.core.times import parse_length, parse_moment
from bot.diagnose import Answer, applicable_checks, as_json, diagnose_now, kinds_of
from bot.i18n import ENGLISH, t
from bot.now import WallClock
from bot.settings import Settings
from bot.terminal import show_answer, show_lines

T = TypeVar("T")
WRONG_ARGUMENT = 2
NO_AWS = 3

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Walks an on-call engineer through a load-balancer connection failure.",
)
err = Console(stderr=True, highlight=False)


class Stop(Exception):
    """Ends the command with an exit code after saying why."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def main() -> int:
    """Runs the command line; every expected error is one sentence, never a traceback."""
    try:
        cli(standalone_mode=True)
    except Stop as stop:
        err.print(str(stop), style="bold red")
        return stop.code
    return 0


@cli.command()
def diagnose(
    load_balancer: Annotated[str, typer.Argument(help="name, ARN or DNS name")],
    at: Annotated[str, typer.Option(help="when the alarm fired: 2026-11-20T14:05:00Z or 14:05 (UTC)")] = "",
    window: Annotated[str, typer.Option(help="how much time to look at, half before and half after")] = "60m",
    region: Annotated[str, typer.Option(help="the Region, when boto3's own is another")] = "",
    period: Annotated[int, typer.Option(help="seconds per point, a multiple of 60")] = 60,
    statistic: Annotated[str, typer.Option(help="Sum, Average, Minimum, Maximum or p99")] = "Sum",
    language: Annotated[str, typer.Option(help="en or vi")] = ENGLISH,
    as_object: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
    save: Annotated[Path | None, typer.Option(help="keep an anonymised case file here")] = None,
) -> None:
    """Run every read-only check for a load balancer and say what is most likely wrong."""
    from bot.app import aws_for
    from bot.core.opening import scope_for
    from runbooks import load

    clock = WallClock()
    try:
        now = clock.now()
        alarm_at = parse_moment(at, now, UTC) if at else now
        length = parse_length(window)
    except UserError as error:
        raise Stop(WRONG_ARGUMENT, t(error.message, language)) from None
    aws = _aws(lambda: aws_for(_settings(), clock, (region,) if region else ()), language)
    started = time.monotonic()
    found = _aws(lambda: aws.inventory.find(load_balancer), language)
    try:
        scope = scope_for(
            found, alarm_at=alarm_at, window=length, statistic=statistic, period_s=period, now=now
        )
    except UserError as error:
        raise Stop(WRONG_ARGUMENT, t(error.message, language)) from None
    content = load()
    total = len(kinds_of(applicable_checks(content, scope)))
    with _progress(as_object) as progress:
        task = progress.add_task("Reading AWS", total=total)
        answer = diagnose_now(scope, content, aws.reader, lambda kind, reading: progress.advance(task))
    if save:
        case = shared_case(scope, answer.readings, content, secrets.token_bytes(16))
        save.write_text(dump_case(case), encoding="utf-8")
    _print_answer(answer, aws.sessions.api_calls(), time.monotonic() - started, language, as_object)


def _print_answer(
    answer: Answer, calls: dict[str, int], seconds: float, language: str, as_object: bool
) -> None:
    if as_object:
        print(json.dumps(as_json(answer, calls, language), ensure_ascii=False))
        return
    show_answer(Console(highlight=False), answer, calls, seconds, language)


def _progress(silent: bool) -> Progress:
    """Only where a person looks; it disappears when the answer is there."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        console=err,
        transient=True,
        disable=silent or not err.is_terminal,
    )


@cli.command()
def replay(
    file: Annotated[Path, typer.Argument(help="a case file", exists=True, dir_okay=False)],
    language: Annotated[str, typer.Option(help="en or vi")] = ENGLISH,
    as_object: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Judge a case file again, offline; exit 1 when the answer differs from the recorded one."""
    from runbooks import load

    try:
        case = load_case(file.read_text(encoding="utf-8"))
        answer = replayed(case, load())
    except UserError as error:
        raise Stop(WRONG_ARGUMENT, t(error.message, language)) from None
    _print_answer(answer, {}, 0.0, language, as_object)
    changed = differences(case, answer)
    err.print(f"Differs in: {', '.join(changed)}" if changed else "Identical to the recorded answer.")
    if changed:
        raise typer.Exit(1)


@cli.command("iam-policy")
def iam_policy_command() -> None:
    """Print the read-only IAM policy the checks need, made from what they declare."""
    from bot.aws.policy import iam_policy
    from runbooks import load_checks

    actions = {action for check in load_checks().values() for action in check.actions}
    print(json.dumps(iam_policy(actions), indent=2))


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema (the Procfile's release step)."""
    from bot.app import database
    from bot.store.schema import migrate as apply

    with database(_settings()) as url:
        apply(url)
    err.print("The database is up to date.")


@cli.command()
def web() -> None:
    """Receive from Slack: Socket Mode when SLACK_APP_TOKEN is set, signed HTTP otherwise."""
    from bot.app import run_web

    run_web(_settings())


@cli.command()
def worker() -> None:
    """Read AWS and write to Slack: the jobs."""
    from bot.app import run_worker

    run_worker(_settings())


@cli.command()
def clock() -> None:
    """Ring when a digest is due."""
    from bot.app import run_clock

    run_clock(_settings())


@cli.command()
def doctor() -> None:
    """Check tokens, scopes, database, AWS identity and permissions; say what to do."""
    from bot.doctor import examine

    lines = list(examine(_settings()))
    show_lines(Console(highlight=False), lines)
    if any(line.ok is False for line in lines):
        raise typer.Exit(1)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="the page's port on this machine")] = 8470,
    fresh: Annotated[bool, typer.Option("--fresh", help="start over")] = False,
    data_dir: Annotated[Path, typer.Option(help="where its state is kept")] = Path(".data"),
) -> None:
    """The whole product on this machine: a local Slack, an emulated AWS, and incidents to play."""
    from bot.sandbox.demo import Demo, NotReady, PortTaken, forget

    if fresh:
        forget(data_dir)
    started = time.monotonic()
    try:
        with Demo(data_dir, port) as running:
            took = timedelta(seconds=round(time.monotonic() - started, 1)).total_seconds()
            print(f"\n  {running.url}\n", flush=True)
            err.print(f"  Ready in {took} s. Open the page, fire an alarm, type /alb-incident. Ctrl-C stops.")
            running.wait()
    except (PortTaken, NotReady) as failed:
        raise Stop(1, str(failed)) from None
    err.print("  Stopped. `make demo` goes on where you were; `make demo FRESH=1` starts over.")


def _aws(ask: Callable[[], T], language: str) -> T:
    """What AWS answers; its refusals end the command with the code that belongs to them."""
    from bot.aws.inventory import NothingListed
    from bot.aws.sessions import AwsUnreachable, IdentityRefused

    try:
        return ask()
    except (AwsUnreachable, IdentityRefused, NothingListed) as error:
        raise Stop(NO_AWS, t(error.message, language)) from None
    except UserError as error:
        raise Stop(WRONG_ARGUMENT, t(error.message, language)) from None


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        problems = "\n".join(f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise Stop(WRONG_ARGUMENT, f"The settings do not fit together:\n{problems}") from None
