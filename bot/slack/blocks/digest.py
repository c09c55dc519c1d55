"""The daily digest: what changed, one line per load balancer that is not quiet, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.core.digest_view import DigestLine, DigestView, Trend
from bot.core.message import At, Message, many, say
from bot.core.ports import Rendered
from bot.slack.blocks import controls
from bot.slack.blocks.content import rendered
from bot.slack.blocks.writer import SECTION_TEXT, Writer, markdown
from bot.slack.text import cut_markup

LINES_SHOWN = 35
NAMES_SHOWN = 40
TREND_SIGN = {Trend.WORSE: "🔺", Trend.STILL: "⚠️", Trend.CHANGED: "⚙️", Trend.BETTER: "✅"}
_BARS = "▁▂▃▄▅▆▇█"


def render_digest(payload: Mapping[str, Any], write: Writer) -> Rendered:
    """`payload` is a DigestView as JSON; quiet load balancers are counted, unread ones are named."""
    view = DigestView.model_validate(payload)
    heading = write.text(_heading(view))
    lines = view.lines[:LINES_SHOWN]
    left = len(view.lines) - len(lines)
    blocks: list[Block] = [*write.sections([heading])]
    blocks += [_section(line, write) for line in lines]
    if left:
        blocks += write.context([write.text(say("… and {count} more", count=left))])
    if view.unread:
        blocks += write.sections([f"❔  {write.text(sentence)}" for sentence in view.unread])
    blocks += write.context([_quiet(view, write)])
    return rendered("\n".join([heading, *(_line(line, write) for line in lines)]), blocks)


def _heading(view: DigestView) -> Message:
    watched = many("{n} load balancer watched", "{n} load balancers watched", n=view.watched)
    at = At(at=view.at, show="day_time")
    if view.lines:
        loud = many("{n} to look at", "{n} to look at", n=len(view.lines))
        return say("*The last 24 hours, to {at}* · {watched} · {loud}", at=at, watched=watched, loud=loud)
    if view.unread:
        return say("*The last 24 hours, to {at}* · {watched} · not all could be read", at=at, watched=watched)
    return say("*The last 24 hours, to {at}* · {watched} · nothing changed", at=at, watched=watched)


def _section(line: DigestLine, write: Writer) -> SectionBlock:
    start = None
    if line.trend in (Trend.WORSE, Trend.STILL):
        start = write.button(say("Start incident…"), controls.START, line.load_balancer)
    return SectionBlock(text=markdown(cut_markup(_line(line, write), SECTION_TEXT)), accessory=start)


def _line(line: DigestLine, write: Writer) -> str:
    told = "; ".join(write.text(part) for part in line.parts)
    bars = sparkline(line.per_hour)
    shown = f"{TREND_SIGN[line.trend]}  *{write.untrusted(line.name)}*  {told}"
    return f"{shown}  {bars}" if bars else shown


def sparkline(per_hour: Sequence[int | None]) -> str:
    """One character an hour, the tallest for the highest; a dot where nothing is known.

    '' where nothing happened, and where every hour is much like the others: there is nothing to see.
    """
    known = [n for n in per_hour if n is not None]
    most = max(known, default=0)
    if most <= 0 or (len(known) > 1 and min(known) * 2 >= most):
        return ""
    top = len(_BARS) - 1
    return "".join("·" if n is None else _BARS[-(-n * top // most)] for n in per_hour)


def _quiet(view: DigestView, write: Writer) -> str:
    if not view.quiet:
        return ""
    names = list(view.quiet[:NAMES_SHOWN])
    more = say("… and {count} more", count=len(view.quiet) - NAMES_SHOWN)
    listed = [*names, more] if len(view.quiet) > NAMES_SHOWN else names
    return write.text(
        many("{n} unchanged: {names}", "{n} unchanged: {names}", n=len(view.quiet), names=listed)
    )
