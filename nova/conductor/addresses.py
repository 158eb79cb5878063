"""Interfaces and fixed addresses of servers, reserved and released inside the transactions of tasks."""

from __future__ import annotations

import datetime
import secrets
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, null, select, true, update
from sqlalchemy.exc import IntegrityError

from nova.base.context import RequestContext
from nova.conductor import address_pool, network_rows, quotas
from nova.conductor.db import document, ending
from nova.conductor.db.engine import now
from nova.conductor.db.tables import fixed_ips, instances, live, networks, services, virtual_interfaces
from nova.conductor.tasks.plan import Cloud
from nova.contracts.errors import BadRequest, InternalError, ServerNotFound, Unavailable
from nova.contracts.network import FixedIp, Vif
from nova.contracts.network_agent import NetworkAgent
from nova.contracts.server import NetworkRequest

Wanted = list[NetworkRequest] | str | None
MAC_PREFIX = "fa:16:3e"
MAC_ATTEMPTS = 5


def check(conn: Connection, context: RequestContext, wanted: Wanted) -> None:
    """May the caller's project have these interfaces? BadRequest names the network or address that it may not."""
    if not isinstance(wanted, list):
        return
    rows = _asked_for(conn, str(context.project_id), wanted)
    for row, request in zip(rows, wanted, strict=True):
        if request.fixed_ip is None:
            continue
        place = (fixed_ips.c.network_id == row.id) & (fixed_ips.c.address == request.fixed_ip)
        found = conn.execute(select(fixed_ips.c.reserved, fixed_ips.c.instance_uuid).where(place)).first()
        if found is None:
            raise BadRequest(reason=f"Fixed IP address {request.fixed_ip} is not in network {row.uuid}.")
        if found.reserved or found.instance_uuid is not None:
            raise address_pool.in_use(request.fixed_ip)


def reserve(
    conn: Connection,
    server_uuid: str,
    wanted: Wanted,
    host: str,
    *,
    mac_attempts: int = MAC_ATTEMPTS,
    rested: float = 0.0,
) -> list[Vif]:
    """The server's interfaces, each with an address; those it has already are answered as they are.

    None or "auto": one on each of the project's networks and the shared ones, by priority. "none": no interface.
    `rested` is for how many seconds an address that a server had must have been free. NoMoreAddresses, BadRequest;
    AddressesRest: later there will be some.
    """
    server = conn.execute(
        select(instances.c.project_id, instances.c.network_info)
        .where(instances.c.uuid == server_uuid)
        .with_for_update()
    ).first()
    if server is None:
        raise ServerNotFound(id=server_uuid)
    had = document.load(server.network_info, list[Vif])
    if had or wanted == "none":
        return had or []
    if isinstance(wanted, list):
        requests = wanted
        rows = _asked_for(conn, server.project_id, wanted)
    else:
        rows = _of_project(conn, server.project_id)
        requests = [NetworkRequest(network=row.uuid) for row in rows]
    vifs = _make(conn, server_uuid, list(zip(rows, requests, strict=True)), host, mac_attempts, rested)
    _write(conn, server_uuid, vifs)
    _bump(conn, [row.id for row in rows])
    return vifs


def release(conn: Connection, server_uuid: str, *, rest: bool = False) -> None:
    """Give back all addresses and interfaces of a server; those whose lease may still be used are not yet free.

    With `rest` none is: whoever had them may still use them.
    """
    changed = address_pool.give_back(conn, server_uuid, rest=rest)
    _write(conn, server_uuid, [])
    _bump(conn, changed)


