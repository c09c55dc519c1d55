"""What a test sees through the driver: messages, open views, and how an action ended."""

from dataclasses import dataclass

from bot.sandbox.slack.inputs import Placed, placed_elements
from bot.sandbox.slack.model import Json


@dataclass(frozen=True)
class Outcome:
    """Whether the app acknowledged in time; `errors` are a form's, by block_id."""

    ok: bool
    error: str
    errors: dict[str, str]
    answer: Json


@dataclass(frozen=True)
class Post:
    """A message as one person sees it. `json` is Slack's message plus is_ephemeral, is_pinned, files, ..."""

    json: Json

    @property
    def ts(self) -> str:
        return str(self.json["ts"])

    @property
    def channel(self) -> str:
        return str(self.json["channel"])

    @property
    def thread_ts(self) -> str:
        return str(self.json.get("thread_ts") or self.ts)

    @property
    def text(self) -> str:
        return str(self.json["text"])

    @property
    def blocks(self) -> list[Json]:
        return list(self.json.get("blocks", []))

    @property
    def is_ephemeral(self) -> bool:
        return bool(self.json["is_ephemeral"])

    @property
    def files(self) -> list[Json]:
        return list(self.json.get("files", []))

    @property
    def metadata(self) -> Json:
        return dict(self.json.get("metadata") or {})

    @property
    def reactions(self) -> dict[str, int]:
        return {reaction["name"]: reaction["count"] for reaction in self.json.get("reactions", [])}

    @property
    def elements(self) -> list[Placed]:
        return list(placed_elements(self.blocks))

    @property
    def labels(self) -> list[str]:
        """What its buttons say."""
        return [p.element["text"]["text"] for p in self.elements if p.element["type"] == "button"]

    @property
    def where(self) -> Json:
        return {"channel": self.channel, "ts": self.ts}


@dataclass(frozen=True)
class OpenView:
    """A modal or Home tab as one person sees it. `json` is Slack's view."""

    json: Json

    @property
    def id(self) -> str:
        return str(self.json["id"])

    @property
    def title(self) -> str:
        return str(self.json["title"]["text"])

    @property
    def callback_id(self) -> str:
        return str(self.json.get("callback_id", ""))

    @property
    def blocks(self) -> list[Json]:
        return list(self.json["blocks"])

    @property
    def elements(self) -> list[Placed]:
        return list(placed_elements(self.blocks))

    @property
    def where(self) -> Json:
        return {"view_id": self.id}


Place = Post | OpenView
