"""CloudWatch alarms in Terraform: HCL files and state (`aws_cloudwatch_metric_alarm`, `..._composite_alarm`).

HCL is read, not run: a value with a variable, a function or a reference is computed (DOMAIN.md section 8).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import hcl2
from lark.exceptions import LarkError

from bot.core.alarm_code.fields import PLAIN, Computed, Fields, expressions, metric_text
from bot.core.alarm_code.values import AlarmDefinition, CodeKind

METRIC, COMPOSITE = "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"
TYPES = (METRIC, COMPOSITE)
_OPTIONS = hcl2.SerializationOptions(
    with_comments=False, explicit_blocks=False, preserve_heredocs=False, strip_string_quotes=True
)
_COMPUTED = re.compile(r"[$%]\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


class NotReadable(ValueError):
    """The text is not what its name says."""


def terraform_alarms(text: str, place: str) -> tuple[AlarmDefinition, ...]:
    """The alarms of one .tf file; NotReadable."""
    try:
        parsed = hcl2.loads(text, serialization_options=_OPTIONS)
    except (LarkError, ValueError, RecursionError) as error:
        raise NotReadable(str(error).splitlines()[0]) from error
    return tuple(_found(parsed, text, place))


def _found(parsed: Mapping[str, Any], text: str, place: str) -> Iterator[AlarmDefinition]:
    for block in parsed.get("resource", ()):
        for kind in TYPES:
            for name, body in (block.get(kind) or {}).items():
                where = f"{place}:{_line(text, kind, name)}"
                if isinstance(body, Mapping):
                    yield _definition(kind, body, CodeKind.TERRAFORM, where)


def state_alarms(text: str, place: str) -> tuple[AlarmDefinition, ...]:
    """The alarms of a state file (version 4), where every value is known; NotReadable."""
    try:
        state = json.loads(text)
        resources = [r for r in state["resources"] if r["type"] in TYPES and r.get("mode") == "managed"]
        return tuple(
            _definition(r["type"], i["attributes"], CodeKind.STATE, f"{place}: {r['type']}.{r['name']}")
            for r in resources
            for i in r["instances"]
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotReadable(f"not a Terraform state: {error}") from error


def _definition(kind: str, body: Mapping[str, Any], source: CodeKind, place: str) -> AlarmDefinition:
    literal = source is CodeKind.STATE
    fields = Fields()
    if kind == COMPOSITE:
        fields.put("expression", _value(body.get("alarm_rule"), literal))
    else:
        _metric_alarm(fields, body, literal)
        fields.finished()
    name = str(body.get("alarm_name") or "${}")
    return AlarmDefinition(
        kind=source,
        place=place,
        name=name if literal else _COMPUTED.sub("*", name),
        known=fields.known,
        unknown=fields.unknown,
    )


def _metric_alarm(fields: Fields, body: Mapping[str, Any], literal: bool) -> None:
    queries = _blocks(body.get("metric_query"))
    for name, keys in PLAIN.items():
        # State fills what metric math does not use with empty values.
        if queries and name in ("statistic", "period", "metric", "namespace"):
            continue
        value = next((body[key] for key in keys if body.get(key) not in (None, "")), None)
        if literal and name == "datapoints" and value == 0:
            continue
        fields.put(name, _value(value, literal))
    if queries:
        _queries(fields, queries, literal)
        return
    _dimensions(fields, body.get("dimensions"), literal)


def _dimensions(fields: Fields, dimensions: object, literal: bool) -> None:
    if isinstance(dimensions, Mapping):
        fields.dimensions({key.strip('"'): _value(value, literal) for key, value in dimensions.items()})
    elif dimensions:
        fields.put("dimensions", _value(dimensions, literal))


def _queries(fields: Fields, queries: list[Mapping[str, Any]], literal: bool) -> None:
    math = [f"{q.get('id')} = {q['expression']}" for q in queries if q.get("expression")]
    metrics = [m for q in queries for m in _blocks(q.get("metric"))]
    if not math and len(metrics) == 1:
        for name, key in (
            ("namespace",) * 2,
            ("metric", "metric_name"),
            ("statistic", "stat"),
            ("period",) * 2,
        ):
            fields.put(name, _value(metrics[0].get(key), literal))
        _dimensions(fields, metrics[0].get("dimensions"), literal)
        return
    fields.put("expression", _value(expressions(math), literal))
    fields.put("metrics", _value("; ".join(sorted(_metric(m) for m in metrics)), literal))


def _metric(metric: Mapping[str, Any]) -> str:
    given = metric.get("dimensions")
    dimensions = given if isinstance(given, Mapping) else {"": given} if given else {}
    return metric_text(
        metric.get("namespace"),
        metric.get("metric_name"),
        metric.get("stat"),
        metric.get("period"),
        dimensions,
    )


def _blocks(node: object) -> list[Mapping[str, Any]]:
    return [one for one in node if isinstance(one, Mapping)] if isinstance(node, list) else []


def _value(value: object, literal: bool) -> object:
    """A text with an interpolation is computed; in state nothing is."""
    if not literal and isinstance(value, str) and _COMPUTED.search(value):
        inner = value[2:-1] if value.startswith("${") and value.count("${") == 1 else value
        return Computed(inner[:80])
    return value


def _line(text: str, kind: str, name: str) -> int:
    """The line of the block's head, 1 when it is written in an unusual way."""
    head = re.search(rf'resource\s+"?{kind}"?\s+"?{re.escape(name)}"?\s*\{{', text)
    return text.count("\n", 0, head.start()) + 1 if head else 1
