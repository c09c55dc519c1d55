"""The instances behind the targets: their state, status checks and scheduled events."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from bot.aws.api import FILTER_VALUES, batches, utc
from bot.aws.collector import Source
from bot.aws.failures import ReadFailed
from bot.core.evidence import (
    Instance,
    Instances,
    InstanceStatus,
    InstanceStatuses,
    ScheduledEvent,
    TargetHealth,
)

STATUSES_PER_CALL = 100


def read_instances(source: Source) -> Instances:
    """Instances registered by id. One that is gone for good is absent."""

    def instances(ids: Sequence[str]) -> list[Instance]:
        filters = [{"Name": "instance-id", "Values": list(ids)}]
        reservations = source.api.all("ec2", "describe_instances", "Reservations", Filters=filters)
        return [instance(raw) for r in reservations for raw in r["Instances"]]

    read = source.api.each(instances, batches(instance_ids(source), FILTER_VALUES))
    return Instances(instances=tuple(sorted((i for some in read for i in some), key=lambda i: i.id)))


def read_instance_statuses(source: Source) -> InstanceStatuses:
    """Status checks and scheduled events, also of instances that are not running."""

    def statuses(ids: Sequence[str]) -> list[InstanceStatus]:
        return [instance_status(raw) for raw in _statuses(source, list(ids))]

    read = source.api.each(statuses, batches(instance_ids(source), STATUSES_PER_CALL))
    return InstanceStatuses(statuses=tuple(sorted((s for some in read for s in some), key=lambda s: s.id)))


def instance_ids(source: Source) -> list[str]:
    """Ids of the targets that are instances, sorted."""
    return sorted({target.id for target in source[TargetHealth].targets if target.id.startswith("i-")})


def _statuses(source: Source, ids: list[str]) -> list[dict[str, Any]]:
    """This call has no filter by id and fails for an id that is gone: it is asked again without those."""
    if not ids:
        return []
    try:
        return source.api.all(
            "ec2", "describe_instance_status", "InstanceStatuses", InstanceIds=ids, IncludeAllInstances=True
        )
    except ReadFailed as failed:
        gone = set(re.findall(r"i-[0-9a-f]+", failed.unread.detail)) & set(ids)
        if not gone:
            raise
    return _statuses(source, [id for id in ids if id not in gone])


def instance(raw: Mapping[str, Any]) -> Instance:
    """An instance of DescribeInstances. `state_reason` prefers the transition's words: they hold its time."""
    tags = {tag["Key"]: tag["Value"] for tag in raw.get("Tags", ())}
    return Instance(
        id=raw["InstanceId"],
        state=raw["State"]["Name"],
        state_reason=raw.get("StateTransitionReason") or raw.get("StateReason", {}).get("Message", ""),
        launched_at=raw["LaunchTime"].astimezone(UTC),
        instance_type=raw["InstanceType"],
        zone=raw.get("Placement", {}).get("AvailabilityZone", ""),
        detailed_monitoring=raw.get("Monitoring", {}).get("State") == "enabled",
        auto_scaling_group=tags.get("aws:autoscaling:groupName", ""),
        tags=tags,
    )


def instance_status(raw: Mapping[str, Any]) -> InstanceStatus:
    """An element of DescribeInstanceStatus."""
    return InstanceStatus(
        id=raw["InstanceId"],
        system=raw.get("SystemStatus", {}).get("Status", ""),
        instance=raw.get("InstanceStatus", {}).get("Status", ""),
        events=tuple(
            ScheduledEvent(
                code=event["Code"],
                description=event.get("Description", ""),
                not_before=utc(event.get("NotBefore")),
                not_after=utc(event.get("NotAfter")),
            )
            for event in raw.get("Events", ())
        ),
    )
