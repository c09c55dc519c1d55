"""pay-edge: the process of one target died; its health check goes to another port that still answers."""

from __future__ import annotations

from bot.sandbox.aws.albs import AlbSpec, build_alb
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from bot.sandbox.aws.scenarios.scenario import Scenario
from bot.sandbox.aws.trail import Actor

ALARM = -10
ONSET = ALARM - 3
DEAD = 2


def _dead_process(draft: Draft) -> None:
    after = draft.between(ONSET)
    draft.share[after, DEAD, :] = 0.0
    draft.share[after, DEAD, Outcome.REFUSED] = 1.0


def build(fleet: Fleet) -> None:
    """Four targets, all healthy by a check port that belongs to a side process."""
    alb = build_alb(
        fleet,
        AlbSpec(
            "pay-edge",
            per_minute=300,
            targets=4,
            zones="ab",
            check_port=8081,
            check_path="/live",
            team="payments",
        ),
    )
    alb.traffic.effects.append(_dead_process)
    fleet.calm_logs(alb, {DEAD: ONSET})
    fleet.app_log(alb, DEAD, ONSET, "Out of memory: Killed process 2214 (java), total-vm:6127044kB")
    fleet.happened(
        ONSET - 9,
        "PutParameter",
        "ssm",
        by=Actor("ci-build", "pipeline-7790"),
        request={"name": "/reports/feature-flags", "type": "String", "overwrite": True},
    )


SCENARIO = Scenario(
    id="pay-edge",
    title="Process died on one target",
    card="pay-edge: TargetConnectionErrorCount above 10 in 3 of 3 minutes",
    load_balancer="pay-edge",
    alarm_minutes=ALARM,
    cause="target_not_listening",
    verdict="probable",
    why="DOMAIN.md section 10, H2: 502 refusal triples (+3) on one target only (+2), the check port 8081 is "
    "not the traffic port and targets are healthy (+1): 6; the path is open, which speaks against H3.",
    build=build,
)
