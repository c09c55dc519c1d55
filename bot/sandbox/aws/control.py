"""The sandbox's own HTTP interface under ``/_sandbox/``: faults, the call log, what there is to see.

POST /_sandbox/faults  {"action": "cloudtrail:*", "kind": "deny", "times": 2, "delay_ms": 0}
GET  /_sandbox/faults
GET  /_sandbox/calls
POST /_sandbox/reset   clears faults and the call log (not the estate)
POST /_sandbox/options {"health_subscribed": true, "trail_delay_s": 0, "trail_requests_per_second": null}
GET  /_sandbox/scenarios
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.faults import CallLog, Faults
from bot.sandbox.aws.scenarios import scenario_cards
from bot.sandbox.aws.wire import Answer


class Control:
    """Answers the sandbox's own requests, in JSON."""

    def __init__(self, estate: Estate, faults: Faults, calls: CallLog) -> None:
        self._estate = estate
        self._faults = faults
        self._calls = calls

    def answer(self, environ: dict[str, Any], body: bytes) -> Answer:
        """One request; 400 for a body that cannot be used, 404 for an unknown path."""
        path = environ["PATH_INFO"].removeprefix("/_sandbox/").strip("/")
        try:
            result = self._do(environ["REQUEST_METHOD"], path, json.loads(body or b"{}"))
        except (ValueError, TypeError) as error:
            return _json(400, {"error": str(error)})
        return _json(404, {"error": "no such path"}) if result is None else _json(200, result)

    def _do(self, method: str, path: str, body: dict[str, Any]) -> Any:
        if (method, path) == ("POST", "faults"):
            self._faults.add(**body)
            return {"faults": self._faults.listed()}
        if (method, path) == ("GET", "faults"):
            return {"faults": self._faults.listed()}
        if (method, path) == ("GET", "calls"):
            return self._calls.snapshot()
        if (method, path) == ("POST", "reset"):
            self._faults.clear()
            self._calls.clear()
            return {"ok": True}
        if (method, path) == ("POST", "options"):
            return self._options(body)
        if (method, path) == ("GET", "scenarios"):
            return {"anchor": self._estate.anchor.isoformat(), "scenarios": scenario_cards(self._estate)}
        return None

    def _options(self, body: dict[str, Any]) -> dict[str, Any]:
        trail = self._estate.trail
        if "health_subscribed" in body:
            self._estate.health_subscribed = bool(body["health_subscribed"])
        if "trail_delay_s" in body:
            trail.delay = timedelta(seconds=float(body["trail_delay_s"]))
        if "trail_requests_per_second" in body:
            rate = body["trail_requests_per_second"]
            trail.requests_per_second = None if rate is None else float(rate)
        return {
            "health_subscribed": self._estate.health_subscribed,
            "trail_delay_s": trail.delay.total_seconds(),
            "trail_requests_per_second": trail.requests_per_second,
        }


def _json(status: int, value: Any) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()
