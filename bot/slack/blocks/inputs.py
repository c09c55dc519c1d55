"""Inputs of modals: each a labelled block whose block id is its name in the submitted state."""

from __future__ import annotations

from datetime import datetime

from slack_sdk.models.blocks import (
    ConversationFilter,
    ConversationSelectElement,
    DateTimePickerElement,
    ExternalDataSelectElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticSelectElement,
    UserSelectElement,
)

from bot.core.message import Message, Span, say
from bot.slack.blocks import controls
from bot.slack.blocks.writer import Writer

VALUE = "value"
"""The action id of every input but the two external selects, which need names of their own."""

WINDOWS_MIN = (30, 60, 120, 240, 720, 1440)
STATISTICS = ("Sum", "Average", "Maximum", "Minimum", "p99")
PERIODS_S = (60, 300, 3600)
NOTE_LENGTH = 2000


def labelled(
    name: str,
    label: Message,
    element: InputInteractiveElement,
    write: Writer,
    *,
    hint: Message | None = None,
    optional: bool = False,
) -> InputBlock:
    return InputBlock(
        block_id=name,
        label=write.plain(label, 2000),
        element=element,
        hint=write.plain(hint, 2000) if hint else None,
        optional=optional,
    )


def load_balancer(write: Writer, chosen: str = "") -> InputBlock:
    element = ExternalDataSelectElement(
        action_id=controls.LOAD_BALANCER,
        placeholder=write.plain(say("Type a part of its name")),
        min_query_length=0,
        initial_option=option(_name_in(chosen), chosen) if chosen else None,
    )
    return labelled("load_balancer", say("Load balancer"), element, write)


def _name_in(chosen: str) -> str:
    """The name in `arn:...:loadbalancer/app/NAME/ID`, or the name itself."""
    parts = chosen.split("/")
    return parts[-2] if chosen.startswith("arn:") and len(parts) > 2 else chosen


def moment(write: Writer, name: str, label: Message, at: datetime, hint: Message | None = None) -> InputBlock:
    element = DateTimePickerElement(action_id=VALUE, initial_date_time=int(at.timestamp()))
    return labelled(name, label, element, write, hint=hint)


def window(write: Writer, chosen_min: int) -> InputBlock:
    """The lengths on offer, and the present one when it is none of them."""
    lengths = sorted({*WINDOWS_MIN, chosen_min})
    options = [option(write.label(say("{length}", length=Span(seconds=m * 60))), str(m)) for m in lengths]
    hint = say("Half of it before that time, half after.")
    return labelled("window", say("How much to look at"), _select(options, str(chosen_min)), write, hint=hint)


def statistic(write: Writer, chosen: str) -> InputBlock:
    names = STATISTICS if chosen in STATISTICS else (*STATISTICS, chosen)
    return labelled("statistic", say("Statistic"), _select([option(n, n) for n in names], chosen), write)


def period(write: Writer, chosen_s: int) -> InputBlock:
    seconds = sorted({*PERIODS_S, chosen_s})
    options = [option(write.label(say("{length}", length=Span(seconds=s))), str(s)) for s in seconds]
    return labelled("period", say("Period"), _select(options, str(chosen_s)), write)


def runbook(write: Writer, titles: dict[str, str]) -> InputBlock:
    """`titles` by runbook id; the first choice is the one made for the load balancer's type."""
    by_type = option(write.label(say("The one for its type")), "-")
    options = [by_type, *(option(write.title(title), ident) for ident, title in titles.items())]
    return labelled("runbook", say("Runbook"), _select(options, "-"), write, optional=True)


def channel(write: Writer) -> InputBlock:
    """For a modal opened outside a channel."""
    element = ConversationSelectElement(
        action_id=VALUE,
        default_to_current_conversation=True,
        filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
    )
    return labelled("channel", say("Channel"), element, write)


def person(write: Writer) -> InputBlock:
    return labelled("person", say("Person"), UserSelectElement(action_id=VALUE), write, optional=True)


def group(write: Writer) -> InputBlock:
    element = ExternalDataSelectElement(action_id=controls.USER_GROUP, min_query_length=0)
    return labelled("group", say("Or a user group"), element, write, optional=True)


def select(write: Writer, name: str, label: Message, options: list[Option]) -> InputBlock:
    return labelled(name, label, StaticSelectElement(action_id=VALUE, options=options), write, optional=True)


def choice(write: Writer, label: Message, options: list[Option], chosen: str) -> InputBlock:
    initial = next((o for o in options if o.value == chosen), None)
    return labelled(
        "choice", label, RadioButtonsElement(action_id=VALUE, options=options, initial_option=initial), write
    )


def words(
    write: Writer,
    label: Message,
    *,
    placeholder: Message | None = None,
    initial: str = "",
    optional: bool = False,
    length: int = NOTE_LENGTH,
) -> InputBlock:
    element = PlainTextInputElement(
        action_id=VALUE,
        multiline=True,
        max_length=length,
        initial_value=initial[:length] or None,
        placeholder=write.plain(placeholder, 150) if placeholder else None,
    )
    return labelled("note", label, element, write, optional=optional)


def option(text: str, value: str) -> Option:
    return Option(label=text[:75], value=value[:150])


def _select(options: list[Option], chosen: str) -> StaticSelectElement:
    initial = next((o for o in options if o.value == chosen), None)
    return StaticSelectElement(action_id=VALUE, options=options, initial_option=initial)
