"""The pitfalls of health-check settings (DOMAIN.md section 2): what is a risk, what is worth knowing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.core.health_checks import UNHEALTHY, CheckedGroup
from bot.core.message import Code, Message, many, say
from bot.core.model import LoadBalancerType


def ports(numbers: tuple[int, ...]) -> list[str]:
    """Ports as text, so that no thousands separator gets in."""
    return [str(number) for number in numbers]


def risks(group: CheckedGroup) -> Iterator[Message]:
    """What can hide a failure or make one; each a reason to warn."""
    name, check = Code(text=group.group.name), group.settings
    if group.ports_differ:
        yield say(
            "{group}: checks go to port {check_port}, traffic to port {port}."
            " Targets can look healthy while requests fail.",
            group=name,
            check_port=ports(group.checked),
            port=ports(group.traffic),
        )
    elif group.unchecked:
        yield say(
            "{group}: port {port} takes traffic and is never checked.",
            group=name,
            port=ports(group.unchecked),
        )
    if check.timeout_s >= check.interval_s:
        yield say(
            "{group}: the timeout ({timeout}) is not shorter than the interval ({interval}).",
            group=name,
            timeout=timedelta(seconds=check.timeout_s),
            interval=timedelta(seconds=check.interval_s),
        )
    if group.mismatched:
        yield _mismatch(group)
    if group.all_unhealthy:
        yield say(
            "{group}: all targets are unhealthy, so all of them get requests all the same (fail-open).",
            group=name,
        )
    if _tls_1_3_may_fail(group) and any(t.state in UNHEALTHY for t in group.targets):
        yield say(
            "{group}: HTTPS checks of a Network load balancer fail on targets that speak TLS 1.3 only.",
            group=name,
        )


def _mismatch(group: CheckedGroup) -> Message:
    """With AWS's own words, which hold the code, and the Host header, on which virtual hosts decide."""
    return say(
        "{group}: {count} with a code other than {matcher}. AWS says: {said}."
        " The check's Host header is the target's address.",
        group=Code(text=group.group.name),
        count=many("{n} target answers", "{n} targets answer", n=len(group.mismatched)),
        matcher=group.settings.matcher,
        said=group.mismatched[0].description.rstrip(".") or group.mismatched[0].reason,
    )


def notes(group: CheckedGroup) -> Iterator[Message]:
    """What changes how errors look, without being wrong."""
    name, check = Code(text=group.group.name), group.settings
    if check.path == "/" and check.matcher == "200" and not group.mismatched:
        yield say("{group}: a redirect or a login page on / would count as unhealthy.", group=name)
    if group.type is LoadBalancerType.CLASSIC and check.protocol.upper() in {"TCP", "SSL"}:
        yield say("{group}: the check only sees that the port is open.", group=name)
    if len(group.traffic) == 1 and group.group.port and group.traffic[0] != group.group.port:
        yield say(
            "{group}: targets are registered on port {port}, the group's own is {group_port}.",
            group=name,
            port=ports(group.traffic),
            group_port=str(group.group.port),
        )
    yield from _attribute_notes(group)


def _attribute_notes(group: CheckedGroup) -> Iterator[Message]:
    name = Code(text=group.group.name)
    if slow := group.seconds("slow_start.duration_seconds"):
        yield say(
            "{group}: new targets get few requests for {span} (slow start), the others more.",
            group=name,
            span=slow,
        )
    if group.seconds("deregistration_delay.timeout_seconds") == timedelta():
        yield say("{group}: requests in progress are cut when a target is deregistered.", group=name)
    if group.attributes.get("stickiness.enabled") == "true":
        yield say("{group}: stickiness keeps clients on their target, also on a bad one.", group=name)


def _tls_1_3_may_fail(group: CheckedGroup) -> bool:
    return group.type is LoadBalancerType.NETWORK and group.settings.protocol == "HTTPS"
