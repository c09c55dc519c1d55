"""Listing and finding load balancers in the emulated account."""

from __future__ import annotations

import pytest

from bot.aws.inventory import AwsInventory, UnknownLoadBalancer
from bot.aws.sessions import AwsSessions
from bot.core.errors import UserError
from bot.core.model import LoadBalancerType, UnreadReason
from bot.sandbox.aws.estate import REGION
from bot.sandbox.aws.server import SandboxAws


@pytest.fixture
def inventory(sessions: AwsSessions) -> AwsInventory:
    return AwsInventory(sessions)


def test_all_three_types_are_listed_with_zones_and_tags(inventory: AwsInventory) -> None:
    by_name = {lb.name: lb for lb in inventory.list_load_balancers()}
    shop, edge, legacy = by_name["shop-prod"], by_name["edge-tcp"], by_name["legacy-web"]
    assert (shop.type, edge.type, legacy.type) == (
        LoadBalancerType.APPLICATION,
        LoadBalancerType.NETWORK,
        LoadBalancerType.CLASSIC,
    )
    assert shop.dimension.startswith("app/shop-prod/")
    assert edge.dimension.startswith("net/edge-tcp/")
    assert legacy.dimension == "legacy-web"
    assert shop.tags["team"] == "storefront"
    for lb in by_name.values():
        assert lb.account
        assert all(zone.name.startswith(REGION) and zone.subnet_id for zone in lb.zones), lb.name


def test_a_load_balancer_is_found_by_name_arn_and_dns_name_in_any_case(inventory: AwsInventory) -> None:
    shop = inventory.find("shop-prod")
    assert inventory.find(f" {shop.arn} ") == shop
    assert inventory.find(shop.dns_name.upper()) == shop
    assert inventory.find(f"dualstack.{shop.dns_name}.") == shop


def test_a_mistyped_name_brings_up_the_nearest(inventory: AwsInventory) -> None:
    with pytest.raises(UnknownLoadBalancer, match="Did you mean") as caught:
        inventory.find("shop-prd")
    assert caught.value.nearest[0] == "shop-prod"


def test_a_name_like_nothing_brings_up_nothing(inventory: AwsInventory) -> None:
    with pytest.raises(UnknownLoadBalancer) as caught:
        inventory.find("zzzzzzzz")
    assert caught.value.nearest == ()


def test_a_region_that_cannot_be_listed_is_unread_beside_the_others(
    aws: SandboxAws, inventory: AwsInventory
) -> None:
    aws.faults.add("elasticloadbalancing:DescribeLoadBalancers", "deny", times=1)
    reading = inventory.load_balancers()
    assert reading.load_balancers
    assert [u.reason for u in reading.unread] == [UnreadReason.DENIED]
    assert reading.unread[0].detail.startswith(f"{REGION}: ")


def test_nothing_listed_at_all_says_why(aws: SandboxAws, inventory: AwsInventory) -> None:
    aws.faults.add("elasticloadbalancing:DescribeLoadBalancers", "deny")
    with pytest.raises(UserError, match="could not be listed"):
        inventory.find("shop-prod")


def test_unreadable_tags_do_not_hide_a_load_balancer(aws: SandboxAws, inventory: AwsInventory) -> None:
    aws.faults.add("elasticloadbalancing:DescribeTags", "deny")
    reading = inventory.load_balancers()
    assert "shop-prod" in {lb.name for lb in reading.load_balancers}
    assert {u.action for u in reading.unread} == {"elasticloadbalancing:DescribeTags"}
