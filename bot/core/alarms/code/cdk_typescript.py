"""An alarm plan as a CDK v2 stack in TypeScript, with the resources of CloudFormation (L1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.core.alarms.code.literals import camel, identifier, quoted
from bot.core.alarms.code.properties import Tree, alarm_properties, detector_properties
from bot.core.alarms.plan import AlarmPlan

_HEAD = """\
import {{ Stack, StackProps, aws_cloudwatch as cloudwatch }} from "aws-cdk-lib";
import {{ Construct }} from "constructs";

export class {name}Stack extends Stack {{
  constructor(scope: Construct, id: string, props?: StackProps) {{
    super(scope, id, props);
"""


def cdk_typescript(plan: AlarmPlan) -> str:
    """One stack class."""
    lines = [_HEAD.format(name=identifier(plan.name, upper=True))]
    detector = detector_properties(plan)
    if detector:
        lines += _made("detector", "CfnAnomalyDetector", "Detector", detector)
    lines += _made("alarm" if detector else "", "CfnAlarm", "Alarm", alarm_properties(plan))
    if detector:
        lines.append("    alarm.addDependency(detector);")
    return "\n".join([*lines, "  }", "}", ""])


def _made(variable: str, kind: str, ident: str, properties: Tree) -> list[str]:
    body = list(_inside(properties, "      "))
    assigned = f"const {variable} = " if variable else ""
    return [f"    {assigned}new cloudwatch.{kind}(this, {quoted(ident)}, {{", *body, "    });"]


def _inside(tree: Tree, indent: str) -> Iterator[str]:
    for name, value in tree.items():
        yield f"{indent}{camel(name)}: {_literal(value, indent)},"


def _literal(value: Any, indent: str) -> str:
    match value:
        case dict():
            return "\n".join(["{", *_inside(value, f"{indent}  "), f"{indent}}}"])
        case list():
            return f"[{', '.join(_literal(item, indent) for item in value)}]"
        case bool():
            return str(value).lower()
        case str():
            return quoted(value)
        case _:
            return str(value)
