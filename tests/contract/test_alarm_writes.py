"""Creating an alarm for real: a database, the emulated account, two people, once, undone, audited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.advice import AdviceRequest, AlarmAdvice
from bot.alarm_writes import AlarmWrites
from bot.aws.policy import WRITE_ACTIONS
from bot.aws.sessions import AwsSessions, NotReadOnly
from bot.aws.writes import AwsAlarmWriter
from bot.core.alarms.view import AdviceView
from bot.core.alarms.write import PUT_ALARM, WriteState
from bot.core.errors import UserError
from bot.core.model import LoadBalancer, LoadBalancerType
from bot.core.ports import OutboxMessage
from bot.i18n import t
from bot.sandbox.aws.estate import REGION
from bot.sandbox.aws.server import SandboxAws
from bot.slack.rendering import SlackRenderer
from bot.store import inventory
from bot.store.unit import PostgresStore
from tests.incident_world import NOW, FakeAlarmReader, FakeClock, a_request, incidents_on
from tests.slack_samples import CONTENT

EDGE = LoadBalancer(
    name="pay-edge",
    type=LoadBalancerType.NETWORK,
    arn=f"arn:aws:elasticloadbalancing:{REGION}:444455556666:loadbalancer/net/pay-edge/1",
    region=REGION,
    account="444455556666",
    dimension="net/pay-edge/1",
)
NAME = "pay-edge-TCP_Target_Reset_Count"


@pytest.fixture
def writing(endpoint: str) -> AwsSessions:
    return AwsSessions([REGION], endpoint_url=endpoint, allowed=WRITE_ACTIONS)


@pytest.fixture
def writes(engine: Engine, aws: SandboxAws, writing: AwsSessions) -> AlarmWrites:
    """Advice on pay-edge has been given; its write has the id 1."""
    aws.estate.alarms.delete(NAME)
    aws.estate.anomaly_detectors.clear()
    incidents = incidents_on(engine)
    with engine.begin() as connection:
        inventory.replace(connection, [EDGE], NOW, complete=False)
    store = PostgresStore(engine)
    request = AdviceRequest(
        team="T", channel="C", user="ana", load_balancer="pay-edge", metric="TCP_Target_Reset_Count"
    )
    AlarmAdvice(store, FakeClock(), FakeAlarmReader()).answer(request.model_dump(mode="json"), "k")
    return AlarmWrites(store, FakeClock(), incidents, AwsAlarmWriter(writing), {PUT_ALARM})


def created(writes: AlarmWrites) -> None:
    writes.request(1, "ana")
    writes.approve(1, "minh")
    writes.run(1)


def there(aws: SandboxAws) -> tuple[list[str], int]:
    """The alarm of that name, and how many detectors there are."""
    return [a.name for a in aws.estate.alarms.all() if a.name == NAME], len(aws.estate.anomaly_detectors)


def audit(engine: Engine) -> list[tuple[str, str]]:
    with engine.begin() as connection:
        rows = connection.execute(text('SELECT state, "by" FROM alarm_audit ORDER BY id'))
        return [(row.state, row.by) for row in rows]


def jobs(engine: Engine, task: str) -> int:
    with engine.begin() as connection:
        count = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :task")
        return int(connection.scalar(count, {"task": task}) or 0)


def shown(engine: Engine) -> str:
    """The advice's message as Slack would show it now."""
    with engine.begin() as connection:
        found = text("SELECT payload FROM messages WHERE key = 'alarm:text:k'")
        payload: dict[str, Any] = connection.scalar(found)
    assert AdviceView.model_validate(payload)
    row = OutboxMessage(
        id=1, team="T", channel="C", key="alarm:text:k", version=1, locale="en", payload=payload
    )
    return str(SlackRenderer(CONTENT, "https://acme.slack.com/").render(row, None).blocks)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(UserError) as refused:
        call()
    return t(refused.value.message, "en")


def test_two_people_create_the_alarm_and_its_detector(
    aws: SandboxAws, writes: AlarmWrites, engine: Engine
) -> None:
    created(writes)
    assert there(aws) == ([NAME], 1)
    assert audit(engine) == [("requested", "ana"), ("creating", "minh"), ("created", "")]
    assert "Created `pay-edge-TCP_Target_Reset_Count`: asked by" in shown(engine)
    assert "alarm_undo" in shown(engine)


def test_nothing_leaves_before_the_approval(aws: SandboxAws, writes: AlarmWrites, engine: Engine) -> None:
    assert "alarm_create" in shown(engine)
    writes.request(1, "ana")
    writes.run(1)
    assert there(aws) == ([], 0)
    assert aws.calls.counts["cloudwatch:PutMetricAlarm"] == 0
    assert "alarm_approve" in shown(engine)
    assert "yourself" in refusal(lambda: writes.approve(1, "ana"))


