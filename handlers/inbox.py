"""Before every listener: a delivery that was accepted already is acknowledged again and does nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from prometheus_client import Counter
from slack_bolt import App, BoltResponse

from handlers.services import Inbox, Services

log = structlog.get_logger(__name__)
REQUESTS = Counter("slack_requests_total", "Requests from Slack", ["kind", "repeated"])

# Accepting these twice changes nothing, and one that failed comes again (handlers/guard.py).
_IDEMPOTENT_EVENTS = frozenset({"reaction_added", "app_home_opened"})


def register(app: App, services: Services) -> None:
    app.middleware(once(services.inbox))


def once(inbox: Inbox) -> Callable[..., BoltResponse]:
    """Bolt middleware; the key is stored before the listener runs, in a transaction of its own."""

    def accept_once(body: dict[str, Any], next: Callable[[], BoltResponse]) -> BoltResponse:
        key = key_of(body)
        fresh = key is None or _accepted(inbox, key, body)
        REQUESTS.labels(kind=kind_of(body), repeated=str(not fresh).lower()).inc()
        return next() if fresh else BoltResponse(status=200, body="")

    return accept_once


def _accepted(inbox: Inbox, key: str, body: Mapping[str, Any]) -> bool:
    """When it cannot be stored, an event is left to Slack to send again.

    A person is told by the listener, whose use case fails too; after a short trouble it succeeds, and
    refuses a repetition by the step's version.
    """
    try:
        return inbox.accept(key)
    except Exception:
        if kind_of(body) == "event_callback":
            raise
        log.exception("inbox is away", kind=kind_of(body))
        return True


def key_of(body: Mapping[str, Any]) -> str | None:
    """What two deliveries of the same thing have in common; None where repeating does no harm.

    A submitted view has none: after a mistake in it the person submits the same view again.
    """
    match kind_of(body):
        case "event_callback":
            kind = (body.get("event") or {}).get("type")
            return None if kind in _IDEMPOTENT_EVENTS else _key("event", body.get("event_id"))
        case "block_actions":
            action = (body.get("actions") or [{}])[0]
            user = (body.get("user") or {}).get("id")
            return _key("action", action.get("action_ts"), user, action.get("action_id"))
        case "command" | "shortcut" | "message_action":
            return _key(kind_of(body), body.get("trigger_id"))
        case _:
            return None


def kind_of(body: Mapping[str, Any]) -> str:
    return "command" if "command" in body else str(body.get("type") or "unknown")


def _key(*parts: object) -> str | None:
    return ":".join(str(part) for part in parts) if all(parts) else None
