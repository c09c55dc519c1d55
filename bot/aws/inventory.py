"""All load balancers of the configured Regions, and finding one by what a person typed."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from bot.aws.api import FILTER_VALUES, RegionApi, batches
from bot.aws.failures import ReadFailed
from bot.aws.sessions import AwsSessions
from bot.core.checks import unread_sentence
from bot.core.errors import UserError
from bot.core.message import say
from bot.core.model import LoadBalancer, LoadBalancerType, Unread, Zone
from bot.core.ports import InventoryReading

TAGS_PER_CALL = 20


class UnknownLoadBalancer(UserError):
    """No load balancer has this name, ARN or DNS name; `nearest` are names that look like it."""

    def __init__(self, text: str, nearest: tuple[str, ...]) -> None:
        unknown = say("There is no load balancer {name}.", name=text)
        close = say("There is no load balancer {name}. Did you mean one of these: {nearest}?", name=text)
        super().__init__(close.with_values(nearest=list(nearest)) if nearest else unknown)
        self.nearest = nearest


class NothingListed(UserError):
    """No load balancer could be listed at all: AWS was not reached, or refused."""


class AwsInventory:
    """Reads the list anew each time; keeping it for a while is the caller's business."""

    def __init__(self, sessions: AwsSessions) -> None:
        self._sessions = sessions

    def load_balancers(self) -> InventoryReading:
        """Application, Network and Classic load balancers by Region and name; the rest is unread.

        An unread's detail begins with the Region. Gateway load balancers are left out.
        """
        with ThreadPoolExecutor(max_workers=2 * len(self._sessions.regions)) as pool:
            apis = [RegionApi(self._sessions, region, pool) for region in self._sessions.regions]
            read_classic = partial(_read_classic, account=self._account)
            futures = [pool.submit(read, api) for api in apis for read in (_read_v2, read_classic)]
            readings = [future.result() for future in futures]
        found = [lb for lbs, _ in readings for lb in lbs]
        unread = tuple(dict.fromkeys(u for _, unreads in readings for u in unreads))
        return InventoryReading(
            load_balancers=tuple(sorted(found, key=lambda lb: (lb.region, lb.name, lb.type))), unread=unread
        )

    def _account(self) -> str:
        return self._sessions.identity().account

    def list_load_balancers(self) -> tuple[LoadBalancer, ...]:
        """What could be read; NothingListed when nothing could and something failed."""
        reading = self.load_balancers()
        if reading.unread and not reading.load_balancers:
            raise NothingListed(
                say("The load balancers could not be listed. {why}", why=unread_sentence(reading.unread[0]))
            )
        return reading.load_balancers

    def find(self, text: str) -> LoadBalancer:
        """By name, ARN or DNS name. UnknownLoadBalancer, or UserError when several have that name."""
        known = self.list_load_balancers()
        found = [lb for lb in known if _is(lb, text.strip())]
        if not found:
            raise UnknownLoadBalancer(text, nearest(text, (lb.name for lb in known)))
        if len(found) > 1:
            raise UserError(
                say("{n} load balancers are called {name}. Give the DNS name.", n=len(found), name=text)
            )
        return found[0]


