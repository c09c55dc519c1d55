"""The fields that are compared, in one form for live alarms, Terraform and CloudFormation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.core.evidence import Alarm, AlarmMetric

DEFAULTS = {"treat_missing": "missing"}
"""What AWS does where the code says nothing. Datapoints then are as many as the evaluation periods."""

PLAIN = {
    "statistic": ("statistic", "extended_statistic"),
    "threshold": ("threshold",),
    "period": ("period",),
    "evaluation_periods": ("evaluation_periods",),
    "datapoints": ("datapoints_to_alarm",),
    "comparison": ("comparison_operator",),
    "treat_missing": ("treat_missing_data",),
    "metric": ("metric_name",),
    "namespace": ("namespace",),
}
"""Field -> its names in Terraform. CloudFormation's are the same words run together."""


@dataclass(frozen=True)
class Computed:
    """A value that only the code's own tools can work out."""

    expression: str


@dataclass
class Fields:
    """Collects a definition: each value goes to `known` or, when it is computed, to `unknown`."""

    known: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: object) -> None:
        """A field; None says nothing, and anything that is not a plain value cannot be compared."""
        if isinstance(value, Computed):
            self.unknown[name] = value.expression
        elif isinstance(value, str | int | float):
            self.known[name] = plain(value)
        elif value is not None:
            self.unknown[name] = str(value)[:80]

    def dimensions(self, pairs: Mapping[str, object]) -> None:
        """Each dimension is a field of its own, so that a computed one does not hide the others."""
        for name, value in pairs.items():
            self.put(f"dimension {name}", value)

    def metric(
        self,
        namespace: object,
        name: object,
        statistic: object,
        period: object,
        dimensions: Mapping[str, object],
    ) -> None:
        """The one metric of an alarm without metric math."""
        self.put("namespace", namespace)
        self.put("metric", name)
        self.put("statistic", statistic)
        self.put("period", period)
        self.dimensions(dimensions)

    def finished(self) -> Fields:
        """With AWS's defaults for what was left out."""
        said = {*self.known, *self.unknown}
        self.known |= {name: value for name, value in DEFAULTS.items() if name not in said}
        for side in (self.known, self.unknown):
            if "datapoints" not in said and "evaluation_periods" in side:
                side["datapoints"] = side["evaluation_periods"]
        return self


def plain(value: str | int | float) -> str:
    """'60' for 60, 60.0 and '60': tools write numbers as text."""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return f"{float(value):g}"
    except ValueError:
        return " ".join(str(value).split())


def live_fields(alarm: Alarm) -> dict[str, str]:
    """The same fields of an alarm in CloudWatch."""
    fields = Fields()
    if alarm.composite:
        fields.put("expression", alarm.expression)
        return fields.known
    fields.put("threshold", alarm.threshold)
    fields.put("comparison", alarm.comparison)
    fields.put("evaluation_periods", alarm.evaluation_periods)
    fields.put("datapoints", alarm.datapoints_to_alarm)
    fields.put("treat_missing", alarm.treat_missing)
    if alarm.expression:
        fields.put("expression", expressions(alarm.expression.split("; ")))
        fields.put("metrics", "; ".join(sorted(_metric(one) for one in alarm.metrics)))
        return fields.known
    for one in alarm.metrics[:1]:
        fields.metric(one.namespace, one.name, one.statistic, one.period_s, one.dimensions)
    return fields.known


def expressions(lines: Iterable[str]) -> str:
    """'e1 = m1/m2' of every query, in a fixed order."""
    return "; ".join(sorted(" ".join(line.split()) for line in lines))


def _metric(metric: AlarmMetric) -> str:
    return metric_text(metric.namespace, metric.name, metric.statistic, metric.period_s, metric.dimensions)


def metric_text(
    namespace: object, name: object, statistic: object, period: object, dimensions: Mapping[str, object]
) -> str:
    """One metric of metric math on one line."""
    named = ",".join(f"{key}={value}" for key, value in sorted(dimensions.items()))
    seconds = plain(period) if isinstance(period, str | int | float) else period
    return f"{namespace} {name} {statistic} {seconds} s {named}".strip()
