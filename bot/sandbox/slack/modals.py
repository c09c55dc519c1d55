"""Open modals and Home tabs: opening, pushing, updating, closing, and the state their inputs hold."""

import json
import secrets

from bot.sandbox.slack import limits
from bot.sandbox.slack.block_checker import Checker, Surface
from bot.sandbox.slack.block_rules import check_view, with_ids
from bot.sandbox.slack.faults import FaultKind, Faults
from bot.sandbox.slack.inputs import first_state
from bot.sandbox.slack.model import Json, SlackError, View
from bot.sandbox.slack.workspace import Workspace


class Modals:
    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self._workspace = workspace
        self._faults = faults

    def checked(self, view: object) -> Json:
        """The view with every id filled in; SlackError as Slack's views.* methods give it."""
        if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
            raise SlackError(
                "invalid_arguments", response_metadata={"messages": ["[ERROR] unsupported view type"]}
            )
        if len(json.dumps(view)) > limits.VIEW_BYTES:
            raise SlackError("view_too_large")
        surface = Surface.HOME if view["type"] == "home" else Surface.MODAL
        refused = self._faults.values(FaultKind.REFUSE_BLOCKS)
        ready = frozenset(f.id for f in self._workspace.files.values() if f.ready)
        check = Checker(surface, ready, refused)
        check_view(check, view)
        if check.problems:
            messages = [f"[ERROR] {problem}" for problem in check.problems]
            raise SlackError("invalid_arguments", response_metadata={"messages": messages})
        return {**view, "blocks": with_ids(view["blocks"])}

    def stack(self, user: str) -> list[View]:
        return self._workspace.stacks.get(user, [])

    def find(self, view_id: str = "", external_id: str = "") -> View:
        workspace = self._workspace
        views = [v for stack in workspace.stacks.values() for v in stack] + list(workspace.homes.values())
        for view in views:
            if view.id == view_id or (external_id and view.body.get("external_id") == external_id):
                return view
        raise SlackError("not_found")

    def open(self, user: str, body: Json) -> View:
        with self._workspace.lock:
            self._refuse_duplicate(body)
            view = self._new(user, body, previous=None)
            self._workspace.stacks[user] = [view]
            return self._announce(view)

    def push(self, user: str, body: Json) -> View:
        with self._workspace.lock:
            stack = self._workspace.stacks.setdefault(user, [])
            if len(stack) >= limits.VIEW_STACK:
                raise SlackError("push_limit_reached")
            self._refuse_duplicate(body)
            view = self._new(user, body, previous=stack[-1] if stack else None)
            stack.append(view)
            return self._announce(view)

    def update(self, view: View, body: Json, expected_hash: str = "") -> View:
        with self._workspace.lock:
            if expected_hash and expected_hash != view.hash:
                raise SlackError("hash_conflict")
            view.body = body
            view.values = first_state(body["blocks"], view.values)
            view.hash = self._hash()
            return self._announce(view)

    def publish(self, user: str, body: Json, expected_hash: str = "") -> View:
        with self._workspace.lock:
            known = self._workspace.homes.get(user)
            if known is not None:
                return self.update(known, body, expected_hash)
            view = self._new(user, body, previous=None)
            self._workspace.homes[user] = view
            return self._announce(view)

    def close(self, view: View, everything: bool = False) -> list[View]:
        """The views that went away, topmost first."""
        with self._workspace.lock:
            stack = self._workspace.stacks.get(view.user, [])
            if view not in stack:
                return []
            start = 0 if everything else stack.index(view)
            gone = stack[start:]
            self._workspace.stacks[view.user] = stack[:start]
            self._announce(view)
            return gone[::-1]

    def _new(self, user: str, body: Json, previous: View | None) -> View:
        view_id = self._workspace.next_id("V")
        view = View(view_id, user, body, previous.root_id if previous else view_id)
        view.previous_id = previous.id if previous else ""
        view.hash = self._hash()
        view.values = first_state(body["blocks"])
        return view

    def _hash(self) -> str:
        return f"{int(self._workspace.now().timestamp())}.{secrets.token_hex(4)}"

    def _refuse_duplicate(self, body: Json) -> None:
        external_id = body.get("external_id")
        if external_id and any(
            view.body.get("external_id") == external_id
            for stack in self._workspace.stacks.values()
            for view in stack
        ):
            raise SlackError("duplicate_external_id")

    def _announce(self, view: View) -> View:
        self._workspace.announce("view", user=view.user, view=view.id, surface=view.kind)
        return view
