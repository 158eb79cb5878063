"""What kinds of networks there are on a host: the seam at which flat, VLAN and other managers differ."""

from __future__ import annotations

from abc import ABC, abstractmethod

from nova.contracts.network import Network


class Manager(ABC):
    """Makes a network's device on this host. Every method may be repeated."""

    serves_dhcp: bool = True
    """Whether a DHCP server runs on the device."""

    @abstractmethod
    def device(self, network: Network) -> str:
        """The bridge that carries the network here. ValueError when its record names none."""

    @abstractmethod
    def bring_up(self, network: Network, address: str) -> None:
        """Make the bridge, with this host's address (without prefix length; IPv4 networks only) on it."""

    @abstractmethod
    def take_down(self, network: Network, address: str) -> None:
        """Take the address away, and the bridge if we made it and nothing is plugged in."""

    @abstractmethod
    def orphans(self, served: set[str]) -> dict[str, str]:
        """Bridges we made for networks other than `served` (uuids): {bridge: network's uuid}."""

    @abstractmethod
    def remove_orphan(self, bridge: str, owner: str) -> None:
        """Take such a bridge away if nothing is plugged in."""
