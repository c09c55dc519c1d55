"""CloudWatch alarms in CloudFormation templates, YAML or JSON, intrinsic functions tolerated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from bot.core.alarm_code.fields import PLAIN, Computed, Fields, expressions, metric_text
from bot.core.alarm_code.terraform import NotReadable
from bot.core.alarm_code.values import AlarmDefinition, CodeKind

METRIC, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"


class _Loader(yaml.SafeLoader):
    """Plain YAML in which `!Ref`, `!Sub` and their like are values that are computed."""


def _computed(loader: _Loader, suffix: str, node: yaml.Node) -> Computed:
    inner = node.value if isinstance(node, yaml.ScalarNode) else "…"
    return Computed(f"!{suffix} {inner}"[:80])


_Loader.add_multi_constructor("!", _computed)


def template_alarms(text: str, place: str, kind: CodeKind = CodeKind.TEMPLATE) -> tuple[AlarmDefinition, ...]:
    """The alarms of one template; NotReadable. `place` gets the line, for a stack the logical id."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        template = loader.construct_document(node) if node else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise NotReadable(str(error).splitlines()[0]) from error
    resources = template.get("Resources") if isinstance(template, Mapping) else None
    lines = _lines(node)
    return tuple(
        _definition(
            body, kind, f"{place}:{lines.get(name, 1)}" if kind is CodeKind.TEMPLATE else f"{place} {name}"
        )
        for name, body in (resources.items() if isinstance(resources, Mapping) else ())
        if isinstance(body, Mapping) and body.get("Type") in (METRIC, COMPOSITE)
    )


def _lines(node: yaml.Node | None) -> dict[str, int]:
    """The line of each resource."""
    for key, value in _pairs(node):
        if key.value == "Resources":
            return {str(k.value): k.start_mark.line + 1 for k, _ in _pairs(value)}
    return {}


def _pairs(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from node.value


def _definition(body: Mapping[str, Any], kind: CodeKind, place: str) -> AlarmDefinition:
    given = body.get("Properties")
    properties: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    fields = Fields()
    if body.get("Type") == COMPOSITE:
        fields.put("expression", _value(properties.get("AlarmRule")))
    else:
        _metric_alarm(fields, properties)
        fields.finished()
    name = _value(properties.get("AlarmName"))
    return AlarmDefinition(
        kind=kind,
        place=place,
        name=name if isinstance(name, str) else "*",
        known=fields.known,
        unknown=fields.unknown,
    )


def _metric_alarm(fields: Fields, properties: Mapping[str, Any]) -> None:
    for name, keys in PLAIN.items():
        written = ["".join(word.capitalize() for word in key.split("_")) for key in keys]
        value = next((properties[key] for key in written if properties.get(key) is not None), None)
        fields.put(name, _value(value))
    queries = properties.get("Metrics")
    if isinstance(queries, list):
        _queries(fields, [q for q in queries if isinstance(q, Mapping)])
    else:
        _dimensions(fields, properties.get("Dimensions"))


def _dimensions(fields: Fields, listed: object) -> None:
    if isinstance(listed, list) and all(isinstance(d, Mapping) for d in listed):
        fields.dimensions({str(d.get("Name")): _value(d.get("Value")) for d in listed})
    elif listed is not None:
        fields.put("dimensions", _value(listed))


def _queries(fields: Fields, queries: list[Mapping[str, Any]]) -> None:
    math = [(q.get("Id"), _value(q["Expression"])) for q in queries if q.get("Expression")]
    stats = [_parts(q["MetricStat"]) for q in queries if isinstance(q.get("MetricStat"), Mapping)]
    if not math and len(stats) == 1:
        fields.metric(**stats[0])
        return
    computed = next((e for _, e in math if isinstance(e, Computed)), None)
    fields.put("expression", computed or expressions(f"{i} = {e}" for i, e in math))
    inner = [v for parts in stats for v in (*parts.values(), *parts["dimensions"].values())]
    unknown = next((v for v in inner if isinstance(v, Computed)), None)
    fields.put("metrics", unknown or "; ".join(sorted(metric_text(**parts) for parts in stats)))


def _parts(stat: Mapping[str, Any]) -> dict[str, Any]:
    """A MetricStat as the arguments of `metric_text`."""
    given = stat.get("Metric")
    metric: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    listed = metric.get("Dimensions")
    return {
        "namespace": _value(metric.get("Namespace")),
        "name": _value(metric.get("MetricName")),
        "statistic": _value(stat.get("Stat")),
        "period": _value(stat.get("Period")),
        "dimensions": {
            str(d.get("Name")): _value(d.get("Value"))
            for d in (listed if isinstance(listed, list) else ())
            if isinstance(d, Mapping)
        },
    }


def _value(value: object) -> object:
    """An intrinsic function in its long form (`{"Ref": ...}`) is computed."""
    if isinstance(value, Mapping):
        return Computed(str(dict(value))[:80])
    return value
