"""The building site: instances, interfaces, rules, alarms, logs and events that every fleet needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from moto.ec2.models import ec2_backends

from bot.sandbox.aws.app_logs import AppLogs
from bot.sandbox.aws.estate import Estate, InstanceWatch
from bot.sandbox.aws.host_metrics import HostLife, HostLoad, HostMetrics
from bot.sandbox.aws.http_traffic import HttpTraffic
from bot.sandbox.aws.network import Network, tag_specification
from bot.sandbox.aws.noise import Floats, Minutes
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


class Fleet:
    """The building site: the estate being built, its network, and clients of the account."""

    def __init__(self, estate: Estate, network: Network, clients: Callable[[str], Any]) -> None:
        self.estate = estate
        self.network = network
        self.clients = clients
        self.albs: dict[str, Any] = {}
        self.logs = AppLogs(estate.anchor)

    def host(self, name: str, spec: Any, security_group: str, letter: str) -> Host:
        """An instance that was launched ``spec.age_days`` before the anchor."""
        zone = self.network.zones[letter]
        address = zone.address(public=False)
        instance = self._run(name, spec, zone.app_subnet, address, security_group)
        instance.launch_time = self.estate.anchor - timedelta(days=spec.age_days, minutes=7 * len(name))
        instance_id = str(instance.id)
        self.estate.instances[instance_id] = InstanceWatch()
        return Host(instance_id, name, address, zone.name)

    def _run(self, name: str, spec: Any, subnet: str, address: str, security_group: str) -> Any:
        # Past HTTP and XML: an estate has dozens of instances, and starting has to be quick.
        return (
            ec2_backends[self.estate.account_id][self.estate.region]
            .run_instances(
                IMAGE,
                1,
                None,
                [],
                instance_type=spec.instance_type,
                is_instance_type_default=True,
                region_name=self.estate.region,
                subnet_id=subnet,
                private_ip=address,
                security_group_ids=[security_group],
                monitoring_state="enabled" if spec.detailed else "disabled",
                tags={"instance": {"Name": name, "team": spec.team}},
            )
            .instances[0]
        )

    def watch(self, host: Host, spec: Any, load: HostLoad) -> None:
        """Publish the instance's AWS/EC2 metrics."""
        burstable = spec.instance_type.startswith("t")
        HostMetrics(host.instance_id, self.estate.seed, load, host.life, spec.detailed, burstable).add_to(
            self.estate.metrics
        )

    def nodes(
        self, description: str, letters: str, security_groups: list[str], kind: str = "interface"
    ) -> dict[str, str]:
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
            interface.interface_type = kind
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

    def allow(self, group_id: str, *ports: int, cidr: str | None = None, group: str | None = None) -> None:
        """Let tcp in on these ports from a range or from another group."""
        source: dict[str, Any] = {"IpRanges": [{"CidrIp": cidr}]} if cidr else {}
        if group:
            source["UserIdGroupPairs"] = [{"GroupId": group, "UserId": self.estate.account_id}]
        rules = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source} for port in ports]
        self.clients("ec2").authorize_security_group_ingress(GroupId=group_id, IpPermissions=rules)

    def alarm(
        self,
        name: str,
        metric: str,
        dims: dict[str, str],
        *,
        namespace: str = "AWS/ApplicationELB",
        threshold: float,
        periods: int = 3,
        points: int | None = None,
        stat: str = "Sum",
        missing: str = "notBreaching",
        period_s: int = 60,
        comparison: str = "GreaterThanThreshold",
        updated_days: float = 63,
        actions: bool = True,
    ) -> None:
        """A metric alarm that notifies the team's topic; its state follows from the series."""
        topic = f"arn:aws:sns:{self.estate.region}:{self.estate.account_id}:on-call"
        statistic = {"ExtendedStatistic": stat} if stat.startswith("p") else {"Statistic": stat}
        self.estate.alarms.put(
            {
                "AlarmName": name,
                "AlarmDescription": f"{metric} of {name.split('-target')[0]}",
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": k, "Value": v} for k, v in dims.items()],
                **statistic,
                "Period": period_s,
                "EvaluationPeriods": periods,
                "DatapointsToAlarm": points or periods,
                "Threshold": float(threshold),
                "ComparisonOperator": comparison,
                "TreatMissingData": missing,
                "ActionsEnabled": actions,
                "AlarmActions": [topic],
                "OKActions": [topic],
            },
            self.estate.anchor - timedelta(days=updated_days),
            self.estate.anchor - timedelta(days=190),
        )

    def app_log(self, alb: Any, column: int, minute: float, text: str) -> None:
        """A line in the application log of one of the load balancer's hosts."""
        self.logs.say(f"/app/{alb.spec.name}", alb.hosts[column].name, self.estate.at(minute), text)

    def calm_logs(self, alb: Any, silent_after: dict[int, float] | None = None) -> None:
        """Ordinary lines for every host; a host (by column) may fall silent at a minute."""
        for column, host in enumerate(alb.hosts):
            end = (silent_after or {}).get(column)
            self.logs.calm(
                f"/app/{alb.spec.name}", host.name, until=None if end is None else self.estate.at(end)
            )

    def happened(self, minutes: float, name: str, source: str, *, by: Any, **more: Any) -> TrailEvent:
        """A CloudTrail event this many minutes after the anchor (negative: before)."""
        return self.estate.trail.record(self.estate.at(minutes), name, source, by, **more)


def created_at(estate: Estate, days: int) -> str:
    """moto's form of an instant this many days before the anchor."""
    return (estate.anchor - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def load_of(
    traffic: HttpTraffic, column: int
) -> tuple[Callable[[Minutes], Floats], Callable[[Minutes], Floats]]:
    """CPU and served requests of one target."""
    return (
        lambda minutes: traffic.flow(minutes).cpu[:, column],
        lambda minutes: traffic.flow(minutes).reached[:, column],
    )
