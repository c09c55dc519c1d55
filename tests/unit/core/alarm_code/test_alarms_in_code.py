"""Alarms read from Terraform and CloudFormation as people write them, and held against a live one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alarm_code.cloudformation import template_alarms
from bot.core.alarm_code.compare import compare, definitions_of
from bot.core.alarm_code.terraform import NotReadable, state_alarms, terraform_alarms
from bot.core.alarm_code.values import AlarmDefinition
from bot.core.evidence import Alarm, AlarmMetric
from tests.evidence_builders import a_load_balancer

LB = a_load_balancer().dimension
LIVE = Alarm(
    name="shop-prod-target-errors",
    arn="arn:alarm",
    metrics=(
        AlarmMetric(
            namespace="AWS/ApplicationELB",
            name="TargetConnectionErrorCount",
            dimensions={"LoadBalancer": LB},
            statistic="Sum",
            period_s=60,
        ),
    ),
    state="ALARM",
    threshold=10.0,
    comparison="GreaterThanThreshold",
    evaluation_periods=3,
    datapoints_to_alarm=3,
    treat_missing="notBreaching",
)
MATH = LIVE.model_copy(
    update={
        "metrics": (
            LIVE.metrics[0],
            LIVE.metrics[0].model_copy(update={"name": "RequestCount"}),
        ),
        "expression": "e1 = 100*FILL(m1,0)/m2",
        "threshold": 1.0,
    }
)

TERRAFORM = f"""
# The alarm that pages us.
resource "aws_cloudwatch_metric_alarm" "errors" {{
  alarm_name          = "shop-prod-target-errors"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  metric_name         = "TargetConnectionErrorCount"
  namespace           = "AWS/ApplicationELB"
  period              = 60
  statistic           = "Sum"
  threshold           = 10
  treat_missing_data  = "notBreaching"
  dimensions = {{
    LoadBalancer = "{LB}"
  }}
  alarm_actions = [aws_sns_topic.oncall.arn]
}}
"""
YAML = f"""
Resources:
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: shop-prod-target-errors
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 3
      MetricName: TargetConnectionErrorCount
      Namespace: AWS/ApplicationELB
      Period: 60
      Statistic: Sum
      Threshold: 10
      TreatMissingData: notBreaching
      Dimensions:
        - Name: LoadBalancer
          Value: {LB}
      AlarmActions: [!Ref Topic]
"""
MATH_TERRAFORM = f"""
resource "aws_cloudwatch_metric_alarm" "share" {{
  alarm_name          = "shop-prod-target-errors"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  threshold           = 1
  treat_missing_data  = "notBreaching"
  metric_query {{
    id          = "e1"
    expression  = "100 * FILL(m1,0) / m2"
    return_data = true
  }}
  metric_query {{
    id = "m1"
    metric {{
      metric_name = "TargetConnectionErrorCount"
      namespace   = "AWS/ApplicationELB"
      period      = 60
      stat        = "Sum"
      dimensions  = {{ LoadBalancer = "{LB}" }}
    }}
  }}
  metric_query {{
    id = "m2"
    metric {{
      metric_name = "RequestCount"
      namespace   = "AWS/ApplicationELB"
      period      = "60"
      stat        = "Sum"
      dimensions  = {{ LoadBalancer = "{LB}" }}
    }}
  }}
}}
"""
MATH_YAML = f"""
Resources:
  Share:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: shop-prod-target-errors
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 3
      Threshold: 1
      TreatMissingData: notBreaching
      Metrics:
        - Id: e1
          Expression: 100*FILL(m1,0)/m2
        - Id: m1
          ReturnData: false
          MetricStat:
            Stat: Sum
            Period: 60
            Metric:
              Namespace: AWS/ApplicationELB
              MetricName: TargetConnectionErrorCount
              Dimensions: [{{Name: LoadBalancer, Value: {LB}}}]
        - Id: m2
          ReturnData: false
          MetricStat:
            Stat: Sum
            Period: 60
            Metric:
              Namespace: AWS/ApplicationELB
              MetricName: RequestCount
              Dimensions: [{{Name: LoadBalancer, Value: {LB}}}]
