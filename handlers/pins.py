"""The work behind a 📌: read the message from Slack and record it as a note. A job, safe to run again."""

from __future__ import annotations

from bot.core.errors import UserError
from bot.core.message import Message, say
from bot.slack.blocks.replies import sentence
from bot.slack.client import ApiRefusal, SlackClient, call
from bot.slack.said import read_message
from handlers.asked import Asked, writer_for
from handlers.services import Pin, Services
from handlers.shortcuts import incident_of


class PinKeeper:
    """TransientError passes through, so that the job is tried again; a note's key makes twice once."""

    def __init__(self, client: SlackClient, services: Services) -> None:
        self._client = client
        self._services = services

    def keep(self, team: str, channel: str, ts: str, user: str) -> None:
        """Records the message; what stands against it is told to the person who pinned it."""
        pin = Pin(team, channel, ts, user)
        try:
            self._keep(pin)
        except UserError as error:
            self._tell(pin, error.message)
        except ApiRefusal as refusal:
            self._tell(pin, say("Slack did not let me read that message: {why}.", why=str(refusal)))

    def _keep(self, pin: Pin) -> None:
        message = read_message(self._client, pin.channel, pin.ts)
        if message is None or not message.text:
            return
        incident = incident_of(self._services, pin.team, message)
        author = message.author or pin.user
        self._services.incidents.note(incident.id, message.text, author, message.at, message.key)

    def _tell(self, pin: Pin, why: Message) -> None:
        who = Asked(pin.team, pin.user, pin.channel)
        told = sentence(why, writer_for(self._services, who))
        call(
            self._client.chat_postEphemeral,
            channel=pin.channel,
            user=pin.user,
            text=told.text,
            blocks=list(told.blocks),
        )
