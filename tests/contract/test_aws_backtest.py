"""What the alarm adviser reads from the emulated account: complete, in one call, or unread."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.aws.backtest import AwsAlarmReader
from bot.aws.inventory import AwsInventory
from bot.aws.sessions import AwsSessions
from bot.core.alarms.advise import advise, wanted
from bot.core.alarms.history import AlarmMetrics
from bot.core.alarms.natures import NATURES, metric_of
from bot.core.model import LoadBalancer, LoadBalancerType, Unread, UnreadReason
from bot.sandbox.aws.estate import REGION
from bot.sandbox.aws.server import SandboxAws
from tests.contract.conftest import AWS_NOW


@pytest.fixture
def reader(sessions: AwsSessions) -> AwsAlarmReader:
    return AwsAlarmReader(sessions)


@pytest.fixture
def load_balancers(sessions: AwsSessions) -> dict[str, LoadBalancer]:
    return {lb.name: lb for lb in AwsInventory(sessions).load_balancers().load_balancers}


def test_two_weeks_of_twenty_metrics_are_one_call(
    aws: SandboxAws, reader: AwsAlarmReader, load_balancers: dict[str, LoadBalancer]
) -> None:
    metrics = [
        metric_of(lb, name, nature.statistic, 300)
        for lb in load_balancers.values()
        for name, nature in NATURES[lb.type].items()
    ][:20]
    aws.calls.clear()
    history = reader.history(REGION, metrics, AWS_NOW)
    assert isinstance(history, AlarmMetrics)
    assert aws.calls.counts["cloudwatch:GetMetricData"] == 1
    assert history.window.length >= timedelta(days=13, hours=23)
    assert all(history.line(metric) is not None for metric in metrics)


def test_the_alarm_of_the_account_is_tested_beside_the_proposal(
    reader: AwsAlarmReader, load_balancers: dict[str, LoadBalancer]
) -> None:
    lb = load_balancers["shop-prod"]
    alarms = reader.alarms(REGION)
    assert isinstance(alarms, tuple)
    history = reader.history(REGION, wanted(lb, "TargetConnectionErrorCount", alarms), AWS_NOW)
    assert isinstance(history, AlarmMetrics)
    advice = advise(lb, "TargetConnectionErrorCount", history, alarms)
    assert advice.proposed.test is not None
    assert advice.proposed.test.judged > 0
    assert advice.load_balancer.type is LoadBalancerType.APPLICATION


@pytest.mark.parametrize("action", ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"])
def test_a_refused_read_is_unread(
    aws: SandboxAws, reader: AwsAlarmReader, load_balancers: dict[str, LoadBalancer], action: str
) -> None:
    metric = metric_of(load_balancers["shop-prod"], "RequestCount", "Sum", 300)
    aws.faults.add(action, "deny")
    found = reader.alarms(REGION) if "Alarms" in action else reader.history(REGION, [metric], AWS_NOW)
    assert found == Unread(reason=UnreadReason.DENIED, action=action, detail=found.detail)  # type: ignore[union-attr]
