"""Type-ahead options of external selects: asked of the app, checked, and remembered until chosen."""

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.block_checker import Checker, Surface
from bot.sandbox.slack.inputs import find_element
from bot.sandbox.slack.model import Json, User

if TYPE_CHECKING:
    from bot.sandbox.slack.interactions import Interactions, Place


class Suggestions:
    def __init__(self, interactions: "Interactions") -> None:
        self._interactions = interactions
        self._known: dict[tuple[str, str], list[Json]] = {}

    def known(self, place_key: str, action_id: str) -> list[Json]:
        """Every option that was suggested here so far."""
        return self._known.get((place_key, action_id), [])

    async def ask(self, user: User, place: "Place", action_id: str, block_id: str, query: str) -> Json:
        """{ok, options} or {ok, option_groups}, as the app gave them."""
        interactions = self._interactions
        placed = find_element(place.blocks, action_id, block_id)
        least = placed.element.get("min_query_length", 3)
        if len(query) < least:
            return {"ok": True, "options": [], "type_more": least}
        payload = interactions.frame("block_suggestion", user) | {
            "action_id": action_id,
            "block_id": placed.block["block_id"],
            "value": query,
        }
        where = interactions.where(user, place, interactions.values_of(user, place))
        for key in ("state", "response_url"):
            where.pop(key, None)
        payload.pop("trigger_id")
        answer = await interactions.deliver(user, "interactive", payload | where)
        if not answer.ok:
            return {"ok": False, "error": answer.reason, "options": []}
        return self._accepted(answer.payload or {}, place.key, action_id)

    def _accepted(self, given: Json, place_key: str, action_id: str) -> Json:
        check = Checker(Surface.MODAL)
        groups: list[Any] = given.get("option_groups") or []
        options = (
            [option for group in groups for option in group["options"]]
            if groups
            else given.get("options", [])
        )
        if groups:
            for index, group in enumerate(groups):
                check.options(group.get("options"), f"/option_groups/{index}/options")
        elif options:
            check.options(options, "/options")
        if check.problems:
            return {"ok": False, "error": "invalid_options", "messages": check.problems, "options": []}
        known = self._known.setdefault((place_key, action_id), [])
        known += [option for option in options if option not in known]
        return {"ok": True, "options": options} | ({"option_groups": groups} if groups else {})
