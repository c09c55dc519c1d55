"""An alarm plan as Terraform. Its AWS provider has no resource for a detector: AWS makes that itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.core.alarms.code.literals import hcl_quoted, identifier, quoted, snake
from bot.core.alarms.code.properties import Tree, alarm_properties, detector_properties
from bot.core.alarms.plan import AlarmPlan

_RENAMED = {"OKActions": "ok_actions", "Metrics": "metric_query", "MetricStat": "metric"}


def terraform(plan: AlarmPlan) -> str:
    """One `aws_cloudwatch_metric_alarm`, and a comment where something cannot be said in it."""
    lines = list(_block("resource", alarm_properties(plan), f'"aws_cloudwatch_metric_alarm" "{_name(plan)}"'))
    return "\n".join([*_comment(plan), *lines]) + "\n"


def _name(plan: AlarmPlan) -> str:
    return identifier(plan.name, upper=False)


def _comment(plan: AlarmPlan) -> Iterator[str]:
    detector = detector_properties(plan)
    if not detector:
        return
    yield "# The provider has no resource for the anomaly detector; CloudWatch makes it with this alarm."
    if "Configuration" in detector:
        yield "# Its excluded time ranges and time zone are set with put-anomaly-detector, once:"
        yield f"#   {_command(detector)}"


def _command(detector: Tree) -> str:
    metric = detector["MetricName"]
    dimensions = " ".join(quoted(f"Name={d['Name']},Value={d['Value']}") for d in detector["Dimensions"])
    configuration = detector["Configuration"]
    ranges = ",".join(
        f"{{StartTime={r['StartTime']}Z,EndTime={r['EndTime']}Z}}"
        for r in configuration.get("ExcludedTimeRanges", ())
    )
    parts = [f"ExcludedTimeRanges=[{ranges}]"] if ranges else []
    zone = configuration.get("MetricTimeZone")
    parts += [f"MetricTimezone={zone}"] if zone else []
    return (
        f"aws cloudwatch put-anomaly-detector --namespace {quoted(detector['Namespace'])} "
        f"--metric-name {quoted(metric)} --stat {quoted(detector['Stat'])} --dimensions {dimensions} "
        f"--configuration {quoted(','.join(parts))}"
    )


def _block(kind: str, tree: Tree, labels: str = "", indent: str = "") -> Iterator[str]:
    yield f"{indent}{kind} {labels}{' ' if labels else ''}{{"
    for name, value in tree.items():
        yield from _attribute(name, value, f"{indent}  ")
    yield f"{indent}}}"


def _attribute(name: str, value: Any, indent: str) -> Iterator[str]:
    match name:
        case "Metrics":
            for query in value:
                yield ""
                yield from _block("metric_query", query, indent=indent)
        case "MetricStat":
            flat = {**value["Metric"], "Period": value["Period"], "Stat": value["Stat"]}
            yield from _block("metric", flat, indent=indent)
        case "Dimensions":
            pairs = ", ".join(f"{d['Name']} = {hcl_quoted(d['Value'])}" for d in value)
            yield f"{indent}dimensions = {{ {pairs} }}"
        case _:
            yield f"{indent}{_RENAMED.get(name, snake(name))} = {_literal(value)}"


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_literal(item) for item in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return hcl_quoted(value) if isinstance(value, str) else str(value)
