"""Rows of networks as the records others see: networks, subnets, lines of DHCP."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, true

from nova.base.context import RequestContext
from nova.conductor.db.tables import networks
from nova.contracts.network import DhcpHost, Network, NetworkRef, Subnet, Vif

_PLAIN = tuple(name for name in Network.__struct_fields__ if name not in ("created_at", "updated_at"))


def record(row: Row[Any]) -> Network:
    """A row of `networks` as it travels."""
    return Network(
        **{name: getattr(row, name) for name in _PLAIN},
        created_at=row.created_at.isoformat() if row.created_at else None,
        updated_at=row.updated_at.isoformat() if row.updated_at else None,
    )


def visible(context: RequestContext) -> ColumnElement[bool]:
    """The networks the caller may see: its project's own and those of no project; admins see all."""
    return true() if context.is_admin else open_to(str(context.project_id))


def open_to(project_id: str) -> ColumnElement[bool]:
    """The networks a project may use."""
    return or_(networks.c.project_id.is_(None), networks.c.project_id == project_id)


def ref(row: Row[Any]) -> NetworkRef:
    """What an interface says of its network."""
    return NetworkRef(
        id=row.uuid,
        label=row.label,
        bridge=row.bridge or "",
        bridge_interface=row.bridge_interface,
        vlan=row.vlan,
        mtu=row.mtu,
        multi_host=row.multi_host,
        injected=row.injected,
        project_id=row.project_id,
    )


def subnet_v4(row: Row[Any], dhcp_address: str | None) -> Subnet:
    """The network's range of IPv4. A host that serves DHCP under an address of its own is also the gateway."""
    dns = [server for server in (row.dns1, row.dns2) if server]
    own = row.multi_host and not row.share_address and dhcp_address
    return Subnet(
        cidr=row.cidr, version=4, gateway=dhcp_address if own else row.gateway, dhcp_server=dhcp_address, dns=dns
    )


def subnet_v6(row: Row[Any]) -> Subnet:
    """The network's range of IPv6."""
    return Subnet(cidr=row.cidr_v6, version=6, gateway=row.gateway_v6)


def address_v6(cidr: str, mac: str) -> str:
    """The address a guest gives itself in this range (modified EUI-64, RFC 4291)."""
    octets = [int(part, 16) for part in mac.split(":")]
    octets[0] ^= 0x02
    identifier = int.from_bytes(bytes([*octets[:3], 0xFF, 0xFE, *octets[3:]]), "big")
    return str(ipaddress.IPv6Address(int(ipaddress.IPv6Network(cidr).network_address) | identifier))


def dhcp_hosts(server: str, hostname: str, vifs: Iterable[Vif]) -> dict[str, list[DhcpHost]]:
    """A server's lines of DHCP by the network's uuid; its first interface has the default route."""
    found: dict[str, list[DhcpHost]] = {}
    for position, vif in enumerate(vifs):
        for ip in vif.ips:
            if ip.subnet.version == 4:
                line = DhcpHost(
                    mac=vif.address,
                    address=ip.address,
                    hostname=hostname,
                    server=server,
                    vif=vif.id,
                    default_route=position == 0,
                )
                found.setdefault(vif.network.id, []).append(line)
    return found
