"""The side panel of the sandbox's page: an alarm to fire for each scenario, and the clock to move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.now import FileClock
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.scenarios import SCENARIOS, Scenario
from bot.sandbox.slack.controls import Card
from bot.sandbox.slack.workspace import Workspace

ALARM_CHANNEL = "alerts"
_NEXT_DIGEST = "next-digest"
_NEXT_HOUR = "next-hour"


class SandboxControls:
    """Implements the page's Controls for one estate and workspace."""

    def __init__(self, estate: Estate, workspace: Workspace, clock: FileClock, digest_hour: int) -> None:
        self._estate = estate
        self._workspace = workspace
        self._clock = clock
        self._digest_hour = digest_hour

    def status(self) -> str:
        ahead = self._clock.ahead()
        hint = f" · {round(ahead.total_seconds() / 3600)} h ahead" if ahead else ""
        return f"{self._clock.now():%a %d %b, %H:%M} UTC{hint}"

    def cards(self) -> Sequence[Card]:
        alarms = [
            Card(
                id=scenario.id,
                title=scenario.load_balancer,
                description=scenario.card,
                badge=f"{scenario.alarm_at(self._estate.anchor):%H:%M} UTC",
                group="Fire an alarm",
                button="Fire",
                tone="danger",
            )
            for scenario in SCENARIOS
        ]
        return [
            *alarms,
            Card(
                id=_NEXT_DIGEST,
                title="Tomorrow morning",
                description=f"Moves the clock to {self._digest_hour:02d}:00 in Berlin: the digest comes.",
                group="Clock",
                button="Go",
            ),
            Card(id=_NEXT_HOUR, title="An hour later", group="Clock", button="Go"),
        ]

    def press(self, card_id: str, user_id: str) -> str | None:
        if card_id == _NEXT_HOUR:
            self._clock.advance(timedelta(hours=1))
            return None
        if card_id == _NEXT_DIGEST:
            self._clock.advance(until_hour(self._clock.now(), self._digest_hour))
            return "It is morning. The digest comes within half a minute, in #alerts."
        scenario = next((s for s in SCENARIOS if s.id == card_id), None)
        if scenario is None:
            return f"There is no card {card_id}."
        self._fire(scenario)
        return f"The alarm is in #{ALARM_CHANNEL}. Type /alb-incident {scenario.load_balancer} there."

    def _fire(self, scenario: Scenario) -> None:
        at = scenario.alarm_at(self._estate.anchor)
        shown = f"<!date^{int(at.timestamp())}^{{time}}|{at:%H:%M} UTC>"
        text = f"*ALARM* · `{scenario.load_balancer}` · {shown}\n{scenario.card}"
        hint = f"Type `/alb-incident {scenario.load_balancer} {at:%Y-%m-%dT%H:%MZ}`"
        self._workspace.post_as_integration(
            ALARM_CHANNEL,
            "AWS CloudWatch",
            f"ALARM {scenario.load_balancer}: {scenario.card}",
            icon=":rotating_light:",
            blocks=[
                {"type": "section", "text": {"type": "mrkdwn", "text": text}},
                {"type": "context", "elements": [{"type": "mrkdwn", "text": hint}]},
            ],
        )


def until_hour(now: datetime, hour: int, zone: str = "Europe/Berlin") -> timedelta:
    """How long until it is next `hour`:00 there, and a few seconds more."""
    local = now.astimezone(ZoneInfo(zone))
    due = local.replace(hour=hour, minute=0, second=5, microsecond=0)
    if due <= local:
        due += timedelta(days=1)
    return due.astimezone(now.tzinfo) - now
