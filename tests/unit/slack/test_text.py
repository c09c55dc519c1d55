"""Untrusted text in Slack: nothing in it is interpreted, nothing invisible survives, nothing is split."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.message import At, Code, Person, say
from bot.i18n import t
from bot.slack.text import SLACK, TEXT_LIMIT, clean, cut, cut_markup, escape

MARKUP = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);")


@given(st.text())
def test_untrusted_text_contains_no_markup_of_slack(text: str) -> None:
    shown = SLACK.text(text)
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", shown)
    assert not re.search(r"[`*~]|@(?:here|channel|everyone)", shown, re.IGNORECASE)


@given(st.text())
def test_code_is_one_span_whatever_is_in_it(text: str) -> None:
    shown = SLACK.code(text)
    assert shown == "" or (shown.count("`") == 2 and shown[0] == shown[-1] == "`")
    assert not re.search(r"[<>]", shown)


@given(st.text())
def test_untrusted_text_stays_on_one_line_without_control_characters(text: str) -> None:
    shown = SLACK.text(text)
    assert "\n" not in shown
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


@given(
    st.text(
        alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "Zs"], exclude_characters="*~`_@")
    )
)
def test_ordinary_text_reads_as_it_was_written(text: str) -> None:
    if len(clean(text)) <= TEXT_LIMIT:
        assert html.unescape(SLACK.text(text)) == clean(text)


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_a_cut_text_is_short_enough_and_says_so(text: str, limit: int) -> None:
    assert len(cut(text, limit)) <= limit
    assert cut(text, limit) == text or cut(text, limit).endswith("…")


@given(
    st.lists(st.sampled_from(["a", "&", "<", ">", "`", " "]), max_size=60),
    st.integers(min_value=10, max_value=60),
)
def test_cutting_markup_never_splits_an_entity(characters: list[str], limit: int) -> None:
    whole = escape("".join(characters)) + "<@U0ANA> <!date^1795269900^{time}|14:05 UTC>"
    shown = cut_markup(whole, limit)
    assert len(shown) <= limit
    rest = MARKUP.sub("", shown)
    assert not re.search(r"[<>&]", rest)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U0ANA>", "&lt;@U0ANA&gt;"),
        ("a & b", "a &amp; b"),
        ("*done*", "∗done∗"),
        ("_done_", "ˍdoneˍ"),
        ("my_load_balancer", "my_load_balancer"),
        ("one\nResolved by @ana", "one Resolved by @ana"),
        ("\u202egpj.exe", "gpj.exe"),
        ("@here and @Channel", "@\u2060here and @\u2060Channel"),
    ],
)
def test_what_people_and_aws_write_is_shown_as_text(hostile: str, shown: str) -> None:
    assert SLACK.text(hostile) == shown


def test_a_backtick_cannot_end_a_code_span() -> None:
    assert SLACK.code("a`b") == "`a'b`"


@pytest.mark.parametrize(
    ("ident", "shown"),
    [
        ("U0ANA", "<@U0ANA>"),
        ("S0INFRA", "<!subteam^S0INFRA>"),
        ("C0ALERTS", "<#C0ALERTS>"),
        ("channel", "@\u2060channel"),
        ("U0> <!channel>", "@U0&gt; &lt;!channel&gt;"),
    ],
)
def test_only_real_ids_become_mentions(ident: str, shown: str) -> None:
    assert SLACK.person(ident) == shown


def test_a_time_is_shown_in_each_readers_zone_and_in_utc_where_that_fails() -> None:
    at = datetime(2026, 11, 21, 14, 5, 9, tzinfo=UTC)
    assert SLACK.time(At(at=at)) == "<!date^1795269909^{time}|14:05 UTC>"
    assert SLACK.time(At(at=at, show="seconds")) == "<!date^1795269909^{time_secs}|14:05:09 UTC>"
    day = SLACK.time(At(at=at, show="day_time"))
    assert day == "<!date^1795269909^{date_short_pretty} {time}|2026-11-21 14:05 UTC>"


def test_a_message_escapes_its_values_and_keeps_its_own_words() -> None:
    message = say("*{name}* by {who}: {code}", name="<b>", who=Person(id="U0ANA"), code=Code(text="sg-1"))
    assert t(message, "en", SLACK) == "*&lt;b&gt;* by <@U0ANA>: `sg-1`"
