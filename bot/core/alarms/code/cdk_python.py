"""An alarm plan as a CDK v2 stack in Python, with the resources of CloudFormation (L1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.core.alarms.code.literals import identifier, quoted, snake
from bot.core.alarms.code.properties import Tree, alarm_properties, detector_properties
from bot.core.alarms.plan import AlarmPlan

_HEAD = """\
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct


class {name}Stack(Stack):
    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
"""
_INSIDE = {
    "MetricStat": "MetricStatProperty",
    "Metric": "MetricProperty",
    "Metrics": "MetricDataQueryProperty",
    "Dimensions": "DimensionProperty",
    "Configuration": "ConfigurationProperty",
    "ExcludedTimeRanges": "RangeProperty",
}
"""The class of each nested property."""


def cdk_python(plan: AlarmPlan) -> str:
    """One stack class."""
    lines = [_HEAD.format(name=identifier(plan.name, upper=True))]
    detector = detector_properties(plan)
    if detector:
        lines += _made("detector = ", "CfnAnomalyDetector", "Detector", detector)
    lines += _made("alarm = " if detector else "", "CfnAlarm", "Alarm", alarm_properties(plan))
    if detector:
        lines.append("        alarm.add_dependency(detector)")
    return "\n".join([*lines, ""])


def _made(assigned: str, kind: str, ident: str, properties: Tree) -> list[str]:
    inside = " " * 12
    return [
        f"        {assigned}cloudwatch.{kind}(",
        f"{inside}self,",
        f"{inside}{quoted(ident)},",
        *_arguments(kind, properties, inside),
        "        )",
    ]


def _arguments(kind: str, tree: Tree, indent: str) -> Iterator[str]:
    for name, value in tree.items():
        yield f"{indent}{snake(name)}={_literal(kind, name, value, indent)},"


def _literal(kind: str, name: str, value: Any, indent: str) -> str:
    match value:
        case dict():
            head = f"cloudwatch.{kind}.{_INSIDE[name]}("
            return "\n".join([head, *_arguments(kind, value, f"{indent}    "), f"{indent})"])
        case list():
            deeper = f"{indent}    "
            items = [f"{deeper}{_literal(kind, name, item, deeper)}," for item in value]
            return "\n".join(["[", *items, f"{indent}]"])
        case str():
            return quoted(value)
        case _:
            return str(value)
