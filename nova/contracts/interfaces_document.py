"""Static addresses as a Debian interfaces file, for guests on networks whose addresses are injected."""

from __future__ import annotations

import ipaddress

from nova.contracts.guest import Guest
from nova.contracts.network import FixedIp, Vif


def interfaces_file(guest: Guest) -> str | None:
    """The file's text; None when no network of the guest wants its addresses injected."""
    stanzas = [
        stanza
        for number, vif in enumerate(guest.vifs)
        if vif.network.injected
        for stanza in _interface(f"eth{number}", vif)
    ]
    if not stanzas:
        return None
    return "\n".join(["auto lo\niface lo inet loopback\n", *stanzas])


def _interface(name: str, vif: Vif) -> list[str]:
    return [f"auto {name}\n{_address(name, vif.address, ip)}" for ip in vif.ips]


def _address(name: str, mac: str, ip: FixedIp) -> str:
    subnet = ip.subnet
    network = ipaddress.ip_network(subnet.cidr, strict=False)
    old = network.version == 4
    lines = [
        f"iface {name} {'inet' if old else 'inet6'} static",
        f"hwaddress ether {mac}" if old else None,
        f"address {ip.address}",
        f"netmask {network.netmask if old else network.prefixlen}",
        f"broadcast {network.broadcast_address}" if old else None,
        f"gateway {subnet.gateway}" if subnet.gateway else None,
        f"dns-nameservers {' '.join(subnet.dns)}" if subnet.dns else None,
    ]
    return "\n    ".join(line for line in lines if line) + "\n"