"""


def state(**changed: Any) -> str:
    """A state file as `terraform show` would write it: nothing left out, numbers as they are."""
    attributes = {
        "alarm_name": "shop-prod-target-errors",
        "comparison_operator": "GreaterThanThreshold",
        "evaluation_periods": 3,
        "datapoints_to_alarm": 0,
        "metric_name": "TargetConnectionErrorCount",
        "namespace": "AWS/ApplicationELB",
        "period": 60,
        "statistic": "Sum",
        "extended_statistic": "",
        "threshold": 10,
        "treat_missing_data": "notBreaching",
        "dimensions": {"LoadBalancer": LB},
        "metric_query": [],
        **changed,
    }
    resource = {
        "mode": "managed",
        "type": "aws_cloudwatch_metric_alarm",
        "name": "errors",
        "instances": [{"attributes": attributes}],
    }
    return json.dumps({"version": 4, "resources": [resource, {"mode": "data", "type": "aws_lb"}]})


def read(text: str) -> AlarmDefinition:
    reader = template_alarms if "Resources" in text else terraform_alarms
    (found,) = state_alarms(text, "x") if text.startswith("{") else reader(text, "x")
    return found


def differences(text: str, live: Alarm = LIVE) -> dict[str, tuple[str, str]]:
    return {d.field: (d.live, d.code) for d in compare(live, read(text)).differences}


@pytest.mark.parametrize("text", [TERRAFORM, YAML, state()])
def test_the_same_alarm_does_not_differ_however_it_is_written(text: str) -> None:
    assert differences(text) == {}
    assert compare(LIVE, read(text)).compared == 10


@pytest.mark.parametrize("text", [MATH_TERRAFORM, MATH_YAML])
def test_metric_math_is_compared_without_its_blanks(text: str) -> None:
    assert differences(text, MATH) == {}
    other = MATH.model_copy(update={"expression": "e1 = 100*m1/m2"})
    assert set(differences(text, other)) == {"expression"}


@pytest.mark.parametrize(
    ("written", "instead", "field", "live", "code"),
    [
        ("threshold           = 10", "threshold = 25.0", "threshold", "10", "25"),
        ('"Sum"', '"Average"', "statistic", "Sum", "Average"),
        ("period              = 60", 'period = "300"', "period", "60", "300"),
        ('"notBreaching"', '"breaching"', "treat_missing", "notBreaching", "breaching"),
        ('  treat_missing_data  = "notBreaching"\n', "", "treat_missing", "notBreaching", "missing"),
        (LB, "app/shop-prod/ffff", "dimension LoadBalancer", LB, "app/shop-prod/ffff"),
        ("  threshold ", "  datapoints_to_alarm = 2\n  threshold ", "datapoints", "3", "2"),
    ],
)
def test_each_field_that_differs_is_named_with_both_values(
    written: str, instead: str, field: str, live: str, code: str
) -> None:
    assert written in TERRAFORM
    assert differences(TERRAFORM.replace(written, instead)) == {field: (live, code)}


@pytest.mark.parametrize(
    ("written", "instead", "field"),
    [
        ("threshold           = 10", "threshold = var.threshold", "threshold"),
        ("period              = 60", "period = 1 * 60", "period"),
        (f'"{LB}"', "aws_lb.shop.arn_suffix", "dimension LoadBalancer"),
        ('"Sum"', 'lookup(var.stats, "errors")', "statistic"),
    ],
)
def test_a_value_only_terraform_can_work_out_is_never_a_difference(
    written: str, instead: str, field: str
) -> None:
    comparison = compare(LIVE, read(TERRAFORM.replace(written, instead)))
    assert comparison.differences == ()
    assert comparison.unknown == (field,)


@pytest.mark.parametrize(
    ("written", "instead", "field"),
    [
        ("Threshold: 10", "Threshold: !Ref Threshold", "threshold"),
        ("Threshold: 10", "Threshold: {Ref: Threshold}", "threshold"),
        ("Period: 60", "Period: !If [Prod, 60, 300]", "period"),
        (f"Value: {LB}", "Value: !GetAtt Lb.LoadBalancerFullName", "dimension LoadBalancer"),
        (f"Value: {LB}", "Value: {Fn::GetAtt: [Lb, LoadBalancerFullName]}", "dimension LoadBalancer"),
    ],
)
def test_a_value_with_an_intrinsic_function_is_never_a_difference(
    written: str, instead: str, field: str
) -> None:
    comparison = compare(LIVE, read(YAML.replace(written, instead)))
    assert comparison.differences == ()
    assert comparison.unknown == (field,)


def test_computed_dimensions_as_a_whole_hide_only_the_dimensions() -> None:
    block = f'dimensions = {{\n    LoadBalancer = "{LB}"\n  }}'
    text = TERRAFORM.replace(block, "dimensions = local.dimensions").replace("= 10", "= 11")
    assert differences(text) == {"threshold": ("10", "11")}


def test_a_template_in_json_is_read_too() -> None:
    properties = {"AlarmName": "a", "Threshold": 10, "Period": {"Ref": "Period"}}
    body = {"Resources": {"Errors": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}}
    (found,) = template_alarms(json.dumps(body, indent=2), "alarms.json")
    assert (found.name, found.known["threshold"], list(found.unknown)) == ("a", "10", ["period"])
    assert found.place == "alarms.json:3"


def test_the_place_is_the_line_of_the_block() -> None:
    assert read(TERRAFORM).place == "x:3"
    assert read(YAML).place == "x:3"
    assert read(state()).place == "x: aws_cloudwatch_metric_alarm.errors"


def test_a_composite_alarm_is_its_rule() -> None:
    live = Alarm(name="pages", arn="a", composite=True, state="OK", expression="ALARM(a) AND ALARM(b)")
    code = (
        'resource "aws_cloudwatch_composite_alarm" "c" {\n alarm_name = "pages"\n alarm_rule = "ALARM(a)"\n}'
    )
    assert differences(code, live) == {"expression": ("ALARM(a) AND ALARM(b)", "ALARM(a)")}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["shop-prod-target-errors", "other"], ["shop-prod-target-errors"]),
        (["*-target-errors"], ["*-target-errors"]),
        (["*-target-errors", "shop-prod-target-errors"], ["shop-prod-target-errors"]),
        (["*"], []),
        (["*-x"], []),
        (["pay-*-target-errors"], []),
    ],
)
def test_a_computed_name_fits_by_its_literal_part(names: list[str], found: list[str]) -> None:
    definitions = [read(TERRAFORM).model_copy(update={"name": name}) for name in names]
    assert [d.name for d in definitions_of(LIVE, definitions)] == found


def test_an_interpolated_name_becomes_a_pattern() -> None:
    text = TERRAFORM.replace('"shop-prod-target-errors"', '"${var.name}-target-errors"')
    assert read(text).name == "*-target-errors"


@pytest.mark.parametrize(
    ("read_", "text"),
    [
        (terraform_alarms, "resource {"),
        (template_alarms, "Resources: ["),
        (state_alarms, "[]"),
        (state_alarms, '{"resources": [{"mode": "managed", "type": "aws_cloudwatch_metric_alarm"}]}'),
    ],
)
def test_what_is_not_code_is_said_to_be_unreadable(read_: Any, text: str) -> None:
    with pytest.raises(NotReadable):
        read_(text, "x")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
        max_leaves=8,
    )
)
def test_a_template_of_any_shape_is_read_without_a_crash(anything: object) -> None:
    properties = {"AlarmName": anything, "Threshold": anything, "Dimensions": anything, "Metrics": anything}
    for part in (anything, {"Type": "AWS::CloudWatch::Alarm", "Properties": anything}):
        template_alarms(json.dumps({"Resources": {"A": part}}), "x")
    body = {"Resources": {"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}}
    (found,) = template_alarms(json.dumps(body), "x")
    compare(LIVE, found)
