"""Each action refused in turn: nothing passes, fails or is signalled from what could not be read.

One incident of the emulated account per type of load balancer is read whole once, then once for every
action that some kind of evidence declares, with that action denied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import pytest

import runbooks
from bot.aws.collectors import COLLECTORS
from bot.aws.inventory import AwsInventory
from bot.aws.reader import AwsReader
from bot.aws.sessions import AwsSessions
from bot.core.checks import Check, Readings, actions_of, run_check
from bot.core.evidence import Evidence
from bot.core.model import Finding, Scope, Status, Unread, UnreadReason
from bot.core.opening import scope_for
from bot.diagnose import applicable_checks, kinds_of
from bot.sandbox.aws.estate import REGION, Estate
from bot.sandbox.aws.scenarios import SCENARIOS
from bot.sandbox.aws.server import SandboxAws
from tests.contract.conftest import AWS_NOW

ACCOUNT = "777788889999"
INCIDENTS = ("shop-prod", "mq-edge", "tickets-classic")
"""Of an Application, a Network and a Classic load balancer."""
UNDECIDED = (Status.UNKNOWN, Status.NOT_APPLICABLE)
ACTIONS = actions_of(COLLECTORS)
NOT_ASKED = {
    "cloudformation:GetTemplate",
    "ec2:GetManagedPrefixListEntries",
    "ecs:DescribeServices",
    "health:DescribeAffectedEntities",
    "health:DescribeEventDetails",
    "logs:FilterLogEvents",
}
"""These incidents have no stack, prefix list, ECS service, event of AWS Health or application log."""


@dataclass(frozen=True)
class Looked:
    """What one look at an incident read and found; `called` are the actions it asked AWS for."""

    readings: Readings
    findings: dict[str, Finding]
    called: frozenset[str]

    def lost(self, action: str) -> frozenset[type[Evidence]]:
        """The kinds that are unread because of this action."""
        return frozenset(
            kind
            for kind, reading in self.readings.items()
            if isinstance(reading, Unread)
            and reading.action == action
            and reading.reason is UnreadReason.DENIED
        )


class Account:
    """The emulated account, looked at once per incident and denied action."""

    def __init__(self, aws: SandboxAws, url: str) -> None:
        self._aws, self._url = aws, url
        self.look = cache(self._look)
        self.scope = cache(self._scope)

    def checks(self, incident: str) -> tuple[Check, ...]:
        return applicable_checks(runbooks.load(), self.scope(incident))

    def _scope(self, incident: str) -> Scope:
        scenario = next(one for one in SCENARIOS if one.id == incident)
        return scope_for(
            AwsInventory(self._sessions()).find(scenario.load_balancer),
            alarm_at=scenario.alarm_at(AWS_NOW),
            window=timedelta(minutes=30),
            statistic="Sum",
            period_s=60,
            now=AWS_NOW,
        )

    def _look(self, incident: str, denied: str = "") -> Looked:
        scope, checks = self.scope(incident), self.checks(incident)
        known = _untouched(denied, self.look(incident).readings) if denied else {}
        self._aws.calls.clear()
        if denied:
            self._aws.faults.add(denied, "deny")
        try:
            reader = AwsReader(self._sessions(), lambda: AWS_NOW, timedelta(minutes=1))
            readings = reader.read(kinds_of(checks), scope, known)
        finally:
            self._aws.faults.clear()
        called = frozenset(action for action, n in self._aws.calls.counts.items() if n)
        return Looked(readings, {c.id: run_check(c, scope, readings) for c in checks}, called)

    def _sessions(self) -> AwsSessions:
        return AwsSessions([REGION], endpoint_url=self._url)


def _untouched(action: str, whole: Readings) -> Readings:
    """What neither needs the action nor is built on something that does: no use in reading it again."""
    touched = {kind for kind in COLLECTORS if action in kind.actions}
    while True:
        more = {
            kind
            for kind, collector in COLLECTORS.items()
            if touched.intersection((*collector.needs, *collector.uses, *(collector.classic_needs or ())))
        }
        if more <= touched:
            return {kind: reading for kind, reading in whole.items() if kind not in touched}
        touched |= more


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    estate = Estate(AWS_NOW, lambda: AWS_NOW, account_id=ACCOUNT, only=INCIDENTS, health_subscribed=True)
    estate.trail.requests_per_second = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with SandboxAws(estate) as aws:
            yield Account(aws, aws.endpoint_url)


@pytest.mark.parametrize("incident", INCIDENTS)
def test_a_denied_action_is_named_and_nothing_is_concluded_from_it(account: Account, incident: str) -> None:
    whole = account.look(incident)
    for action in sorted(whole.called):
        denied = account.look(incident, action)
        lost = denied.lost(action)
        assert lost, f"{action}: the refusal left no trace"
        for check in account.checks(incident):
            before, after = whole.findings[check.id], denied.findings[check.id]
            where = (action, check.id)
            if lost.intersection(check.needs):
                assert after.status in UNDECIDED, where
                assert after.signals == (), where
            if lost.intersection(check.kinds) and not _blocked_by_another(check, denied, lost):
                assert action in {one.action for one in after.unread}, where
            if after.status is Status.PASS:
                assert before.status is Status.PASS, where
            if not lost.intersection(check.kinds):
                assert after == before, where


@pytest.mark.parametrize("incident", INCIDENTS)
def test_a_denied_action_only_takes_signals_away(account: Account, incident: str) -> None:
    whole = account.look(incident)
    for action in sorted(whole.called):
        for id, finding in account.look(incident, action).findings.items():
            known = {(s.id, s.holds, s.zone) for s in whole.findings[id].signals}
            assert {(s.id, s.holds, s.zone) for s in finding.signals} <= known, (action, id)


@pytest.mark.parametrize("incident", INCIDENTS)
def test_every_kind_that_is_refused_is_named_by_each_check_that_uses_it(
    account: Account, incident: str
) -> None:
    """Also kinds that share their actions with others and so are never refused alone."""
    whole, scope = account.look(incident), account.scope(incident)
    for kind, reading in whole.readings.items():
        if isinstance(reading, Unread):
            continue
        refused = Unread(reason=UnreadReason.DENIED, action=f"only:{kind.__name__}")
        for check in (c for c in account.checks(incident) if kind in c.kinds):
            finding = run_check(check, scope, {**whole.readings, kind: refused})
            told = refused in finding.unread or _blocked_by_another(check, whole, frozenset({kind}))
            assert told, (check.id, kind.__name__)
            if kind in check.needs:
                assert finding.status in UNDECIDED, (check.id, kind.__name__)
            elif finding.status is Status.PASS:
                assert whole.findings[check.id].status is Status.PASS, (check.id, kind.__name__)


def test_the_three_incidents_ask_for_what_is_declared_and_nothing_else(account: Account) -> None:
    called = frozenset[str]().union(*(account.look(incident).called for incident in INCIDENTS))
    assert set(ACTIONS) - called == NOT_ASKED
    assert called <= set(ACTIONS)


def _blocked_by_another(check: Check, looked: Looked, lost: frozenset[type[Evidence]]) -> bool:
    """Something else it needs was never there, such as a log group nobody named; that reason comes first."""
    others = (kind for kind in check.needs if kind not in lost)
    return any(isinstance(looked.readings[kind], Unread) for kind in others)
