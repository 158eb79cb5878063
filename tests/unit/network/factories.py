"""Records of networks for tests."""

from __future__ import annotations

from typing import Any

from nova.contracts.network import DhcpHost, Network, ServedNetwork


def make_network(**facts: Any) -> Network:
    """A flat network on br100."""
    defaults = {
        "id": 7,
        "uuid": "n1",
        "label": "private",
        "cidr": "10.0.0.0/24",
        "gateway": "10.0.0.1",
        "dhcp_server": "10.0.0.1",
        "dhcp_start": "10.0.0.2",
        "broadcast": "10.0.0.255",
        "bridge": "br100",
    }
    return Network(**(defaults | facts))


def make_line(number: int, **facts: Any) -> DhcpHost:
    """The DHCP line of guest `number`."""
    defaults = {
        "mac": f"fa:16:3e:00:00:{number:02x}",
        "address": f"10.0.0.{number}",
        "hostname": f"guest-{number}",
        "server": f"s{number}",
        "vif": f"v{number}",
    }
    return DhcpHost(**(defaults | facts))


def make_served(*numbers: int, generation: int = 0, **facts: Any) -> ServedNetwork:
    """The network with the lines of these guests."""
    lines = [make_line(number) for number in numbers]
    return ServedNetwork(
        network=make_network(**facts), dhcp_address="10.0.0.1", dhcp_hosts=lines, generation=generation
    )
