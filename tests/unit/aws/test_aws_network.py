"""What the emulated account cannot show of networks, instances and Classic load balancers."""

from __future__ import annotations

from typing import Any

import pytest

from bot.aws.collector import Source
from bot.aws.collectors.instances import read_instance_statuses
from bot.aws.collectors.load_balancer import classic_health_check
from bot.aws.collectors.network import read_interfaces
from bot.aws.collectors.network_rules import acl, route_table, security_group
from bot.aws.failures import ReadFailed
from bot.core.evidence import TargetHealth
from bot.core.model import Unread, UnreadReason
from tests.evidence_builders import NOW, VPC, a_scope, a_target
from tests.unit.aws.canned_api import CannedApi

GONE, HERE = "i-0aaaaaaaaaaaaaaa1", "i-0bbbbbbbbbbbbbbb2"


def an_eni(id: str, vpc: str = VPC, device: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "NetworkInterfaceId": id,
        "VpcId": vpc,
        "SubnetId": "subnet-1",
        "Attachment": {"InstanceId": HERE, "DeviceIndex": device},
        "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.11.10"}],
        **more,
    }


def interfaces_of(found: list[dict[str, Any]], target: str) -> dict[str, str]:
    """Interface id by target id, when EC2 finds these for the target."""

    def answer(params: dict[str, Any]) -> list[dict[str, Any]]:
        about_targets = params["Filters"][0]["Name"] != "description"
        return [{"NetworkInterfaces": found if about_targets else []}]

    health = TargetHealth(read_at=NOW, targets=(a_target(target),))
    api = CannedApi(describe_network_interfaces=answer)
    read = read_interfaces(Source(api, a_scope(), {TargetHealth: health}, NOW))
    return {id: interface.id for id, interface in read.targets.items()}


def test_an_instance_is_reached_through_its_primary_interface() -> None:
    assert interfaces_of([an_eni("eni-2", device=1), an_eni("eni-1")], HERE) == {HERE: "eni-1"}


def test_an_address_in_two_vpcs_is_the_load_balancers_own() -> None:
    both = [an_eni("eni-else", vpc="vpc-else"), an_eni("eni-here")]
    assert interfaces_of(both, "10.0.11.10") == {"10.0.11.10": "eni-here"}


def test_an_address_that_cannot_be_told_from_another_is_left_out() -> None:
    both = [an_eni("eni-1", vpc="vpc-one"), an_eni("eni-2", vpc="vpc-two")]
    assert interfaces_of(both, "10.0.11.10") == {}


def test_an_address_of_another_account_is_left_out() -> None:
    assert interfaces_of([], "10.9.9.9") == {}


def test_a_function_has_no_interface() -> None:
    assert interfaces_of([], "arn:aws:lambda:eu-central-1:111122223333:function:f") == {}


def test_the_status_of_the_others_is_read_when_an_instance_is_gone() -> None:
    def answer(params: dict[str, Any]) -> list[dict[str, Any]]:
        if GONE in params["InstanceIds"]:
            words = f"The instance ID '{GONE}' does not exist"
            raise ReadFailed(Unread(reason=UnreadReason.NOT_FOUND, detail=words))
        return [{"InstanceStatuses": [{"InstanceId": id} for id in params["InstanceIds"]]}]

    health = TargetHealth(read_at=NOW, targets=(a_target(GONE), a_target(HERE)))
    source = Source(CannedApi(describe_instance_status=answer), a_scope(), {TargetHealth: health}, NOW)
    assert [status.id for status in read_instance_statuses(source).statuses] == [HERE]


def test_a_refused_status_is_not_taken_for_a_missing_instance() -> None:
    def answer(params: dict[str, Any]) -> list[dict[str, Any]]:
        raise ReadFailed(Unread(reason=UnreadReason.DENIED, detail="not authorized"))

    health = TargetHealth(read_at=NOW, targets=(a_target(HERE),))
    with pytest.raises(ReadFailed):
        read_instance_statuses(
            Source(CannedApi(describe_instance_status=answer), a_scope(), {TargetHealth: health}, NOW)
        )


def test_each_source_of_a_permission_is_a_rule() -> None:
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 90,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
        "UserIdGroupPairs": [{"GroupId": "sg-2", "PeeringStatus": "active"}],
    }
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group = security_group(
        {"GroupId": "sg-1", "IpPermissions": [permission], "IpPermissionsEgress": [everything]}
    )
    assert [(r.direction, r.cidr or r.group or r.prefix_list, r.from_port) for r in group.rules] == [
        ("ingress", "10.0.0.0/8", 80),
        ("ingress", "::/0", 80),
        ("ingress", "pl-1", 80),
        ("ingress", "sg-2", 80),
        ("egress", "0.0.0.0/0", None),
    ]
    assert group.rules[3].peering_status == "active"


def test_acl_entries_are_in_the_order_they_are_tried() -> None:
    def entry(number: int, egress: bool = False) -> dict[str, Any]:
        return {
            "RuleNumber": number,
            "Egress": egress,
            "RuleAction": "deny",
            "Protocol": "6",
            "CidrBlock": "0.0.0.0/0",
            "PortRange": {"From": 1, "To": 2},
        }

    read = acl({"NetworkAclId": "acl-1", "Entries": [entry(100, True), entry(32767), entry(90)]})
    assert [(e.egress, e.number, e.from_port, e.to_port) for e in read.entries] == [
        (False, 90, 1, 2),
        (False, 32767, 1, 2),
        (True, 100, 1, 2),
    ]


def test_a_route_shows_whatever_it_points_at() -> None:
    routes = [
        {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"},
        {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"},
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"},
    ]
    table = route_table({"RouteTableId": "rtb-1", "Routes": routes, "Associations": [{"Main": True}]})
    assert table.main
    assert [(r.destination, r.target, r.state) for r in table.routes] == [
        ("0.0.0.0/0", "nat-1", "blackhole"),
        ("::/0", "eigw-1", "active"),
        ("pl-1", "vpce-1", "active"),
    ]


@pytest.mark.parametrize(
    ("target", "protocol", "port", "path", "matcher"),
    [
        ("HTTP:8080/ping/deep", "HTTP", "8080", "/ping/deep", "200"),
        ("HTTPS:443/", "HTTPS", "443", "/", "200"),
        ("TCP:80", "TCP", "80", "", ""),
        ("SSL:443", "SSL", "443", "", ""),
    ],
)
def test_a_classic_health_check_is_taken_apart(
    target: str, protocol: str, port: str, path: str, matcher: str
) -> None:
    raw = {"Target": target, "Interval": 30, "Timeout": 5, "HealthyThreshold": 10, "UnhealthyThreshold": 2}
    check = classic_health_check(raw)
    assert (check.protocol, check.port, check.path, check.matcher) == (protocol, port, path, matcher)
