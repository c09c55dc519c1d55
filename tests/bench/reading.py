"""Reading AWS: "Run the rest" beside the longest chain of evidence; calls beside the fewest there can be."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.app import aws_for
from bot.aws.collectors import COLLECTORS
from bot.core.checks import Kind
from bot.core.incident import StepStatus
from bot.core.model import Scope
from bot.core.opening import scope_for
from bot.diagnose import applicable_checks, kinds_of
from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Driver
from bot.settings import Settings
from bot.store.engine import open_engine
from bot.store.unit import PostgresStore
from runbooks import load
from tests.scenario.play import Story, alarm_at, opened

ADDED_MS = 80
GOAL_RATIO = 1.5
LOAD_BALANCER = "shop-prod"
CHECKS_WITHIN_S = 60


@dataclass(frozen=True)
class Reading:
    """`together_s`: from the click to the last finding. `chain_s`: of the longest chain of kinds of evidence
    that are built on each other, each read alone. `calls` by service, as IAM names them."""

    together_s: float
    chain_s: float
    chain: tuple[str, ...]
    calls: Counter[str]
    least: Mapping[str, int]


def run_all(demo: Demo, slack: Driver) -> Reading:
    """With 80 ms added to every AWS call."""
    demo.aws.calls.clear()
    story = opened(demo, slack, "ana", "alerts", LOAD_BALANCER)
    story.wait("step:first_line", "unread")
    demo.aws.faults.add("*", "delay", delay_ms=ADDED_MS)
    try:
        began = time.perf_counter()
        story.press(slack.user("ana"), "progress", "Run the rest")
        _until_all_found(demo, story)
        together_s = time.perf_counter() - began
        calls: Counter[str] = Counter()
        for action, count in demo.aws.calls.counts.items():
            calls[action.partition(":")[0]] += count
        chain, chain_s = _longest_chain(demo)
    finally:
        demo.aws.faults.clear()
    return Reading(together_s, chain_s, chain, calls, _least_calls(demo))


def _until_all_found(demo: Demo, story: Story) -> None:
    """Until every check of the story's incident has its finding; read from the database, not from Slack."""
    engine, until = open_engine(demo.database_url, 1), time.monotonic() + CHECKS_WITHIN_S
    try:
        while True:
            with PostgresStore(engine).begin() as kept:
                incident = kept.incident_in_thread("T0SANDBOX", story.channel, story.headline_ts)
            if incident and not any(step.status is StepStatus.RUNNING for step in incident.steps):
                return
            if time.monotonic() > until:
                raise TimeoutError("the checks did not end")
            time.sleep(0.02)
    finally:
        engine.dispose()


def _longest_chain(demo: Demo) -> tuple[tuple[str, ...], float]:
    """The kinds that take longest one after the other, because each is built on the one before."""
    settings = Settings.model_validate({k.lower(): v for k, v in demo.environment().items()})
    aws = aws_for(settings, demo.clock)
    scope = scope_for(
        aws.inventory.find(LOAD_BALANCER),
        alarm_at=alarm_at(LOAD_BALANCER),
        window=timedelta(hours=1),
        statistic="Sum",
        period_s=60,
        now=demo.clock.now(),
    )
    readings = aws.reader.read(kinds_of(applicable_checks(load(), scope)), scope)
    alone: dict[Kind, float] = {}
    for kind in readings:
        known = {other: reading for other, reading in readings.items() if other is not kind}
        began = time.perf_counter()
        aws.reader.read((kind,), scope, known)
        alone[kind] = time.perf_counter() - began
    chains = {kind: _chain(kind, alone, scope) for kind in alone}
    longest = max(chains.values(), key=lambda chain: sum(alone[kind] for kind in chain))
    return tuple(kind.__name__ for kind in longest), sum(alone[kind] for kind in longest)


def _chain(kind: Kind, alone: Mapping[Kind, float], scope: Scope) -> tuple[Kind, ...]:
    """The longest way to that kind, the kind last."""
    collector = COLLECTORS[kind]
    before = [
        one for one in (*collector.needs_for(scope.load_balancer.type), *collector.uses) if one in alone
    ]
    ways = [_chain(one, alone, scope) for one in before]
    longest = max(ways, key=lambda way: sum(alone[one] for one in way), default=())
    return (*longest, kind)


def _least_calls(demo: Demo) -> Mapping[str, int]:
    """DOMAIN.md section 11: 4+L+2G of ELB, 8 of EC2, a page of alarms and one of metrics, one of trail."""
    elb = demo.aws.client("elbv2")
    arn = elb.describe_load_balancers(Names=[LOAD_BALANCER])["LoadBalancers"][0]["LoadBalancerArn"]
    listeners = len(elb.describe_listeners(LoadBalancerArn=arn)["Listeners"])
    groups = len(elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"])
    return {"elasticloadbalancing": 4 + listeners + 2 * groups, "ec2": 8, "cloudwatch": 2, "cloudtrail": 1}
