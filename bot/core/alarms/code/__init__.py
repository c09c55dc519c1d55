"""An alarm plan as code: Terraform, CloudFormation, and CDK in TypeScript and Python."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.alarms.code.cdk_python import cdk_python
from bot.core.alarms.code.cdk_typescript import cdk_typescript
from bot.core.alarms.code.cloudformation import cloudformation
from bot.core.alarms.code.terraform import terraform
from bot.core.alarms.plan import AlarmPlan

__all__ = ["Snippet", "code_text", "snippets"]


@dataclass(frozen=True)
class Snippet:
    """One file. `language` is what people call it, `kind` what highlighters do."""

    language: str
    kind: str
    file_name: str
    text: str


def snippets(plan: AlarmPlan) -> tuple[Snippet, ...]:
    """The same alarm four times."""
    return (
        Snippet("Terraform", "hcl", "alarm.tf", terraform(plan)),
        Snippet("CloudFormation", "yaml", "alarm.yaml", cloudformation(plan)),
        Snippet("CDK, TypeScript", "typescript", "alarm-stack.ts", cdk_typescript(plan)),
        Snippet("CDK, Python", "python", "alarm_stack.py", cdk_python(plan)),
    )


def code_text(plan: AlarmPlan) -> str:
    """The four files in one, as Markdown."""
    parts = [f"# {plan.name}"]
    for one in snippets(plan):
        parts.append(f"## {one.language}: {one.file_name}\n\n```{one.kind}\n{one.text}```")
    return "\n\n".join(parts) + "\n"
