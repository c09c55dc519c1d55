"""One log line at a time: every documented shape is understood, and what is not a line is refused."""

from __future__ import annotations

import pytest

from bot.core.accesslog.lines import (
    masked,
    parse_alb,
    parse_classic,
    parse_connection,
    parse_health_check,
    parse_nlb,
    path_of,
)
from bot.core.accesslog.signature import Signature
from tests.log_lines import alb_line, classic_line

CONNECTION = (
    b"2026-03-04T05:06:08.000001Z 198.51.100.8 40113 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 - "
    b'"CN=c2.example.com" NotBefore=2025-09-21T22:43:21Z;NotAfter=2027-06-17T22:43:21Z 0A1B2C3E '
    b"Failed:ClientCertUntrusted TID_05 x25519 app/web/0a1b2c3d4e5f6071 10.0.1.15"
)
NLB = (
    b"tls 2.0 2026-03-04T05:06:09 net/edge/c6e77e28c25b2234 a3d4b5e8bb8464cd 198.51.100.8:51342 "
    b"10.0.1.185:443 7 3 99 250 - arn:aws:acm:us-east-2:111122223333:certificate/02 - ECDHE-RSA-AES128-SHA "
    b'tlsv12 - edge.example.com h2 h2 "h2","http/1.1" 2026-03-04T05:06:02'
)


def test_an_alb_line_is_stamped_with_its_creation() -> None:
    line = parse_alb(alb_line(created="2026-11-21T14:05:02.190000Z", target="10.0.4.22:8080"))
    assert line is not None
    assert (line.minute, line.target, line.path) == ("2026-11-21T14:05", "10.0.4.22:8080", "/cart")
    assert (line.group, line.node) == ("targetgroup/web/0f1e2d3c4b5a6978", "10.0.1.15")


@pytest.mark.parametrize("fields", [25, 29, 30, 34, 35, 40])
def test_nodes_with_fewer_or_more_fields_are_understood(fields: int) -> None:
    assert parse_alb(alb_line(fields=fields)) is not None


@pytest.mark.parametrize("fields", [1, 12, 24, 41])
def test_too_few_or_too_many_fields_are_malformed(fields: int) -> None:
    assert parse_alb(alb_line(fields=fields)) is None


@pytest.mark.parametrize("client", ["[2001:db8::7]:40112", "2001:db8::7:40112"])
def test_clients_may_have_ipv6_addresses(client: str) -> None:
    assert parse_alb(alb_line(client=client)) is not None


@pytest.mark.parametrize(
    "agent", [r"say \"hi\" to", "ends in a backslash\\", r"\\", "", r"\x22quoted\x22", 'a"b', "né €"]
)
def test_an_agent_may_hold_quotes_and_backslashes(agent: str) -> None:
    line = parse_alb(alb_line(agent=agent, target_status="404", status="404"))
    assert line is not None
    assert (line.status, line.minute) == ("404", "2026-11-21T14:05")


def test_a_url_may_hold_blanks_and_backslashes() -> None:
    line = parse_alb(alb_line(request='GET http://h:80/a b\\" c?d=e f HTTP/1.1'))
    assert line is not None
    assert line.path == '/a b\\" c'


def test_bytes_that_are_no_text_do_not_stop_the_reading() -> None:
    line = parse_alb(alb_line().replace(b"/cart", b"/\xff\xfe"))
    assert line is not None
    assert line.path == "/\\xff\\xfe"


def test_a_line_of_two_megabytes_is_a_line() -> None:
    line = parse_alb(alb_line(request=f"GET http://h:80/{'a' * 2_000_000}?x HTTP/1.1"))
    assert line is not None
    assert len(line.path) == 200


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b" ",
        b'"',
        b"not a log line",
        alb_line().replace(b" 200 200 ", b" 200  200 "),
        alb_line().replace(b'"GET', b"GET", 1),
        alb_line(created="2026-02-30T14:05:02.190000Z"),
        alb_line(created="2026-11-21T24:05:02.190000Z"),
        alb_line(created="-"),
        alb_line(status="5O2"),
        alb_line()[:-200],
    ],
)
def test_what_is_no_line_is_malformed(broken: bytes) -> None:
    assert parse_alb(broken) is None


