"""The four snippets say the same alarm, parse, validate, and never let a name become code.

CDK is synthesised in tests/iac. There is no Terraform binary here: HCL is parsed, and its structure compared.
"""

from __future__ import annotations

import ast
import json
from typing import Any

import hcl2
import pytest
import yaml
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.alarms.code import snippets
from bot.core.alarms.code.cdk_python import cdk_python
from bot.core.alarms.code.cdk_typescript import cdk_typescript
from bot.core.alarms.code.cloudformation import cloudformation
from bot.core.alarms.code.literals import camel, identifier, snake
from bot.core.alarms.code.properties import alarm_properties, detector_properties, number
from bot.core.alarms.code.terraform import terraform
from bot.core.alarms.plan import AlarmPlan
from tests.alarm_builders import EVERYTHING_SET, LOOKS_LIKE_CODE, PLANS, a_plan

BY_NAME = [pytest.param(plan, id=name) for name, plan in PLANS.items()]
KINDS = (
    "everything set",
    "filled",
    "a name that looks like code",
    "shop-prod TargetConnectionErrorCount",
    "shop-prod TargetResponseTime",
    "pay-edge TCP_Target_Reset_Count",
    "old-shop HealthyHostCount",
)


def resources(plan: AlarmPlan) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(cloudformation(plan))["Resources"]
    return loaded


def hcl(plan: AlarmPlan) -> dict[str, Any]:
    """The one resource, its name aside; strings without the quotes hcl2 keeps."""
    (resource,) = hcl2.loads(terraform(plan))["resource"]
    (by_name,) = (value for key, value in resource.items() if key.strip('"') == "aws_cloudwatch_metric_alarm")
    (body,) = (value for key, value in by_name.items() if not key.startswith("__"))
    found = _plain(body)
    assert isinstance(found, dict)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k.strip('"'): _plain(v) for k, v in value.items() if not k.startswith("__")}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return json.loads(value) if isinstance(value, str) and value.startswith('"') else value


@pytest.mark.parametrize("plan", BY_NAME)
def test_the_template_is_what_the_api_would_be_told(plan: AlarmPlan) -> None:
    found = resources(plan)
    assert found["Alarm"]["Properties"] == alarm_properties(plan)
    assert found.get("Detector", {}).get("Properties") == detector_properties(plan)


@pytest.mark.parametrize("name", KINDS)
def test_cfn_lint_has_nothing_to_say(name: str) -> None:
    assert lint(cloudformation(PLANS[name]), config=ManualArgs(regions=["eu-central-1"])) == []


def test_cfn_lint_would_have_said_something() -> None:
    """Guards the test above: a mistake is found."""
    wrong = cloudformation(EVERYTHING_SET).replace("ThresholdMetricId", "ThresholdMetric")
    assert lint(wrong, config=ManualArgs(regions=["eu-central-1"])) != []


@pytest.mark.parametrize("plan", BY_NAME)
def test_terraform_says_the_same_as_the_template(plan: AlarmPlan) -> None:
    body, told = hcl(plan), alarm_properties(plan)
    assert body["comparison_operator"] == told["ComparisonOperator"]
    assert (body["datapoints_to_alarm"], body["evaluation_periods"]) == (plan.datapoints, plan.periods)
    assert body["treat_missing_data"] == plan.missing
    assert body.get("threshold") == told.get("Threshold")
    assert body.get("threshold_metric_id") == told.get("ThresholdMetricId")
    assert body.get("alarm_actions", []) == list(plan.alarm_actions)
    queries = {query["id"]: query for query in body.get("metric_query", ())}
    assert [*queries] == [query["Id"] for query in told.get("Metrics", ())]
    for query in told.get("Metrics", ()):
        assert queries[query["Id"]].get("expression") == query.get("Expression")
        if "MetricStat" in query:
            (metric,) = queries[query["Id"]]["metric"]
            assert metric["dimensions"] == {
                d["Name"]: d["Value"] for d in query["MetricStat"]["Metric"]["Dimensions"]
            }
            assert (metric["period"], metric["stat"]) == (plan.metric.period_s, query["MetricStat"]["Stat"])


