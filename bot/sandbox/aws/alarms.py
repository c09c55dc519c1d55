"""The account's alarms: definitions, and states computed from the series by CloudWatch's rules."""

from __future__ import annotations

import json
import operator
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from bot.sandbox.aws.noise import Floats

LOOKBACK = timedelta(hours=26)
FIRST_LOOK = timedelta(minutes=4)
EXTRA_POINTS = 2
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
BAND_OPERATORS = frozenset(
    {
        "LessThanLowerThreshold",
        "GreaterThanUpperThreshold",
        "LessThanLowerOrGreaterThanUpperThreshold",
    }
)
Points = Callable[[Mapping[str, Any], datetime, datetime], tuple[list[int], Floats]]


def evaluate(
    points: Sequence[float | None],
    breaches: Callable[[float], bool],
    definition: Mapping[str, Any],
    before: str,
) -> str:
    """The state after looking at the newest points, oldest first, None where missing (DOMAIN.md section 8).

    CloudWatch looks at more points than EvaluationPeriods; with enough real ones it ignores TreatMissingData.
    """
    periods = int(definition["EvaluationPeriods"])
    needed = int(definition.get("DatapointsToAlarm") or periods)
    treat = definition.get("TreatMissingData", "missing")
    real = [point for point in points if point is not None]
    breaching = sum(breaches(point) for point in real[-periods:])
    if len(real) >= periods:
        return "ALARM" if breaching >= needed else "OK"
    if not real:
        return {"breaching": "ALARM", "notBreaching": "OK", "ignore": before}.get(treat, "INSUFFICIENT_DATA")
    if treat == "breaching":
        return "ALARM" if breaching + periods - len(real) >= needed else "OK"
    if breaching >= needed:
        return "ALARM"
    if treat == "notBreaching" or breaching < len(real):
        return "OK"
    # Fewer than M, all breaching: ALARM once the oldest is M periods old, so that it is not premature.
    age = len(points) - next(i for i, point in enumerate(points) if point is not None)
    return "ALARM" if treat == "missing" and age >= needed else before


@dataclass(frozen=True)
class Change:
    """A state reached at an instant, with AWS's sentence and the points behind it."""

    at: datetime
    state: str
    reason: str
    reason_data: str = ""


@dataclass
class Alarm:
    """An alarm as PutMetricAlarm or PutCompositeAlarm takes it; ``updated_at`` is its last configuration."""

    definition: dict[str, Any]
    updated_at: datetime
    created_at: datetime
    changes: list[Change] = field(default_factory=list)
    looked_until: datetime | None = None

    @property
    def name(self) -> str:
        """The alarm's name, unique in the account and Region."""
        return str(self.definition["AlarmName"])

    @property
    def composite(self) -> bool:
        """True for an alarm on other alarms."""
        return "AlarmRule" in self.definition

    @property
    def period_s(self) -> int:
        """Seconds per evaluated point."""
        if "Period" in self.definition:
            return int(self.definition["Period"])
        return max(int(m["MetricStat"]["Period"]) for m in self.definition["Metrics"] if "MetricStat" in m)