def tell_agents(cloud: Cloud, context: RequestContext, server_uuid: str, *, remove: bool) -> None:
    """Have each network of the server served with its lines of DHCP, or without: one message a network.

    With `remove` the addresses stop being allocated first, so that no plan made meanwhile names them; `release` must
    follow. Without it, addresses that are no longer allocated get no line: another conductor has taken the operation
    over and undoes it, and a line told as late as this would stay. Unavailable when no nova-network lives that could
    serve a network without a host.
    """
    if remove:
        cloud.database.transaction(lambda conn: _retire(conn, server_uuid), safe=True)
    server = cloud.database.read(lambda conn: _server(conn, server_uuid))
    vifs = (document.load(server.network_info, list[Vif]) if server is not None else None) or []
    if server is None or not vifs:
        return
    wanted = [vif.network.id for vif in vifs]
    rows = cloud.database.read(lambda conn: _networks(conn, wanted, server_uuid))
    if not remove and any(row.host is None and not row.multi_host for row in rows):
        down_time = cloud.conf.service_down_time
        rows = cloud.database.transaction(lambda conn: _with_hosts(conn, wanted, server_uuid, down_time), safe=True)
    lines = network_rows.dhcp_hosts(server_uuid, server.hostname, vifs)
    for row in rows:
        serving = server.host if row.multi_host else row.host
        if serving is None or (row.given_back and not remove):
            continue
        own = [vif for vif in vifs if vif.network.id == row.uuid]
        cloud.bus.client(NetworkAgent, host=serving).serve(
            context,
            network=network_rows.record(row),
            dhcp_address=_served_as(row, own),
            add=[] if remove else lines.get(row.uuid, []),
            remove=[vif.address for vif in own] if remove else [],
            generation=row.dhcp_generation,
        )


def stale(conn: Connection, timeout: int) -> int:
    """Free addresses given back more than `timeout` seconds ago whose lease's end nobody reported; answers how many."""
    return address_pool.free_stale(conn, timeout)


def _asked_for(conn: Connection, project_id: str, wanted: Sequence[NetworkRequest]) -> list[Row[Any]]:
    """The rows of the networks asked for, in that order. BadRequest for one twice, unknown or another project's."""
    for network, times in Counter(request.network for request in wanted).items():
        if times > 1:
            raise BadRequest(reason=f"Network {network} is duplicated.")
    query = select(networks).where(
        networks.c.uuid.in_([request.network for request in wanted]), live(networks), network_rows.open_to(project_id)
    )
    found = {row.uuid: row for row in conn.execute(query)}
    for request in wanted:
        if request.network not in found:
            raise BadRequest(reason=f"Network {request.network} could not be found.")
    return [found[request.network] for request in wanted]


def _of_project(conn: Connection, project_id: str) -> list[Row[Any]]:
    """The project's networks and those shared by all; a project that has none gets a free VLAN to itself."""
    every = select(networks).where(live(networks))
    own = networks.c.project_id == project_id
    rows = list(conn.execute(every.where(own | (networks.c.project_id.is_(None) & networks.c.vlan.is_(None)))))
    if not rows and _free_vlan(conn) is not None:
        quotas.lock(conn, f"network:{project_id}")
        if conn.execute(every.where(own)).first() is None:
            _take_vlan(conn, project_id)
        rows = list(conn.execute(every.where(own)))
    return sorted(rows, key=_by_priority)


def _free_vlan(conn: Connection) -> int | None:
    free = live(networks) & networks.c.project_id.is_(None) & networks.c.vlan.is_not(None)
    return conn.execute(select(func.min(networks.c.id)).where(free)).scalar()


def _take_vlan(conn: Connection, project_id: str) -> None:
    """Give the first free VLAN to the project; when another takes that one just now, the next."""
    while (id := _free_vlan(conn)) is not None:
        still_free = (networks.c.id == id) & networks.c.project_id.is_(None)
        if conn.execute(update(networks).where(still_free).values(project_id=project_id)).rowcount:
            return


def _by_priority(row: Row[Any]) -> tuple[bool, int, int]:
    # Networks without a priority come first on all databases.
    return (row.priority is not None, row.priority or 0, row.id)


def _make(
    conn: Connection,
    server: str,
    places: list[tuple[Row[Any], NetworkRequest]],
    host: str,
    attempts: int,
    rested: float,
) -> list[Vif]:
    """Interfaces on these networks. Addresses are locked in the order of networks' ids, alike for all rivals."""
    picked: dict[int, tuple[int, str]] = {}
    for row, request in sorted(places, key=lambda place: place[0].id):
        if row.cidr is None:
            continue
        if request.fixed_ip is None:
            picked[row.id] = address_pool.pick(conn, row.id, row.label, rested)
        else:
            id = address_pool.pick_exactly(conn, row.id, row.label, request.fixed_ip, server, rested)
            picked[row.id] = (id, request.fixed_ip)
    vifs = []
    for row, request in places:
        number, identity, mac = _interface(conn, server, row.id, request.tag, attempts)
        ips = []
        if row.id in picked:
            id, address = picked[row.id]
            address_pool.attach(conn, id, server, number)
            subnet = network_rows.subnet_v4(row, address_pool.dhcp_address(conn, row, host))
            ips.append(FixedIp(address=address, subnet=subnet))
        if row.cidr_v6:
            address = network_rows.address_v6(row.cidr_v6, mac)
            ips.append(FixedIp(address=address, subnet=network_rows.subnet_v6(row)))
        ref = network_rows.ref(row)
        vifs.append(Vif(id=identity, address=mac, network=ref, ips=ips, device=f"tap{identity[:11]}", tag=request.tag))
    return vifs


