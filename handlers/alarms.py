"""/alb-incident alarm: the form of the alarm adviser, and what was chosen in it."""

from __future__ import annotations

import json
from typing import Any

from bot.advice import AdviceRequest
from bot.core.alarms.form import AlarmForm, Shape
from bot.core.errors import UserError
from bot.core.message import say
from bot.slack.blocks.alarm_form import THESE, alarm_modal
from handlers.asked import writer_for
from handlers.guard import Click
from handlers.submitted import Submitted


def open_alarm_form(click: Click, load_balancer: str, metric: str) -> None:
    """A name or a metric nobody knows is said at once, before a form is shown."""
    services, who = click.services, click.who
    lb, chosen = services.alarms.subject(load_balancer, metric)
    click.done()

    def make() -> dict[str, Any]:
        return alarm_modal(lb, chosen, load_balancer, who.channel, writer_for(services, who))

    click.open_view(make)


def alarm_asked(click: Click) -> None:
    """The view's id is the request's key: a form submitted twice is answered once."""
    view = click.body["view"]
    given, about = Submitted(view), json.loads(view["private_metadata"] or "{}")
    if not about.get("load_balancer"):
        raise UserError(say("This form is from an older version. Open it again."))
    request = AdviceRequest(
        team=click.who.team,
        channel=str(about["channel"]),
        user=click.who.user,
        load_balancer=str(about["load_balancer"]),
        metric=given.text("metric"),
        form=_form(given) if given.text("choice") == THESE else None,
    )
    click.services.alarms.ask(request, f"view:{view['id']}")


def _form(given: Submitted) -> AlarmForm:
    return AlarmForm(
        metric=given.text("metric"),
        statistic=given.text("statistic") or "Sum",
        period_s=given.number("period", 60),
        of=given.text("of"),
        shape=Shape(given.text("shape") or Shape.AT_LEAST),
        size=given.text("size"),
        excluded=given.text("excluded"),
        time_zone=given.text("time_zone"),
    )
