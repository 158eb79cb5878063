"""What this host should serve, put together from messages that may come late, twice or out of order."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nova.contracts.network import DhcpHost, HostNetworkPlan, Network, ServedNetwork


@dataclass
class Wish:
    """One network as it should be served.

    `changed` remembers for each MAC the generation of its last change, so that an older message never undoes a newer
    one, and `floor` the generation of the last whole list, for MACs never changed singly. `freed` are the lines taken
    away since they were last asked for.
    """

    network: Network
    dhcp_address: str
    generation: int = -1
    floor: int = -1
    hosts: dict[str, DhcpHost] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    freed: list[DhcpHost] = field(default_factory=list)

    def put(self, host: DhcpHost, generation: int) -> None:
        """Add or replace the line of a MAC."""
        if generation >= self.changed.get(host.mac, self.floor):
            before = self.hosts.get(host.mac)
            if before is not None and before.address != host.address:
                self.freed.append(before)
            self.hosts[host.mac] = host
            self.changed[host.mac] = generation

    def drop(self, mac: str, generation: int) -> None:
        """Remove the line of a MAC."""
        if generation >= self.changed.get(mac, self.floor):
            self.changed[mac] = generation
            if mac in self.hosts:
                self.freed.append(self.hosts.pop(mac))


class Wishes:
    """All networks of this host. Methods may be called from any thread."""

    def __init__(self) -> None:
        self._wishes: dict[str, Wish] = {}
        self._touched: set[str] = set()
        self._guard = threading.Lock()

    def change(
        self, network: Network, dhcp_address: str, *, add: Iterable[DhcpHost], remove: Iterable[str], generation: int
    ) -> None:
        """Serve the network, with these lines more and the lines of these MACs less."""
        with self._guard:
            wish = self._touch(network, dhcp_address, generation)
            for mac in remove:
                wish.drop(mac, generation)
            for host in add:
                wish.put(host, generation)

    def replace(self, served: ServedNetwork) -> None:
        """Serve exactly this, except for lines changed later than its generation."""
        with self._guard:
            self._replace(served)

    def begin_plan(self) -> None:
        """A plan is about to be asked for: what messages bring from here on is newer than it."""
        with self._guard:
            self._touched.clear()

    def adopt_plan(self, plan: HostNetworkPlan) -> None:
        """Serve what the plan says, and no network else unless a message named it since `begin_plan`."""
        with self._guard:
            planned = {served.network.uuid for served in plan.networks}
            for uuid in set(self._wishes) - planned - self._touched:
                del self._wishes[uuid]
            for served in plan.networks:
                self._replace(served)

    def forget(self, uuid: str) -> Wish | None:
        """No longer serve a network; its last wish, if there was one."""
        with self._guard:
            return self._wishes.pop(uuid, None)

    def networks(self) -> dict[str, Network]:
        """Networks that are to be served, by uuid."""
        with self._guard:
            return {uuid: wish.network for uuid, wish in self._wishes.items()}

    def take(self, uuid: str) -> Wish | None:
        """A copy of what a network should be; the freed lines are handed over with it, once."""
        with self._guard:
            wish = self._wishes.get(uuid)
            if wish is None:
                return None
            freed = [host for host in wish.freed if host.mac not in wish.hosts or wish.hosts[host.mac] != host]
            wish.freed = []
            return replace(wish, hosts=dict(wish.hosts), changed={}, freed=freed)

    def _replace(self, served: ServedNetwork) -> None:
        wish = self._touch(served.network, served.dhcp_address, served.generation)
        told = {host.mac for host in served.dhcp_hosts}
        for mac in set(wish.hosts) - told:
            wish.drop(mac, served.generation)
        for host in served.dhcp_hosts:
            wish.put(host, served.generation)
        wish.floor = max(wish.floor, served.generation)
        wish.changed = {mac: made for mac, made in wish.changed.items() if made > wish.floor}

    def _touch(self, network: Network, dhcp_address: str, generation: int) -> Wish:
        self._touched.add(network.uuid)
        wish = self._wishes.setdefault(network.uuid, Wish(network, dhcp_address))
        if generation >= wish.generation:
            wish.network, wish.dhcp_address, wish.generation = network, dhcp_address, generation
        return wish
