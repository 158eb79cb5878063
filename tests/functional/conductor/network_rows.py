"""Rows that tests of addresses and filters begin with."""

from __future__ import annotations

import ipaddress
import itertools
import uuid

from sqlalchemy import insert, select

from nova.conductor.db.engine import now
from nova.conductor.db.tables import clock, fixed_ips, networks, services

_count = itertools.count(1)


def add_network(conn, cidr="10.0.0.0/28", reserved=2, **values):
    """A network with its address rows, the first `reserved` and the last not to be given out; its row."""
    number = next(_count)
    hosts = [str(address) for address in ipaddress.ip_network(cidr)]
    row = {
        "uuid": str(uuid.uuid4()),
        "label": f"net{number}",
        "cidr": cidr,
        "gateway": hosts[1],
        "dhcp_server": hosts[1],
        "bridge": "br100",
        **values,
    }
    id = conn.execute(insert(networks).values(**row)).inserted_primary_key[0]
    addresses = [
        {"network_id": id, "address": address, "reserved": position < reserved or position == len(hosts) - 1}
        for position, address in enumerate(hosts)
    ]
    moment = now(conn)
    conn.execute(insert(fixed_ips), [{**row, "updated_at": moment} for row in addresses])
    return conn.execute(select(networks).where(networks.c.id == id)).one()


def add_service(conn, host, binary="nova-network", **values):
    """A daemon that gave a sign of life just now."""
    row = {"uuid": str(uuid.uuid4()), "host": host, "binary": binary, "topic": "network", "last_seen_up": clock()}
    conn.execute(insert(services).values(**row | values))
