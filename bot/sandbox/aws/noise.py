"""Seeded noise and the rhythm of days and weeks: pure functions of (name, minute relative to the anchor)."""

from __future__ import annotations

import hashlib
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats: TypeAlias = npt.NDArray[np.float64]
Minutes: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

DAY_MIN = 1440
WEEK_MIN = 7 * DAY_MIN
ANCHOR_MINUTE_OF_DAY = 14 * 60 + 18
ANCHOR_DAY_OF_WEEK = 2


def key(seed: int, *names: object) -> int:
    """A 63-bit key for a named stream of noise."""
    text = "/".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def uniform(stream: int, minutes: Minutes) -> Floats:
    """One number in (0, 1) per minute: splitmix64 of the minute under the stream's key."""
    x = minutes.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.full(minutes.shape, stream, np.uint64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return ((x >> np.uint64(11)).astype(np.float64) + 0.5) / float(1 << 53)


def normal(stream: int, minutes: Minutes) -> Floats:
    """One standard-normal number per minute."""
    return np.asarray(ndtri(uniform(stream, minutes)), dtype=np.float64)


def rhythm(minutes: Minutes, *, daily: float, peak_minute: int = 15 * 60, weekend: float = 0.7) -> Floats:
    """Factor around 1: a daily wave of ``daily`` amplitude and quieter weekends.

    Clock and weekday are relative: the anchor is a Wednesday, 14:18, whatever the real date, so that
    an estate looks the same at every hour it is started.
    """
    clock = minutes + ANCHOR_MINUTE_OF_DAY + ANCHOR_DAY_OF_WEEK * DAY_MIN
    phase = 2 * np.pi * ((clock % DAY_MIN) - peak_minute) / DAY_MIN
    weekday = (clock // DAY_MIN) % 7
    return (1 + daily * np.cos(phase)) * np.where(weekday >= 5, weekend, 1.0)


def whole(stream: int, minutes: Minutes, expected: Floats) -> Floats:
    """Expected counts made whole: rounded up or down by chance, so that sums come out right."""
    return np.floor(expected + uniform(stream, minutes))
