"""The only changes this product can make in AWS: an alarm, its detector, and removing both again.

They leave through a session of their own, whose guard knows these actions and no others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from bot.aws.failures import AWS_FAILURES, unread_of
from bot.aws.sessions import AwsSessions, action_of
from bot.core.alarms.code.properties import alarm_properties, detector_properties
from bot.core.alarms.plan import AlarmPlan
from bot.core.alarms.write import Made, mark_of, marked
from bot.core.ports import AlarmWriter, WriteRefused

A = TypeVar("A")


class AwsAlarmWriter(AlarmWriter):
    """`sessions` must be made with bot.aws.policy.WRITE_ACTIONS."""

    def __init__(self, sessions: AwsSessions) -> None:
        self._sessions = sessions

    def would_make(self, region: str, plan: AlarmPlan) -> Made:
        there = self._alarm(region, plan.name)
        if there is not None and mark_of(plan) not in str(there.get("AlarmDescription", "")):
            raise WriteRefused(f"an alarm named {plan.name} is there already, and it is not ours")
        detector = _detector(plan)
        missing = detector is not None and not self._has_detector(region, detector)
        return Made(alarm=True, detector=missing)

    def create(self, region: str, plan: AlarmPlan, made: Made) -> None:
        detector = _detector(plan)
        if made.detector and detector:
            self._call(region, "put_anomaly_detector", **detector)
        try:
            self._call(region, "put_metric_alarm", **alarm_properties(marked(plan)))
        except WriteRefused:
            # A detector without its alarm would be left behind, and charged for.
            self._remove_detector(region, plan, made)
            raise

    def undo(self, region: str, plan: AlarmPlan, made: Made) -> None:
        there = self._alarm(region, plan.name)
        if made.alarm and there and mark_of(plan) in str(there.get("AlarmDescription", "")):
            self._call(region, "delete_alarms", AlarmNames=[plan.name])
        self._remove_detector(region, plan, made)

    def _remove_detector(self, region: str, plan: AlarmPlan, made: Made) -> None:
        detector = _detector(plan)
        if made.detector and detector and self._has_detector(region, detector):
            single = detector["SingleMetricAnomalyDetector"]
            self._call(region, "delete_anomaly_detector", SingleMetricAnomalyDetector=single)

    def _alarm(self, region: str, name: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self._call(
            region, "describe_alarms", AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        alarms = [*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())]
        return alarms[0] if alarms else None

    def _has_detector(self, region: str, detector: dict[str, Any]) -> bool:
        wanted = detector["SingleMetricAnomalyDetector"]
        narrow = {name: wanted[name] for name in ("Namespace", "MetricName", "Dimensions")}
        found = self._call(region, "describe_anomaly_detectors", **narrow).get("AnomalyDetectors", ())
        return any(
            (one.get("SingleMetricAnomalyDetector") or one).get("Stat") == wanted["Stat"] for one in found
        )

    def _call(self, region: str, operation: str, **params: Any) -> dict[str, Any]:
        client = self._sessions.client("cloudwatch", region)
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        call: Callable[..., dict[str, Any]] = getattr(client, operation)
        try:
            return call(**params)
        except AWS_FAILURES as error:
            unread = unread_of(error, action_of(model))
            raise WriteRefused(f"{unread.action}: {unread.detail}") from error


def _detector(plan: AlarmPlan) -> dict[str, Any] | None:
    """As PutAnomalyDetector takes it: nested, and its time zone spelled with a small z."""
    told = detector_properties(plan)
    if told is None:
        return None
    configuration = dict(told.pop("Configuration", {}))
    if "MetricTimeZone" in configuration:
        configuration["MetricTimezone"] = configuration.pop("MetricTimeZone")
    whole = {"SingleMetricAnomalyDetector": told}
    return {**whole, "Configuration": configuration} if configuration else whole
