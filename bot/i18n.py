"""Turning a message into text: catalogue look-up, plural form, and values written by a voice.

The English sentence is the key; a language is one catalogue in bot/locales/<code>.po. A voice says how
values look in a medium: Slack's escapes and localises times, the plain one is for terminals and files.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.core.message import At, Code, Message, Person, Piece, Span, say

LOCALES = Path(__file__).parent / "locales"
ENGLISH = "en"


class Voice(Protocol):
    """How values look in one medium. Every method returns text that is safe there."""

    def text(self, untrusted: str) -> str: ...

    def code(self, untrusted: str) -> str: ...

    def time(self, at: At) -> str: ...

    def person(self, person_id: str) -> str: ...


class PlainVoice:
    """Terminals and files: UTC times, no markup, control characters removed."""

    def text(self, untrusted: str) -> str:
        return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "", untrusted)

    def code(self, untrusted: str) -> str:
        return self.text(untrusted)

    def time(self, at: At) -> str:
        return utc_text(at)

    def person(self, person_id: str) -> str:
        return f"@{self.text(person_id)}"


PLAIN = PlainVoice()


def utc_text(at: At) -> str:
    """The moment in UTC, as precise as `show` asks."""
    form = {"time": "%H:%M UTC", "seconds": "%H:%M:%S UTC", "day_time": "%Y-%m-%d %H:%M UTC"}[at.show]
    return at.at.strftime(form)


def t(message: Message, locale: str, voice: Voice = PLAIN) -> str:
    """The message in that language and medium; English where the catalogue has no translation."""
    values = {name: _written(value, locale, voice) for name, value in message.values.items()}
    return _PLACEHOLDER.sub(lambda hit: values.get(hit[1], hit[0]), _sentence(message, locale))


def tr(text: str, locale: str) -> str:
    """A sentence of content (a runbook's title) without values, in that language."""
    return catalogue(locale).sentence(text, None, None)


def languages() -> tuple[str, ...]:
    """The language codes that can be chosen, English first."""
    return (ENGLISH, *sorted(path.stem for path in LOCALES.glob("*.po")))


_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


def _sentence(message: Message, locale: str) -> str:
    n = message.values.get("n")
    number = abs(n) if isinstance(n, int | float) else None
    return catalogue(locale).sentence(message.text, message.plural, number)


@dataclass(frozen=True)
class Catalogue:
    """One language's sentences; `plural_of` maps a number to the index of its form."""

    sentences: dict[str, tuple[str, ...]]
    plural_of: Callable[[int], int] | None = None

    def sentence(self, text: str, plural: str | None, number: float | None) -> str:
        forms = self.sentences.get(text)
        if forms is None:
            return plural if plural is not None and number != 1 else text
        if number is None or self.plural_of is None or len(forms) == 1:
            return forms[0]
        return forms[min(self.plural_of(int(number)), len(forms) - 1)]


@cache
def catalogue(locale: str) -> Catalogue:
    """The catalogue of `vi` for `vi` or `vi-VN`; an unknown language is English."""
    path = LOCALES / f"{locale.partition('-')[0].partition('_')[0].lower()}.po"
    if not path.is_file():
        return Catalogue({})
    with path.open("rb") as file:
        entries = read_po(file)
    sentences = {}
    for entry in entries:
        forms = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
        if entry.id and all(forms) and not entry.fuzzy:
            key = entry.id if isinstance(entry.id, str) else entry.id[0]
            sentences[key] = tuple(str(form) for form in forms)
    return Catalogue(sentences, gettext.c2py(entries.plural_expr))


def _written(value: Piece | list[Piece], locale: str, voice: Voice) -> str:
    match value:
        case list():
            return ", ".join(_written(piece, locale, voice) for piece in value)
        case Message():
            return t(value, locale, voice)
        case At():
            return voice.time(value)
        case Span():
            return _span(value.seconds, locale)
        case Code():
            return voice.code(value.text)
        case Person():
            return voice.person(value.id)
        case bool() | str():
            return voice.text(str(value))
        case int() | float():
            return _number(value, locale)


def _number(value: float, locale: str) -> str:
    return str(format_decimal(value, locale=_babel_locale(locale)))


def _babel_locale(locale: str) -> str:
    return locale.replace("-", "_") if catalogue(locale).sentences else ENGLISH


def _span(seconds: float, locale: str) -> str:
    """'45 s', '2 min 49 s', '3 h 5 min', '4 d 2 h': two units at most."""
    total = round(abs(seconds))
    minutes, s = divmod(total, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    if days:
        return t(say("{d} d {h} h", d=days, h=h), locale) if h else t(say("{d} d", d=days), locale)
    if hours:
        return t(say("{h} h {m} min", h=hours, m=m), locale) if m else t(say("{h} h", h=hours), locale)
    if minutes:
        return t(say("{m} min {s} s", m=m, s=s), locale) if s else t(say("{m} min", m=m), locale)
    return t(say("{s} s", s=s), locale)
