"""The alarm adviser's use cases on a real database: asked once, answered once, in three messages."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.advice import AdviceRequest, AlarmAdvice
from bot.core.alarms.form import form_of
from bot.core.alarms.natures import metric_of
from bot.core.alarms.proposals import default_plan
from bot.core.alarms.view import AdviceView
from bot.core.errors import UserError
from bot.core.evidence import Series
from bot.core.model import Unread, UnreadReason
from bot.i18n import t
from bot.store.unit import PostgresStore
from tests.incident_world import NOW, SHOP, FakeAlarmReader, FakeClock, a_request, incidents_on

METRIC = "TargetConnectionErrorCount"
REQUEST = AdviceRequest(team="T", channel="C", user="ana", load_balancer="shop-prod", metric=METRIC)


def series(name: str, *values: float) -> Series:
    metric = metric_of(SHOP, name, "Sum", 60)
    start = NOW.replace(hour=12, minute=0)
    points = tuple((start.replace(minute=i), value) for i, value in enumerate(values))
    return Series(**metric.model_dump(), points=points)


def advice_on(engine: Engine, reader: FakeAlarmReader | None = None) -> AlarmAdvice:
    incidents_on(engine)
    return AlarmAdvice(PostgresStore(engine), FakeClock(), reader or FakeAlarmReader())


def jobs(engine: Engine, task: str) -> list[dict[str, Any]]:
    with engine.begin() as connection:
        found = text("SELECT args FROM procrastinate_jobs WHERE task_name = :task ORDER BY id")
        return list(connection.scalars(found, {"task": task}))


def posted(engine: Engine) -> dict[str, dict[str, Any]]:
    """Payloads by part, in the order to show them."""
    with engine.begin() as connection:
        rows = connection.execute(
            text("SELECT key, payload FROM messages WHERE lane LIKE 'alarm%' ORDER BY position")
        ).all()
    return {row.key.split(":")[1]: row.payload for row in rows}


def refusal(request: AdviceRequest, advice: AlarmAdvice) -> str:
    with pytest.raises(UserError) as refused:
        advice.ask(request, "k")
    return t(refused.value.message, "en")


def test_asking_defers_one_job_that_posts_text_picture_and_code(engine: Engine) -> None:
    reader = FakeAlarmReader((), series(METRIC, 30, 30, 30, 30), series("RequestCount", 500, 500, 500, 500))
    advice = advice_on(engine, reader)
    advice.ask(REQUEST, "view:V1")
    (job,) = jobs(engine, "advise_alarm")
    advice.answer(**job)
    found = posted(engine)
    assert list(found) == ["text", "picture", "code"]
    view = AdviceView.model_validate(found["text"])
    assert view.advice.proposed.test is not None
    assert len(view.advice.proposed.test.firings) == 1
    assert {metric.name for metric in reader.asked} == {METRIC, "RequestCount"}


def test_a_job_that_runs_twice_posts_once(engine: Engine) -> None:
    advice = advice_on(engine)
    for _ in range(2):
        advice.answer(REQUEST.model_dump(mode="json"), "view:V1")
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM messages")) == 2


def test_what_cannot_be_read_leaves_the_proposal_without_figures(engine: Engine) -> None:
    reader = FakeAlarmReader(Unread(reason=UnreadReason.DENIED, action="cloudwatch:DescribeAlarms"))
    reader.unread = Unread(reason=UnreadReason.TIMEOUT, action="cloudwatch:GetMetricData")
    advice_on(engine, reader).answer(REQUEST.model_dump(mode="json"), "k")
    found = posted(engine)
    assert list(found) == ["text", "code"]
    view = AdviceView.model_validate(found["text"])
    assert view.advice.proposed.test is None
    assert [one.reason for one in view.unread] == [UnreadReason.DENIED, UnreadReason.TIMEOUT]


def test_incidents_of_the_load_balancer_are_what_is_known(engine: Engine) -> None:
    incidents_on(engine).open(a_request())
    advice = advice_on(engine, FakeAlarmReader((), series(METRIC, 30), series("RequestCount", 500)))
    advice.answer(REQUEST.model_dump(mode="json"), "k")
    view = AdviceView.model_validate(posted(engine)["text"])
    assert view.known == 1
    assert view.advice.proposed.test is not None
    assert [catch.incident.name for catch in view.advice.proposed.test.catches] == ["#1"]


def test_chosen_values_are_back_tested_as_they_are(engine: Engine) -> None:
    form = form_of(default_plan(SHOP, METRIC)).model_copy(update={"size": "77"})
    request = REQUEST.model_copy(update={"form": form})
    advice_on(engine).answer(request.model_dump(mode="json"), "k")
    plan = AdviceView.model_validate(posted(engine)["text"]).advice.proposed.plan
    assert plan.test.threshold == 77  # type: ignore[union-attr]


def test_impossible_requests_are_refused_before_any_job(engine: Engine) -> None:
    advice = advice_on(engine)
    wrong = form_of(default_plan(SHOP, METRIC)).model_copy(update={"of": "9 of 3"})
    assert "may not exceed" in refusal(REQUEST.model_copy(update={"form": wrong}), advice)
    assert "I give no advice" in refusal(REQUEST.model_copy(update={"metric": "Nope"}), advice)
    assert "shop-x" in refusal(REQUEST.model_copy(update={"load_balancer": "shop-x"}), advice)
    assert jobs(engine, "advise_alarm") == []


def test_the_main_metric_of_the_type_is_offered_when_none_is_named(engine: Engine) -> None:
    assert advice_on(engine).subject("shop-prod") == (SHOP, METRIC)
