"""news-web: an alarm that fires on a single error: three in tens of thousands of requests."""

from __future__ import annotations

from bot.sandbox.aws.albs import AlbSpec, build_alb
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from bot.sandbox.aws.scenarios.scenario import Scenario
from bot.sandbox.aws.trail import Actor

ALARM = -10
BLIP = ALARM - 1
ERRORS = 3


def _blip(draft: Draft) -> None:
    once = draft.between(BLIP, BLIP + 1)
    each = draft.requests[once] / draft.weights.shape[1]
    draft.share[once, 2, Outcome.RETRIED] = (ERRORS + 0.02) / each


def build(fleet: Fleet) -> None:
    """A busy site; three connections failed and were retried with success."""
    alb = build_alb(
        fleet,
        AlbSpec(
            "news-web",
            per_minute=1_700,
            targets=5,
            zones="abc",
            team="news",
            alarmed=False,
            access_logs=False,
        ),
    )
    alb.traffic.effects.append(_blip)
    fleet.alarm(
        "news-web-connection-errors",
        "TargetConnectionErrorCount",
        alb.dims,
        threshold=0,
        periods=1,
        missing="missing",
        updated_days=1.1,
    )
    fleet.happened(
        -1.1 * 1440,
        "PutMetricAlarm",
        "monitoring",
        by=Actor("developer", "minh"),
        request={"alarmName": "news-web-connection-errors", "threshold": 0, "evaluationPeriods": 1},
    )


SCENARIO = Scenario(
    id="news-web",
    title="Alarm on a single error",
    card="news-web: TargetConnectionErrorCount above 0 in 1 minute",
    load_balancer="news-web",
    alarm_minutes=ALARM,
    cause="alarm_misconfigured",
    verdict="probable",
    why="DOMAIN.md section 10, H11: 3 errors in about 40,000 requests and no 5XX (+3), above 0 on "
    "one point (+3).",
    build=build,
)
