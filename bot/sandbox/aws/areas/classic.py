"""Classic Load Balancers: DescribeInstanceHealth with the service's reason codes."""

from __future__ import annotations

from typing import Any

from moto.elb.models import elb_backends

from bot.sandbox.aws.errors import AwsError
from bot.sandbox.aws.estate import Estate
from bot.sandbox.aws.wire import Call


def describe_instance_health(estate: Estate, call: Call) -> dict[str, Any]:
    """State (InService, OutOfService), ReasonCode (ELB, Instance, N/A) and description of each instance."""
    name = call.params["LoadBalancerName"]
    balancer = elb_backends[call.account][call.region].load_balancers.get(name)
    if balancer is None:
        raise AwsError("LoadBalancerNotFound", f"There is no ACTIVE Load Balancer named '{name}'")
    known = {r.target_id: spell for r, spell in estate.classic_health.at(name, estate.now())}
    asked = [i["InstanceId"] for i in call.params.get("Instances") or []] or list(balancer.instance_ids)
    states = []
    for instance_id in asked:
        if instance_id not in balancer.instance_ids:
            raise AwsError("InvalidInstance", f"Could not find EC2 instance {instance_id}.")
        spell = known.get(instance_id)
        states.append(
            {
                "InstanceId": instance_id,
                "State": spell.state if spell else "InService",
                "ReasonCode": (spell.reason if spell else None) or "N/A",
                "Description": (spell.description if spell else None) or "N/A",
            }
        )
    return {"InstanceStates": states}