def nearest(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Up to three names that look like `text`, the likeliest first."""
    by_lower = {name.lower(): name for name in sorted(names)}
    return tuple(by_lower[name] for name in difflib.get_close_matches(text.lower(), by_lower, n=3))


def _is(lb: LoadBalancer, text: str) -> bool:
    dns = text.lower().removesuffix(".").removeprefix("dualstack.")
    return text in {lb.name, lb.arn, lb.dimension} or dns == lb.dns_name.lower()


Part = tuple[list[LoadBalancer], list[Unread]]


def _read_v2(api: RegionApi) -> Part:
    try:
        everything = api.all("elbv2", "describe_load_balancers", "LoadBalancers")
    except ReadFailed as failed:
        return [], [_in_region(failed.unread, api.region)]
    raw = [lb for lb in everything if lb["Type"] in {"application", "network"}]
    arns = [lb["LoadBalancerArn"] for lb in raw]
    tags, unread = _tags(api, "elbv2", "ResourceArns", "ResourceArn", arns)
    return [load_balancer_v2(lb, api.region, tags.get(lb["LoadBalancerArn"], {})) for lb in raw], unread


def _read_classic(api: RegionApi, account: Callable[[], str]) -> Part:
    try:
        raw = api.all("elb", "describe_load_balancers", "LoadBalancerDescriptions")
    except ReadFailed as failed:
        return [], [_in_region(failed.unread, api.region)]
    if not raw:
        return [], []
    names = [lb["LoadBalancerName"] for lb in raw]
    tags, untagged = _tags(api, "elb", "LoadBalancerNames", "LoadBalancerName", names)
    zones, unzoned = _zones_of_subnets(api, {subnet for lb in raw for subnet in lb.get("Subnets", ())})
    return [
        load_balancer_classic(lb, api.region, account(), tags.get(lb["LoadBalancerName"], {}), zones)
        for lb in raw
    ], untagged + unzoned


def _zones_of_subnets(api: RegionApi, subnets: set[str]) -> tuple[dict[str, str], list[Unread]]:
    """Zone name by subnet id: a Classic load balancer's description lists both, but not which is where."""
    zones: dict[str, str] = {}
    try:
        for batch in batches(sorted(subnets), FILTER_VALUES):
            filters = [{"Name": "subnet-id", "Values": list(batch)}]
            for subnet in api.all("ec2", "describe_subnets", "Subnets", Filters=filters):
                zones[subnet["SubnetId"]] = subnet["AvailabilityZone"]
    except ReadFailed as failed:
        return zones, [_in_region(failed.unread, api.region)]
    return zones, []


def _tags(
    api: RegionApi, service: str, parameter: str, key: str, ids: list[str]
) -> tuple[dict[str, dict[str, str]], list[Unread]]:
    """Tags by id. A load balancer without readable tags is still a load balancer."""
    tags: dict[str, dict[str, str]] = {}
    try:
        for batch in batches(ids, TAGS_PER_CALL):
            answer = api.call(service, "describe_tags", **{parameter: list(batch)})
            for item in answer["TagDescriptions"]:
                tags[item[key]] = {tag["Key"]: tag.get("Value", "") for tag in item.get("Tags", ())}
    except ReadFailed as failed:
        return tags, [_in_region(failed.unread, api.region)]
    return tags, []


def _in_region(unread: Unread, region: str) -> Unread:
    return unread.model_copy(update={"detail": f"{region}: {unread.detail}"})


def load_balancer_v2(raw: Mapping[str, Any], region: str, tags: Mapping[str, str]) -> LoadBalancer:
    """An element of elbv2 DescribeLoadBalancers as a value."""
    arn = raw["LoadBalancerArn"]
    return LoadBalancer(
        name=raw["LoadBalancerName"],
        type=LoadBalancerType(raw["Type"]),
        arn=arn,
        dns_name=raw.get("DNSName", ""),
        region=region,
        account=arn.split(":")[4],
        dimension=arn.partition(":loadbalancer/")[2],
        vpc_id=raw.get("VpcId", ""),
        scheme=raw.get("Scheme", ""),
        state=raw.get("State", {}).get("Code", ""),
        ip_address_type=raw.get("IpAddressType", "ipv4"),
        zones=tuple(
            Zone(name=zone["ZoneName"], subnet_id=zone.get("SubnetId", ""))
            for zone in sorted(raw.get("AvailabilityZones", ()), key=lambda z: str(z["ZoneName"]))
        ),
        security_groups=tuple(raw.get("SecurityGroups", ())),
        tags=dict(tags),
    )


def load_balancer_classic(
    raw: Mapping[str, Any],
    region: str,
    account: str,
    tags: Mapping[str, str],
    zone_of_subnet: Mapping[str, str],
) -> LoadBalancer:
    """An element of elb DescribeLoadBalancers as a value. A zone whose subnet is not known has subnet ''."""
    subnets = {zone_of_subnet[id]: id for id in raw.get("Subnets", ()) if id in zone_of_subnet}
    return LoadBalancer(
        name=raw["LoadBalancerName"],
        type=LoadBalancerType.CLASSIC,
        dns_name=raw.get("DNSName", ""),
        region=region,
        account=account,
        dimension=raw["LoadBalancerName"],
        vpc_id=raw.get("VPCId", ""),
        scheme=raw.get("Scheme", ""),
        state="active",
        zones=tuple(
            Zone(name=zone, subnet_id=subnets.get(zone, ""))
            for zone in sorted({*raw.get("AvailabilityZones", ()), *subnets})
        ),
        security_groups=tuple(raw.get("SecurityGroups", ())),
        tags=dict(tags),
    )
