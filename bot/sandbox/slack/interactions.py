"""What a person can do in Slack that reaches the app: commands, clicks, choices, forms and shortcuts."""

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack import seed
from bot.sandbox.slack.delivery import Answer, Delivery, Kind
from bot.sandbox.slack.events import Events
from bot.sandbox.slack.inputs import (
    Values,
    action_json,
    choose,
    find_element,
    first_state,
    form_errors,
    holds_state,
    placed_elements,
    to_state,
)
from bot.sandbox.slack.modals import Modals
from bot.sandbox.slack.model import ChannelKind, Json, Message, SlackError, User, View
from bot.sandbox.slack.options import Suggestions
from bot.sandbox.slack.posting import Posting
from bot.sandbox.slack.settings import Settings
from bot.sandbox.slack.shapes import TEAM, message_json, view_json
from bot.sandbox.slack.tickets import ResponseUrls, Triggers
from bot.sandbox.slack.workspace import Workspace

NOT_RUNNING = "ALB Incident is not connected, so it did not hear this. Is the bot running?"
TOO_LATE = "ALB Incident didn't respond in time. Please try again."
FAILED = "ALB Incident answered with something Slack does not accept."


@dataclass
class Place:
    """Where an element is: on a message in a channel, or in a view."""

    message: Message | None = None
    view: View | None = None

    @property
    def blocks(self) -> list[Json]:
        if self.view is not None:
            return list(self.view.body["blocks"])
        return self.message.blocks if self.message else []

    @property
    def key(self) -> str:
        return self.view.id if self.view else (self.message.ts if self.message else "")


