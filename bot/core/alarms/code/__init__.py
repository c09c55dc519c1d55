"""An alarm plan as code: Terraform, CloudFormation, and CDK in TypeScript and Python."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.alarms.code.cdk_python import cdk_python
from bot.core.alarms.code.cdk_typescript import cdk_typescript
from bot.core.alarms.code.cloudformation import cloudformation
from bot.core.alarms.code.terraform import terraform
from bot.core.alarms.plan import AlarmPlan

__all__ = ["Snippet", "snippets"]


@dataclass(frozen=True)
class Snippet:
    """One file. `language` is what people call it."""

    language: str
    file_name: str
    text: str


def snippets(plan: AlarmPlan) -> tuple[Snippet, ...]:
    """The same alarm four times."""
    return (
        Snippet("Terraform", "alarm.tf", terraform(plan)),
        Snippet("CloudFormation", "alarm.yaml", cloudformation(plan)),
        Snippet("CDK, TypeScript", "alarm-stack.ts", cdk_typescript(plan)),
        Snippet("CDK, Python", "alarm_stack.py", cdk_python(plan)),
    )
