"""Flows of a Network load balancer: stopped, rejected, out of ports, zones out, and whose address is seen."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from bot.core.evidence import Evidence, LoadBalancerMetrics, Series, TargetGroupAttributes, TargetGroups
from bot.core.model import Finding, LoadBalancer, LoadBalancerType, Status
from runbooks.checks.nlb_flows import CHECK
from tests.evidence_builders import GROUP_ARN, a_load_balancer, a_scope, a_target_group, at
from tests.metric_builders import WIDE, Values, around, metric, run, signals, wave

NLB = a_load_balancer(LoadBalancerType.NETWORK)
GROUPS = TargetGroups(groups=(a_target_group(protocol="TCP"),))
ZONES = ("eu-central-1a", "eu-central-1b")
BLOCKED = "SecurityGroupBlockedFlowCount_{}_{}"


def keeps(value: str) -> TargetGroupAttributes:
    return TargetGroupAttributes(by_group={GROUP_ARN: {"preserve_client_ip.enabled": value}})


def flows(given: Mapping[str, Values] = MappingProxyType({}), lb: LoadBalancer = NLB) -> LoadBalancerMetrics:
    """Everything clean but what is given, by metric name; ZonalHealthStatus is that of the second zone."""
    sums: dict[str, Values] = {
        "NewFlowCount": wave(around(1000, 1000)),
        "PortAllocationErrorCount": around(0, 0),
        "RejectedFlowCount": around(0, 0),
        **{BLOCKED.format(way, p): () for way in ("Inbound", "Outbound") for p in ("TCP", "UDP")},
    }
    others: dict[str, Values] = {"ActiveFlowCount": around(3000, 3000), "ZonalHealthStatus": around(1, 1)}
    series: list[Series] = [metric(lb, name, given.get(name, usual)) for name, usual in sums.items()]
    others |= {name: values for name, values in given.items() if name in others}
    series += [metric(lb, "ActiveFlowCount", others["ActiveFlowCount"], statistic="Maximum")]
    series += [metric(lb, "HealthyHostCount", around(4, 4), statistic="Minimum", group=True)]
    series += [metric(lb, "UnHealthyHostCount", around(0, 0), statistic="Maximum", group=True)]
    for zone, values in zip(ZONES, (around(1, 1), others["ZonalHealthStatus"]), strict=True):
        series.append(metric(lb, "ZonalHealthStatus", values, zone=zone, statistic="Minimum"))
    return LoadBalancerMetrics(window=WIDE, series=tuple(series))


def judged(evidence: LoadBalancerMetrics, *more: Evidence, lb: LoadBalancer = NLB) -> Finding:
    return run(CHECK, evidence, *(more or (GROUPS, keeps("true"))), scope=a_scope(lb))


def said(finding: Finding) -> str:
    return " ".join((m.plural or "") + m.text for m in (finding.summary, *finding.details))


def test_clean_flows_pass() -> None:
    finding = judged(flows())
    assert finding.status is Status.PASS
    assert {id for id, holds in signals(finding).items() if holds} == {"port_allocation_zero"}


@pytest.mark.parametrize(
    ("name", "signal", "status"),
    [
        ("PortAllocationErrorCount", "port_allocation_errors", Status.FAIL),
        ("RejectedFlowCount", "flow_rejected", Status.WARN),
        (BLOCKED.format("Outbound", "TCP"), "security_group_blocked_flows", Status.FAIL),
        (BLOCKED.format("Inbound", "TCP"), "security_group_blocked_flows", Status.WARN),
    ],
)
def test_what_goes_wrong_with_flows(name: str, signal: str, status: Status) -> None:
    finding = judged(flows({name: around(0, 400)}))
    assert finding.status is status
    assert signals(finding)[signal] is True


def test_probes_that_are_always_stopped_are_not_news() -> None:
    finding = judged(flows({BLOCKED.format("Inbound", "TCP"): wave(around(60, 60), 1)}))
    assert signals(finding)["security_group_blocked_flows"] is False
    assert "as they stop probes" in said(finding)


def test_a_scan_that_is_small_beside_the_traffic_is_not_news() -> None:
    finding = judged(flows({BLOCKED.format("Inbound", "TCP"): around(0, 60)}))
    assert signals(finding)["security_group_blocked_flows"] is False


def test_a_metric_that_is_not_there_is_unknown() -> None:
    finding = judged(flows({"PortAllocationErrorCount": around(None, None)}))
    assert finding.status is Status.UNKNOWN
    assert "port_allocation_errors" not in signals(finding)
    assert "port_allocation_zero" not in signals(finding)


@pytest.mark.parametrize(
    ("kept", "active", "holds"),
    [("false", 216_000, True), ("false", 150_000, False), ("true", 216_000, False), ("", 216_000, None)],
)
def test_flows_per_target_count_where_the_load_balancer_is_the_sender(
    kept: str, active: float, holds: bool | None
) -> None:
    finding = judged(flows({"ActiveFlowCount": around(3000, active)}), GROUPS, keeps(kept))
    assert signals(finding).get("flows_near_port_limit") is holds


def test_a_zone_that_was_taken_out_is_named_and_put_on_the_timeline() -> None:
    finding = judged(flows({"ZonalHealthStatus": around(1, 0, since="14:06")}))
    assert finding.status is Status.FAIL
    (signal,) = [s for s in finding.signals if s.id == "zone_unhealthy"]
    assert (signal.holds, signal.zone) == (True, "eu-central-1b")
    assert [m.at for m in finding.moments] == [at("14:06")]


def test_a_zone_nobody_heard_of_leaves_the_zones_unknown() -> None:
    finding = judged(flows({"ZonalHealthStatus": around(None, None)}))
    assert finding.status is Status.UNKNOWN
    assert "zone_unhealthy" not in signals(finding)


@pytest.mark.parametrize(
    ("kept", "groups", "words"),
    [
        ("true", ("sg-0nlb",), "the load balancer's security group"),
        ("true", (), "the clients' own addresses"),
        ("false", ("sg-0nlb",), "the load balancer's own"),
        ("false", (), "the load balancer's own"),
    ],
)
def test_it_says_whose_addresses_targets_must_allow(kept: str, groups: tuple[str, ...], words: str) -> None:
    lb = a_load_balancer(LoadBalancerType.NETWORK, security_groups=groups)
    assert words in said(judged(flows(lb=lb), GROUPS, keeps(kept), lb=lb))


@pytest.mark.parametrize(("scheme", "warned"), [("internal", True), ("internet-facing", False)])
def test_a_target_behind_an_internal_load_balancer_may_be_its_own_client(scheme: str, warned: bool) -> None:
    lb = NLB.model_copy(update={"scheme": scheme})
    assert ("cannot reach itself" in said(judged(flows(lb=lb), lb=lb))) is warned