class AlarmBook:
    """Every alarm, brought up to ``now`` when asked. ``points`` reads an alarm's values from the series."""

    def __init__(self, now: Callable[[], datetime], points: Points) -> None:
        self._now = now
        self._points = points
        self._lock = threading.RLock()
        self._alarms: dict[str, Alarm] = {}

    def put(
        self, definition: dict[str, Any], updated_at: datetime, created_at: datetime | None = None
    ) -> None:
        """Create or replace an alarm."""
        with self._lock:
            held = self._alarms.get(str(definition["AlarmName"]))
            born = created_at or (held.created_at if held else updated_at)
            self._alarms[str(definition["AlarmName"])] = Alarm(definition, updated_at, born)

    def delete(self, name: str) -> None:
        """Remove an alarm; nothing happens when there is none."""
        with self._lock:
            self._alarms.pop(name, None)

    def set_state(self, name: str, state: str, reason: str) -> bool:
        """Put an alarm into a state until it is evaluated again; False when there is none."""
        with self._lock:
            alarm = self._alarms.get(name)
            if alarm is None:
                return False
            self._bring_up(alarm)
            alarm.changes.append(Change(self._now(), state, reason))
            return True

    def all(self) -> list[Alarm]:
        """Every alarm with its changes up to now, by name."""
        with self._lock:
            alarms = sorted(self._alarms.values(), key=lambda alarm: (alarm.composite, alarm.name))
            for alarm in alarms:
                self._bring_up(alarm)
            return alarms

    def _bring_up(self, alarm: Alarm) -> None:
        now = self._now().replace(second=0, microsecond=0)
        if alarm.looked_until is not None and alarm.looked_until >= now:
            return
        since = alarm.looked_until or max(now - LOOKBACK, alarm.updated_at + FIRST_LOOK)
        if alarm.composite:
            self._evaluate_composite(alarm)
        elif "ThresholdMetricId" not in alarm.definition:
            # A new detector takes hours to have a band: the alarm stays INSUFFICIENT_DATA meanwhile.
            self._evaluate_metric(alarm, since, now)
        alarm.looked_until = now

    def _evaluate_metric(self, alarm: Alarm, since: datetime, until: datetime) -> None:
        period = timedelta(seconds=alarm.period_s)
        width = int(alarm.definition["EvaluationPeriods"]) + EXTRA_POINTS
        stamps, values = self._points(alarm.definition, since - width * period, until)
        ends = np.array(stamps) + alarm.period_s
        compare = OPERATORS[alarm.definition["ComparisonOperator"]]
        threshold = float(alarm.definition.get("Threshold", 0))
        state = alarm.changes[-1].state if alarm.changes else "INSUFFICIENT_DATA"
        moment = since if alarm.changes else since - timedelta(minutes=1)
        while moment < until:
            moment += timedelta(minutes=1)
            last = int(np.searchsorted(ends, moment.timestamp(), side="right"))
            window = values[max(0, last - width) : last]
            points = [None if np.isnan(value) else float(value) for value in window]
            new = evaluate(points, lambda value: compare(value, threshold), alarm.definition, state)
            if new != state or not alarm.changes:
                at = moment + timedelta(seconds=_second(alarm.name))
                if not alarm.changes and alarm.updated_at < until - LOOKBACK:
                    at = alarm.updated_at + timedelta(minutes=5)
                seen = list(zip(stamps[max(0, last - width) : last], points, strict=True))
                alarm.changes.append(_change(alarm, at, state, new, seen))
                state = new

    def _evaluate_composite(self, alarm: Alarm) -> None:
        children = re.findall(
            r'(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*"?([^")]+)"?\s*\)', alarm.definition["AlarmRule"]
        )
        known = {name: self._alarms[name] for name in children if name in self._alarms}
        for child in known.values():
            self._bring_up(child)
        instants = sorted({change.at for child in known.values() for change in child.changes})
        state = ""
        alarm.changes = []
        for at in instants:
            states = {name: _state_at(child, at) for name, child in known.items()}
            new = "ALARM" if _rule_holds(alarm.definition["AlarmRule"], states) else "OK"
            if new != state:
                alarm.changes.append(
                    Change(at, new, f"{alarm.definition['AlarmRule']} became {new == 'ALARM'}")
                )
                state = new


def _state_at(alarm: Alarm, at: datetime) -> str:
    past = [change.state for change in alarm.changes if change.at <= at]
    return past[-1] if past else "INSUFFICIENT_DATA"


def _rule_holds(rule: str, states: Mapping[str, str]) -> bool:
    def truth(found: re.Match[str]) -> str:
        return "1" if states.get(found[2].strip()) == found[1] else "0"

    text = re.sub(r'(ALARM|OK|INSUFFICIENT_DATA)\(\s*"?([^")]+)"?\s*\)', truth, rule)
    text = re.sub(r"NOT\s*([01])", lambda found: "0" if found[1] == "1" else "1", text).replace(" ", "")
    while "(" in text:
        text = re.sub(r"\(([^()]*)\)", lambda found: str(int(_flat(found[1]))), text)
    return _flat(text)


def _flat(text: str) -> bool:
    return any(all(part == "1" for part in branch.split("AND")) for branch in text.split("OR"))


def _second(name: str) -> int:
    return 12 + sum(name.encode()) % 31


def _change(
    alarm: Alarm, at: datetime, before: str, new: str, seen: list[tuple[int, float | None]]
) -> Change:
    definition = alarm.definition
    real = [(stamp, value) for stamp, value in seen if value is not None]
    newest = real[-int(definition["EvaluationPeriods"]) :]
    shown = ", ".join(
        f"{value} ({datetime.fromtimestamp(stamp, at.tzinfo):%d/%m/%y %H:%M:%S})" for stamp, value in newest
    )
    if new == "INSUFFICIENT_DATA":
        reason = f"Insufficient Data: {definition['EvaluationPeriods']} datapoints were unknown."
    elif not newest:
        reason = (
            f"Threshold Crossed: no datapoints were received for {definition['EvaluationPeriods']} periods"
        )
    else:
        verb = "were" if new == "ALARM" else "were not"
        words = (
            re.sub(r"(?<!^)(?=[A-Z])", " ", definition["ComparisonOperator"])
            .lower()
            .removesuffix(" threshold")
        )
        reason = (
            f"Threshold Crossed: {len(newest)} out of the last {definition['EvaluationPeriods']} datapoints "
            f"[{shown}] {verb} {words} the threshold ({definition.get('Threshold')}) "
            f"({before} -> {new} transition)."
        )
    data = {
        "version": "1.0",
        "queryDate": at.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "startDate": datetime.fromtimestamp((newest or seen or [(0, 0)])[0][0], at.tzinfo).strftime(
            "%Y-%m-%dT%H:%M:%S.000+0000"
        ),
        "statistic": definition.get("Statistic"),
        "period": alarm.period_s,
        "recentDatapoints": [value for _, value in newest],
        "threshold": definition.get("Threshold"),
    }
    return Change(at, new, reason, json.dumps(data))
