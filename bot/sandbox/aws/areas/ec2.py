"""EC2 where moto leaves things out: NACL default entries, status checks and scheduled events of instances."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends

from bot.sandbox.aws.estate import Estate, InstanceWatch
from bot.sandbox.aws.wire import Call

DEFAULT_DENY = 32767


def create_network_acl(estate: Estate, call: Call) -> dict[str, Any]:
    """moto's NACL with the final deny of both directions that AWS shows."""
    answer = call.forward()
    acl_id = answer["NetworkAcl"]["NetworkAclId"]
    for egress in (True, False):
        ec2_backends[call.account][call.region].create_network_acl_entry(
            network_acl_id=acl_id,
            rule_number=DEFAULT_DENY,
            protocol="-1",
            rule_action="deny",
            egress=egress,
            cidr_block="0.0.0.0/0",
            icmp_code=None,
            icmp_type=None,
            port_range_from=None,
            port_range_to=None,
            ipv6_cidr_block=None,
        )
        answer["NetworkAcl"].setdefault("Entries", []).append(
            {
                "CidrBlock": "0.0.0.0/0",
                "Egress": egress,
                "Protocol": "-1",
                "RuleAction": "deny",
                "RuleNumber": DEFAULT_DENY,
            }
        )
    return answer


def describe_instance_status(estate: Estate, call: Call) -> dict[str, Any]:
    """moto's statuses with the estate's impaired checks and scheduled events put in."""
    answer = call.forward()
    for status in answer.get("InstanceStatuses", []):
        watch = estate.instances.get(status["InstanceId"])
        if watch is not None and status.get("InstanceState", {}).get("Name") == "running":
            _put_in(status, watch)
    return answer


def _put_in(status: dict[str, Any], watch: InstanceWatch) -> None:
    for name, state in (("InstanceStatus", watch.instance_status), ("SystemStatus", watch.system_status)):
        passed = "passed" if state == "ok" else "initializing" if state == "initializing" else "failed"
        detail: dict[str, Any] = {"Name": "reachability", "Status": passed}
        if passed == "failed" and watch.impaired_since:
            detail["ImpairedSince"] = watch.impaired_since
        status[name] = {"Status": state, "Details": [detail]}
    if watch.events:
        status["Events"] = [dict(event) for event in watch.events]
