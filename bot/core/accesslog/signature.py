"""What a request's line says about how it ended: one signature per line (pure).

Source: DOMAIN.md section 3, the triples of request, target and response time.
"""

from __future__ import annotations

from enum import StrEnum


class Signature(StrEnum):
    """How a request ended, from its status codes and which of its three times are -1."""

    REFUSED = "refused_502"
    CONNECT_TIMEOUT = "connect_timeout_504"
    RESET = "reset_after_dispatch_502"
    SLOW = "slow_504"
    NO_TARGET = "no_target"
    CLIENT_GONE = "client_gone_460"
    TARGET_5XX = "target_5xx"
    LOAD_BALANCER_5XX = "load_balancer_5xx"
    TARGET_4XX = "target_4xx"
    LOAD_BALANCER_4XX = "load_balancer_4xx"
    ANSWERED = "answered"
    NO_STATUS = "no_status"


UNREACHABLE = frozenset({Signature.REFUSED, Signature.CONNECT_TIMEOUT})
"""The load balancer chose a target and could not connect to it."""

_TRIPLES = {
    ("502", "---"): Signature.REFUSED,
    ("504", "---"): Signature.CONNECT_TIMEOUT,
    ("502", "++-"): Signature.RESET,
    ("504", "+--"): Signature.SLOW,
}


def classify(status: str, target_status: str, times: str, target: str) -> Signature:
    """The signature of a request.

    `times` has one character per processing time (request, target, response): '-' for -1, '+' for a
    time, '?' for anything else. `target` is '-' when none was chosen. A Classic load balancer writes
    target status 0 for none.
    """
    if not status.isdigit():
        return Signature.NO_STATUS
    code, answered = int(status), target_status not in ("-", "0")
    if code < 400:
        return Signature.ANSWERED
    if code < 500:
        if code == 460:
            return Signature.CLIENT_GONE
        return Signature.TARGET_4XX if answered else Signature.LOAD_BALANCER_4XX
    if answered:
        return Signature.TARGET_5XX
    if target == "-":
        return Signature.NO_TARGET if (code, times) == (503, "---") else Signature.LOAD_BALANCER_5XX
    return _TRIPLES.get((status, times), Signature.LOAD_BALANCER_5XX)


def is_error(status: str) -> bool:
    """Whether the client was answered with a 5xx: the lines that are looked at one by one."""
    return len(status) == 3 and status[0] == "5"