def _interface(conn: Connection, server: str, network: int, tag: str | None, attempts: int) -> tuple[int, str, str]:
    """A new interface: its row's id, uuid and a MAC no other has."""
    for _ in range(attempts):
        identity, mac = str(uuid.uuid4()), new_mac()
        row = {"uuid": identity, "address": mac, "network_id": network, "instance_uuid": server, "tag": tag}
        try:
            with conn.begin_nested():
                made = conn.execute(insert(virtual_interfaces).values(**row))
        except IntegrityError:
            continue
        key = made.inserted_primary_key
        assert key is not None
        return key[0], identity, mac
    raise InternalError(log=f"no unused MAC address was found in {attempts} attempts")


def new_mac() -> str:
    """A random address with the cloud's prefix."""
    return ":".join([MAC_PREFIX, *(f"{octet:02x}" for octet in secrets.token_bytes(3))])


def _write(conn: Connection, server: str, vifs: list[Vif]) -> None:
    conn.execute(update(instances).where(instances.c.uuid == server).values(network_info=document.dump(vifs)))


def _bump(conn: Connection, ids: list[int]) -> None:
    """The networks' lines of DHCP changed. Written last: all that boot on a network meet at its row."""
    ending.add(conn, _write_generations, *ids)


def _write_generations(conn: Connection, ids: set[int]) -> None:
    for id in sorted(ids):
        conn.execute(update(networks).where(networks.c.id == id).values(dhcp_generation=networks.c.dhcp_generation + 1))


def _retire(conn: Connection, server: str) -> None:
    _bump(conn, address_pool.retire(conn, server))


def _server(conn: Connection, server: str) -> Any:
    """hostname, host and network_info of a server, or None."""
    query = select(instances.c.hostname, instances.c.host, instances.c.network_info)
    return conn.execute(query.where(instances.c.uuid == server)).first()


def _networks(conn: Connection, uuids: list[str], server: str) -> list[Row[Any]]:
    """The networks, each with its generation and, of the same moment, whether the server's address was `given_back`."""
    mine = (fixed_ips.c.network_id == networks.c.id) & (fixed_ips.c.instance_uuid == server)
    given_back = networks.c.cidr.is_not(None) & ~exists().where(mine, fixed_ips.c.allocated == true())
    query = select(networks, given_back.label("given_back")).where(networks.c.uuid.in_(uuids), live(networks))
    return list(conn.execute(query.order_by(networks.c.id)))


def _with_hosts(conn: Connection, uuids: list[str], server: str, down_time: int) -> list[Row[Any]]:
    """The networks, those without a host now served by the nova-network seen last."""
    seen = services.c.last_seen_up
    alive = (
        select(services.c.host)
        .where(
            live(services),
            services.c.binary == "nova-network",
            services.c.disabled.is_(False),
            services.c.forced_down.is_(False),
            services.c.stopped.is_(False),
            seen > now(conn) - datetime.timedelta(seconds=down_time),
        )
        .order_by(seen.desc())
    )
    host = conn.execute(alive.limit(1)).scalar()
    if host is None:
        raise Unavailable(service="nova-network", hint="No host runs it that could serve the network.")
    homeless = networks.c.uuid.in_(uuids) & networks.c.host.is_(null()) & networks.c.multi_host.is_(False)
    conn.execute(update(networks).where(homeless).values(host=host))
    return _networks(conn, uuids, server)


def _served_as(row: Row[Any], vifs: list[Vif]) -> str:
    """The address of DHCP as the interfaces were told it."""
    told = [ip.subnet.dhcp_server for vif in vifs for ip in vif.ips if ip.subnet.version == 4]
    return next((address for address in told if address), None) or row.dhcp_server or row.gateway or ""
