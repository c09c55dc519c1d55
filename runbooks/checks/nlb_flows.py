"""Flows of a Network Load Balancer: stopped, rejected, out of ports; zones; whose address is seen."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.checks import Case, Check
from bot.core.evidence import BaselineMetrics, LoadBalancerMetrics, TargetGroupAttributes, TargetGroups
from bot.core.load_balancer_series import ACTION
from bot.core.message import Code, Message, many, say
from bot.core.metric_command import metric_command
from bot.core.model import (
    Chart,
    ChartMark,
    ChartSeries,
    Finding,
    LoadBalancerType,
    Moment,
    MomentKind,
    Scope,
    Signal,
    Status,
    Unread,
    UnreadReason,
)
from bot.core.network_flows import NEAR_LIMIT, PORTS_PER_TARGET, Flows, first_above_zero, read_flows
from bot.core.series import Line

FATAL = frozenset({"port_allocation_errors", "zone_unhealthy"})


def judge(case: Case) -> Finding:
    """FAIL: no source port, a zone out, outbound blocked. WARN: rejected, inbound, near the limit."""
    flows = read_flows(case)
    signals = tuple(_signals(flows))
    held = [signal for signal in signals if signal.holds]
    missing = tuple(_missing(flows))
    return case.finding(
        _status(flows, held, missing),
        _summary(flows, held, missing),
        details=_details(case, flows, held),
        numbers=_numbers(flows),
        signals=signals,
        moments=_moments(flows),
        chart=_chart(case.scope, flows),
        unread=missing,
    )


def _missing(flows: Flows) -> Iterator[Unread]:
    """Without these nothing is called clean. Flows per target need host counts and are extra."""
    absent = {
        "SecurityGroupBlockedFlowCount": flows.blocked.found is None,
        "PortAllocationErrorCount": flows.port_errors is None,
        "RejectedFlowCount": flows.rejected is None,
        "ZonalHealthStatus": bool(flows.silent_zones),
    }
    for name, unknown in absent.items():
        if unknown:
            yield Unread(reason=UnreadReason.NOT_FOUND, action=ACTION, detail=f"{name} in most minutes")


def _status(flows: Flows, held: list[Signal], missing: tuple[Unread, ...]) -> Status:
    if flows.blocked.outbound or any(signal.id in FATAL for signal in held):
        return Status.FAIL
    if any(signal.id != "port_allocation_zero" for signal in held):
        return Status.WARN
    return Status.UNKNOWN if missing else Status.PASS


# Signals ----------------------------------------------------------------------------------------------------


def _signals(flows: Flows) -> Iterator[Signal]:
    yield from _ports(flows)
    yield from _zones(flows)
    if flows.blocked.found is not None:
        yield Signal(id="security_group_blocked_flows", holds=flows.blocked.found, because=_blocked(flows))
    if flows.rejected:
        total = int(flows.rejected.total)
        because = many("{n} flow was rejected.", "{n} flows were rejected.", n=total)
        yield Signal(id="flow_rejected", holds=total > 0, because=because)


def _ports(flows: Flows) -> Iterator[Signal]:
    if flows.port_errors:
        total = int(flows.port_errors.total)
        because = many(
            "For {n} flow the load balancer had no source port left (PortAllocationErrorCount).",
            "For {n} flows the load balancer had no source port left (PortAllocationErrorCount).",
            n=total,
        )
        yield Signal(id="port_allocation_errors", holds=total > 0, because=because)
        yield Signal(id="port_allocation_zero", holds=total == 0, because=because)
    applies = flows.addresses.limit_applies
    if applies is False:
        because = say("Client addresses are kept, so the load balancer's source ports are no limit.")
        yield Signal(id="flows_near_port_limit", holds=False, because=because)
    elif flows.per_target and applies:
        most = flows.per_target[1]
        yield Signal(id="flows_near_port_limit", holds=most >= NEAR_LIMIT, because=_load(most))


def _load(most: float) -> Message:
    return say(
        "Up to {n} flows per healthy target; the limit is about {limit} for one target.",
        n=round(most),
        limit=PORTS_PER_TARGET,
    )


def _zones(flows: Flows) -> Iterator[Signal]:
    out = {zone: at for zone, at in flows.zones.items() if at}
    for zone, at in sorted(out.items()):
        because = say("{zone} was taken out of DNS at {at} (ZonalHealthStatus 0).", zone=zone, at=at)
        yield Signal(id="zone_unhealthy", holds=True, because=because, zone=zone)
    if flows.zones and not out and not flows.silent_zones:
        because = say("No zone was taken out of DNS.")
        yield Signal(id="zone_unhealthy", holds=False, because=because)


def _blocked(flows: Flows) -> Message:
    blocked = flows.blocked
    if blocked.outbound:
        return many(
            "The load balancer's own outbound rules stopped {n} flow to targets.",
            "The load balancer's own outbound rules stopped {n} flows to targets.",
            n=blocked.outbound,
        )
    if blocked.clients_stopped:
        return many(
            "The load balancer's own inbound rules stopped {n} flow of clients, far more than usual.",
            "The load balancer's own inbound rules stopped {n} flows of clients, far more than usual.",
            n=blocked.inbound or 0,
        )
    if blocked.inbound:
        return many(
            "The load balancer's inbound rules stopped {n} flow, as they stop probes from the Internet.",
            "The load balancer's inbound rules stopped {n} flows, as they stop probes from the Internet.",
            n=blocked.inbound,
        )
    return say("The load balancer's own security groups stopped no flow.")


# What is shown ----------------------------------------------------------------------------------------------


def _summary(flows: Flows, held: list[Signal], missing: tuple[Unread, ...]) -> Message:
    telling = [signal for signal in held if signal.id != "port_allocation_zero"]
    if telling:
        return telling[0].because
    if missing:
        return say("What could be read of the flows is clean, but not all of it could be judged.")
    return say("No flow was stopped, rejected or without a source port, and every zone is in use.")


def _details(case: Case, flows: Flows, held: list[Signal]) -> Iterator[Message]:
    shown = [signal.because for signal in held if signal.id != "port_allocation_zero"]
    yield from shown[1:]
    near = any(signal.id == "flows_near_port_limit" for signal in held)
    if flows.per_target and not near and flows.addresses.limit_applies is not False:
        yield _load(flows.per_target[1])
    if flows.rejected and flows.rejected.total:
        yield say("The load balancer rejected them itself; CloudWatch does not say why.")
    if not flows.blocked.found and flows.blocked.inbound:
        yield _blocked(flows)
    yield from _whose_address(case, flows)
    yield say("Flows that the targets' own security groups stop are counted nowhere: the network path tells.")


def _whose_address(case: Case, flows: Flows) -> Iterator[Message]:
    """Which addresses the targets must let in (DOMAIN.md section 4, the four cases)."""
    has_group = bool(case.scope.load_balancer.security_groups)
    for group in flows.addresses.kept:
        name = Code(text=group.name)
        if has_group:
            yield say(
                "{group} keeps client addresses: targets must allow the load balancer's security group, "
                "and network ACLs the clients.",
                group=name,
            )
        else:
            yield say(
                "{group} keeps client addresses and the load balancer has no security group: targets must "
                "allow the clients' own addresses.",
                group=name,
            )
    for group in flows.addresses.replaced:
        yield say(
            "{group} does not keep client addresses: targets must allow the load balancer's own.",
            group=Code(text=group.name),
        )
    if flows.addresses.kept and case.scope.load_balancer.scheme == "internal":
        yield say(
            "A target that is also a client cannot reach itself through the load balancer while addresses "
            "are kept: that connection times out."
        )


def _numbers(flows: Flows) -> dict[str, float | int | str | None]:
    return {
        "port_allocation_errors": _total(flows.port_errors),
        "rejected_flows": _total(flows.rejected),
        "blocked_outbound_flows": flows.blocked.outbound,
        "blocked_inbound_flows": flows.blocked.inbound,
        "flows_per_target_max": round(flows.per_target[1]) if flows.per_target else None,
    }


def _total(line: Line | None) -> int | None:
    return int(line.total) if line else None


def _moments(flows: Flows) -> Iterator[Moment]:
    for zone, at in sorted(flows.zones.items()):
        if at:
            message = say("{zone} taken out of DNS", zone=zone)
            yield Moment(at=at, kind=MomentKind.HEALTH, message=message, key=f"zone:{zone}")
    if began := first_above_zero(flows.port_errors):
        message = say("first flow without a source port")
        yield Moment(at=began, kind=MomentKind.LOAD, message=message, key="port_allocation")


def _chart(scope: Scope, flows: Flows) -> Chart | None:
    counted = [
        ("PortAllocationErrorCount", flows.port_errors),
        ("RejectedFlowCount", flows.rejected),
    ]
    lines = [(name, line) for name, line in counted if line and line.total]
    if not flows.active or not lines:
        return None
    names = [name for name, _ in lines]
    return Chart(
        title=say("Active flows and flows that failed"),
        series=(
            *(ChartSeries(name=name, unit="Count", points=line.points) for name, line in lines),
            ChartSeries(name="ActiveFlowCount", unit="Count", points=flows.active.points, right_axis=True),
        ),
        window=scope.window,
        marks=(ChartMark(at=scope.alarm_at, label="alarm"),),
        alt=say("{names} over the window.", names=", ".join([*names, "ActiveFlowCount"])),
    )


CHECK = Check(
    id="nlb_flows",
    title="Flows",
    asks="Were flows stopped, rejected or left without a source port, and is every zone in use?",
    needs=(LoadBalancerMetrics,),
    uses=(BaselineMetrics, TargetGroups, TargetGroupAttributes),
    judge=judge,
    signals=(
        "port_allocation_errors",
        "port_allocation_zero",
        "flows_near_port_limit",
        "zone_unhealthy",
        "security_group_blocked_flows",
        "flow_rejected",
    ),
    console="metrics",
    command=lambda scope: metric_command(scope, "PortAllocationErrorCount"),
    load_balancer_types=frozenset({LoadBalancerType.NETWORK}),
)
