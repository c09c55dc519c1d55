"""Starting the emulated account: quick, and the same every time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.sandbox.aws import Estate, SandboxAws

ANCHOR = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def identifiers(server: SandboxAws) -> dict[str, Any]:
    elbv2, ec2 = server.client("elbv2"), server.client("ec2")
    arns = [lb["LoadBalancerArn"] for lb in elbv2.describe_load_balancers()["LoadBalancers"]]
    listeners = [
        x["ListenerArn"] for arn in arns for x in elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    ]
    rules = [x["RuleArn"] for arn in listeners for x in elbv2.describe_rules(ListenerArn=arn)["Rules"]]
    instances = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    return {
        "load balancers": arns,
        "listeners": listeners,
        "rules": rules,
        "groups": sorted(g["GroupId"] for g in ec2.describe_security_groups()["SecurityGroups"]),
        "instances": [(i["InstanceId"], i["PrivateIpAddress"], i["LaunchTime"]) for i in instances],
        "interfaces": sorted(
            n["NetworkInterfaceId"] for n in ec2.describe_network_interfaces()["NetworkInterfaces"]
        ),
        "events": [e["EventId"] for e in server.client("cloudtrail").lookup_events()["Events"]],
    }


def built(seed: int) -> dict[str, Any]:
    clock = ANCHOR + timedelta(seconds=10)
    estate = Estate(
        ANCHOR, lambda: clock, seed=seed, account_id="111122220006", only=["shop-prod", "search-int"]
    )
    with SandboxAws(estate) as server:
        return identifiers(server)


def test_the_same_anchor_and_seed_give_the_same_identifiers() -> None:
    first = built(42)
    assert built(42) == first
    assert built(43)["instances"] != first["instances"]


def test_the_whole_estate_is_ready_within_four_seconds() -> None:
    started = time.process_time()  # other processes of the machine do not count
    with SandboxAws(Estate(ANCHOR, lambda: ANCHOR, account_id="111122220007")) as server:
        assert server.client("elbv2").describe_load_balancers()["LoadBalancers"]
        assert time.process_time() - started < 4
