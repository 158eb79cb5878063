"""Networks and floating ranges as operators make them and projects see them."""

from __future__ import annotations

import ipaddress
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from nova.base.context import RequestContext
from nova.conductor import floating_ranges, network_cuts, network_plans, network_rows, quotas
from nova.conductor.db import paging
from nova.conductor.db.engine import now
from nova.conductor.db.tables import clock, fixed_ips, live, networks, virtual_interfaces
from nova.conductor.tasks.plan import Cloud
from nova.contracts.cloud_network import CloudNetworks, NewNetworks
from nova.contracts.errors import AlreadyExists, BadRequest, Conflict, NotFound
from nova.contracts.network import FloatingIp, Network
from nova.contracts.network_agent import NetworkAgent
from nova.contracts.record import Page

CHANGEABLE = frozenset({"project_id", "host"})
_CHUNK = 5000


class NetworkEndpoint(CloudNetworks):
    """See the contract."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud, self._database, self._conf = cloud, cloud.database, cloud.conf

    def find(self, context: RequestContext, *, page: Page) -> list[Network]:
        """See CloudNetworks."""

        def work(conn: Connection) -> list[Network]:
            after = None if page.marker is None else [_marker(conn, context, page.marker)]
            query = paging.page(_seen_by(context), [(networks.c.id, "asc")], page.limit, after)
            return [network_rows.record(row) for row in conn.execute(query)]

        return self._database.read(work)

    def get(self, context: RequestContext, *, id: str) -> Network:
        """See CloudNetworks."""
        return self._database.read(lambda conn: network_rows.record(_require(conn, context, id)))

    def create(self, context: RequestContext, *, wish: NewNetworks) -> list[Network]:
        """See CloudNetworks."""
        try:
            return self._database.transaction(lambda conn: self._create(conn, wish))
        except IntegrityError as error:
            raise AlreadyExists(what="Network", id=wish.uuid or wish.label) from error

    def modify(self, context: RequestContext, *, id: str, fields: dict[str, str | None]) -> Network:
        """See CloudNetworks. The hosts it leaves and comes to are told."""
        if unknown := sorted(fields.keys() - CHANGEABLE):
            raise BadRequest(reason=f"A network's {', '.join(unknown)} cannot be changed.")

        def work(conn: Connection) -> tuple[Row[Any], Row[Any]]:
            before = _require(conn, context, id)
            grown = {"dhcp_generation": networks.c.dhcp_generation + 1}
            conn.execute(update(networks).where(networks.c.id == before.id).values(**fields, **grown))
            return before, _require(conn, context, id)

        before, after = self._database.transaction(work)
        if before.host != after.host and before.host is not None:
            self._agent(before.host).forget(context, network=network_rows.record(before))
        if after.host is not None and not after.multi_host:
            served = self._database.read(lambda conn: network_plans.served(conn, after.host, [after]))
            self._agent(after.host).apply(context, served=served[0])
        return network_rows.record(after)

    def delete(self, context: RequestContext, *, id: str) -> None:
        """See CloudNetworks. The host that serves it takes it away."""
        gone = self._database.transaction(lambda conn: _delete(conn, context, id))
        if gone.host is not None:
            self._agent(gone.host).forget(context, network=gone)

    def create_floating(
        self, context: RequestContext, *, ip_range: str, pool: str, interface: str | None
    ) -> list[FloatingIp]:
        """See CloudNetworks."""
        return self._database.transaction(lambda conn: floating_ranges.create(conn, ip_range, pool, interface))

    def delete_floating(self, context: RequestContext, *, ip_range: str) -> int:
        """See CloudNetworks."""
        return self._database.transaction(lambda conn: floating_ranges.delete_range(conn, ip_range))

    def find_floating(self, context: RequestContext, *, page: Page, host: str | None = None) -> list[FloatingIp]:
        """See CloudNetworks. The marker is an address."""
        return self._database.read(lambda conn: floating_ranges.find(conn, page, host))

    def _create(self, conn: Connection, wish: NewNetworks) -> list[Network]:
        # Whoever makes networks looks at all there are: one at a time.
        quotas.lock(conn, "networks")
        made = network_cuts.cut(wish, _taken(conn), self._conf.cnt_vpn_clients)
        moment = now(conn)
        for network in made:
            key = conn.execute(insert(networks).values(**network.row)).inserted_primary_key
            assert key is not None
            rows = [
                {"network_id": key[0], "address": address, "reserved": reserved, "updated_at": moment}
                for address, reserved in network.addresses
            ]
            for start in range(0, len(rows), _CHUNK):
                conn.execute(insert(fixed_ips), rows[start : start + _CHUNK])
        uuids = [network.row["uuid"] for network in made]
        query = select(networks).where(networks.c.uuid.in_(uuids)).order_by(networks.c.id)
        return [network_rows.record(row) for row in conn.execute(query)]

    def _agent(self, host: str) -> NetworkAgent:
        return self._cloud.bus.client(NetworkAgent, host=host)


def _seen_by(context: RequestContext) -> Select[Any]:
    return select(networks).where(live(networks), network_rows.visible(context))


def _require(conn: Connection, context: RequestContext, id: str) -> Row[Any]:
    row = conn.execute(_seen_by(context).where(_called(id))).first()
    if row is None:
        raise NotFound(what="Network", id=id)
    return row


def _called(id: str) -> Any:
    """A network by its uuid or its number."""
    number = int(id) if id.isascii() and id.isdigit() and len(id) < 10 else None
    return networks.c.uuid == id if number is None else or_(networks.c.uuid == id, networks.c.id == number)


def _marker(conn: Connection, context: RequestContext, marker: str) -> int:
    try:
        return int(_require(conn, context, marker).id)
    except NotFound as error:
        raise paging.no_marker(marker) from error


def _taken(conn: Connection) -> network_cuts.Taken:
    rows = conn.execute(select(networks.c.cidr, networks.c.cidr_v6, networks.c.vlan).where(live(networks))).all()
    return network_cuts.Taken(
        v4=[ipaddress.IPv4Network(row.cidr) for row in rows if row.cidr],
        v6=[ipaddress.IPv6Network(row.cidr_v6) for row in rows if row.cidr_v6],
        vlans=frozenset(row.vlan for row in rows if row.vlan is not None),
    )


def _delete(conn: Connection, context: RequestContext, id: str) -> Network:
    row = _require(conn, context, id)
    mine = fixed_ips.c.network_id == row.id
    # Deleting only what is not allocated waits for servers that just get an address, and leaves theirs.
    conn.execute(delete(fixed_ips).where(mine, fixed_ips.c.allocated.is_not(true())))
    left = select(func.count()).select_from(fixed_ips).where(mine).scalar_subquery()
    vifs = select(func.count()).where(virtual_interfaces.c.network_id == row.id).scalar_subquery()
    if conn.execute(select(left + vifs)).scalar_one():
        raise Conflict(reason=f"Network {row.uuid} is still in use.")
    gone = {"deleted": networks.c.id, "deleted_at": clock()}
    conn.execute(update(networks).where(networks.c.id == row.id).values(**gone))
    return network_rows.record(row)
