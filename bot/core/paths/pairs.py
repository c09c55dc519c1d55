"""Which pairs of load-balancer subnet and target port exist, and who the target sees as the sender."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.evidence import (
    Interface,
    Listeners,
    LoadBalancerAttributes,
    Subnet,
    Target,
    TargetGroup,
    TargetGroupAttributes,
)
from bot.core.model import LoadBalancer, LoadBalancerType, Unread, Zone
from bot.core.paths.addresses import Range, cidr_range, without
from bot.core.paths.flow import SenderKind, Senders
from bot.core.paths.network import Network
from bot.core.paths.verdicts import Purpose

CROSS_ZONE = "load_balancing.cross_zone.enabled"
CLASSIC_CROSS_ZONE = "CrossZoneLoadBalancing.Enabled"
KEEPS_CLIENT_IP = "preserve_client_ip.enabled"
TCP, UDP = 6, 17


NOT_ON_THE_INTERNET = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
)
"""Private, local and multicast addresses (IANA special-purpose registry)."""


@dataclass(frozen=True)
class Settings:
    """What decides which pairs exist, beyond groups and targets; each may be unread."""

    group_attributes: TargetGroupAttributes | Unread
    load_balancer_attributes: LoadBalancerAttributes | Unread
    listeners: Listeners | Unread

    def of_group(self, arn: str) -> Mapping[str, str] | None:
        """The group's attributes; None when they were not read."""
        if isinstance(self.group_attributes, Unread):
            return None
        return self.group_attributes.by_group.get(arn)


@dataclass(frozen=True)
class Registration:
    """A target in its group, where it was found. `zone` is '' when unknown, `all` outside the VPC.

    An `ip` target is its address; an instance has its primary interface's first one. `address` and
    `interface` are None when not found in this account.
    """

    group: TargetGroup
    target: Target
    interface: Interface | None
    address: Range | None
    zone: str

    @classmethod
    def of(cls, network: Network, group: TargetGroup, target: Target) -> Registration:
        interface = network.interfaces.get(target.id)
        subnet = network.subnets.get(interface.subnet_id) if interface else None
        zone = target.zone or (subnet.zone if subnet else "")
        return cls(group, target, interface, _address(group, target, interface), zone)


@dataclass(frozen=True)
class Connection:
    """A port the load balancer opens connections to, and what for."""

    purpose: Purpose
    protocol: int
    port: int


def connections(registration: Registration, settings: Settings) -> Iterator[Connection]:
    """Traffic and health-check connections to a target. Health checks are always TCP."""
    group, target = registration.group, registration.target
    ports = traffic_ports(group, target, settings)
    for port in ports:
        for protocol in _protocols(group.protocol):
            yield Connection(Purpose.TRAFFIC, protocol, port)
    if group.health_check.enabled:
        yield Connection(Purpose.CHECK, TCP, check_port(group, target, ports[0]))


def check_port(group: TargetGroup, target: Target, traffic_port: int) -> int:
    """The port that is checked: the target's own, else the group's; `traffic-port` follows the traffic."""
    for port in (target.health_port, group.health_check.port):
        if port.isdecimal():
            return int(port)
    return traffic_port


def is_sent_to(
    load_balancer: LoadBalancer, settings: Settings, zone: Zone, registration: Registration
) -> bool | None:
    """Whether the node in `zone` sends to that target; None when unknown.

    With cross-zone off a node keeps to its own zone; targets outside the VPC (`all`) belong to every zone.
    """
    if registration.zone in ("all", zone.name):
        return True
    crossing = crosses_zones(load_balancer, settings, registration.group.arn)
    if crossing is False and not registration.zone:
        return None
    return crossing


def crosses_zones(load_balancer: LoadBalancer, settings: Settings, group: str) -> bool | None:
    """Application: on unless the group overrides it. Network, Classic: as configured, off by default."""
    attributes = settings.of_group(group)
    own = (attributes or {}).get(CROSS_ZONE)
    if own in ("true", "false"):
        return own == "true"
    if attributes is None and load_balancer.type is not LoadBalancerType.CLASSIC:
        return None
    if load_balancer.type is LoadBalancerType.APPLICATION:
        return True
    if isinstance(settings.load_balancer_attributes, Unread):
        return None
    key = CLASSIC_CROSS_ZONE if load_balancer.type is LoadBalancerType.CLASSIC else CROSS_ZONE
    return settings.load_balancer_attributes.attributes.get(key, "false") == "true"


def keeps_client_ip(load_balancer: LoadBalancer, settings: Settings, group: TargetGroup) -> bool | None:
    """Whether targets see the clients' addresses; None when unread (NLB guide, "Client IP preservation")."""
    if load_balancer.type is not LoadBalancerType.NETWORK or group.target_type == "alb":
        return False
    if UDP in _protocols(group.protocol):
        return True
    attributes = settings.of_group(group.arn)
    if attributes is None:
        return None
    default = "true" if group.target_type == "instance" else "false"
    return attributes.get(KEEPS_CLIENT_IP, default) == "true"


def possible_senders(
    network: Network, settings: Settings, group: TargetGroup, subnet: Subnet, purpose: Purpose
) -> list[Senders]:
    """Who the target may see; two when it is unread whether the client IP is kept.

    Empty when the subnet has no addresses of the group's IP version.
    """
    version = 6 if group.ip_address_type == "ipv6" else 4
    cidr = subnet.ipv6_cidr if version == 6 else subnet.cidr
    if not cidr:
        return []
    groups = network.load_balancer.security_groups
    fixed = network.load_balancer.type is LoadBalancerType.NETWORK
    kind = SenderKind.FIXED_NODES if fixed else SenderKind.MOVING_NODES
    nodes = Senders(kind, cidr_range(cidr), network.node_addresses(subnet.id, version), groups)
    clients = _clients(network.load_balancer, version)
    kept = keeps_client_ip(network.load_balancer, settings, group) if purpose is Purpose.TRAFFIC else False
    if kept is None:
        return [nodes, clients]
    return [clients] if kept else [nodes]


def _clients(load_balancer: LoadBalancer, version: int) -> Senders:
    """Everyone; for an internet-facing load balancer over IPv4, everyone with a public address."""
    everyone = cidr_range("::/0" if version == 6 else "0.0.0.0/0")
    known: tuple[Range, ...] = ()
    if load_balancer.scheme == "internet-facing" and version == 4:
        known = without(everyone, map(cidr_range, NOT_ON_THE_INTERNET))
    return Senders(SenderKind.CLIENTS, everyone, known, load_balancer.security_groups)


def _address(group: TargetGroup, target: Target, interface: Interface | None) -> Range | None:
    if group.target_type == "ip":
        return cidr_range(target.id)
    if interface is None:
        return None
    found = interface.ipv6_ips if group.ip_address_type == "ipv6" else interface.private_ips
    return cidr_range(found[0]) if found else None


def traffic_ports(group: TargetGroup, target: Target, settings: Settings) -> list[int]:
    """Classic: the instance ports of its listeners. Otherwise the registered port, else the group's."""
    if not group.arn and not isinstance(settings.listeners, Unread):
        ports = sorted({li.instance_port for li in settings.listeners.listeners if li.instance_port})
        if ports:
            return ports
    return [target.port or group.port]


def _protocols(protocol: str) -> tuple[int, ...]:
    match protocol:
        case "UDP" | "QUIC":
            return (UDP,)
        case "TCP_UDP" | "TCP_QUIC":
            return (TCP, UDP)
        case _:
            return (TCP,)
