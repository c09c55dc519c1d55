"""The ECS services that somebody changed: which target groups they stand behind."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from bot.aws.api import batches
from bot.aws.collector import Source
from bot.core.evidence import Change, Changes, EcsService, EcsServices

SERVICES_PER_CALL = 10
SOURCE = "ecs.amazonaws.com"


def read_ecs_services(source: Source) -> EcsServices:
    """Only services that an event names, so an account without deployments costs no call."""

    def services(asked: tuple[str, list[str]]) -> list[EcsService]:
        cluster, names = asked
        answer = source.api.call("ecs", "describe_services", cluster=cluster, services=names)
        return [service(raw) for raw in answer["services"] if raw.get("status") != "INACTIVE"]

    asked = [
        (cluster, list(batch))
        for cluster, names in _named(source[Changes].changes).items()
        for batch in batches(names, SERVICES_PER_CALL)
    ]
    found = {one.arn: one for some in source.api.each(services, asked) for one in some}
    return EcsServices(services=tuple(found[arn] for arn in sorted(found)))


def service(raw: Mapping[str, Any]) -> EcsService:
    """An element of DescribeServices."""
    behind = [lb.get("targetGroupArn") or lb.get("loadBalancerName") for lb in raw.get("loadBalancers", ())]
    return EcsService(
        arn=raw["serviceArn"],
        cluster=raw.get("clusterArn", "").rpartition("/")[2],
        name=raw["serviceName"],
        registers_with=tuple(dict.fromkeys(one for one in behind if one)),
    )


def _named(changes: Iterable[Change]) -> dict[str, list[str]]:
    """Service names by cluster, sorted; an event whose parameters were cut short names none."""
    found: dict[str, set[str]] = defaultdict(set)
    for change in changes:
        if change.service == SOURCE and not change.error:
            request = _request(change)
            if isinstance(name := request.get("service"), str):
                found[str(request.get("cluster") or "default")].add(name)
    return {cluster: sorted(found[cluster]) for cluster in sorted(found)}


def _request(change: Change) -> Mapping[str, Any]:
    try:
        request = json.loads(change.request or "{}")
    except ValueError:
        return {}
    return request if isinstance(request, Mapping) else {}
