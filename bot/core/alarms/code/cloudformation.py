"""An alarm plan as a CloudFormation template in YAML, its detector beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.core.alarms.code.literals import quoted
from bot.core.alarms.code.properties import alarm_properties, detector_properties
from bot.core.alarms.plan import AlarmPlan


def cloudformation(plan: AlarmPlan) -> str:
    """A whole template."""
    detector, alarm = detector_properties(plan), alarm_properties(plan)
    resources: dict[str, Any] = {}
    if detector:
        resources["Detector"] = {"Type": "AWS::CloudWatch::AnomalyDetector", "Properties": detector}
    depends = {"DependsOn": "Detector"} if detector else {}
    resources["Alarm"] = {"Type": "AWS::CloudWatch::Alarm", **depends, "Properties": alarm}
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
    return "\n".join(_lines(template)) + "\n"


def _lines(value: dict[str, Any] | list[Any], indent: str = "") -> Iterator[str]:
    """YAML in block style; every text is quoted, so that none is read as a number, a date or a tag."""
    if isinstance(value, dict):
        for key, inside in value.items():
            if isinstance(inside, dict | list):
                yield f"{indent}{key}:"
                yield from _lines(inside, f"{indent}  ")
            else:
                yield f"{indent}{key}: {_scalar(inside)}"
        return
    for item in value:
        if isinstance(item, dict):
            first, *rest = _lines(item, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(item)}"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return quoted(value) if isinstance(value, str) else str(value)
