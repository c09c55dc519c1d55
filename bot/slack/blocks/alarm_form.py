"""The alarm form: which metric, and the values of its alarm, all adjustable."""

from __future__ import annotations

import json
from typing import Any

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement, StaticSelectElement
from slack_sdk.models.views import View

from bot.core.alarms.form import Shape, form_of
from bot.core.alarms.natures import metrics_of
from bot.core.alarms.proposals import default_plan
from bot.core.message import Message, say
from bot.core.model import LoadBalancer
from bot.slack.blocks import controls, inputs
from bot.slack.blocks.inputs import VALUE, labelled, option
from bot.slack.blocks.writer import Writer

PROPOSE, THESE = "propose", "these"


def alarm_modal(lb: LoadBalancer, metric: str, said: str, channel: str, write: Writer) -> dict[str, Any]:
    """Starts with the usual values of that metric. `said` is how the person named the load balancer."""
    start = form_of(default_plan(lb, metric))
    blocks: list[Block] = [
        _select(write, "metric", say("Metric"), [(name, name) for name in metrics_of(lb.type)], metric),
        inputs.choice(
            write,
            say("Values"),
            [
                option(write.label(say("Choose them by the last 14 days")), PROPOSE),
                option(write.label(say("Use those below")), THESE),
            ],
            PROPOSE,
        ),
        inputs.statistic(write, start.statistic),
        inputs.period(write, start.period_s),
        _short(write, "of", say("Breaching points"), start.of, say("3 of 5: M of N, as AWS calls it.")),
        _select(write, "shape", say("Compared with"), _shapes(write), start.shape),
        _short(write, "size", say("Width of the band, or threshold"), start.size),
        _short(
            write,
            "excluded",
            say("Not to be learnt from"),
            "",
            say("One range a line, UTC: 2026-11-20T08:00Z 2026-11-20T10:00Z"),
            lines=True,
        ),
        _short(write, "time_zone", say("Time zone of the band"), "", say("Like Europe/Berlin")),
    ]
    return View(
        type="modal",
        callback_id=controls.VIEW_ALARM,
        title=write.label(say("Alarm"), 24),
        submit=write.label(say("Back-test"), 24),
        close=write.label(say("Cancel"), 24),
        private_metadata=json.dumps({"channel": channel, "load_balancer": said}),
        blocks=blocks,
    ).to_dict()


def _shapes(write: Writer) -> list[tuple[str, str]]:
    names = {
        Shape.BAND_BOTH: say("Band, both sides"),
        Shape.BAND_UPPER: say("Band, above it only"),
        Shape.BAND_LOWER: say("Band, below it only"),
        Shape.AT_LEAST: say("Threshold, at least"),
        Shape.BELOW: say("Threshold, below"),
    }
    return [(write.label(name), str(shape)) for shape, name in names.items()]


def _select(
    write: Writer, name: str, label: Message, choices: list[tuple[str, str]], chosen: str
) -> InputBlock:
    options = [option(text, value) for text, value in choices]
    initial = next((one for one in options if one.value == chosen), None)
    return labelled(
        name, label, StaticSelectElement(action_id=VALUE, options=options, initial_option=initial), write
    )


def _short(
    write: Writer, name: str, label: Message, initial: str, hint: Message | None = None, lines: bool = False
) -> InputBlock:
    element = PlainTextInputElement(
        action_id=VALUE, initial_value=initial or None, max_length=1000, multiline=lines
    )
    return labelled(name, label, element, write, hint=hint, optional=not initial)