def test_a_double_click_and_a_repeated_job_create_one(
    aws: SandboxAws, writes: AlarmWrites, engine: Engine
) -> None:
    created(writes)
    writes.approve(1, "zoe")
    writes.run(1)
    assert jobs(engine, "write_alarm") == 1
    assert aws.calls.counts["cloudwatch:PutMetricAlarm"] == 1
    assert there(aws) == ([NAME], 1)


def test_undo_removes_what_was_created_and_nothing_else(
    aws: SandboxAws, writes: AlarmWrites, engine: Engine
) -> None:
    created(writes)
    aws.estate.anomaly_detectors.append(
        {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Stat": "Sum"}
    )
    writes.undo(1, "zoe")
    writes.run(1)
    assert there(aws) == ([], 1)
    assert audit(engine)[-2:] == [("undoing", "zoe"), ("undone", "")]
    assert "alarm_create" in shown(engine)


def test_a_detector_that_was_there_before_outlives_the_undo(aws: SandboxAws, writes: AlarmWrites) -> None:
    created(writes)
    aws.estate.alarms.delete(NAME)
    writes.undo(1, "zoe")
    writes.run(1)
    detector = {
        "Namespace": "AWS/NetworkELB",
        "MetricName": "TCP_Target_Reset_Count",
        "Dimensions": [{"Name": "LoadBalancer", "Value": EDGE.dimension}],
        "Stat": "Sum",
        "StateValue": "TRAINED",
    }
    aws.estate.anomaly_detectors.append(detector)
    created(writes)
    assert there(aws) == ([NAME], 1)
    writes.undo(1, "zoe")
    writes.run(1)
    assert there(aws) == ([], 1)


def test_an_alarm_of_that_name_that_is_not_ours_is_never_touched(
    aws: SandboxAws, writes: AlarmWrites, engine: Engine, writing: AwsSessions
) -> None:
    writing.client("cloudwatch", REGION).put_metric_alarm(
        AlarmName=NAME,
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    created(writes)
    assert audit(engine)[-1] == ("failed", "")
    assert "is there already, and it is not ours" in shown(engine)
    assert aws.calls.counts["cloudwatch:PutMetricAlarm"] == 1


def test_a_refusal_of_aws_is_shown_and_nothing_is_left_half_done(
    aws: SandboxAws, writes: AlarmWrites, engine: Engine
) -> None:
    aws.faults.add("cloudwatch:PutMetricAlarm", "deny")
    created(writes)
    assert "cloudwatch:PutMetricAlarm" in shown(engine)
    assert "alarm_create" in shown(engine)
    assert there(aws) == ([], 0)


def test_it_is_in_the_timeline_of_the_open_incident(writes: AlarmWrites, engine: Engine) -> None:
    incidents = incidents_on(engine)
    with engine.begin() as connection:
        inventory.replace(connection, [EDGE], NOW, complete=False)
    opened = incidents.open(a_request(load_balancer="pay-edge"))
    created(writes)
    told = [t(moment.message, "en") for moment in incidents.get(opened.id).moments]
    assert any(f"Created the alarm {NAME}" in line for line in told)


def test_off_means_refused_with_what_to_set(engine: Engine, writes: AlarmWrites) -> None:
    off = AlarmWrites(PostgresStore(engine), FakeClock(), incidents_on(engine), None)
    assert "ALLOW_WRITES" in refusal(lambda: off.request(1, "ana"))
    assert audit(engine) == []


def test_a_worker_without_the_right_says_so_instead_of_waiting(engine: Engine, writes: AlarmWrites) -> None:
    writes.request(1, "ana")
    writes.approve(1, "minh")
    AlarmWrites(PostgresStore(engine), FakeClock(), incidents_on(engine), None).run(1)
    assert audit(engine)[-1] == (WriteState.FAILED, "")


@pytest.mark.usefixtures("aws")
def test_the_writing_session_can_do_nothing_else_and_the_reading_one_still_cannot_write(
    writing: AwsSessions, sessions: AwsSessions
) -> None:
    with pytest.raises(NotReadOnly):
        writing.client("cloudwatch", REGION).set_alarm_state(AlarmName="x", StateValue="OK", StateReason="x")
    with pytest.raises(NotReadOnly):
        writing.client("ec2", REGION).describe_instances()
    with pytest.raises(NotReadOnly):
        sessions.client("cloudwatch", REGION).delete_alarms(AlarmNames=["x"])
