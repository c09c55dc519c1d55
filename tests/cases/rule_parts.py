"""Security groups and NACLs that are changed: some block the way to the targets, some do no harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox.aws.fleet import Fleet
from bot.sandbox.aws.network import associate_acl, open_acl
from bot.sandbox.aws.trail import Actor
from tests.cases.account_parts import TERRAFORM, Part, event, instance


def rule_revoked(minute: float | None, port: int, *, by: Actor = TERRAFORM) -> Part:
    """The targets' group no longer lets the load balancer in; `minute` None leaves no event."""

    def part(fleet: Fleet, built: Any) -> None:
        ec2, group = fleet.clients("ec2"), built.app_group_id
        held = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
        gone = [p for p in held if p.get("FromPort") == port]
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=gone)
        if minute is not None:
            event(
                fleet,
                minute,
                "RevokeSecurityGroupIngress",
                "ec2",
                {"groupId": group, "ipPermissions": {"items": [permission(port, "10.20.0.0/16")]}},
                (("AWS::EC2::SecurityGroup", group),),
                by=by,
            )

    return part


def group_edited(minute: float, group_of: Callable[[Fleet, Any], str], *, error: str = "") -> Part:
    """A rule for another port was added to a group: harmless."""

    def part(fleet: Fleet, built: Any) -> None:
        group = group_of(fleet, built)
        event(
            fleet,
            minute,
            "AuthorizeSecurityGroupIngress",
            "ec2",
            {"groupId": group, "ipPermissions": {"items": [permission(9100, "10.20.0.0/24")]}},
            (("AWS::EC2::SecurityGroup", group),),
            error=error,
        )

    return part


def permission(port: int, cidr: str) -> dict[str, Any]:
    """A rule as CloudTrail writes it."""
    ranges = {"items": [{"cidrIp": cidr}]}
    return {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "ipRanges": ranges}


def nacl_denies(minute: float, port: int, letters: str = "abc", *, answers: bool = False) -> Part:
    """A NACL of its own for the targets' subnets of these zones drops the port, or all answers to it."""

    def part(fleet: Fleet, built: Any) -> None:
        ec2 = fleet.clients("ec2")
        ports = (1024, 65535) if answers else (port, port)
        for letter in letters:
            subnet = fleet.network.zones[letter].app_subnet
            acl = _own_acl(fleet, subnet)
            ec2.create_network_acl_entry(
                NetworkAclId=acl,
                RuleNumber=50,
                Protocol="6",
                RuleAction="deny",
                Egress=answers,
                CidrBlock="10.20.0.0/20",
                PortRange={"From": ports[0], "To": ports[1]},
            )
            request = {
                "networkAclId": acl,
                "ruleNumber": 50,
                "egress": answers,
                "ruleAction": "deny",
                "cidrBlock": "10.20.0.0/20",
                "aclProtocol": "6",
                "portRange": {"from": ports[0], "to": ports[1]},
            }
            resource = (("AWS::EC2::NetworkAcl", acl),)
            event(fleet, minute, "CreateNetworkAclEntry", "ec2", request, resource, by=TERRAFORM)

    return part


def _own_acl(fleet: Fleet, subnet: str) -> str:
    ec2 = fleet.clients("ec2")
    acl = open_acl(ec2, fleet.network.vpc_id, f"app-{subnet[-4:]}")
    associate_acl(ec2, subnet, acl)
    return acl


def interface_moved(minute: float, seat: int) -> Part:
    """One instance got another security group, which lets nobody in."""

    def part(fleet: Fleet, built: Any) -> None:
        ec2, host = fleet.clients("ec2"), built.hosts[seat]
        other = fleet.security_group(f"quarantine-{host.name}", "Nobody gets in")
        found = ec2.describe_network_interfaces(
            Filters=[{"Name": "attachment.instance-id", "Values": [host.instance_id]}]
        )
        interface = found["NetworkInterfaces"][0]["NetworkInterfaceId"]
        ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[other])
        # moto shows an instance's own groups beside its interface's.
        instance(fleet, host.instance_id).security_groups = []
        event(
            fleet,
            minute,
            "ModifyNetworkInterfaceAttribute",
            "ec2",
            {"networkInterfaceId": interface, "groupSet": {"items": [{"groupId": other}]}},
            (("AWS::EC2::NetworkInterface", interface), ("AWS::EC2::SecurityGroup", other)),
            by=Actor("secops", "isolation"),
        )

    return part
