"""Plays people in the sandbox from a test: say, command, click, choose, submit, and wait for what follows."""

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx

from bot.sandbox.slack.faults import FaultKind
from bot.sandbox.slack.inputs import Placed
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.sightings import OpenView, Outcome, Place, Post

T = TypeVar("T")


class RefusedError(AssertionError):
    """The sandbox did not take what the driver asked for; the answer is in `answer`."""

    def __init__(self, answer: Json) -> None:
        super().__init__(str(answer))
        self.answer = answer


class Driver:
    """One connection to a sandbox; `user("ana")` gives a person to act as."""

    def __init__(self, base_url: str, timeout_s: float = 10.0) -> None:
        self.base_url = base_url
        self.timeout_s = timeout_s
        self._http = httpx.Client(base_url=base_url, timeout=timeout_s + 30, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> "Driver":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def user(self, name: str) -> "Person":
        return Person(self, name)

    def get(self, path: str, **params: Any) -> Json:
        return self._answer(self._http.get(f"/sandbox/{path}", params=params))

    def post(self, path: str, **body: Any) -> Json:
        return self._answer(self._http.post(f"/sandbox/{path}", json=body))

    def delete(self, path: str, **params: Any) -> Json:
        return self._answer(self._http.delete(f"/sandbox/{path}", params=params))

    def text(self, path: str, **params: Any) -> str:
        response = self._http.get(f"/sandbox/{path}", params=params)
        return response.raise_for_status().text

    def send_file(self, content: bytes, name: str, **fields: str) -> Json:
        return self._answer(self._http.post("/sandbox/upload", data=fields, files={"file": (name, content)}))

    def download(self, url: str) -> bytes:
        return self._http.get(url).raise_for_status().content

    @staticmethod
    def _answer(response: httpx.Response) -> Json:
        given: Json = response.json()
        if response.status_code >= 400:
            raise RefusedError(given)
        return given

    def wait_for(self, read: Callable[[], T | None], timeout_s: float | None = None, what: str = "") -> T:
        """The first truthy value of `read`, which is tried after every change of the workspace."""
        deadline = time.monotonic() + (timeout_s if timeout_s is not None else self.timeout_s)
        seq = -1
        while True:
            now = self.get("changes", since=seq, timeout=max(0.0, deadline - time.monotonic()))["seq"]
            value = read()
            if value:
                return value
            if time.monotonic() >= deadline:
                raise TimeoutError(f"not within {timeout_s or self.timeout_s} s: {what or read}")
            seq = now

    def calls(self, method: str = "") -> list[Json]:
        """The app's Web API calls so far: method, args, status, ok, error, answer."""
        found: list[Json] = self.get("calls", **({"method": method} if method else {}))["calls"]
        return found

    def fault(self, kind: FaultKind, method: str = "*", **more: Any) -> None:
        self.post("faults", kind=kind.value, method=method, **more)

    def clear_faults(self) -> None:
        self.delete("faults")

    def sockets(self) -> int:
        return int(self.get("sockets")["connected"])

    def disconnect(self, how: str = "refresh") -> None:
        """Make the app's sockets reconnect ("refresh"), or drop them without a word ("cut")."""
        self.delete("sockets", how=how)

    def press(self, card_id: str, user: str = "ana") -> str:
        """Press a card of the side panel; what it said."""
        return str(self.post("controls/press", id=card_id, user=user)["text"])

    def reset(self) -> None:
        self.post("reset")


class Person:
    """One user of the workspace. Channels are named without #; "dm" is the conversation with the bot."""

    def __init__(self, driver: Driver, name: str) -> None:
        self._driver = driver
        self.name = name

    def slash(self, text: str, channel: str = "incidents") -> Outcome:
        """`text` as typed, command included."""
        command, _, rest = text.partition(" ")
        return self._do("slash", channel=channel, command=command, text=rest)

    def say(self, text: str, channel: str = "incidents", thread_ts: str = "") -> Post:
        said = self._driver.post("send", user=self.name, channel=channel, text=text, thread_ts=thread_ts)
        found = self.thread(channel, thread_ts) if thread_ts else self.messages(channel)
        return next(post for post in found if post.ts == said["ts"])

    def upload(
        self, content: bytes, name: str, channel: str = "incidents", thread_ts: str = "", text: str = ""
    ) -> str:
        """The ts of the message that shares the file."""
        fields = {"user": self.name, "channel": channel, "thread_ts": thread_ts, "text": text}
        return str(self._driver.send_file(content, name, **fields)["ts"])

    def messages(self, channel: str = "incidents") -> list[Post]:
        found = self._driver.get("messages", user=self.name, channel=channel)["messages"]
        return [Post(message) for message in found]

    def thread(self, channel: str, ts: str) -> list[Post]:
        """The parent and its replies."""
        found = self._driver.get("messages", user=self.name, channel=channel, thread_ts=ts)["messages"]
        return [Post(message) for message in found]

    def text(self, channel: str = "incidents", ts: str = "") -> str:
        """A channel or (with `ts`) a thread as plain text."""
        return self._driver.text("thread", user=self.name, channel=channel, ts=ts, **{"as": "text"})

    def channels(self) -> list[Json]:
        found: list[Json] = self._driver.get("workspace", user=self.name)["channels"]
        return found

    def modals(self) -> list[OpenView]:
        """Open modals, the one on top last."""
        return [OpenView(view) for view in self._driver.get("views", user=self.name)["views"]]

    def modal(self) -> OpenView | None:
        """The modal on top."""
        return next(reversed(self.modals()), None)

    def home(self) -> OpenView | None:
        view = self._driver.get("home", user=self.name)["view"]
        return OpenView(view) if view else None

    def open_home(self) -> None:
        self._do("home/open")

    def notices(self) -> list[str]:
        """What Slack itself told this person, such as that the app did not respond."""
        return [notice["text"] for notice in self._driver.get("notices", user=self.name)["notices"]]

    def click(
        self,
        place: Place,
        action_id: str = "",
        *,
        label: str = "",
        block_id: str = "",
        state: Json | None = None,
    ) -> Outcome:
        """Press the button with this action_id or label (a confirm dialog is answered with yes)."""
        for placed in place.elements:
            text = placed.element.get("text")
            shown = text.get("text") if isinstance(text, dict) else None
            wanted = placed.element["action_id"] == action_id if action_id else shown == label
            if wanted and block_id in ("", placed.block["block_id"]):
                where = {"block_id": placed.block["block_id"], "action_id": placed.element["action_id"]}
                return self._do("act", **place.where, **where, state=state)
        raise RefusedError({"error": "no_such_button", "wanted": action_id or label})

    def choose(self, place: Place, action_id: str, value: Any, block_id: str = "") -> Outcome:
        """Choose an option (by value or text), user, date, ...; an external select is asked for it first."""
        for placed in place.elements:
            if placed.element["action_id"] == action_id and "external_select" in placed.element["type"]:
                self._look_up(place, placed, value)
        return self._do("act", **place.where, action_id=action_id, block_id=block_id, value=value)

    def options(self, place: Place, action_id: str, query: str = "", block_id: str = "") -> list[Json]:
        """What an external select offers for what was typed."""
        found = self._do("options", **place.where, action_id=action_id, block_id=block_id, query=query)
        return list(found.answer["options"])

    def _look_up(self, place: Place, placed: Placed, value: Any) -> None:
        for one in value if isinstance(value, list) else [value]:
            query = str(one.get("value") if isinstance(one, dict) else one)
            self.options(place, placed.element["action_id"], query, placed.block["block_id"])

    def submit(self, values: Json | None = None, modal: OpenView | None = None) -> Outcome:
        """Fill in the top modal, by action_id or {block_id: {action_id: value}}, and submit it."""
        view = modal or self._driver.wait_for(self.modal, what=f"a modal for {self.name}")
        given = values or {}
        for placed, value in _given(view, given):
            if "external_select" in placed.element["type"] and value is not None:
                self._look_up(view, placed, value)
        return self._do("submit", view_id=view.id, values=given)

    def close_modal(self, everything: bool = False) -> Outcome:
        view = self.modal()
        if view is None:
            raise RefusedError({"error": "no_modal"})
        return self._do("close", view_id=view.id, all=everything)

    def shortcut(self, callback_id: str, message: Post | None = None) -> Outcome:
        return self._do("shortcut", callback_id=callback_id, **(message.where if message else {}))

    def react(self, message: Post, name: str) -> None:
        self._do("react", **message.where, name=name)

    def wait_for_message(self, text: str, channel: str = "incidents", thread_ts: str = "") -> Post:
        """The newest message whose plain text, blocks included, contains this."""

        def read() -> Post | None:
            posts = self.thread(channel, thread_ts) if thread_ts else self.messages(channel)
            return next(
                (post for post in reversed(posts) if text in post.text or text in str(post.blocks)), None
            )

        return self._driver.wait_for(read, what=f"a message with {text!r}")

    def wait_for_modal(self, title: str = "") -> OpenView:
        def read() -> OpenView | None:
            view = self.modal()
            return view if view is not None and title in ("", view.title) else None

        return self._driver.wait_for(read, what=f"a modal {title!r}")

    def _do(self, path: str, **body: Any) -> Outcome:
        answer = self._driver.post(path, user=self.name, **body)
        return Outcome(
            bool(answer.get("ok")), str(answer.get("error", "")), answer.get("errors") or {}, answer
        )


def _given(view: OpenView, values: Json) -> Iterator[tuple[Placed, Any]]:
    for placed in view.elements:
        block_id, action_id = placed.keys
        within = values.get(block_id)
        found = within if isinstance(within, dict) and action_id in within else values
        if action_id in found:
            yield placed, found[action_id]
