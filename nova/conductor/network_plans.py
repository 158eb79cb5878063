"""What nova-network and nova-dhcpbridge ask: what to serve on their host, and what became of leases.

A host is believed only about networks that it serves.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from oslo_config import cfg
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, or_, select, true, update

from nova.base.context import RequestContext
from nova.conductor import address_pool, floating_ranges, network_rows
from nova.conductor.db.tables import fixed_ips, floating_ips, instances, live, networks, virtual_interfaces
from nova.conductor.tasks.plan import Cloud
from nova.contracts.errors import HostNotServing, NotFound
from nova.contracts.network import DhcpHost, FloatingIp, HostNetworkPlan, ServedNetwork
from nova.contracts.network_agent import NetworkPlans

LOG = logging.getLogger(__name__)


class NetworkPlanEndpoint(NetworkPlans):
    """See the contract."""

    def __init__(self, cloud: Cloud) -> None:
        self._database, self._conf = cloud.database, cloud.conf

    def plan(self, context: RequestContext, *, host: str) -> HostNetworkPlan:
        """See NetworkPlans."""
        return self._database.read(lambda conn: plan_of(conn, self._conf, host))

    def leases(self, context: RequestContext, *, host: str, network_id: int) -> list[DhcpHost]:
        """See NetworkPlans."""

        def work(conn: Connection) -> list[DhcpHost]:
            row = conn.execute(select(networks).where(networks.c.id == network_id, live(networks))).first()
            if row is None:
                raise NotFound(what="Network", id=network_id)
            if not row.multi_host and row.host != host:
                raise HostNotServing(host=host, network=row.uuid)
            return _lines(conn, host, [row], fixed_ips.c.leased == true())[row.id]

        return self._database.read(work)

    def leased(self, context: RequestContext, *, host: str, mac: str, address: str) -> None:
        """See NetworkPlans. A lease of a card that does not have the address is ignored."""

        def work(conn: Connection) -> None:
            row = _held(conn, host, address)
            if row.mac == mac.lower():
                conn.execute(update(fixed_ips).where(fixed_ips.c.id == row.id).values(leased=True))
            else:
                LOG.warning("%s was leased to %s, which does not have it", address, mac)

        self._database.transaction(work, safe=True)

    def released(self, context: RequestContext, *, host: str, mac: str, address: str) -> None:
        """See NetworkPlans. The end of a lease from before another server got the address is ignored."""

        def work(conn: Connection) -> None:
            row = _held(conn, host, address)
            if row.mac is None or row.mac == mac.lower():
                address_pool.lease_ended(conn, row.id)

        self._database.transaction(work, safe=True)


def plan_of(conn: Connection, conf: cfg.ConfigOpts, host: str) -> HostNetworkPlan:
    """All that should be served on a host: its networks, and the multi-host ones of servers on it."""
    here = (
        select(virtual_interfaces.c.network_id)
        .join(instances, instances.c.uuid == virtual_interfaces.c.instance_uuid)
        .where(instances.c.host == host, live(instances))
    )
    own = and_(networks.c.multi_host == false(), networks.c.host == host)
    shared = and_(networks.c.multi_host == true(), networks.c.id.in_(here))
    query = select(networks).where(live(networks), or_(own, shared)).order_by(networks.c.id)
    return HostNetworkPlan(host=host, networks=served(conn, host, conn.execute(query).all()))


def served(conn: Connection, host: str, rows: Sequence[Row[Any]]) -> list[ServedNetwork]:
    """These networks as a host must serve them.

    The rows were read first: the lines may be newer than their generation says, never older.
    """
    lines = _lines(conn, host, rows)
    floating = _floating(conn, host, rows)
    return [
        ServedNetwork(
            network=network_rows.record(row),
            dhcp_address=address_pool.served_address(conn, row, host) or "",
            dhcp_hosts=lines[row.id],
            floating=floating[row.id],
            generation=row.dhcp_generation,
        )
        for row in rows
    ]


def _lines(
    conn: Connection, host: str, rows: Sequence[Row[Any]], *conditions: ColumnElement[bool]
) -> dict[int, list[DhcpHost]]:
    """The lines of DHCP of networks by their number, in one query."""
    first = virtual_interfaces.alias("first")
    earlier = select(first.c.id).where(
        first.c.instance_uuid == virtual_interfaces.c.instance_uuid, first.c.id < virtual_interfaces.c.id
    )
    query = (
        select(
            fixed_ips.c.network_id,
            fixed_ips.c.address,
            virtual_interfaces.c.address.label("mac"),
            virtual_interfaces.c.uuid.label("vif"),
            instances.c.uuid.label("server"),
            instances.c.hostname,
            earlier.exists().label("has_earlier"),
        )
        .join(virtual_interfaces, virtual_interfaces.c.id == fixed_ips.c.virtual_interface_id)
        .join(instances, instances.c.uuid == fixed_ips.c.instance_uuid)
        .where(fixed_ips.c.allocated == true(), *conditions)
        .order_by(fixed_ips.c.id)
    )
    found: dict[int, list[DhcpHost]] = defaultdict(list)
    for row in conn.execute(_of_host(query, host, rows)) if rows else ():
        line = DhcpHost(
            mac=row.mac,
            address=row.address,
            hostname=row.hostname or "",
            server=row.server,
            vif=row.vif,
            default_route=not row.has_earlier,
        )
        found[row.network_id].append(line)
    return found


def _floating(conn: Connection, host: str, rows: Sequence[Row[Any]]) -> dict[int, list[FloatingIp]]:
    found: dict[int, list[FloatingIp]] = defaultdict(list)
    query = floating_ranges.selection().join(instances, instances.c.uuid == fixed_ips.c.instance_uuid)
    query = query.order_by(floating_ips.c.id)
    for row in conn.execute(_of_host(query, host, rows)) if rows else ():
        found[row.network_id].append(floating_ranges.record(row))
    return found


def _of_host(query: Select[Any], host: str, rows: Sequence[Row[Any]]) -> Select[Any]:
    """Narrowed to the networks; on multi-host ones, to servers of this host."""
    alone = [row.id for row in rows if not row.multi_host]
    shared = [row.id for row in rows if row.multi_host]
    here = and_(fixed_ips.c.network_id.in_(shared), instances.c.host == host)
    return query.where(or_(fixed_ips.c.network_id.in_(alone), here))


def _held(conn: Connection, host: str, address: str) -> Any:
    """id and mac (None without interface) of an address that this host serves. NotFound, HostNotServing."""
    query = (
        select(
            fixed_ips.c.id,
            virtual_interfaces.c.address.label("mac"),
            networks.c.uuid.label("network"),
            networks.c.multi_host,
            networks.c.host.label("serving"),
            instances.c.host.label("running"),
        )
        .join(networks, networks.c.id == fixed_ips.c.network_id)
        .outerjoin(virtual_interfaces, virtual_interfaces.c.id == fixed_ips.c.virtual_interface_id)
        .outerjoin(instances, instances.c.uuid == fixed_ips.c.instance_uuid)
        .where(fixed_ips.c.address == address, live(networks))
    )
    rows = conn.execute(query).all()
    for row in rows:
        if host == (row.running if row.multi_host else row.serving):
            return row
    if not rows:
        raise NotFound(what="Fixed IP address", id=address)
    raise HostNotServing(host=host, network=rows[0].network)
