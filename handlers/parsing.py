"""The words after /alb-incident as a value: a pure function of the text, with its mistakes explained."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import TypeAlias

from bot.core.errors import UserError
from bot.core.message import Code, Message, say
from bot.core.times import parse_length, parse_moment
from bot.i18n import languages

WINDOW = timedelta(minutes=60)


@dataclass(frozen=True)
class Form:
    """Nothing was given: show the form."""


@dataclass(frozen=True)
class Help: ...


@dataclass(frozen=True)
class Status: ...


@dataclass(frozen=True)
class Digest: ...


@dataclass(frozen=True)
class Export: ...


@dataclass(frozen=True)
class Resolve:
    summary: str


@dataclass(frozen=True)
class Language:
    code: str


@dataclass(frozen=True)
class Alarm:
    """`metric` '' for the main one of the load balancer's type."""

    load_balancer: str
    metric: str = ""


@dataclass(frozen=True)
class Open:
    """`when` is a time as typed, '' for now; it is readable, whatever the zone."""

    load_balancer: str
    when: str = ""
    window: timedelta = WINDOW

    @property
    def needs_zone(self) -> bool:
        """Whether the person's time zone decides which moment `when` is."""
        return bool(self.when) and not re.search(r"(Z|[+-]\d\d:?\d\d)$", self.when, re.IGNORECASE)

    def alarm_at(self, now: datetime, zone: tzinfo) -> datetime | None:
        """The moment, None for now."""
        return parse_moment(self.when, now, zone) if self.when else None


Command: TypeAlias = Form | Help | Status | Digest | Export | Resolve | Language | Alarm | Open

_WRAPPED = re.compile(r"<(?:https?://|mailto:)?([^<>|]*?)/?(?:\|([^<>]*))?>")
_QUOTES = "`'\"“”‘’"
_LENGTH = re.compile(r"\d+\s*[mhd]?", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:\d\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ALONE: dict[str, Command] = {
    "help": Help(),
    "status": Status(),
    "digest": Digest(),
    "?": Help(),
    "export": Export(),
}


def parse(text: str) -> Command:
    """UserError, with what to write instead, for anything that is no command."""
    words = _WRAPPED.sub(lambda hit: hit[2] or hit[1], text).split()
    if not words:
        return Form()
    first = words[0].lower()
    if len(words) == 1 and first in _ALONE:
        return _ALONE[first]
    if first == "resolve":
        return Resolve(text.split(None, 1)[1].strip() if len(words) > 1 else "")
    if first == "alarm":
        return _alarm(words[1:])
    if first == "language":
        return _language(words[1:])
    return _open(words[1:] if first == "open" and len(words) > 1 else words)


def _alarm(words: list[str]) -> Alarm:
    if not 1 <= len(words) <= 2:
        raise UserError(
            say(
                "Write a load balancer and perhaps a metric, like {example}.",
                example=Code(text="/alb-incident alarm shop-prod RequestCount"),
            )
        )
    return Alarm(*(word.strip(_QUOTES) for word in words))


def _language(words: list[str]) -> Language:
    codes: list[Message | Code] = [Code(text=code) for code in languages()]
    if len(words) != 1 or words[0].lower() not in languages():
        raise UserError(say("Choose one of these languages: {codes}.", codes=codes))
    return Language(words[0].lower())


def _open(words: list[str]) -> Open:
    name, rest = words[0].strip(_QUOTES), _with_joined_date(words[1:])
    if not name:
        raise UserError(say("Which load balancer? Write its name, ARN or DNS name."))
    lengths = [word for word in rest if _LENGTH.fullmatch(word)]
    times = [word for word in rest if not _LENGTH.fullmatch(word)]
    if len(lengths) > 1 or len(times) > 1:
        raise UserError(
            say(
                "I understand one time and one length after the name, like {example}.",
                example=Code(text="/alb-incident shop-prod 14:05 60m"),
            )
        )
    window = parse_length(lengths[0]) if lengths else WINDOW
    when = times[0] if times else ""
    if when:
        parse_moment(when, datetime(2026, 1, 1, tzinfo=UTC), UTC)
    return Open(name, when, window)


def _with_joined_date(words: list[str]) -> list[str]:
    """'2026-11-20 14:05' is one time in two words."""
    for index, (date, clock) in enumerate(pairwise(words)):
        if _DATE.fullmatch(date) and _CLOCK.match(clock):
            return [*words[:index], f"{date}T{clock.zfill(5)}", *words[index + 2 :]]
    return words
