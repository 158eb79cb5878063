"""Fixed addresses taken and given back.

An address is free when it is attached to no server. It is given out once it has rested: nova-api-metadata tells whoever
has it for some seconds what the server was told that had it before. Given back while a guest may still hold its lease,
it stays attached but is no longer allocated: it becomes free when dnsmasq says that the lease ended, or after a time.
"""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, false, select, true, update

from nova.conductor.db.engine import now
from nova.conductor.db.tables import clock, fixed_ips, floating_ips, networks, virtual_interfaces
from nova.contracts.errors import AddressesRest, BadRequest, NoMoreAddresses

_BATCH = 500
_columns = fixed_ips.c
_IDLE = and_(_columns.allocated == false(), _columns.reserved == false())
_FREE = and_(_IDLE, _columns.instance_uuid.is_(None))
_RESTING = (_columns.id, _columns.created_at, _columns.updated_at, clock().label("at"))


def pick(conn: Connection, network: int, label: str, rested: float = 0.0) -> tuple[int, str]:
    """Lock the free address of a network that was longest unused; answers its row's id and the address.

    Rivals pass over addresses that others are just taking, so that they do not wait for one another; only when none
    is left do they wait to see whether those others change their mind. NoMoreAddresses; AddressesRest when the one
    longest unused was in use less than `rested` seconds ago.
    """
    query = _longest_unused(conn.dialect.name, network)
    for skip in (True, False):
        row = conn.execute(query.with_for_update(skip_locked=skip)).first()
        if row is not None:
            _require_rest(row, label, rested)
            return row.id, row.address
    raise NoMoreAddresses(network=label)


def pick_exactly(conn: Connection, network: int, label: str, address: str, server: str, rested: float = 0.0) -> int:
    """Lock this address; answers its row's id. BadRequest when the server may not have it, AddressesRest not yet."""
    query = select(_columns.allocated, _columns.reserved, _columns.instance_uuid, *_RESTING).where(
        _columns.network_id == network, _columns.address == address
    )
    row = conn.execute(query.with_for_update()).first()
    if row is None:
        raise BadRequest(reason=f"Fixed IP address {address} is not in the network's range.")
    mine = row.instance_uuid == server and not row.allocated
    if row.reserved or (row.instance_uuid is not None and not mine):
        raise in_use(address)
    if not mine:
        _require_rest(row, label, rested)
    return int(row.id)


def in_use(address: str) -> BadRequest:
    """What to raise for an address another has; it does not say who."""
    return BadRequest(reason=f"Fixed IP address {address} is already in use.")


def attach(conn: Connection, id: int, server: str, vif: int) -> None:
    """Give a picked address to a server's interface."""
    conn.execute(
        update(fixed_ips)
        .where(_columns.id == id)
        .values(instance_uuid=server, virtual_interface_id=vif, allocated=True, leased=False)
    )


def retire(conn: Connection, server: str) -> list[int]:
    """The server's addresses are no longer allocated, though still attached; answers the networks' ids."""
    mine = and_(_columns.instance_uuid == server, _columns.allocated == true())
    found = conn.execute(select(_columns.network_id).where(mine)).scalars().all()
    if found:
        conn.execute(update(fixed_ips).where(mine).values(allocated=False))
    return sorted(set(found))


def give_back(conn: Connection, server: str, *, rest: bool = False) -> list[int]:
    """Detach all addresses and interfaces of a server; answers the ids of networks whose lines changed by it.

    With `rest` all are held to be leased, so that none is free before its time is over.
    """
    on_interface = and_(_columns.instance_uuid == server, _columns.virtual_interface_id.is_not(None))
    rows = conn.execute(select(_columns.id, _columns.network_id).where(on_interface)).all()
    if rows:
        ids = [row.id for row in rows]
        conn.execute(update(floating_ips).where(floating_ips.c.fixed_ip_id.in_(ids)).values(fixed_ip_id=None))
        idle = {"allocated": False, "virtual_interface_id": None}
        mine = _columns.id.in_(ids)
        if rest:
            conn.execute(update(fixed_ips).where(mine).values(leased=True))
        conn.execute(update(fixed_ips).where(mine, _columns.leased == true()).values(**idle))
        conn.execute(update(fixed_ips).where(mine, _columns.leased == false()).values(instance_uuid=None, **idle))
    conn.execute(delete(virtual_interfaces).where(virtual_interfaces.c.instance_uuid == server))
    return sorted({row.network_id for row in rows})


