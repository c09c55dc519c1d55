"""Counting whole logs: at once and carefully must agree, in any pieces and in any order of merging."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.accesslog.scan import LONGEST_LINE, LogKind, LogScan
from bot.core.accesslog.tally import KEPT_LINES, NAMES_CAP, OTHER, ROWS_CAP, Names, Row, Tally
from tests.log_lines import alb_line, classic_line

FIRST, END = "2026-11-21T14:00", "2026-11-21T15:00"
REFUSED: dict[str, Any] = {"times": "-1 -1 -1", "status": "502", "target_status": "-"}
SPECIAL = b'"\\ \n-\x00\r:Z5.?!\xff'

statuses = st.sampled_from(
    [("200", "200"), ("502", "-"), ("504", "-"), ("503", "-"), ("500", "500"), ("-", "-")]
)
targets = st.sampled_from(
    ["10.0.4.21:8080", "10.0.4.22:8080", "-", "[2001:db8:85a3:8d3:1319:8a2e:370:7348]:65535", "x" * 60]
)
texts = st.text(st.sampled_from('ab"\\ ?é/'), max_size=12)


@st.composite
def plausible_lines(draw: st.DrawFn) -> bytes:
    """An ALB line as one may be, with peculiar texts inside its quotes."""
    status, target_status = draw(statuses)
    minute = f"{draw(st.integers(13, 15))}:0{draw(st.integers(0, 3))}"
    return alb_line(
        created=f"2026-11-21T{minute}:59.00000{draw(st.integers(0, 9))}Z",
        times=draw(st.sampled_from(["-1 -1 -1", "0.001 0.1 -1", "0.001 -1 -1", "0.0 1.2 0.0", '"-1" ? 3'])),
        status=status,
        target_status=target_status,
        target=draw(targets),
        agent=draw(texts),
        request=f"GET http://h:80/{draw(texts)} HTTP/1.1",
        reason=draw(st.sampled_from(["-", "LambdaTimeout", ""])),
        node=draw(st.sampled_from(["10.0.1.15", "-"])),
        fields=draw(st.integers(23, 42)),
    )


@st.composite
def mutated_lines(draw: st.DrawFn) -> bytes:
    """A plausible line in which a few bytes were changed, removed or added."""
    line = bytearray(draw(plausible_lines()))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(0, len(line) - 2)))
        byte = draw(st.sampled_from(SPECIAL))
        match draw(st.sampled_from(["change", "remove", "add", "cut"])):
            case "change":
                line[at] = byte
            case "remove" if len(line) > 1:
                del line[at]
            case "add":
                line.insert(at, byte)
            case _:
                del line[at + 1 :]
    return bytes(line)


logs = st.lists(st.one_of(mutated_lines(), plausible_lines(), st.just(alb_line())), max_size=12)


def scanned(pieces: Iterable[bytes], *, careful: bool = False, kind: LogKind = LogKind.ALB) -> Tally:
    scan = LogScan(kind, FIRST, END, careful=careful)
    scan.begin("10.0.9.9")
    for piece in pieces:
        scan.feed(piece)
    scan.finish()
    return scan.tally


def cut_into(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(at)]


@settings(max_examples=400, deadline=None)
@given(logs)
@example([alb_line(target='"-"')])
@example([alb_line(target="a\x00")])
@example([b'" ' + alb_line(), alb_line() + b' "'])
@example([alb_line(agent="\\"), alb_line(**REFUSED)])
@example([b" " + alb_line(), alb_line() + b" ", b"", alb_line(**REFUSED)])
def test_reading_at_once_agrees_with_reading_carefully(log: list[bytes]) -> None:
    data = b"\n".join(log)
    assert scanned([data]) == scanned([data], careful=True)


@settings(max_examples=100, deadline=None)
@given(logs, st.lists(st.integers(0, 10**6), max_size=6))
def test_the_pieces_a_log_arrives_in_do_not_matter(log: list[bytes], cuts: list[int]) -> None:
    data = b"\n".join(log)
    assert scanned(cut_into(data, cuts)) == scanned([data], careful=True)


@settings(max_examples=100, deadline=None)
@given(logs)
def test_every_line_is_counted_or_counted_as_malformed(log: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in log)
    tally = scanned([data])
    assert tally.lines + tally.malformed == data.count(b"\n")
    assert tally.lines == tally.outside + sum(tally.rows.values())


@settings(max_examples=50, deadline=None)
@given(st.lists(logs, min_size=3, max_size=3))
def test_parts_merge_in_any_order(parts: list[list[bytes]]) -> None:
    def total(order: Iterable[int]) -> Tally:
        tally = Tally()
        for i in order:
            part = scanned([b"\n".join(parts[i])])
            tally.merge(Tally.from_json(json.loads(json.dumps(part.as_json()))))
        return tally

    assert total([0, 1, 2]) == total([2, 0, 1])


def test_a_target_group_that_refuses_is_counted_by_minute_target_and_place() -> None:
    tally = scanned([b"\n".join([alb_line(**REFUSED)] * 3 + [alb_line(target="10.0.4.22:8080")])])
    assert tally.rows == {
        Row("2026-11-21T14:05", "502", "-", "refused_502", "10.0.4.21:8080"): 3,
        Row("2026-11-21T14:05", "200", "200", "answered", ""): 1,
    }
    assert tally.served == {("2026-11-21T14:05", "10.0.4.22:8080"): 1}
    assert tally.groups.counts == {"targetgroup/web/0f1e2d3c4b5a6978": 3}
    assert (tally.nodes.counts, tally.paths.counts) == ({"10.0.1.15": 3}, {"/cart": 3})


def test_a_line_without_its_node_was_written_by_the_objects_node() -> None:
    assert scanned([alb_line(fields=29, **REFUSED)]).nodes.counts == {"10.0.9.9": 1}


def test_the_first_and_last_errors_are_kept_in_order_of_time() -> None:
    made = [
        alb_line(created=f"2026-11-21T14:{m:02}:00.000000Z", **REFUSED) for m in (9, 3, 30, 1, 20, 5, 40, 7)
    ]
    tally = scanned([line + b"\n" for line in made])
    assert [k.created[14:16] for k in tally.first] == ["01", "03", "05", "07", "09"]
    assert [k.created[14:16] for k in tally.last] == ["07", "09", "20", "30", "40"]
    assert len(tally.first) == KEPT_LINES
    assert all("s3cret" not in kept.text for kept in tally.first)


@pytest.mark.parametrize("careful", [False, True])
def test_a_line_of_two_megabytes_is_counted(careful: bool) -> None:
    long = alb_line(request=f"GET http://h:80/{'a b' * 700_000} HTTP/1.1", **REFUSED)
    data = b"\n".join([alb_line(), long, alb_line()])
    tally = scanned([data[i : i + 2**18] for i in range(0, len(data), 2**18)], careful=careful)
    assert (tally.lines, tally.malformed) == (3, 0)


def test_a_line_too_long_to_hold_is_one_malformed_line() -> None:
    pieces = [alb_line() + b"\n", *[b"x" * 2**20] * (LONGEST_LINE // 2**20 + 2), b"y\n" + alb_line()]
    tally = scanned(pieces)
    assert (tally.lines, tally.malformed) == (2, 1)


def test_a_cut_objects_last_line_is_malformed_unless_it_is_whole() -> None:
    scan = LogScan(LogKind.ALB, FIRST, END)
    for data in (alb_line() + b"\n" + alb_line()[:-5], alb_line() + b"\n"):
        scan.begin("")
        scan.feed(data)
        scan.finish(cut=True)
    assert (scan.tally.lines, scan.tally.malformed) == (2, 1)


def test_lines_outside_the_window_are_only_counted() -> None:
    tally = scanned([alb_line(created="2026-11-21T13:59:59.999999Z") + b"\n" + classic_line()])
    assert (tally.lines, tally.outside, tally.malformed, tally.rows) == (1, 1, 1, {})


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (LogKind.CLASSIC, classic_line()),
        (LogKind.HEALTH_CHECK, b"http 2026-11-21T14:06:01.8Z 0.01 10.0.4.21:8080 web PASS 200 -"),
        (
            LogKind.CONNECTION,
            b'2026-11-21T14:06:09.000001Z 198.51.100.9 40114 80 - - - "-" - - - TID_06 - app/web 10.0.1.15',
        ),
    ],
)
def test_the_other_logs_are_counted_line_by_line(kind: LogKind, line: bytes) -> None:
    tally = scanned([b"\n".join([line, b"?", line.replace(b"T14:", b"T11:")])], kind=kind)
    assert (tally.lines, tally.outside, tally.malformed) == (2, 1, 1)


def test_more_names_than_fit_keep_the_commonest_and_the_total() -> None:
    names = Names()
    for i in range(5 * NAMES_CAP):
        names.add(f"/page/{i}")
        names.add("/cart")
    commonest, other = names.commonest(1)
    assert commonest == {"/cart": 5 * NAMES_CAP}
    assert other == 5 * NAMES_CAP
    assert len(names.counts) <= 2 * NAMES_CAP


def test_more_targets_than_fit_are_folded_and_said_to_be_approximate() -> None:
    tally = Tally()
    for i in range(ROWS_CAP + 10):
        tally.count(Row("2026-11-21T14:05", "502", "-", "refused_502", f"10.0.0.1:{i}"), 1)
    assert sum(tally.rows.values()) == tally.lines == ROWS_CAP + 10
    assert tally.rows[Row("2026-11-21T14:05", "502", "-", "refused_502", OTHER)] == 10
    assert tally.approximate
