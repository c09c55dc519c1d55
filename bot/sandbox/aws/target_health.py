"""Target health over time: each registered (target group, target, port) has spells of one state."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from bot.sandbox.aws.noise import Floats, Minutes

LONG_AGO = timedelta(days=4000)

DESCRIPTIONS = {
    "Elb.RegistrationInProgress": "Target registration is in progress",
    "Elb.InitialHealthChecking": "Initial health checks in progress",
    "Target.Timeout": "Request timed out",
    "Target.FailedHealthChecks": "Health checks failed",
    "Target.ResponseCodeMismatch": "Health checks failed with these codes: [404]",
    "Target.NotRegistered": "Target is not registered to the target group",
    "Target.NotInUse": "Target group is not configured to receive traffic from the load balancer",
    "Target.InvalidState": "Target is in the stopped state",
    "Target.DeregistrationInProgress": "Target deregistration is in progress",
    "Elb.InternalError": "Health checks failed due to an internal error",
}


@dataclass(frozen=True)
class Spell:
    """A state from an instant on. State ``gone`` means no longer registered."""

    since: datetime
    state: str
    reason: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Registration:
    """A target in a group, by id and port, with its zone."""

    target_id: str
    port: int
    zone: str


class TargetHealthBook:
    """Who is registered where and how healthy, at any instant."""

    def __init__(self, anchor: datetime) -> None:
        self._anchor = anchor
        self._lock = threading.Lock()
        self._groups: dict[str, dict[Registration, list[Spell]]] = {}

    def register(self, group_arn: str, registration: Registration, spells: Iterable[Spell] = ()) -> None:
        """Put a target into a group; without spells it has always been healthy."""
        history = list(spells) or [Spell(self._anchor - LONG_AGO, "healthy")]
        with self._lock:
            self._groups.setdefault(group_arn, {})[registration] = history

    def change(
        self,
        group_arn: str,
        target_id: str,
        at: datetime,
        state: str,
        reason: str | None = None,
        description: str | None = None,
    ) -> None:
        """From ``at`` on, the target is in another state (on all its ports in the group)."""
        spell = Spell(at, state, reason, description or DESCRIPTIONS.get(reason or ""))
        with self._lock:
            for registration, spells in self._groups.get(group_arn, {}).items():
                if registration.target_id == target_id:
                    spells.append(spell)
                    spells.sort(key=lambda s: s.since)

    def forget(self, group_arn: str) -> None:
        """The group is gone."""
        with self._lock:
            self._groups.pop(group_arn, None)

    def at(self, group_arn: str, moment: datetime) -> list[tuple[Registration, Spell]]:
        """Every target registered at this moment with the spell it is in."""
        with self._lock:
            groups = {r: list(s) for r, s in self._groups.get(group_arn, {}).items()}
        found = [(registration, _spell_at(spells, moment)) for registration, spells in groups.items()]
        return [(registration, spell) for registration, spell in found if spell and spell.state != "gone"]

    def counts(self, group_arn: str, minutes: Minutes, states: frozenset[str], zone: str | None) -> Floats:
        """How many targets were in one of these states, per minute relative to the anchor."""
        with self._lock:
            groups = {r: list(s) for r, s in self._groups.get(group_arn, {}).items()}
        number = np.zeros(minutes.shape)
        for registration, spells in groups.items():
            if zone in {None, registration.zone}:
                number += self._in_state(spells, minutes, states)
        return number

    def _in_state(self, spells: list[Spell], minutes: Minutes, states: frozenset[str]) -> Floats:
        starts = [np.ceil((spell.since - self._anchor).total_seconds() / 60) for spell in spells]
        position = np.searchsorted(np.array(starts), minutes, side="right") - 1
        flags = np.array([*(float(spell.state in states) for spell in spells), 0.0])
        return np.asarray(flags[position])


def _spell_at(spells: list[Spell], moment: datetime) -> Spell | None:
    index = bisect_right([spell.since for spell in spells], moment) - 1
    return spells[index] if index >= 0 else None