@dataclass
class Interactions:
    workspace: Workspace
    settings: Settings
    delivery: Delivery
    events: Events
    modals: Modals
    triggers: Triggers
    response_urls: ResponseUrls
    posting: Posting
    base_url: str = ""
    message_states: dict[tuple[str, str], Values] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.suggestions = Suggestions(self)

    async def slash(self, user: User, channel_id: str, command: str, text: str, thread_ts: str = "") -> Json:
        """A slash command, with its failure shown to the person as Slack shows it."""
        declared = next((known for known in self.settings.commands if known.name == command), None)
        if declared is None:
            return self._refused(user, f"{command} is not a valid command.", "unknown_command")
        if thread_ts:
            return self._refused(user, f"{command} is not supported in threads. Sorry!", "not_in_threads")
        channel = self.workspace.channel(channel_id)
        sent = self.posting.escape_typed(text) if declared.should_escape else text
        payload: Json = {
            "token": "sandbox",
            "team_id": seed.TEAM_ID,
            "team_domain": seed.TEAM_DOMAIN,
            "channel_id": channel.id,
            "channel_name": channel.name if channel.kind is not ChannelKind.PRIVATE else "privategroup",
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": sent,
            "api_app_id": seed.APP_ID,
            "is_enterprise_install": "false",
            "response_url": self.response_urls.issue(user.id, channel.id),
            "trigger_id": self.triggers.issue(user.id),
        }
        answer = await self.deliver(user, "slash_commands", payload, f"{command} failed. ")
        if answer.ok and answer.payload:
            self.posting.from_ack(answer.payload, user.id, channel.id)
        return self.outcome(answer)

    async def act(
        self,
        user: User,
        place: Place,
        action_id: str,
        block_id: str = "",
        value: Any = None,
        state: Json | None = None,
    ) -> Json:
        """Press a button or choose a value; `state` are plain values of other inputs in the same place."""
        placed = find_element(place.blocks, action_id, block_id)
        values = self.values_of(user, place)
        self.merge(place, values, state or {})
        element = placed.element
        block_id = placed.block["block_id"]
        if holds_state(element):
            chosen = to_state(self.workspace, element, value, self.suggestions.known(place.key, action_id))
            values.setdefault(block_id, {})[action_id] = chosen
        elif element["type"] == "overflow":
            chosen = {"selected_option": choose(element["options"], value)}
        else:
            chosen = {}
        if placed.block["type"] == "input" and not placed.block.get("dispatch_action"):
            return {"ok": True}
        action = action_json(element, block_id, chosen, self.workspace.next_ts())
        payload = self.frame("block_actions", user) | self.where(user, place, values) | {"actions": [action]}
        return self.outcome(await self.deliver(user, "interactive", payload))

    async def submit(self, user: User, view_id: str, given: Json) -> Json:
        """Submit a modal; `errors` (block_id -> sentence) say what must be corrected."""
        view = self.modals.find(view_id)
        place = Place(view=view)
        values = self.values_of(user, place)
        self.merge(place, values, given)
        errors = form_errors(place.blocks, values)
        if errors:
            return {"ok": False, "error": "form_incomplete", "errors": errors}
        payload = self.frame("view_submission", user) | {"view": view_json(view), "response_urls": []}
        answer = await self.deliver(user, "interactive", payload)
        if not answer.ok:
            return self.outcome(answer)
        return self._submitted(user, view, answer.payload or {})

    def _submitted(self, user: User, view: View, response: Json) -> Json:
        action = response.get("response_action", "")
        try:
            if action == "errors":
                return {"ok": False, "error": "refused_by_app", "errors": response.get("errors", {})}
            if action == "update":
                self.modals.update(view, self.modals.checked(response.get("view")))
            elif action == "push":
                self.modals.push(user.id, self.modals.checked(response.get("view")))
            else:
                self.modals.close(view, everything=action == "clear")
        except SlackError as error:
            self.workspace.notify(user.id, FAILED)
            return {"ok": False, "error": error.code, **error.extra}
        return {"ok": True}

    async def close(self, user: User, view_id: str, everything: bool = False) -> Json:
        view = self.modals.find(view_id)
        everything = everything or bool(view.body.get("clear_on_close"))
        for gone in self.modals.close(view, everything):
            if gone.body.get("notify_on_close"):
                payload = self.frame("view_closed", user)
                payload |= {"view": view_json(gone), "is_cleared": everything}
                payload.pop("trigger_id")
                await self.deliver(user, "interactive", payload)
        return {"ok": True}

    async def shortcut(self, user: User, callback_id: str, message: Message | None = None) -> Json:
        """A global shortcut, or a message shortcut when a message is given."""
        kind = "message_action" if message else "shortcut"
        payload = self.frame(kind, user) | {"callback_id": callback_id, "action_ts": self.workspace.next_ts()}
        if message is not None:
            payload |= self.channel_part(message.channel)
            payload["message_ts"] = message.ts
            payload["message"] = message_json(self.workspace, message, self.base_url)
            payload["response_url"] = self.response_urls.issue(
                user.id, message.channel, message.ts, message.thread_ts
            )
        return self.outcome(await self.deliver(user, "interactive", payload))

    def values_of(self, user: User, place: Place) -> Values:
        if place.view is not None:
            return place.view.values
        known = self.message_states.get((user.id, place.key))
        fresh = first_state(place.blocks, known)
        self.message_states[(user.id, place.key)] = fresh
        return fresh

    def merge(self, place: Place, values: Values, given: Json) -> None:
        """Put plain values, given as {block_id: {action_id: value}} or {action_id: value}, into the state."""
        for placed in placed_elements(place.blocks):
            block_id, action_id = placed.keys
            within = given.get(block_id)
            found = within if isinstance(within, dict) and action_id in within else given
            if action_id not in found or not holds_state(placed.element):
                continue
            suggested = self.suggestions.known(place.key, action_id)
            values.setdefault(block_id, {})[action_id] = to_state(
                self.workspace, placed.element, found[action_id], suggested
            )

    def frame(self, kind: str, user: User) -> Json:
        return {
            "type": kind,
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": seed.TEAM_ID},
            "api_app_id": seed.APP_ID,
            "token": "sandbox",
            "team": {"id": TEAM["id"], "domain": TEAM["domain"]},
            "enterprise": None,
            "is_enterprise_install": False,
            "trigger_id": self.triggers.issue(user.id),
        }

    def channel_part(self, channel_id: str) -> Json:
        channel = self.workspace.channel(channel_id)
        name = "privategroup" if channel.kind is ChannelKind.PRIVATE else channel.name
        return {"channel": {"id": channel.id, "name": name}}

    def where(self, user: User, place: Place, values: Values) -> Json:
        """The payload's container part; Slack leaves `message` out for ephemeral messages."""
        if place.view is not None:
            return {"container": {"type": "view", "view_id": place.view.id}, "view": view_json(place.view)}
        message = place.message
        if message is None:
            raise SlackError("message_not_found")
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": bool(message.ephemeral_to),
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        part = self.channel_part(message.channel) | {"container": container, "state": {"values": values}}
        if not message.ephemeral_to:
            part["message"] = message_json(self.workspace, message, self.base_url)
        part["response_url"] = self.response_urls.issue(
            user.id, message.channel, message.ts, message.thread_ts
        )
        return part

    async def deliver(self, user: User, kind: Kind, payload: Json, prefix: str = "") -> Answer:
        answer = await self.delivery.to_app(kind, payload)
        if not answer.ok:
            self.workspace.notify(user.id, prefix + (NOT_RUNNING if answer.reason == "no_app" else TOO_LATE))
        return answer

    def outcome(self, answer: Answer) -> Json:
        return {"ok": answer.ok} | ({"error": answer.reason} if answer.reason else {})

    def _refused(self, user: User, text: str, code: str) -> Json:
        self.workspace.notify(user.id, text)
        return {"ok": False, "error": code}
