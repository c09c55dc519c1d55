"""Alarm code: drift is named with both values and its place; what is computed or missing is never drift."""

from __future__ import annotations

import pytest

from bot.core.alarm_code.values import AlarmDefinition, CodeKind
from bot.core.evidence import Alarm, AlarmDefinitions, AlarmMetric, Alarms, Evidence, StackAlarms
from bot.core.model import Finding, Status, Unread, UnreadReason
from bot.i18n import t
from runbooks.checks.alarm_code import CHECK
from tests.evidence_builders import unread
from tests.metric_builders import run

METRIC = AlarmMetric(namespace="N", name="Errors", dimensions={}, statistic="Sum", period_s=60)
ERRORS = Alarm(
    name="errors",
    arn="a",
    metrics=(METRIC,),
    state="OK",
    threshold=10,
    comparison="GreaterThanThreshold",
    evaluation_periods=3,
    datapoints_to_alarm=3,
)
SAME = {
    "metric": "Errors",
    "namespace": "N",
    "statistic": "Sum",
    "period": "60",
    "threshold": "10",
    "comparison": "GreaterThanThreshold",
    "evaluation_periods": "3",
    "datapoints": "3",
    "treat_missing": "missing",
}
NO_FOLDER = unread(UnreadReason.NOT_ENABLED, "", "set TERRAFORM_DIR")
REFUSED = unread(action="cloudformation:DescribeStackResources")
NO_STACKS = StackAlarms(definitions=())


def defined(name: str = "errors", place: str = "alarms.tf:3", **changed: str) -> AlarmDefinition:
    return AlarmDefinition(kind=CodeKind.TERRAFORM, place=place, name=name, known={**SAME, **changed})


def code(*definitions: AlarmDefinition, unreadable: tuple[str, ...] = ()) -> AlarmDefinitions:
    return AlarmDefinitions(folders=("/code",), definitions=definitions, unreadable=unreadable)


def judged(
    *evidence: Evidence,
    alarms: tuple[Alarm, ...] = (ERRORS,),
    denied: dict[type[Evidence], Unread] | None = None,
) -> Finding:
    return run(CHECK, Alarms(alarms=alarms), *evidence, unread=denied)


def said(finding: Finding) -> str:
    return " ".join(t(message, "en") for message in (finding.summary, *finding.details))


def test_a_field_that_differs_is_named_with_both_values_and_its_place() -> None:
    finding = judged(code(defined(threshold="25")), NO_STACKS)
    assert finding.status is Status.WARN
    assert t(finding.summary, "en") == ("errors differs from its code: threshold is 10, alarms.tf:3 says 25.")
    assert finding.table
    assert finding.table.rows == (("errors", "threshold", "10", "25", "alarms.tf:3"),)


def test_a_dimension_the_code_does_not_have_is_said_to_be_not_set() -> None:
    live = ERRORS.model_copy(update={"metrics": (METRIC.model_copy(update={"dimensions": {"Zone": "a"}}),)})
    finding = judged(code(defined()), NO_STACKS, alarms=(live,))
    assert "dimension Zone is a, alarms.tf:3 says not set." in t(finding.summary, "en")


def test_an_alarm_that_equals_its_code_passes() -> None:
    finding = judged(code(defined()), NO_STACKS)
    assert finding.status is Status.PASS
    assert t(finding.summary, "en") == "1 of 1 alarms is as its code defines it."


def test_drift_from_the_stack_counts_when_no_folder_is_set() -> None:
    finding = judged(
        StackAlarms(definitions=(defined(place="shop Errors", period="300"),)),
        denied={AlarmDefinitions: NO_FOLDER},
    )
    assert finding.status is Status.WARN
    assert "period is 60, shop Errors says 300" in t(finding.summary, "en")
    assert "set TERRAFORM_DIR" in said(finding)


@pytest.mark.parametrize(
    ("evidence", "denied", "why"),
    [
        ((NO_STACKS,), {AlarmDefinitions: NO_FOLDER}, "set TERRAFORM_DIR"),
        ((), {AlarmDefinitions: NO_FOLDER, StackAlarms: REFUSED}, "set TERRAFORM_DIR"),
        ((code(),), {StackAlarms: REFUSED}, "cloudformation:DescribeStackResources"),
        ((code(defined("other")), NO_STACKS), {}, "None of these alarms is defined in the code"),
    ],
)
def test_without_a_definition_nothing_is_concluded(
    evidence: tuple[Evidence, ...], denied: dict[type[Evidence], Unread], why: str
) -> None:
    finding = judged(*evidence, denied=denied)
    assert finding.status is Status.UNKNOWN
    assert why in said(finding)


def test_a_computed_value_is_said_and_is_no_drift() -> None:
    definition = defined()
    known = {key: value for key, value in definition.known.items() if key != "threshold"}
    computed = definition.model_copy(update={"known": known, "unknown": {"threshold": "var.limit"}})
    finding = judged(code(computed), NO_STACKS)
    assert finding.status is Status.PASS
    assert "because it is computed there: threshold (var.limit)." in said(finding)


def test_code_in_which_everything_is_computed_cannot_be_compared() -> None:
    computed = AlarmDefinition(
        kind=CodeKind.TERRAFORM,
        place="m.tf:1",
        name="errors",
        known={},
        unknown=dict.fromkeys(SAME, "var.x"),
    )
    assert judged(code(computed), NO_STACKS).status is Status.UNKNOWN


def test_alarms_and_files_that_are_left_out_are_named() -> None:
    other = ERRORS.model_copy(update={"name": "by-hand"})
    finding = judged(code(defined(), unreadable=("a.tf: boom",)), NO_STACKS, alarms=(ERRORS, other))
    assert finding.status is Status.PASS
    assert "Not in the code that was read: by-hand." in said(finding)
    assert "Could not be read: a.tf: boom" in said(finding)


def test_without_an_alarm_there_is_nothing_to_compare() -> None:
    assert judged(code(), NO_STACKS, alarms=()).status is Status.NOT_APPLICABLE
