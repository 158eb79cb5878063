"""Fixed addresses as operators see them."""

from __future__ import annotations

from sqlalchemy import Connection, and_, select, update

from nova.base.context import RequestContext
from nova.conductor.db import paging
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import fixed_ips, instances, live, networks
from nova.contracts.cloud_network import FixedIps, FixedIpUse
from nova.contracts.errors import Forbidden, NotFound
from nova.contracts.record import Page


class FixedIpEndpoint(FixedIps):
    """What the conductor tells about fixed addresses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, context: RequestContext, *, page: Page, host: str | None = None) -> list[FixedIpUse]:
        """In the order they were made."""
        _check_admin(context)
        return self._database.read(lambda conn: find(conn, page, host))

    def reserve(self, context: RequestContext, *, address: str, reserved: bool) -> None:
        """Who has it keeps it: only the next server does not get it."""
        _check_admin(context)
        change = update(fixed_ips).where(fixed_ips.c.address == address).values(reserved=reserved)

        def work(conn: Connection) -> None:
            if not conn.execute(change).rowcount:
                raise NotFound(what="Fixed IP", id=address)

        self._database.transaction(work, safe=True)


def find(conn: Connection, page: Page, host: str | None) -> list[FixedIpUse]:
    """One page, in one query (two with a marker)."""
    ips = fixed_ips.c
    query = (
        select(
            ips.address,
            networks.c.label,
            ips.instance_uuid,
            instances.c.hostname,
            instances.c.host,
            ips.allocated,
            ips.leased,
            ips.reserved,
        )
        .join(networks, networks.c.id == ips.network_id)
        .outerjoin(instances, and_(instances.c.uuid == ips.instance_uuid, live(instances)))
    )
    if host is not None:
        query = query.where(instances.c.host == host)
    after = None
    if page.marker is not None:
        number = conn.execute(select(ips.id).where(ips.address == page.marker).limit(1)).scalar()
        if number is None:
            raise paging.no_marker(page.marker)
        after = [number]
    return [
        FixedIpUse(
            address=row.address,
            network=row.label or "",
            server=row.instance_uuid,
            hostname=row.hostname,
            host=row.host,
            allocated=row.allocated,
            leased=row.leased,
            reserved=row.reserved,
        )
        for row in conn.execute(paging.page(query, [(ips.id, "asc")], page.limit, after))
    ]


def _check_admin(context: RequestContext) -> None:
    if not context.is_admin:
        raise Forbidden(reason="Fixed addresses are shown to administrators.")
