"""Traffic through one Network Load Balancer, minute by minute and zone by zone: flows and resets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from bot.sandbox.aws import noise
from bot.sandbox.aws.noise import Flags, Floats, Minutes


@dataclass
class FlowDraft:
    """Counts per minute and zone, before incidents change them in place. ``status`` is 1 or 0 per zone."""

    minute: Minutes
    new: Floats
    active: Floats
    client_resets: Floats
    target_resets: Floats
    elb_resets: Floats
    port_errors: Floats
    blocked: Floats
    status: Floats

    def between(self, since: int, until: int | None = None) -> Flags:
        """The minutes from ``since`` up to, not including, ``until``."""
        chosen = self.minute >= since
        return chosen if until is None else chosen & (self.minute < until)


FlowEffect = Callable[[FlowDraft], None]


@dataclass
class FlowTraffic:
    """The model: new flows a minute over all zones, how long a flow lives, and what share is reset."""

    name: str
    zones: list[str]
    seed: int
    per_minute: float
    lifetime_min: float = 3.0
    daily: float = 0.25
    peak_minute: int = 15 * 60
    weekend: float = 0.8
    client_reset_share: float = 0.012
    target_reset_share: float = 0.004
    elb_reset_share: float = 0.002
    idle_cpu: float = 5.0
    busy_cpu: float = 24.0
    effects: list[FlowEffect] = field(default_factory=list)

    def flow(self, minutes: Minutes) -> FlowDraft:
        """What happened in these minutes (relative to the anchor), in whole numbers."""
        draft = self._draft(minutes)
        for effect in self.effects:
            effect(draft)
        return draft

    def cpu(self, minutes: Minutes) -> Floats:
        """CPU per cent of any target: load is spread evenly."""
        level = self.flow(minutes).new.sum(axis=1) / self.per_minute
        wobble = 1 + 0.04 * noise.normal(noise.key(self.seed, self.name, "cpu"), minutes)
        return np.asarray(
            np.clip((self.idle_cpu + (self.busy_cpu - self.idle_cpu) * level) * wobble, 0.3, 99.0)
        )

    def _draft(self, minutes: Minutes) -> FlowDraft:
        wave = noise.rhythm(minutes, daily=self.daily, peak_minute=self.peak_minute, weekend=self.weekend)
        each = self.per_minute / len(self.zones)
        bumps = [1 + 0.03 * noise.normal(self._stream("new", zone), minutes) for zone in self.zones]
        new: Floats = np.round(np.stack([each * wave * bump for bump in bumps], axis=1)).astype(np.float64)
        nothing = np.zeros(new.shape)
        return FlowDraft(
            minutes,
            new,
            np.round(new * self.lifetime_min),
            self._share("client", minutes, new * self.client_reset_share),
            self._share("target", minutes, new * self.target_reset_share),
            self._share("elb", minutes, new * self.elb_reset_share),
            nothing.copy(),
            nothing.copy(),
            np.ones(new.shape),
        )

    def _share(self, kind: str, minutes: Minutes, expected: Floats) -> Floats:
        columns = [
            noise.whole(self._stream(kind, zone), minutes, expected[:, i])
            for i, zone in enumerate(self.zones)
        ]
        return np.stack(columns, axis=1)

    def _stream(self, *names: object) -> int:
        return noise.key(self.seed, self.name, *names)
