"""The few alarm writes the bot may be allowed, and anomaly detectors."""

from __future__ import annotations

from typing import Any

from bot.sandbox.aws.alarms import BAND_OPERATORS, OPERATORS
from bot.sandbox.aws.areas.alarms import page_of
from bot.sandbox.aws.errors import AwsError, not_emulated, validation
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.wire import Call


def put_metric_alarm(estate: Estate, call: Call) -> dict[str, Any]:
    """Create or replace a metric alarm."""
    definition = {k: v for k, v in call.params.items() if v is not None}
    if ("MetricName" in definition) == ("Metrics" in definition):
        raise validation("Specify either MetricName or Metrics")
    operators = BAND_OPERATORS if definition.get("ThresholdMetricId") else OPERATORS
    if definition.get("ComparisonOperator") not in operators:
        raise validation("ComparisonOperator is not valid")
    if definition.get("DatapointsToAlarm", 1) > definition["EvaluationPeriods"]:
        raise validation("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    definition.pop("Tags", None)
    estate.alarms.put(definition, estate.now())
    return {}


def delete_anomaly_detector(estate: Estate, call: Call) -> dict[str, Any]:
    """Remove the detector of exactly that metric and statistic."""
    wanted = call.params.get("SingleMetricAnomalyDetector") or call.params
    with estate.lock:
        kept = [d for d in estate.anomaly_detectors if not _is(d, wanted)]
        if len(kept) == len(estate.anomaly_detectors):
            raise AwsError("ResourceNotFoundException", "The named resource does not exist.", 404)
        estate.anomaly_detectors[:] = kept
    return {}


def put_composite_alarm(estate: Estate, call: Call) -> dict[str, Any]:
    """Create or replace a composite alarm."""
    estate.alarms.put({k: v for k, v in call.params.items() if k != "Tags"}, estate.now())
    return {}


def put_metric_data(estate: Estate, call: Call) -> dict[str, Any]:
    """Refused: the series are computed, so a point put here could never be read back."""
    raise not_emulated(call.action)


def delete_alarms(estate: Estate, call: Call) -> dict[str, Any]:
    """Remove alarms by name."""
    for name in call.params["AlarmNames"]:
        estate.alarms.delete(name)
    return {}


def set_alarm_state(estate: Estate, call: Call) -> dict[str, Any]:
    """Put an alarm into a state for a moment, to try what it sets off."""
    if not estate.alarms.set_state(
        call.params["AlarmName"], call.params["StateValue"], call.params["StateReason"]
    ):
        raise AwsError("ResourceNotFound", "The named resource does not exist.", 404)
    return {}


def put_anomaly_detector(estate: Estate, call: Call) -> dict[str, Any]:
    """Remember a detector; it starts untrained."""
    detector = {k: v for k, v in call.params.items() if v is not None}
    with estate.lock:
        estate.anomaly_detectors.append({**detector, "StateValue": "PENDING_TRAINING"})
    return {}


def describe_anomaly_detectors(estate: Estate, call: Call) -> dict[str, Any]:
    """Detectors by namespace, metric and dimensions."""
    params = call.params
    with estate.lock:
        found = [d for d in estate.anomaly_detectors if _watches(d, params)]
    page, token = page_of(
        found, {"MaxRecords": params.get("MaxResults"), "NextToken": params.get("NextToken")}
    )
    return {"AnomalyDetectors": page, **token}


def _is(detector: dict[str, Any], wanted: Any) -> bool:
    single = detector.get("SingleMetricAnomalyDetector") or detector
    dimensions = [{(d["Name"], d["Value"]) for d in one.get("Dimensions") or []} for one in (single, wanted)]
    return dimensions[0] == dimensions[1] and all(
        single.get(k) == wanted.get(k) for k in ("Namespace", "MetricName", "Stat")
    )


def _watches(detector: dict[str, Any], params: Any) -> bool:
    single = detector.get("SingleMetricAnomalyDetector") or detector
    same = all(params.get(k) in {None, single.get(k)} for k in ("Namespace", "MetricName"))
    wanted = {(d["Name"], d["Value"]) for d in params.get("Dimensions") or []}
    return same and wanted <= {(d["Name"], d["Value"]) for d in single.get("Dimensions") or []}
