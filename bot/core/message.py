"""What the product says: an English sentence with values, translated and escaped only where it is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, Self, TypeAlias, Union

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Base of every value object: frozen, no unknown fields, so that what is stored is what was meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class At(Value):
    """A moment (UTC), shown in the reader's own time zone where the medium can."""

    kind: Literal["at"] = "at"
    at: datetime
    show: Literal["time", "seconds", "day_time"] = "time"


class Span(Value):
    """A length of time in seconds, shown as '2 min 49 s'."""

    kind: Literal["span"] = "span"
    seconds: float


class Code(Value):
    """An identifier from outside (a resource id, a metric name), shown in code style; untrusted."""

    kind: Literal["code"] = "code"
    text: str


class Person(Value):
    """A Slack user or user group, shown as a mention in Slack and as its id elsewhere."""

    kind: Literal["person"] = "person"
    id: str


Piece: TypeAlias = Union[At, Span, Code, Person, "Message", int, float, str]
"""A value in a message. A plain `str` is untrusted text: it is escaped when shown, never interpreted."""


class Message(Value):
    """An English sentence and the values for its {placeholders}; the sentence is also the catalogue key.

    `text` comes from this project's code and content only, never from outside. `plural` with the value
    `n` chooses the plural form.
    """

    kind: Literal["message"] = "message"
    text: str
    plural: str | None = None
    values: dict[str, Piece | list[Piece]] = {}

    def with_values(self, **values: object) -> Self:
        """The same sentence with further values."""
        return self.model_copy(update={"values": {**self.values, **_pieces(values)}})


def say(text: str, /, **values: object) -> Message:
    """A message: `say("{n} of {total} targets", n=3, total=4)`.

    A value is a Piece, a datetime (-> At), a timedelta (-> Span) or a list of these.
    """
    return Message(text=text, values=_pieces(values))


def many(one: str, other: str, /, n: int, **values: object) -> Message:
    """A message whose form depends on `n`: `many("{n} target", "{n} targets", n=2)`."""
    return Message(text=one, plural=other, values={"n": n, **_pieces(values)})


def _pieces(values: dict[str, object]) -> dict[str, Piece | list[Piece]]:
    return {
        name: [_piece(v) for v in value] if isinstance(value, list | tuple) else _piece(value)
        for name, value in values.items()
    }


def _piece(value: object) -> Piece:
    match value:
        case At() | Span() | Code() | Person() | Message() | int() | float():
            return value
        case str():
            return str(value)
        case datetime():
            return At(at=value.astimezone(UTC))
        case timedelta():
            return Span(seconds=value.total_seconds())
        case _:
            raise TypeError(f"a message cannot show a {type(value).__name__}")


Message.model_rebuild()
