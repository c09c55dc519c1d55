"""What a digest says: changes first, the quiet in one line, and nothing unread taken for quiet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.digest import DayCount, DigestReading, LoadBalancerDay
from bot.core.digest_view import DigestView, Trend, compose
from bot.core.model import LoadBalancer, LoadBalancerType, Unread, UnreadReason, Window
from bot.i18n import t

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
DENIED = Unread(reason=UnreadReason.DENIED, action="cloudwatch:GetMetricData")
NONE = DayCount(total=0)


def a_day(name: str, **changes: object) -> LoadBalancerDay:
    load_balancer = LoadBalancer(
        name=name,
        type=LoadBalancerType.APPLICATION,
        arn=f"arn:{name}",
        region="eu-west-1",
        account="1",
        dimension=f"app/{name}/1",
    )
    values: dict[str, object] = {
        "load_balancer": load_balancer,
        "errors": NONE,
        "errors_before": NONE,
        "server_errors": NONE,
        "server_errors_before": NONE,
        "targets": 6,
        "unhealthy": (),
        "alarms_on": (),
    }
    return LoadBalancerDay.model_validate({**values, **changes})


def a_reading(*days: LoadBalancerDay, unread: Unread | None = None) -> DigestReading:
    return DigestReading(
        window=Window(start=NOW - timedelta(days=1), end=NOW), read_at=NOW, days=days, unread=unread
    )


def digest(*days: LoadBalancerDay, last: tuple[LoadBalancerDay, ...] = ()) -> DigestView:
    return compose([a_reading(*days)], [a_reading(*last)] if last else [], NOW)


def said(view: DigestView) -> list[str]:
    return [
        f"{line.trend} {line.name}: {', '.join(t(part, 'en') for part in line.parts)}" for line in view.lines
    ]


def test_a_quiet_night_is_one_line_of_names() -> None:
    view = digest(a_day("b"), a_day("a"))
    assert (view.watched, view.lines, view.quiet) == (2, (), ("a", "b"))


@pytest.mark.parametrize(
    ("now", "before", "sentence"),
    [
        (312, 2, "worse x: connection errors: 312, the day before 2"),
        (300, 310, "still x: connection errors: still 300, the day before 310"),
        (100, 310, "better x: connection errors: down to 100 from 310"),
        (0, 310, "better x: connection errors: down to 0 from 310"),
    ],
)
def test_a_count_is_told_beside_the_day_before(now: int, before: int, sentence: str) -> None:
    day = a_day("x", errors=DayCount(total=now), errors_before=DayCount(total=before))
    assert said(digest(day)) == [sentence]


def test_a_few_server_errors_are_noise() -> None:
    assert digest(a_day("x", server_errors=DayCount(total=9))).quiet == ("x",)


def test_what_got_worse_stands_first() -> None:
    view = digest(
        a_day("better", errors_before=DayCount(total=5)),
        a_day("worse", alarms_on=("shop-errors",)),
    )
    assert [line.trend for line in view.lines] == [Trend.WORSE, Trend.BETTER]


def test_an_unread_part_is_told_once_for_all_and_its_load_balancers_are_not_quiet() -> None:
    view = digest(a_day("a", errors=DENIED), a_day("b", errors=DENIED), a_day("c"))
    assert view.quiet == ("c",)
    assert [t(message, "en") for message in view.unread] == [
        "Not allowed: cloudwatch:GetMetricData. Unknown for 2 load balancers: a, b"
    ]


def test_a_metric_without_figures_is_not_quiet() -> None:
    view = digest(a_day("a", errors=DayCount(total=None)))
    assert view.quiet == ()
    assert [t(message, "en") for message in view.unread] == [
        "No figures from CloudWatch for 1 load balancer: a"
    ]


def test_new_and_deleted_load_balancers_are_told() -> None:
    view = digest(a_day("new"), a_day("kept"), last=(a_day("kept"), a_day("old")))
    assert said(view) == [
        "changed new: new since the last digest",
        "changed old: deleted since the last digest",
    ]


def test_nothing_is_called_deleted_when_a_place_could_not_be_listed() -> None:
    view = compose([a_reading(unread=DENIED)], [a_reading(a_day("old"))], NOW)
    assert view.lines == ()
    assert t(view.unread[0], "en") == "Load balancers not listed. Not allowed: cloudwatch:GetMetricData."


def a_network_day(now: int, before: int) -> LoadBalancerDay:
    day = a_day("edge-tcp", errors=DayCount(total=now), errors_before=DayCount(total=before))
    network = day.load_balancer.model_copy(update={"type": LoadBalancerType.NETWORK})
    no_such = Unread(reason=UnreadReason.NOT_APPLICABLE, detail="5xx answers of a Network Load Balancer")
    return day.model_copy(
        update={"load_balancer": network, "server_errors": no_such, "server_errors_before": no_such}
    )


def test_resets_at_their_usual_level_are_quiet() -> None:
    view = digest(a_network_day(8_676, 8_629))
    assert (view.lines, view.unread, view.quiet) == ((), (), ("edge-tcp",))


def test_resets_that_doubled_are_news_and_resets_that_halved_are_no_good_news() -> None:
    assert [line.trend for line in digest(a_network_day(20_000, 8_629)).lines] == [Trend.WORSE]
    assert [line.trend for line in digest(a_network_day(3_000, 8_629)).lines] == [Trend.CHANGED]


def test_of_many_unhealthy_targets_only_the_first_are_named() -> None:
    day = a_day("x", unhealthy=("i-1 (Target.Timeout)", "i-2 (Target.Timeout)", "i-3", "i-4"))
    expected = "worse x: 4 of 6 targets unhealthy: i-1 (Target.Timeout), i-2 (Target.Timeout), … and 2 more"
    assert said(digest(day)) == [expected]
