"""What may reach servers: the rules of their groups, with references to groups resolved to addresses.

Everything is read in a fixed number of queries, however many servers, groups and rules there are.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Select, and_, bindparam, or_, select, true

from nova.base.context import RequestContext
from nova.conductor import network_rows
from nova.conductor.db import document
from nova.conductor.db.tables import (
    fixed_ips,
    instances,
    live,
    networks,
    security_group_instance_association,
    security_group_rules,
    security_groups,
    virtual_interfaces,
)
from nova.conductor.tasks.plan import Cloud
from nova.contracts.compute import Compute
from nova.contracts.network import Filters, Rule, Vif

_members = security_group_instance_association
_rules = security_group_rules
# Made once: every look at a server needs it.
_NAMES = (
    select(_members.c.instance_uuid, security_groups.c.name)
    .join(security_groups, security_groups.c.id == _members.c.security_group_id)
    .where(_members.c.instance_uuid.in_(bindparam("these", expanding=True)))
    .order_by(security_groups.c.name)
)


def rules_of(conn: Connection, server_uuids: Sequence[str]) -> dict[str, list[Rule]]:
    """The rules of each server, in a stable order; a server in no group has none. At most three queries."""
    groups: dict[str, list[int]] = {uuid: [] for uuid in server_uuids}
    membership = select(_members.c.instance_uuid, _members.c.security_group_id)
    query = membership.where(_members.c.instance_uuid.in_(server_uuids)).order_by(_members.c.security_group_id)
    for server, group in conn.execute(query) if server_uuids else ():
        groups[server].append(group)
    of_group = _rules_of_groups(conn, {group for found in groups.values() for group in found})
    return {server: [rule for group in found for rule in of_group[group]] for server, found in groups.items()}


def group_names(conn: Connection, server_uuids: Sequence[str]) -> dict[str, list[str]]:
    """The names of each server's groups, in alphabetic order, in one query."""
    found: dict[str, list[str]] = {uuid: [] for uuid in server_uuids}
    for server, name in conn.execute(_NAMES, {"these": list(server_uuids)}):
        found[server].append(name)
    return found


def filters_of(conn: Connection, server_uuids: Sequence[str]) -> dict[str, Filters]:
    """The packet filters of these servers, of those that live. At most four queries."""
    if not server_uuids:
        return {}
    query = select(instances.c.uuid, instances.c.id, instances.c.network_info)
    rows = conn.execute(query.where(instances.c.uuid.in_(server_uuids), live(instances))).all()
    rules = rules_of(conn, [row.uuid for row in rows])
    return {
        row.uuid: Filters(
            server=row.uuid,
            number=row.id,
            vifs=document.load(row.network_info, list[Vif]) or [],
            rules=rules[row.uuid],
        )
        for row in rows
    }


def members_of(conn: Connection, group_ids: Iterable[int]) -> list[tuple[str, str]]:
    """(server, host) of the groups' members that are on a host: those whose filters the groups' own rules make."""
    return _on_hosts(conn, select(_members.c.instance_uuid).where(_members.c.security_group_id.in_(list(group_ids))))


def referring_to(conn: Connection, group_ids: Iterable[int]) -> list[tuple[str, str]]:
    """(server, host) of the members of groups whose rules let the members of these groups in."""
    return _on_hosts(conn, _admitting().where(_rules.c.group_id.in_(list(group_ids))))


def refresh(cloud: Cloud, context: RequestContext, servers: Iterable[tuple[str, str]]) -> None:
    """Have the filters of these (server, host) pairs brought up to date: one message a host."""
    by_host: dict[str, list[str]] = defaultdict(list)
    for server, host in servers:
        by_host[host].append(server)
    if not by_host:
        return
    every = [server for found in by_host.values() for server in found]
    filters = cloud.database.read(lambda conn: filters_of(conn, every))
    for host, found in sorted(by_host.items()):
        wanted = [filters[server] for server in found if server in filters]
        cloud.bus.client(Compute, host=host).apply_filters(context, filters=wanted)


def refresh_after_membership(cloud: Cloud, context: RequestContext, server: str) -> None:
    """The server got or lost its addresses: let it in, or no longer, where rules name a group of its.

    For tasks, after `addresses.tell_agents` and before the server leaves its groups. Asks nobody when no rule names
    one of its groups.
    """

    def admitting(conn: Connection) -> list[tuple[str, str]]:
        mine = select(_members.c.security_group_id).where(_members.c.instance_uuid == server)
        others = _admitting().where(_rules.c.group_id.in_(mine), _members.c.instance_uuid != server)
        return _on_hosts(conn, others)

    refresh(cloud, context, cloud.database.read(admitting))


def _admitting() -> Select[tuple[str]]:
    """Servers in groups with rules, to be narrowed by what the rules say."""
    return select(_members.c.instance_uuid).join(_rules, _rules.c.parent_group_id == _members.c.security_group_id)


def _on_hosts(conn: Connection, servers: Select[tuple[str]]) -> list[tuple[str, str]]:
    query = (
        select(instances.c.uuid, instances.c.host)
        .where(instances.c.uuid.in_(servers), live(instances), instances.c.host.is_not(None))
        .order_by(instances.c.id)
    )
    return [(row.uuid, row.host) for row in conn.execute(query)]


def _rules_of_groups(conn: Connection, groups: set[int]) -> dict[int, list[Rule]]:
    found: dict[int, list[Rule]] = defaultdict(list)
    if not groups:
        return found
    rows = conn.execute(select(_rules).where(_rules.c.parent_group_id.in_(groups)).order_by(_rules.c.id)).all()
    ranges = _ranges_of_members(conn, {row.group_id for row in rows if row.group_id is not None})
    for row in rows:
        # A rule that names a group is nothing while the group has no members.
        cidrs = ranges.get(row.group_id, []) if row.group_id is not None else [row.cidr] if row.cidr else []
        if cidrs:
            found[row.parent_group_id].append(
                Rule(protocol=row.protocol, from_port=row.from_port, to_port=row.to_port, cidrs=cidrs)
            )
    return found


def _ranges_of_members(conn: Connection, groups: set[int]) -> dict[int, list[str]]:
    """The members' addresses as ranges of one, sorted."""
    if not groups:
        return {}
    holds = and_(fixed_ips.c.virtual_interface_id == virtual_interfaces.c.id, fixed_ips.c.allocated == true())
    query = (
        select(_members.c.security_group_id, fixed_ips.c.address, virtual_interfaces.c.address, networks.c.cidr_v6)
        .join(virtual_interfaces, virtual_interfaces.c.instance_uuid == _members.c.instance_uuid)
        .join(networks, networks.c.id == virtual_interfaces.c.network_id)
        .outerjoin(fixed_ips, holds)
        # An interface whose address was given back no longer counts, also not with the other family's.
        .where(_members.c.security_group_id.in_(groups), or_(fixed_ips.c.id.is_not(None), networks.c.cidr.is_(None)))
    )
    found: dict[int, set[str]] = defaultdict(set)
    for group, address, mac, cidr_v6 in conn.execute(query):
        found[group].update(_ranges(address, mac, cidr_v6))
    return {group: sorted(ranges, key=_numerically) for group, ranges in found.items()}


def _ranges(address: str | None, mac: str, cidr_v6: str | None) -> Iterable[str]:
    if address is not None:
        yield f"{address}/32"
    if cidr_v6 is not None:
        yield f"{network_rows.address_v6(cidr_v6, mac)}/128"


def _numerically(cidr: str) -> tuple[int, int]:
    network = ipaddress.ip_network(cidr)
    return network.version, int(network.network_address)
