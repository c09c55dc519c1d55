"""The evidence about a network joined into one value: who stands where, behind which rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.evidence import (
    Acl,
    Interface,
    Interfaces,
    NetworkAcls,
    RouteTable,
    RouteTables,
    Rule,
    SecurityGroup,
    SecurityGroups,
    Subnet,
    Subnets,
)
from bot.core.model import LoadBalancer
from bot.core.paths import acls
from bot.core.paths.acls import AclAnswer
from bot.core.paths.addresses import Interval, Range, cidr_range
from bot.core.paths.security_groups import PrefixLists, rules_for


@dataclass(frozen=True)
class Network:
    """Everything the predicates look up. Answers that many pairs share are computed once."""

    load_balancer: LoadBalancer
    interfaces: dict[str, Interface]
    nodes: dict[str, tuple[Interface, ...]]
    groups: dict[str, SecurityGroup]
    prefix_lists: PrefixLists
    acls: dict[str, Acl]
    tables: dict[str, RouteTable]
    main_tables: dict[str, RouteTable]
    subnets: dict[str, Subnet]
    _acl_answers: dict[tuple[str, bool, Range, Interval, int], AclAnswer] = field(default_factory=dict)
    _rules: dict[tuple[tuple[str, ...], str, int, int], tuple[Rule, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        load_balancer: LoadBalancer,
        interfaces: Interfaces,
        security_groups: SecurityGroups,
        network_acls: NetworkAcls,
        route_tables: RouteTables,
        subnets: Subnets,
    ) -> Network:
        """A subnet without its own association uses its VPC's main route table (AWS VPC guide)."""
        nodes: dict[str, tuple[Interface, ...]] = {}
        for node in interfaces.load_balancer:
            nodes[node.subnet_id] = (*nodes.get(node.subnet_id, ()), node)
        tables = route_tables.tables
        return cls(
            load_balancer=load_balancer,
            interfaces=interfaces.targets,
            nodes=nodes,
            groups={group.id: group for group in security_groups.groups},
            prefix_lists=security_groups.prefix_lists,
            acls={subnet: acl for acl in network_acls.acls for subnet in acl.subnet_ids},
            tables={subnet: table for table in tables for subnet in table.subnet_ids},
            main_tables={table.vpc_id: table for table in tables if table.main},
            subnets={subnet.id: subnet for subnet in subnets.subnets},
        )

    def table(self, subnet: Subnet) -> RouteTable | None:
        """The subnet's route table; None when it was not read."""
        return self.tables.get(subnet.id) or self.main_tables.get(subnet.vpc_id)

    def node_addresses(self, subnet_id: str, version: int) -> tuple[Range, ...]:
        """The load balancer's own addresses in a subnet, as far as its interfaces were found."""
        nodes = self.nodes.get(subnet_id, ())
        return tuple(cidr_range(a) for n in nodes for a in (n.private_ips if version == 4 else n.ipv6_ips))

    def unread_groups(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(i for i in ids if i not in self.groups)

    def rules(self, ids: tuple[str, ...], direction: str, protocol: int, port: int) -> tuple[Rule, ...]:
        """The rules of those groups, as far as they were read, that speak of the protocol and port."""
        key = (ids, direction, protocol, port)
        if key not in self._rules:
            known = [self.groups[i] for i in ids if i in self.groups]
            self._rules[key] = rules_for(known, direction, protocol, port)
        return self._rules[key]

    def acl_answer(
        self, acl: Acl, *, egress: bool, addresses: Range, ports: Interval, protocol: int
    ) -> AclAnswer:
        key = (acl.id, egress, addresses, ports, protocol)
        if key not in self._acl_answers:
            self._acl_answers[key] = acls.answer(
                acl, egress=egress, addresses=addresses, ports=ports, protocol=protocol
            )
        return self._acl_answers[key]
