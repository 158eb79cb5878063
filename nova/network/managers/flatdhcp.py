"""FlatDHCP: every network is one bridge that guests of all projects share, with a DHCP server on it."""

from __future__ import annotations

import ipaddress

from nova.contracts.network import Network
from nova.contracts.network_options import card_of
from nova.network.linux.host import Host
from nova.network.managers.base import Manager


class FlatDhcp(Manager):
    """Bridges as networks name them, joined to `interface` or to the network's own bridge_interface."""

    def __init__(self, host: Host, *, interface: str | None = None) -> None:
        self._host, self._interface = host, interface

    def device(self, network: Network) -> str:
        """The bridge that the record names. ValueError when it names none."""
        if not network.bridge:
            raise ValueError(f"Network {network.uuid} has no bridge")
        return network.bridge

    def bring_up(self, network: Network, address: str) -> None:
        """Make the bridge, with this host's address (without prefix length) on it."""
        bridge = self.device(network)
        self._host.make_bridge(bridge, card_of(network, self._interface), network.mtu, network.uuid)
        if network.cidr:
            self._host.give_address(bridge, _with_prefix(network, address), network.broadcast)

    def take_down(self, network: Network, address: str) -> None:
        """Take the address away, and the bridge if we made it and nothing is plugged in."""
        bridge = self.device(network)
        if network.cidr:
            self._host.take_address(bridge, _with_prefix(network, address))
        self._host.remove_bridge(bridge, network.uuid)

    def orphans(self, served: set[str]) -> dict[str, str]:
        """Bridges we made for networks other than `served` (uuids): {bridge: network's uuid}."""
        return {bridge: owner for bridge, owner in self._host.bridges().items() if owner not in served}

    def remove_orphan(self, bridge: str, owner: str) -> None:
        """Take such a bridge away if nothing is plugged in."""
        self._host.remove_bridge(bridge, owner)


def _with_prefix(network: Network, address: str) -> str:
    return f"{address}/{ipaddress.ip_network(network.cidr or '', strict=False).prefixlen}"
