"""CloudTrail events as changes, also when their JSON is not what it should be."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.aws.collector import Source
from bot.aws.collectors.changes import MAX_JSON_CHARS, MAX_PAGES, change, principal, read_changes
from bot.aws.failures import ReadFailed
from bot.core.model import UnreadReason
from tests.evidence_builders import ALARM_AT, NOW, a_scope
from tests.unit.aws.canned_api import CannedApi


def an_event(document: object, **more: Any) -> dict[str, Any]:
    text = document if isinstance(document, str) else json.dumps(document)
    event = {"EventId": "e1", "EventName": "RevokeSecurityGroupIngress", "EventTime": ALARM_AT}
    return {**event, "EventSource": "ec2.amazonaws.com", "Username": "lan", "CloudTrailEvent": text, **more}


@pytest.mark.parametrize("broken", ["", "{", "[]", "null", '"text"', '{"userIdentity": "me"}'])
def test_a_broken_document_leaves_what_the_envelope_says(broken: str) -> None:
    read = change(an_event(broken, Resources=[{"ResourceName": "sg-0123456789abcdef0"}]))
    assert (read.name, read.principal, read.service) == (
        "RevokeSecurityGroupIngress",
        "lan",
        "ec2.amazonaws.com",
    )
    assert read.resources == ("sg-0123456789abcdef0",)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_any_json_at_all_is_read_without_a_crash(anything: object) -> None:
    document = {"userIdentity": anything, "requestParameters": anything, "responseElements": anything}
    assert change(an_event(document)).id == "e1"
    assert change(an_event(anything)).id == "e1"


@pytest.mark.parametrize(
    ("identity", "who"),
    [
        ({"type": "Root", "arn": "arn:aws:iam::1:root"}, "root"),
        ({"type": "IAMUser", "userName": "lan"}, "user/lan"),
        (
            {
                "type": "AssumedRole",
                "arn": "arn:aws:sts::1:assumed-role/deploy-bot/session",
                "sessionContext": {"sessionIssuer": {"userName": "deploy-bot"}},
            },
            "role/deploy-bot",
        ),
        (
            {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/deploy-bot/session"},
            "assumed-role/deploy-bot/session",
        ),
        ({"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}, "autoscaling.amazonaws.com"),
        ({"type": "AWSAccount", "accountId": "111122223333"}, "account/111122223333"),
        ({}, ""),
    ],
)
def test_who_did_it(identity: dict[str, Any], who: str) -> None:
    assert principal(identity) == who


def test_ids_are_found_wherever_they_stand() -> None:
    document = {
        "requestParameters": {
            "groupId": "sg-0123456789abcdef0",
            "loadBalancerName": "legacy-web",
            "instancesSet": {"items": [{"instanceId": "i-0aaaaaaaaaaaaaaa1"}, {"instanceId": "i-0bb1bb1b"}]},
            "service": "checkout",
            "filterSet": {"items": [{"valueSet": ["acl-0123456789abcdef0"]}]},
            "cidrIp": "10.0.0.0/8",
        },
        "responseElements": {"x": {"y": "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web/0f1e"}},
    }
    assert change(an_event(document)).resources == (
        "sg-0123456789abcdef0",
        "legacy-web",
        "i-0aaaaaaaaaaaaaaa1",
        "i-0bb1bb1b",
        "checkout",
        "acl-0123456789abcdef0",
        "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web/0f1e",
    )


def test_parameters_are_kept_up_to_four_kilobytes() -> None:
    read = change(an_event({"requestParameters": {"userData": "x" * 10_000}, "responseElements": {"a": 1}}))
    assert len(read.request) == MAX_JSON_CHARS
    assert read.response == '{"a":1}'


def test_a_failed_call_keeps_its_error_and_the_service_acting_for_someone() -> None:
    read = change(
        an_event(
            {"errorCode": "Client.UnauthorizedOperation", "userIdentity": {"invokedBy": "x.amazonaws.com"}}
        )
    )
    assert (read.error, read.invoked_by) == ("Client.UnauthorizedOperation", "x.amazonaws.com")


@pytest.mark.parametrize(
    ("pages", "complete"), [(1, True), (MAX_PAGES, True), (MAX_PAGES + 1, False), (MAX_PAGES * 3, False)]
)
def test_at_most_twenty_pages_are_read_and_a_cut_is_said(pages: int, complete: bool) -> None:
    answers = [
        {"Events": [an_event({}, EventId=f"e{i}")], **({"NextToken": "more"} if i + 1 < pages else {})}
        for i in range(pages)
    ]
    api = CannedApi(lookup_events=lambda _: answers)
    changes = read_changes(Source(api, a_scope(), {}, NOW))
    assert len(changes.changes) == min(pages, MAX_PAGES)
    assert changes.complete is complete


def test_the_lookup_asks_for_writes_from_an_hour_before_the_window_until_now() -> None:
    api = CannedApi(lookup_events=lambda _: [{"Events": []}])
    scope = a_scope()
    read_changes(Source(api, scope, {}, NOW))
    ((_, params),) = api.asked
    assert params["LookupAttributes"] == [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]
    assert params["StartTime"] == scope.window.start - timedelta(hours=1)
    assert params["EndTime"] == min(scope.window.end, NOW)


def test_a_window_older_than_ninety_days_is_not_asked_for() -> None:
    later: datetime = NOW + timedelta(days=91)
    with pytest.raises(ReadFailed) as caught:
        read_changes(Source(CannedApi(), a_scope(), {}, later))
    assert caught.value.unread.reason is UnreadReason.TOO_OLD