@pytest.mark.parametrize(
    ("times", "status", "target_status", "target", "signature"),
    [
        ("-1 -1 -1", "502", "-", "10.0.4.21:8080", Signature.REFUSED),
        ("-1 -1 -1", "504", "-", "10.0.4.21:8080", Signature.CONNECT_TIMEOUT),
        ("0.001 0.002 -1", "502", "-", "10.0.4.21:8080", Signature.RESET),
        ("0.001 -1 -1", "504", "-", "10.0.4.21:8080", Signature.SLOW),
        ("0.001 -1 -1", "460", "-", "10.0.4.21:8080", Signature.CLIENT_GONE),
        ("-1 -1 -1", "503", "-", "-", Signature.NO_TARGET),
        ("-1 -1 -1", "400", "-", "-", Signature.LOAD_BALANCER_4XX),
        ("0.001 -1 -1", "502", "-", "10.0.4.21:8080", Signature.LOAD_BALANCER_5XX),
        ("0.000 0.004 0.000", "502", "-", "-", Signature.LOAD_BALANCER_5XX),
        ("-1 -1 -1", "500", "-", "-", Signature.LOAD_BALANCER_5XX),
        ("0.001 0.100 0.000", "500", "500", "10.0.4.21:8080", Signature.TARGET_5XX),
        ("0.001 0.100 0.000", "404", "404", "10.0.4.21:8080", Signature.TARGET_4XX),
        ("0.001 0.100 0.000", "200", "200", "10.0.4.21:8080", Signature.ANSWERED),
        ("x y z", "502", "-", "10.0.4.21:8080", Signature.LOAD_BALANCER_5XX),
    ],
)
def test_how_a_request_ended_is_read_from_its_codes_and_times(
    times: str, status: str, target_status: str, target: str, signature: Signature
) -> None:
    line = parse_alb(alb_line(times=times, status=status, target_status=target_status, target=target))
    assert line is not None
    assert line.signature is signature


def test_a_classic_line_without_a_backend_was_not_delivered() -> None:
    line = parse_classic(classic_line(backend="-", times="-1 -1 -1", status="503", backend_status="0"))
    assert line is not None
    assert (line.signature, line.target) == (Signature.NO_TARGET, "-")


def test_a_classic_tcp_line_has_neither_status_nor_request() -> None:
    line = parse_classic(classic_line(status="-", backend_status="-", request="- - - "))
    assert line is not None
    assert (line.signature, line.path) == (Signature.NO_STATUS, "-")


def test_a_connection_line_says_how_the_client_was_verified() -> None:
    line = parse_connection(CONNECTION)
    assert line is not None
    assert (line.verify, line.listener_port, line.handshake_s) == ("Failed:ClientCertUntrusted", "443", "-")
    assert parse_connection(b" ".join(CONNECTION.split(b" ")[:11])) is not None
    assert parse_connection(b" ".join(CONNECTION.split(b" ")[:10])) is None


def test_a_health_check_line_has_its_reason_with_and_without_the_newer_fields() -> None:
    old = b"http 2026-03-04T05:06:02.901409Z 1.1219 10.0.4.22:8080 web FAIL 502 TargetError"
    for raw in (old, old + b" app/web/0a1b2c3d4e5f6071 10.0.1.15"):
        line = parse_health_check(raw)
        assert line is not None
        assert (line.target, line.reason, line.status_code) == ("10.0.4.22:8080", "TargetError", "502")
    assert parse_health_check(old.replace(b"FAIL", b"MAYBE")) is None


def test_an_nlb_line_keeps_its_quoted_list_in_one_field() -> None:
    line = parse_nlb(NLB)
    assert line is not None
    assert (line.destination, line.handshake_ms, line.domain) == ("10.0.1.185:443", "3", "edge.example.com")
    assert parse_nlb(NLB[:-30]) is None


@pytest.mark.parametrize(
    ("request_line", "path"),
    [
        (b"GET https://h:443/a/b?c=d HTTP/1.1", "/a/b"),
        (b"GET https://h:443?c=d HTTP/1.1", "-"),
        (b"GET /a?b HTTP/1.1", "/a"),
        (b"- http://h:80- -", "-"),
        (b"-", "-"),
        (b"", "-"),
    ],
)
def test_a_path_is_without_its_query(request_line: bytes, path: str) -> None:
    assert path_of(request_line) == path


@pytest.mark.parametrize(
    "request_line",
    [
        "GET http://h:80/a?token=s3cret HTTP/1.1",
        "GET http://h:80/a?x=1 s3cret HTTP/1.1",
        'GET http://h:80/a?x=\\"s3cret HTTP/1.1',
        f"GET http://h:80/a?{'x' * 3000}s3cret HTTP/1.1",
        "GET http://h:80/a?s3cret",
    ],
)
def test_a_kept_line_shows_no_query(request_line: str) -> None:
    kept = masked(alb_line(request=request_line))
    assert "s3cret" not in kept
    assert "/a?***" in kept
