"""The timeline: what happened in AWS and what people did, in one list ordered by time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.incident import Incident
from bot.core.message import At, Span, many, say
from bot.core.model import Moment, MomentKind
from bot.core.ports import Rendered
from bot.slack.blocks.content import rendered
from bot.slack.blocks.words import MOMENT_SIGN, message_link, onset
from bot.slack.blocks.writer import Writer
from bot.slack.text import cut_markup

LINES_SHOWN = 120
LINE_LIMIT = 400
IN_AWS = frozenset(
    {MomentKind.CHANGE, MomentKind.ALARM, MomentKind.LAST_ERROR, MomentKind.HEALTH, MomentKind.LOAD}
)
# What goes last when the list is too long: the story is told by errors, changes and people's words.
_WORTH = {
    MomentKind.FIRST_ERROR: 0,
    MomentKind.RESOLVED: 0,
    MomentKind.OPENED: 0,
    MomentKind.CHANGE: 1,
    MomentKind.ANSWER: 1,
    MomentKind.NOTE: 1,
    MomentKind.ALARM: 2,
    MomentKind.LAST_ERROR: 2,
    MomentKind.DIAGNOSIS: 3,
    MomentKind.HEALTH: 3,
    MomentKind.LOAD: 4,
    MomentKind.CHECK: 5,
}


# The key of a note made from a message (bot.slack.said.pin_key): the line links to that message.
_PINNED = re.compile(r"pin:([CDG][A-Z0-9]+):(\d+\.\d+)$")


def render_timeline(incident: Incident, write: Writer, workspace_url: str) -> Rendered:
    """One line per moment, in each reader's time zone, AWS's ones measured from the first error."""
    heading = f"*{write.text(say('Timeline'))}*"
    if not incident.moments:
        empty = write.text(say("Nothing on it yet."))
        return rendered(f"{heading}: {empty}", write.sections([heading, empty]))
    shown = most_telling(incident.moments, LINES_SHOWN)
    began, found = onset(incident), _onset_is_known(incident)
    lines = [_line(moment, began if found else None, write, workspace_url) for moment in shown]
    left = len(incident.moments) - len(shown)
    note = many("{n} line left out", "{n} lines left out", n=left) if left else None
    blocks = [*write.sections([heading, *lines]), *write.context([write.text(note)] if note else [])]
    return rendered("\n".join([heading, *lines]), blocks)


def most_telling(moments: Sequence[Moment], most: int) -> list[Moment]:
    """At most that many, in order of time; what is left out is what tells least, oldest first."""
    by_worth = sorted(moments, key=lambda m: (_WORTH[m.kind], -m.at.timestamp(), m.key))
    kept = {moment.key for moment in by_worth[:most]}
    return sorted((m for m in moments if m.key in kept), key=lambda m: (m.at, m.key))


def _line(moment: Moment, began: datetime | None, write: Writer, workspace_url: str) -> str:
    at = write.text(say("{at}", at=At(at=moment.at, show=_precision(moment, began))))
    line = f"{at}  {MOMENT_SIGN[moment.kind]}  {write.text(moment.message)}"
    if began and moment.kind in IN_AWS and abs(moment.at - began) < timedelta(days=1):
        line += f"  _({_from_onset(moment.at - began, write)})_"
    pinned = _PINNED.search(moment.key)
    link = f"  <{message_link(workspace_url, pinned[1], pinned[2])}|↗>" if pinned else ""
    return cut_markup(line, LINE_LIMIT - len(link)) + link


def _precision(moment: Moment, began: datetime | None) -> str:
    if began and abs(moment.at - began) > timedelta(hours=12):
        return "day_time"
    return "seconds" if moment.at.second else "time"


def _from_onset(distance: timedelta, write: Writer) -> str:
    seconds = distance.total_seconds()
    if seconds == 0:
        return write.text(say("with the first error"))
    length = Span(seconds=abs(seconds))
    return write.text(say("+{length}", length=length) if seconds > 0 else say("−{length}", length=length))


def _onset_is_known(incident: Incident) -> bool:
    return any(moment.kind is MomentKind.FIRST_ERROR for moment in incident.moments)