def test_a_name_never_becomes_a_terraform_template() -> None:
    assert hcl(a_plan(name=LOOKS_LIKE_CODE))["alarm_name"] == LOOKS_LIKE_CODE.replace("${", "$${").replace(
        "%{", "%%{"
    )


@pytest.mark.parametrize("plan", BY_NAME)
def test_cdk_in_python_is_python_that_makes_the_alarm_and_nothing_else(plan: AlarmPlan) -> None:
    tree = ast.parse(cdk_python(plan))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert all(name.startswith(("cloudwatch.Cfn", "super", "alarm.add_dependency")) for name in called)
    assert {plan.name, plan.metric.name} <= strings


# python-hcl2 cannot read an escaped brace without its partner; Terraform can. The escape has its own test.
NAMES = st.text(min_size=1, max_size=40).filter(
    lambda text: any(c.isprintable() for c in text) and "${" not in text and "%{" not in text
)


@given(NAMES)
@settings(max_examples=60)
def test_any_name_stays_a_string_in_every_language(name: str) -> None:
    plan = a_plan(name=name)
    assert resources(plan)["Alarm"]["Properties"]["AlarmName"] == plan.name
    assert hcl(plan)["alarm_name"] == plan.name
    strings = [node.value for node in ast.walk(ast.parse(cdk_python(plan))) if isinstance(node, ast.Constant)]
    assert plan.name in strings
    assert json.dumps(plan.name, ensure_ascii=False) in cdk_typescript(plan)


def test_the_detector_names_its_metric_its_whole_dimension_and_what_it_must_not_learn_from() -> None:
    assert resources(EVERYTHING_SET)["Detector"]["Properties"] == {
        "Namespace": "AWS/NetworkELB",
        "MetricName": "TCP_Target_Reset_Count",
        "Dimensions": [{"Name": "LoadBalancer", "Value": "net/pay-edge/0a1b2c3d4e5f6071"}],
        "Stat": "Sum",
        "Configuration": {
            "ExcludedTimeRanges": [{"StartTime": "2026-11-18T00:00:00", "EndTime": "2026-11-19T00:00:00"}],
            "MetricTimeZone": "Europe/Berlin",
        },
    }


def test_terraform_says_how_to_set_what_its_provider_cannot() -> None:
    assert "put-anomaly-detector" in terraform(EVERYTHING_SET)
    assert "put-anomaly-detector --" not in terraform(a_plan())


def test_there_are_four_snippets() -> None:
    assert [s.language for s in snippets(EVERYTHING_SET)] == [
        "Terraform",
        "CloudFormation",
        "CDK, TypeScript",
        "CDK, Python",
    ]


@pytest.mark.parametrize(
    ("name", "typescript", "python"),
    [
        ("OKActions", "okActions", "ok_actions"),
        ("AlarmName", "alarmName", "alarm_name"),
        ("MetricTimeZone", "metricTimeZone", "metric_time_zone"),
        ("ThresholdMetricId", "thresholdMetricId", "threshold_metric_id"),
    ],
)
def test_properties_are_spelled_as_cdk_spells_them(name: str, typescript: str, python: str) -> None:
    assert (camel(name), snake(name)) == (typescript, python)


@pytest.mark.parametrize(
    ("text", "upper", "lower"),
    [
        ("pay-edge resets", "PayEdgeResets", "pay_edge_resets"),
        ("5xx", "Alarm5xx", "alarm_5xx"),
        ("警報", "Alarm", "alarm"),
    ],
)
def test_any_name_gives_an_identifier(text: str, upper: str, lower: str) -> None:
    assert (identifier(text, True), identifier(text, False)) == (upper, lower)


@pytest.mark.parametrize(("value", "text"), [(8.0, "8"), (6.5, "6.5"), (1e6, "1000000"), (0.001, "0.001")])
def test_numbers_are_written_as_metric_math_reads_them(value: float, text: str) -> None:
    assert number(value) == text
