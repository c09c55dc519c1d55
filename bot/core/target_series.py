"""The EC2 metrics of the targets for judges: a line per instance, and what was usual before the window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.core.checks import Case
from bot.core.connection_errors import ConnectionErrors
from bot.core.evidence import TargetMetrics
from bot.core.load_balancer_series import ACTION, MIN_KNOWN_SHARE, find_series
from bot.core.message import Message, many, say
from bot.core.model import Scope, Unread, UnreadReason
from bot.core.series import Line, align
from bot.core.stats import Baseline, baseline


@dataclass(frozen=True)
class TargetLines:
    """One metric of all targets over the widened window, by instance id.

    `silent` are instances without enough points while the errors lasted: stopped, starting, or gone, which
    is not zero. `unread` are those CloudWatch refused.
    """

    lines: dict[str, Line]
    silent: tuple[str, ...]
    unread: tuple[Unread, ...]
    scope: Scope

    def usual(self, line: Line) -> Baseline | None:
        """The minutes read before the window: nobody keeps a week of every instance."""
        start = self.scope.window.start
        return baseline((value for at, value in line.known if at < start), week=False)

    @property
    def complete(self) -> bool:
        """Every target was heard."""
        return bool(self.lines) and not self.silent and not self.unread

    def step(self) -> timedelta:
        """The coarsest distance of points among the targets."""
        return max((line.step for line in self.lines.values()), default=timedelta())


def read_targets(case: Case, errors: ConnectionErrors, metric: str, statistic: str) -> TargetLines:
    """For a check that needs TargetMetrics."""
    metrics = case[TargetMetrics]
    lines, silent, unread = {}, [], []
    for instance in sorted({s.dimensions["InstanceId"] for s in metrics.find(metric, statistic)}):
        series = find_series(metrics, metric, {"InstanceId": instance}, statistic)
        if isinstance(series, Unread):
            unread.append(series)
            continue
        line = align(series, metrics.window)
        if _heard(line, errors):
            lines[instance] = line
        else:
            silent.append(instance)
    return TargetLines(lines, tuple(silent), tuple(unread), case.scope)


def _heard(line: Line, errors: ConnectionErrors) -> bool:
    """Enough points during the errors; for a burst between two five-minute points, the one around it."""
    inside = errors.during(line)
    if inside.values:
        return inside.known_share >= MIN_KNOWN_SHARE
    return line.at(errors.stretch.start) is not None


def nothing_read(metric: str, targets: TargetLines) -> tuple[Message, tuple[Unread, ...]]:
    """Why nothing is concluded about the targets, and what was unread."""
    missing = targets.unread or (Unread(reason=UnreadReason.NOT_FOUND, action=ACTION, detail=metric),)
    return say("No target reported {metric} meanwhile. Nothing is concluded.", metric=metric), missing


def silent_targets(targets: TargetLines) -> Message:
    return many(
        "{n} target reported nothing meanwhile: {ids}.",
        "{n} targets reported nothing meanwhile: {ids}.",
        n=len(targets.silent),
        ids=", ".join(targets.silent),
    )


def resolution_limit(targets: TargetLines, errors: ConnectionErrors) -> Message | None:
    """A sentence when the points are further apart than the errors lasted: they may have missed them."""
    step = targets.step()
    if not errors.episode or errors.line.step >= step:
        return None
    if errors.episode.length < step:
        return say(
            "Points come every {step}, the errors lasted {length}: a short peak would not show.",
            step=step,
            length=errors.episode.length,
        )
    return say("Points come every {step}, so nothing closer than that can be ordered.", step=step)
