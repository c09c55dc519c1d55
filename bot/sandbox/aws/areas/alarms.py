"""CloudWatch alarms: describing, history, finding by metric."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

from bot.sandbox.aws.alarms import Alarm, Change
from bot.sandbox.aws.errors import AwsError, validation
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.wire import Call

MAX_RECORDS = 100
DEFAULT_RECORDS = 50
HISTORY_KEPT = timedelta(days=14)


def describe_alarms(estate: Estate, call: Call) -> dict[str, Any]:
    """Metric alarms, and composite ones only when AlarmTypes names them; 50 a page unless told otherwise."""
    params = call.params
    types = params.get("AlarmTypes") or ["MetricAlarm"]
    if params.get("AlarmNames") and params.get("AlarmNamePrefix"):
        raise validation("AlarmNames and AlarmNamePrefix cannot be used together")
    chosen = [alarm for alarm in _own(estate, call) if _selected(alarm, params, types)]
    if params.get("ChildrenOfAlarmName") or params.get("ParentsOfAlarmName"):
        chosen = _related(_own(estate, call), params)
    page, token = page_of(chosen, params)
    return {
        "MetricAlarms": [_metric_alarm(estate, a) for a in page if not a.composite],
        "CompositeAlarms": [_composite_alarm(estate, a) for a in page if a.composite],
        **token,
    }


def describe_alarms_for_metric(estate: Estate, call: Call) -> dict[str, Any]:
    """Alarms on exactly this metric; math, band and composite alarms are left out, as on AWS."""
    params = call.params
    wanted = {(d["Name"], d["Value"]) for d in params.get("Dimensions") or []}
    found = []
    for alarm in _own(estate, call):
        own = alarm.definition
        if (
            alarm.composite
            or own.get("MetricName") != params["MetricName"]
            or own["Namespace"] != params["Namespace"]
        ):
            continue
        if {(d["Name"], d["Value"]) for d in own.get("Dimensions", [])} != wanted:
            continue
        if all(
            params.get(k) in {None, own.get(k)} for k in ("Statistic", "ExtendedStatistic", "Period", "Unit")
        ):
            found.append(_metric_alarm(estate, alarm))
    return {"MetricAlarms": found}


def describe_alarm_history(estate: Estate, call: Call) -> dict[str, Any]:
    """State and configuration changes of the last two weeks, newest first unless told otherwise."""
    params, now = call.params, estate.now()
    types = params.get("AlarmTypes") or ["MetricAlarm"]
    items = []
    for alarm in _own(estate, call):
        kind = "CompositeAlarm" if alarm.composite else "MetricAlarm"
        if params.get("AlarmName") in {None, alarm.name} and kind in types:
            items += _history(alarm, kind)
    since, until = params.get("StartDate") or now - HISTORY_KEPT, params.get("EndDate") or now
    kept = [
        item
        for item in items
        if max(since, now - HISTORY_KEPT) <= item["Timestamp"] <= until
        and params.get("HistoryItemType") in {None, item["HistoryItemType"]}
    ]
    kept.sort(key=lambda item: item["Timestamp"], reverse=params.get("ScanBy") != "TimestampAscending")
    page, token = page_of(kept, params)
    return {"AlarmHistoryItems": page, **token}


def _own(estate: Estate, call: Call) -> list[Alarm]:
    return estate.alarms.all() if call.region == estate.region and call.account == estate.account_id else []


def _selected(alarm: Alarm, params: Any, types: list[str]) -> bool:
    if ("CompositeAlarm" if alarm.composite else "MetricAlarm") not in types:
        return False
    if params.get("AlarmNames") and alarm.name not in params["AlarmNames"]:
        return False
    if not alarm.name.startswith(params.get("AlarmNamePrefix") or ""):
        return False
    prefix = params.get("ActionPrefix")
    if prefix and not any(action.startswith(prefix) for action in alarm.definition.get("AlarmActions", [])):
        return False
    return params.get("StateValue") in {None, _current(alarm).state}


def _related(alarms: list[Alarm], params: Any) -> list[Alarm]:
    parent, child = params.get("ChildrenOfAlarmName"), params.get("ParentsOfAlarmName")
    if parent:
        rule = next((a.definition["AlarmRule"] for a in alarms if a.name == parent and a.composite), "")
        return [a for a in alarms if f'"{a.name}"' in rule or f"({a.name})" in rule]
    return [
        a
        for a in alarms
        if a.composite
        and (f'"{child}"' in a.definition["AlarmRule"] or f"({child})" in a.definition["AlarmRule"])
    ]


def _current(alarm: Alarm) -> Change:
    if alarm.changes:
        return alarm.changes[-1]
    return Change(alarm.updated_at, "INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")


def _described(estate: Estate, alarm: Alarm, kind: str) -> dict[str, Any]:
    state = _current(alarm)
    actions = {
        k: alarm.definition.get(k, []) for k in ("OKActions", "AlarmActions", "InsufficientDataActions")
    }
    answer = {
        "AlarmName": alarm.name,
        "AlarmArn": f"arn:aws:cloudwatch:{estate.region}:{estate.account_id}:alarm:{alarm.name}",
        "AlarmConfigurationUpdatedTimestamp": alarm.updated_at,
        "ActionsEnabled": alarm.definition.get("ActionsEnabled", True),
        **actions,
        "StateValue": state.state,
        "StateReason": state.reason,
        "StateUpdatedTimestamp": state.at,
        "StateTransitionedTimestamp": state.at,
    }
    if alarm.definition.get("AlarmDescription"):
        answer["AlarmDescription"] = alarm.definition["AlarmDescription"]
    if state.reason_data:
        answer["StateReasonData"] = state.reason_data
    return answer


def _metric_alarm(estate: Estate, alarm: Alarm) -> dict[str, Any]:
    names = (
        "MetricName",
        "Namespace",
        "Statistic",
        "ExtendedStatistic",
        "Period",
        "Unit",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
        "Metrics",
    )
    own = {name: alarm.definition[name] for name in names if name in alarm.definition}
    dims = {} if "Metrics" in own else {"Dimensions": alarm.definition.get("Dimensions", [])}
    return {**_described(estate, alarm, "MetricAlarm"), **own, **dims}


def _composite_alarm(estate: Estate, alarm: Alarm) -> dict[str, Any]:
    return {**_described(estate, alarm, "CompositeAlarm"), "AlarmRule": alarm.definition["AlarmRule"]}


def _history(alarm: Alarm, kind: str) -> list[dict[str, Any]]:
    items = []
    before = "INSUFFICIENT_DATA"
    for change in alarm.changes:
        inside: dict[str, Any] = {
            "version": "1.0",
            "oldState": {"stateValue": before},
            "newState": {"stateValue": change.state, "stateReason": change.reason},
        }
        if change.reason_data:
            inside["newState"]["stateReasonData"] = json.loads(change.reason_data)
        items.append(
            _item(
                alarm,
                kind,
                change.at,
                "StateUpdate",
                f"Alarm updated from {before} to {change.state}",
                inside,
            )
        )
        if (
            change.state == "ALARM"
            and alarm.definition.get("AlarmActions")
            and alarm.definition.get("ActionsEnabled", True)
        ):
            action = alarm.definition["AlarmActions"][0]
            items.append(
                _item(
                    alarm,
                    kind,
                    change.at,
                    "Action",
                    f"Successfully executed action {action}",
                    {"actionState": "Succeeded"},
                )
            )
        before = change.state
    verb = "Update" if alarm.updated_at != alarm.created_at else "Create"
    updated = {
        "version": "1.0",
        "type": verb,
        "updatedAlarm": {"alarmName": alarm.name, "threshold": alarm.definition.get("Threshold")},
    }
    items.append(
        _item(
            alarm,
            kind,
            alarm.updated_at,
            "ConfigurationUpdate",
            f'Alarm "{alarm.name}" {verb.lower()}d',
            updated,
        )
    )
    return items


def _item(
    alarm: Alarm, kind: str, at: Any, item_type: str, summary: str, inside: dict[str, Any]
) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmType": kind,
        "Timestamp": at,
        "HistoryItemType": item_type,
        "HistorySummary": summary,
        "HistoryData": json.dumps(inside),
    }


def page_of(found: list[Any], params: Any) -> tuple[list[Any], dict[str, str]]:
    """A page of 50 unless MaxRecords says otherwise, with the token of the next."""
    size = params.get("MaxRecords") or DEFAULT_RECORDS
    if not 1 <= size <= MAX_RECORDS:
        raise validation("MaxRecords must be between 1 and 100")
    try:
        start = int(base64.urlsafe_b64decode(params.get("NextToken") or b"MA=="))
    except ValueError as error:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.") from error
    token = (
        {"NextToken": base64.urlsafe_b64encode(str(start + size).encode()).decode()}
        if start + size < len(found)
        else {}
    )
    return found[start : start + size], token
