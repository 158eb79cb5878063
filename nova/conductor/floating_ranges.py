"""Ranges of public addresses: put into pools, taken out, listed."""

from __future__ import annotations

import ipaddress
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, or_, select
from sqlalchemy.exc import IntegrityError

from nova.conductor.db import paging
from nova.conductor.db.tables import fixed_ips, floating_ips
from nova.contracts.errors import AlreadyExists, BadRequest, Conflict
from nova.contracts.network import FloatingIp
from nova.contracts.record import Page

MOST = 1 << 16
_CHUNK = 1000


def create(conn: Connection, ip_range: str, pool: str, interface: str | None) -> list[FloatingIp]:
    """Add the hosts of a range to a pool. AlreadyExists names one that is there."""
    if not 1 <= len(pool) <= 255:
        raise BadRequest(reason="A pool's name has between 1 and 255 characters.")
    addresses = hosts_of(ip_range)
    for part in _parts(addresses):
        there = conn.execute(select(floating_ips.c.address).where(floating_ips.c.address.in_(part)).limit(1)).scalar()
        if there is not None:
            raise _there(there)
    rows = [{"address": address, "pool": pool, "interface": interface} for address in addresses]
    try:
        for start in range(0, len(rows), _CHUNK):
            conn.execute(insert(floating_ips), rows[start : start + _CHUNK])
    except IntegrityError as error:
        raise _there(ip_range) from error
    return [FloatingIp(address=address, pool=pool, interface=interface) for address in addresses]


def delete_range(conn: Connection, ip_range: str) -> int:
    """Take the hosts of a range out; answers how many were there. Conflict names one in use."""
    count = 0
    for part in _parts(hosts_of(ip_range)):
        inside = floating_ips.c.address.in_(part)
        busy = or_(floating_ips.c.project_id.is_not(None), floating_ips.c.fixed_ip_id.is_not(None))
        count += conn.execute(delete(floating_ips).where(inside, ~busy)).rowcount
        left = conn.execute(select(floating_ips.c.address).where(inside).limit(1)).scalar()
        if left is not None:
            raise Conflict(reason=f"Floating IP {left} is in use.")
    return count


def find(conn: Connection, page: Page, host: str | None) -> list[FloatingIp]:
    """One page in the order they were made; with `host` only those it serves. The marker is an address."""
    after = None
    if page.marker is not None:
        after = [conn.execute(select(floating_ips.c.id).where(floating_ips.c.address == page.marker)).scalar()]
        if after[0] is None:
            raise paging.no_marker(page.marker)
    query = selection()
    if host is not None:
        query = query.where(floating_ips.c.host == host)
    rows = conn.execute(paging.page(query, [(floating_ips.c.id, "asc")], page.limit, after))
    return [record(row) for row in rows]


def selection() -> Select[Any]:
    """Floating addresses beside the fixed ones they lead to."""
    fixed = (fixed_ips.c.address.label("fixed_address"), fixed_ips.c.instance_uuid, fixed_ips.c.network_id)
    return select(floating_ips, *fixed).outerjoin(fixed_ips, fixed_ips.c.id == floating_ips.c.fixed_ip_id)


def record(row: Any) -> FloatingIp:
    """A row of `selection`."""
    return FloatingIp(
        address=row.address,
        pool=row.pool or "",
        interface=row.interface,
        project_id=row.project_id,
        fixed_address=row.fixed_address,
        server=row.instance_uuid,
    )


def hosts_of(ip_range: str) -> list[str]:
    """The addresses of a range that hosts may have; a single address is a range too. BadRequest."""
    try:
        network = ipaddress.ip_network(ip_range, strict=False)
    except ValueError as error:
        raise BadRequest(reason=f"Invalid IP range {ip_range}.") from error
    if network.num_addresses > MOST:
        raise BadRequest(reason=f"The range {ip_range} is too large: at most {MOST} addresses at once.")
    return [str(address) for address in network.hosts()]


def _parts(addresses: list[str]) -> list[list[str]]:
    return [addresses[start : start + _CHUNK] for start in range(0, len(addresses), _CHUNK)]


def _there(address: str) -> AlreadyExists:
    return AlreadyExists(what="Floating IP", id=address)
