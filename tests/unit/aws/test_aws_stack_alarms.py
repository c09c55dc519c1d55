"""Alarms and the CloudFormation stacks that made them: the emulated account finds no stack so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.aws.collector import Source
from bot.aws.collectors.alarm_code import read_stack_alarms
from bot.aws.failures import ReadFailed
from bot.core.evidence import Alarm, Alarms
from bot.core.model import Unread, UnreadReason
from tests.evidence_builders import NOW, a_scope, readings
from tests.unit.aws.canned_api import CannedApi

STACKS = {"errors": ("shop", "Errors"), "latency": ("shop", "Latency"), "broken": ("bad", "X")}
PROPERTIES = {"Namespace": "N", "MetricName": "Errors", "Threshold": 99}
TEMPLATE = {
    "Resources": {
        "Errors": {"Type": "AWS::CloudWatch::Alarm", "Properties": PROPERTIES},
        "Topic": {"Type": "AWS::SNS::Topic"},
    }
}


def resources(params: dict[str, Any]) -> list[dict[str, Any]]:
    name = params["PhysicalResourceId"]
    if name not in STACKS:
        detail = f"Stack for {name} does not exist"
        raise ReadFailed(Unread(reason=UnreadReason.ERROR, action="x", detail=detail))
    stack, logical = STACKS[name]
    topic = {"StackName": stack, "LogicalResourceId": "Topic", "PhysicalResourceId": "arn:topic"}
    alarm = {"StackName": stack, "LogicalResourceId": logical, "PhysicalResourceId": name}
    return [{"StackResources": [topic, alarm]}]


def template(params: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"TemplateBody": "Resources: [" if params["StackName"] == "bad" else TEMPLATE}]


def source(api: CannedApi, *names: str) -> Source:
    alarms = Alarms(alarms=tuple(Alarm(name=name, arn=name, state="OK") for name in names))
    return Source(api, a_scope(), readings(alarms), NOW)


def test_an_alarm_is_found_by_its_logical_id_whatever_its_template_calls_it() -> None:
    api = CannedApi(describe_stack_resources=resources, get_template=template)
    read = read_stack_alarms(source(api, "by-hand", "errors"))
    (definition,) = read.definitions
    assert (definition.name, definition.place) == ("errors", "shop Errors")
    assert definition.known["threshold"] == "99"


def test_a_template_in_yaml_comes_as_text() -> None:
    api = CannedApi(
        describe_stack_resources=resources,
        get_template=lambda _: [{"TemplateBody": json.dumps(TEMPLATE)}],
    )
    assert len(read_stack_alarms(source(api, "errors")).definitions) == 1


def test_a_stack_is_read_once_and_what_it_lacks_is_said() -> None:
    api = CannedApi(describe_stack_resources=resources, get_template=template)
    read = read_stack_alarms(source(api, "errors", "latency", "broken"))
    assert [operation for operation, _ in api.asked].count("get_template") == 2
    assert len(read.definitions) == 1
    missing, unreadable = read.unreadable
    assert missing == "shop Latency: not in the stack's template"
    assert unreadable.startswith("bad: ")


def test_a_refused_template_is_unread() -> None:
    def refused(_: dict[str, Any]) -> list[dict[str, Any]]:
        raise ReadFailed(Unread(reason=UnreadReason.DENIED, action="cloudformation:GetTemplate"))

    api = CannedApi(describe_stack_resources=resources, get_template=refused)
    with pytest.raises(ReadFailed) as caught:
        read_stack_alarms(source(api, "errors"))
    assert caught.value.unread.action == "cloudformation:GetTemplate"
