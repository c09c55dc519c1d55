"""First line: one sentence saying which side shows trouble, per type of load balancer."""

from __future__ import annotations

import pytest

from bot.core.evidence import LoadBalancerMetrics, TargetGroups
from bot.core.model import LoadBalancerType, Status
from bot.core.sides import METRICS
from runbooks.checks.first_line import CHECK
from tests.evidence_builders import a_load_balancer, a_scope, a_target_group, unread
from tests.metric_builders import Values, around, lb_metrics, metric, run, signals, wave

ALB = a_load_balancer()
NLB = a_load_balancer(LoadBalancerType.NETWORK)
CLB = a_load_balancer(LoadBalancerType.CLASSIC)


def all_of(type: LoadBalancerType, **values: Values) -> LoadBalancerMetrics:
    """Every counter of the type at rest, but those given."""
    lb = a_load_balancer(type)
    rest = around(0, 0) if type is LoadBalancerType.NETWORK else ()
    names = [name for side in METRICS[type].values() for name in side]
    evidence = lb_metrics(lb)
    taken = {s.name for s in evidence.series}
    more = [metric(lb, name, values.get(name, rest)) for name in names if name not in taken]
    errors = [s for s in evidence.series if s.name not in values]
    given = [metric(lb, name, v) for name, v in values.items() if name not in {m.name for m in more}]
    return evidence.model_copy(update={"series": (*errors, *more, *given)})


@pytest.mark.parametrize("type", list(LoadBalancerType))
def test_all_sides_normal_pass(type: LoadBalancerType) -> None:
    given = {"TCP_Target_Reset_Count": wave(around(20, 20), 1)} if type is LoadBalancerType.NETWORK else {}
    finding = run(CHECK, all_of(type, **given), scope=a_scope(a_load_balancer(type)))
    assert finding.status is Status.PASS
    assert "look normal" in finding.summary.text


@pytest.mark.parametrize(
    ("type", "name", "words"),
    [
        (ALB.type, "TargetConnectionErrorCount", "Errors are between the load balancer and its targets"),
        (ALB.type, "HTTPCode_Target_5XX_Count", "Errors come from the targets"),
        (ALB.type, "RejectedConnectionCount", "Errors are at the load balancer itself"),
        (ALB.type, "HTTPCode_ELB_4XX_Count", "Errors are at the clients"),
        (NLB.type, "TCP_Target_Reset_Count", "Errors come from the targets"),
        (CLB.type, "BackendConnectionErrors", "Errors are between the load balancer and its targets"),
    ],
)
def test_the_troubled_side_comes_first(type: LoadBalancerType, name: str, words: str) -> None:
    finding = run(CHECK, all_of(type, **{name: around(0, 80)}), scope=a_scope(a_load_balancer(type)))
    assert finding.status is Status.FAIL
    where = finding.summary.values["where"]
    assert getattr(where, "text", "") == words
    assert len(finding.summary.values["normal"]) == 3  # type: ignore[arg-type]


def test_several_sides_are_listed() -> None:
    both = all_of(ALB.type, TargetConnectionErrorCount=around(0, 80), HTTPCode_Target_5XX_Count=around(0, 80))
    where = run(CHECK, both).summary.values["where"]
    assert getattr(where, "text", "").startswith("Errors are in several places")


def test_a_side_that_was_not_read_is_not_called_normal() -> None:
    evidence = all_of(ALB.type)
    seen = tuple(s for s in evidence.series if s.name != "RejectedConnectionCount")
    finding = run(CHECK, evidence.model_copy(update={"series": seen}))
    assert finding.status is Status.UNKNOWN
    assert "rejected_elevated" not in signals(finding)


def test_refused_metrics_are_unknown() -> None:
    assert run(CHECK, unread={LoadBalancerMetrics: unread()}).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("name", "signal"),
    [
        ("HTTPCode_ELB_4XX_Count", "client_errors_elevated"),
        ("ClientTLSNegotiationErrorCount", "client_tls_errors"),
        ("RejectedConnectionCount", "rejected_elevated"),
        ("TargetTLSNegotiationErrorCount", "tls_errors_to_target"),
    ],
)
def test_signals_of_an_application_load_balancer(name: str, signal: str) -> None:
    assert signals(run(CHECK, all_of(ALB.type, **{name: around(0, 80)})))[signal] is True
    assert signals(run(CHECK, all_of(ALB.type)))[signal] is False


@pytest.mark.parametrize(("protocol", "holds"), [("HTTP", True), ("HTTPS", False)])
def test_groups_without_tls_cannot_fail_at_tls(protocol: str, holds: bool) -> None:
    groups = TargetGroups(groups=(a_target_group(protocol=protocol),))
    assert signals(run(CHECK, all_of(ALB.type), groups))["groups_without_tls"] is holds


def test_an_impaired_load_balancer_fails() -> None:
    lb = ALB.model_copy(update={"state": "active_impaired"})
    finding = run(CHECK, all_of(ALB.type), scope=a_scope(lb))
    assert finding.status is Status.FAIL
    assert signals(finding)["load_balancer_impaired"] is True


def test_more_client_errors_with_more_requests_are_not_the_clients_trouble() -> None:
    busy = around(1000, 3000)
    evidence = all_of(ALB.type, HTTPCode_ELB_4XX_Count=around(10, 30))
    requests = metric(ALB, "RequestCount", busy)
    series = tuple(requests if s.name == "RequestCount" else s for s in evidence.series)
    finding = run(CHECK, evidence.model_copy(update={"series": series}))
    assert signals(finding)["client_errors_elevated"] is False


def test_a_few_client_errors_among_many_requests_are_no_trouble() -> None:
    """`lb_metrics` has 1,000 requests a minute: 0.5 and 5 per thousand."""
    few = run(CHECK, all_of(ALB.type, HTTPCode_ELB_4XX_Count=around(0, 0.5)))
    many = run(CHECK, all_of(ALB.type, HTTPCode_ELB_4XX_Count=around(0, 5)))
    assert signals(few)["client_errors_elevated"] is False
    assert signals(many)["client_errors_elevated"] is True
