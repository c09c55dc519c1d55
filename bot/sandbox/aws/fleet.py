"""Builds load balancers with instances, groups, rules and metrics: what scenarios are written with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from bot.sandbox.aws.alb_metrics import AlbMetrics
from bot.sandbox.aws.estate import Estate, InstanceWatch
from bot.sandbox.aws.host_metrics import HostLife, HostLoad, HostMetrics
from bot.sandbox.aws.http_traffic import HttpTraffic, Seat
from bot.sandbox.aws.network import Network, named, tag_specification
from bot.sandbox.aws.noise import Floats, Minutes
from bot.sandbox.aws.target_health import Registration
from bot.sandbox.aws.trail import TrailEvent

IMAGE = "ami-0b5f1c7e9a2d4c3f1"


@dataclass(frozen=True)
class Host:
    """An instance of a fleet."""

    instance_id: str
    name: str
    address: str
    zone: str
    life: HostLife = field(default_factory=HostLife, hash=False)


@dataclass(frozen=True)
class AlbSpec:
    """What to build. ``zones`` are letters, targets are dealt to them in turn; ports as registered."""

    name: str
    per_minute: float
    targets: int = 4
    zones: str = "ab"
    port: int = 8080
    check_port: int | None = None
    check_path: str = "/healthz"
    protocol: str = "HTTP"
    scheme: str = "internet-facing"
    team: str = "storefront"
    detailed: bool = True
    age_days: int = 41
    instance_type: str = "m6i.large"
    idle_timeout_s: int = 60
    deregistration_delay_s: int = 300
    traffic: dict[str, Any] = field(default_factory=dict)


@dataclass
class Alb:
    """A built Application Load Balancer. Dimension values are ARN tails; ``hosts`` in target order."""

    spec: AlbSpec
    arn: str
    group_arn: str
    lb_group_id: str
    app_group_id: str
    hosts: list[Host]
    traffic: HttpTraffic
    nodes: dict[str, str]

    @property
    def dimension(self) -> str:
        """Such as ``app/shop-prod/0a1b2c3d4e5f6071``."""
        return self.arn.split(":loadbalancer/")[1]

    @property
    def group_dimension(self) -> str:
        """Such as ``targetgroup/shop-prod/0f1e2d3c4b5a6978``."""
        return self.group_arn.rsplit(":", 1)[1]


class Fleet:
    """The building site: the estate being built, its network, and clients of the account."""

    def __init__(self, estate: Estate, network: Network, clients: Callable[[str], Any]) -> None:
        self.estate = estate
        self.network = network
        self.clients = clients
        self.albs: dict[str, Alb] = {}

    def alb(self, spec: AlbSpec) -> Alb:
        """An Application Load Balancer with one group, its instances, security groups and metrics."""
        lb_sg, app_sg = self._http_security_groups(spec)
        hosts = [
            self.host(f"{spec.name}-{i + 1}", spec, app_sg, spec.zones[i % len(spec.zones)])
            for i in range(spec.targets)
        ]
        arn = self._load_balancer(spec, lb_sg)
        group_arn = self._target_group(spec)
        self._listen(spec, arn, group_arn)
        for host in hosts:
            self.estate.targets.register(group_arn, Registration(host.instance_id, spec.port, host.zone))
        nodes = self.nodes(f"ELB {arn.split(':loadbalancer/')[1]}", spec.zones, [lb_sg])
        seats = [Seat(h.instance_id, h.address, spec.port, h.zone) for h in hosts]
        traffic = HttpTraffic(spec.name, seats, self.estate.seed, spec.per_minute, **spec.traffic)
        alb = Alb(spec, arn, group_arn, lb_sg, app_sg, hosts, traffic, nodes)
        AlbMetrics(traffic, self.estate.targets, alb.dimension, alb.group_dimension, group_arn).add_to(
            self.estate.metrics
        )
        for column, host in enumerate(hosts):
            self.watch(host, spec, HostLoad(*_load_of(traffic, column)))
        self.albs[spec.name] = alb
        return alb

    def host(self, name: str, spec: Any, security_group: str, letter: str) -> Host:
        """An instance that was launched ``spec.age_days`` before the anchor."""
        zone = self.network.zones[letter]
        address = zone.address(public=False)
        answer = self.clients("ec2").run_instances(
            ImageId=IMAGE,
            InstanceType=spec.instance_type,
            MinCount=1,
            MaxCount=1,
            SubnetId=zone.app_subnet,
            PrivateIpAddress=address,
            SecurityGroupIds=[security_group],
            Monitoring={"Enabled": spec.detailed},
            TagSpecifications=tag_specification("instance", name, team=spec.team),
        )
        instance_id = answer["Instances"][0]["InstanceId"]
        self.launched(instance_id, self.estate.anchor - timedelta(days=spec.age_days, minutes=7 * len(name)))
        self.estate.instances[instance_id] = InstanceWatch()
        return Host(instance_id, name, address, zone.name)

    def launched(self, instance_id: str, at: Any) -> None:
        """Set an instance's launch time."""
        instance = ec2_backends[self.estate.account_id][self.estate.region].get_instance(instance_id)
        instance.launch_time = at

    def watch(self, host: Host, spec: Any, load: HostLoad) -> None:
        """Publish the instance's AWS/EC2 metrics."""
        burstable = spec.instance_type.startswith("t")
        HostMetrics(host.instance_id, self.estate.seed, load, host.life, spec.detailed, burstable).add_to(
            self.estate.metrics
        )

    def nodes(self, description: str, letters: str, security_groups: list[str]) -> dict[str, str]:
        """The load balancer's own network interfaces, one per zone; their addresses by zone name."""
        addresses = {}
        ec2 = self.clients("ec2")
        store = ec2_backends[self.estate.account_id][self.estate.region]
        for letter in letters:
            zone = self.network.zones[letter]
            address = zone.address(public=True)
            made = ec2.create_network_interface(
                SubnetId=zone.public_subnet,
                PrivateIpAddress=address,
                Description=description,
                Groups=security_groups,
            )
            interface = store.enis[made["NetworkInterface"]["NetworkInterfaceId"]]
            interface.requester_managed = True
            interface.requester_id = "amazon-elb"
            interface.status = "in-use"
            addresses[zone.name] = address
        return addresses

    def security_group(self, name: str, description: str) -> str:
        """An empty security group of the VPC."""
        made = self.clients("ec2").create_security_group(
            GroupName=name,
            Description=description,
            VpcId=self.network.vpc_id,
            TagSpecifications=tag_specification("security-group", name),
        )
        return str(made["GroupId"])

    def allow(self, group_id: str, port: int, *, cidr: str | None = None, group: str | None = None) -> None:
        """Let tcp in on one port from a range or from another group."""
        rule: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
        if cidr:
            rule["IpRanges"] = [{"CidrIp": cidr}]
        if group:
            rule["UserIdGroupPairs"] = [{"GroupId": group, "UserId": self.estate.account_id}]
        self.clients("ec2").authorize_security_group_ingress(GroupId=group_id, IpPermissions=[rule])

    def happened(self, minutes: float, name: str, source: str, *, by: Any, **more: Any) -> TrailEvent:
        """A CloudTrail event this many minutes after the anchor (negative: before)."""
        return self.estate.trail.record(self.estate.at(minutes), name, source, by, **more)

    def _http_security_groups(self, spec: AlbSpec) -> tuple[str, str]:
        lb_sg = self.security_group(f"{spec.name}-lb", f"Load balancer of {spec.name}")
        app_sg = self.security_group(f"{spec.name}-web", f"Targets of {spec.name}")
        front = "0.0.0.0/0" if spec.scheme == "internet-facing" else "10.20.0.0/16"
        for port in (443, 80):
            self.allow(lb_sg, port, cidr=front)
        for port in dict.fromkeys((spec.port, spec.check_port or spec.port)):
            self.allow(app_sg, port, group=lb_sg)
        self.allow(app_sg, 22, cidr="10.20.0.0/24")
        return lb_sg, app_sg

    def _load_balancer(self, spec: AlbSpec, lb_sg: str) -> str:
        elbv2 = self.clients("elbv2")
        made = elbv2.create_load_balancer(
            Name=spec.name,
            Subnets=self.network.public_subnets(spec.zones),
            SecurityGroups=[lb_sg],
            Scheme=spec.scheme,
            Type="application",
            Tags=named(spec.name, team=spec.team, env="production"),
        )
        arn = str(made["LoadBalancers"][0]["LoadBalancerArn"])
        balancer = self._elbv2().load_balancers[arn]
        balancer.created_time = _created(self.estate, 200)
        balancer.attrs["idle_timeout.timeout_seconds"] = str(spec.idle_timeout_s)
        return arn

    def _target_group(self, spec: AlbSpec) -> str:
        made = self.clients("elbv2").create_target_group(
            Name=spec.name,
            Protocol=spec.protocol,
            ProtocolVersion="HTTP1",
            Port=spec.port,
            VpcId=self.network.vpc_id,
            HealthCheckProtocol="HTTP",
            HealthCheckPort=str(spec.check_port or "traffic-port"),
            HealthCheckPath=spec.check_path,
            HealthCheckIntervalSeconds=30,
            HealthCheckTimeoutSeconds=5,
            HealthyThresholdCount=5,
            UnhealthyThresholdCount=2,
            Matcher={"HttpCode": "200"},
            TargetType="instance",
            Tags=named(spec.name, team=spec.team),
        )
        arn = str(made["TargetGroups"][0]["TargetGroupArn"])
        attributes = self._elbv2().target_groups[arn].attributes
        attributes["deregistration_delay.timeout_seconds"] = str(spec.deregistration_delay_s)
        return arn

    def _listen(self, spec: AlbSpec, arn: str, group_arn: str) -> None:
        made = self.clients("elbv2").create_listener(
            LoadBalancerArn=arn,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group_arn}],
        )
        listener = self._elbv2().describe_listeners(None, [made["Listeners"][0]["ListenerArn"]])[0]
        account, region = self.estate.account_id, self.estate.region
        listener.protocol, listener.port = "HTTPS", 443
        listener.ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
        listener.certificate = (
            f"arn:aws:acm:{region}:{account}:certificate/7c1f0b52-0000-4000-8000-00000000a001"
        )
        listener.certificates = [listener.certificate]

    def _elbv2(self) -> Any:
        return elbv2_backends[self.estate.account_id][self.estate.region]


def _created(estate: Estate, days: int) -> str:
    return (estate.anchor - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _load_of(
    traffic: HttpTraffic, column: int
) -> tuple[Callable[[Minutes], Floats], Callable[[Minutes], Floats]]:
    return (
        lambda minutes: traffic.flow(minutes).cpu[:, column],
        lambda minutes: traffic.flow(minutes).reached[:, column],
    )