def free_stale(conn: Connection, timeout: int) -> int:
    """Free addresses given back more than `timeout` seconds ago whose lease's end nobody reported; answers how many."""
    before = now(conn) - datetime.timedelta(seconds=timeout)
    ids = conn.execute(select(networks.c.id)).scalars().all()
    stale = and_(
        _columns.network_id.in_(ids),
        _given_back(),
        _columns.updated_at < before,
    )
    found = conn.execute(select(_columns.id).where(stale).limit(_BATCH)).scalars().all()
    if not found:
        return 0
    ready = and_(_columns.id.in_(found), _given_back())
    return conn.execute(update(fixed_ips).where(ready).values(instance_uuid=None, leased=False)).rowcount


def lease_ended(conn: Connection, id: int) -> None:
    """dnsmasq took the lease back: an address that was given back is free."""
    conn.execute(update(fixed_ips).where(_columns.id == id).values(leased=False))
    conn.execute(update(fixed_ips).where(_columns.id == id, _given_back()).values(instance_uuid=None))


def served_address(conn: Connection, network: Row[Any], host: str) -> str | None:
    """The address under which a host serves the network; None on a multi-host network it has none of its own in."""
    if not network.multi_host or network.share_address:
        given: str | None = network.dhcp_server or network.gateway
        return given
    own = (_columns.network_id == network.id) & (_columns.host == host) & (_columns.reserved == true())
    found: str | None = conn.execute(select(_columns.address).where(own)).scalar()
    return found


def dhcp_address(conn: Connection, network: Row[Any], host: str) -> str | None:
    """As `served_address`; a host's own address is set aside for it when it has none."""
    found = served_address(conn, network, host)
    if found is None and network.multi_host:
        # One server of the host at a time.
        conn.execute(select(networks.c.id).where(networks.c.id == network.id).with_for_update())
        found = served_address(conn, network, host)
        if found is None:
            id, found = pick(conn, network.id, network.label)
            conn.execute(update(fixed_ips).where(_columns.id == id).values(host=host, reserved=True))
    return found


def _require_rest(row: Row[Any], label: str, seconds: float) -> None:
    """AddressesRest when the address of this row of `_RESTING` was in use until less than so many seconds ago."""
    # A row that was never changed is of an address that nobody ever had.
    used = row.updated_at is not None and row.updated_at > row.created_at
    if used and (row.at - row.updated_at).total_seconds() < seconds:
        raise AddressesRest(network=label)


def _longest_unused(dialect: str, network: int) -> Select[Any]:
    # All databases walk the index and stop at the first row, which is also the only one locked: MySQL when ordered
    # by nothing that is fixed, and told which index, PostgreSQL only when ordered by NULL columns too.
    order = [_columns.updated_at, _columns.id]
    if dialect == "postgresql":
        order.insert(0, _columns.instance_uuid)
    return (
        select(*_RESTING, _columns.address)
        .where(_columns.network_id == network, _FREE)
        .order_by(*order)
        .limit(1)
        .with_hint(fixed_ips, "FORCE INDEX (fixed_ips_free_idx)", "mysql")
    )


def _given_back() -> ColumnElement[bool]:
    """Attached, but neither allocated nor on an interface: only a lease may still use it."""
    return and_(_IDLE, _columns.instance_uuid.is_not(None), _columns.virtual_interface_id.is_(None))
