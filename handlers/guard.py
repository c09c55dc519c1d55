"""Around every listener: nothing it raises reaches Slack as silence.

Bolt loses an ack when a listener raises after it (DESIGN.md), and an unacked click is lost. So a UserError
becomes a sentence for the person who asked, anything else is logged once and said to be our fault.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt import Ack, BoltContext, BoltResponse

from bot.core.errors import UserError
from bot.core.message import Message, Person, say
from bot.i18n import ENGLISH
from bot.slack.blocks.replies import message_modal, sentence
from bot.slack.blocks.writer import Writer
from handlers.asked import Asked, asked, writer_for
from handlers.services import Services

log = structlog.get_logger(__name__)

BROKEN = say("Something broke here. Nothing that was saved is lost: try again in a moment.")

Tell = Callable[[Message], None]
Handle = Callable[["Click"], None]


class Click:
    """One thing a person did, and how to answer: the argument of every handler."""

    def __init__(self, services: Services, body: dict[str, Any], ack: Ack, context: BoltContext) -> None:
        self.services = services
        self.body = body
        self.ack = ack
        self.context = context
        self.who: Asked = asked(body)
        self.acked = False

    def done(self, **answer: Any) -> None:
        """Acknowledges, once."""
        if not self.acked:
            self.acked = True
            self.ack(**answer)

    def tell(self, message: Message) -> None:
        """An answer only this person sees, off the ack path."""
        rendered = sentence(message, self.writer())
        self.send(rendered.text, list(rendered.blocks))

    def writer(self) -> Writer:
        """In their language, or in English while not even that can be read."""
        try:
            return writer_for(self.services, self.who)
        except Exception:
            log.exception("language unknown", user=self.who.user, channel=self.who.channel)
            return Writer(ENGLISH)

    def send(self, text: str, blocks: list[dict[str, Any]]) -> None:
        """Through the response_url where there is one: that works in channels the bot is not in."""
        thread = self.who.thread_ts or None
        if self.context.response_url:
            self.after(
                lambda: self.context.respond(  # type: ignore[misc]
                    text=text,
                    blocks=blocks,
                    response_type="ephemeral",
                    replace_original=False,
                    thread_ts=thread,
                )
            )
        elif self.who.channel:
            channel, user = self.who.channel, self.who.user
            self.after(
                lambda: self.context.client.chat_postEphemeral(
                    channel=channel, user=user, thread_ts=thread, text=text, blocks=blocks
                )
            )

    def after(self, work: Callable[[], object]) -> None:
        """Work that may take longer than an ack; what goes wrong in it is logged."""
        self.services.later(lambda: _logged(work, self.who))

    def open_view(self, make: Callable[[], dict[str, Any]]) -> None:
        """Opens a modal off the ack path; why it cannot be shown is said in its place."""

        def opened() -> None:
            try:
                view = make()
            except UserError as error:
                view = message_modal(error.message, self.writer())
            self.context.client.views_open(trigger_id=self.body["trigger_id"], view=view)

        self.after(opened)


def guarded(services: Services, handle: Handle) -> Callable[..., BoltResponse | None]:
    """The Bolt listener that runs `handle` and acknowledges whatever happens."""

    def listener(ack: Ack, body: dict[str, Any], context: BoltContext) -> BoltResponse | None:
        return _handled(Click(services, body, ack, context), handle)

    # Not functools.wraps: Bolt would look through it and ask `handle` for its arguments.
    listener.__name__ = handle.__name__
    return listener


def _handled(click: Click, handle: Handle) -> BoltResponse | None:
    """An event that could not be accepted is not acked, so that Slack sends it again; all else is."""
    try:
        handle(click)
        click.done()
    except UserError as error:
        _answer(click, error.message)
    except Exception:
        who = click.who
        log.exception("listener failed", handler=handle.__name__, user=who.user, channel=who.channel)
        if click.body.get("type") == "event_callback":
            return BoltResponse(status=503, body="")
        _answer(click, BROKEN)
    return None


def _answer(click: Click, message: Message) -> None:
    """In the form when there is one, which keeps what was typed; privately otherwise."""
    if click.body.get("type") != "view_submission" or click.acked:
        click.done()
        click.tell(message)
        return
    write = click.writer()
    if _mentions(message):
        # Only mrkdwn can show a person, and errors under an input are plain text.
        click.done(response_action="push", view=message_modal(message, write))
    else:
        errors = {_main_input(click.body["view"]): write.label(message, 2000)}
        click.done(response_action="errors", errors=errors)


def _mentions(message: Message) -> bool:
    return any(isinstance(value, Person) for value in message.values.values())


def _main_input(view: dict[str, Any]) -> str:
    """The block under which an error is shown: the first input of the form."""
    inputs = [block["block_id"] for block in view.get("blocks", ()) if block.get("type") == "input"]
    return str(inputs[0]) if inputs else "note"


def _logged(work: Callable[[], object], who: Asked) -> None:
    try:
        work()
    except Exception:
        log.exception("work after the ack failed", user=who.user, channel=who.channel)
