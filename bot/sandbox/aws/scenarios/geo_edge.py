"""geo-edge: one availability zone is impaired; AWS has shifted traffic away from it on its own."""

from __future__ import annotations

from bot.sandbox.aws.albs import AlbSpec, build_alb
from bot.sandbox.aws.estate import InstanceWatch
from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.http_traffic import Draft, Outcome
from bot.sandbox.aws.scenarios.scenario import Scenario

ALARM = -12
ONSET = ALARM - 3
IMPAIRED = (1, 4)
FOREVER = 10_000_000


def _impaired(draft: Draft) -> None:
    after = draft.between(ONSET)
    for seat in IMPAIRED:
        draft.share[after, seat, Outcome.CONNECT_TIMEOUT] = 0.45


def build(fleet: Fleet) -> None:
    """Six targets over three zones; the two in the second zone fail."""
    alb = build_alb(fleet, AlbSpec("geo-edge", per_minute=540, targets=6, zones="abc", team="geo"))
    alb.traffic.effects.append(_impaired)
    estate, zone = fleet.estate, f"{fleet.estate.region}b"
    for seat in IMPAIRED:
        host = alb.hosts[seat]
        host.life.system_failed.append((ONSET + 1, FOREVER))
        since = estate.at(ONSET + 1)
        estate.instances[host.instance_id] = InstanceWatch(system_status="impaired", impaired_since=since)
        estate.targets.change(
            alb.group_arn, host.instance_id, estate.at(ONSET + 2), "unhealthy", "Target.Timeout"
        )
    estate.autoshifts.append({"awayFrom": zone, "startTime": estate.at(ONSET + 6), "status": "ACTIVE"})
    kind = "AWS_EC2_OPERATIONAL_ISSUE"
    arn = f"arn:aws:health:{estate.region}::event/EC2/{kind}/{kind}_7c1f0b52"
    estate.health_events.append(
        {
            "arn": arn,
            "service": "EC2",
            "eventTypeCode": kind,
            "eventTypeCategory": "issue",
            "region": estate.region,
            "availabilityZone": zone,
            "startTime": estate.at(ONSET - 2),
            "lastUpdatedTime": estate.at(ONSET + 8),
            "statusCode": "open",
            "eventScopeCode": "PUBLIC",
            "description": "We are investigating connectivity issues in a single Availability Zone.",
            "entities": [alb.hosts[seat].instance_id for seat in IMPAIRED],
        }
    )


SCENARIO = Scenario(
    id="geo-edge",
    title="Availability zone impaired",
    card="geo-edge: TargetConnectionErrorCount above 10 in 3 of 3 minutes",
    load_balancer="geo-edge",
    alarm_minutes=ALARM,
    cause="zone_impairment",
    verdict="likely",
    why="DOMAIN.md section 10, H12: all errors in one of three zones (+3), EC2 status checks failing "
    "there (+2), active autoshift (+2). AWS Health says so too, where it is subscribed (H9).",
    build=build,
)
