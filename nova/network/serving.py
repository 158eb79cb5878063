"""Making this host serve its networks, and telling what is there without being asked for."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterable, Iterator

import msgspec

from nova.base.iptables import Tables
from nova.base.locks import KeyedLocks
from nova.base.rounds import Rounds
from nova.contracts.audit import Finding
from nova.contracts.network import HostNetworkPlan, Network, ServedNetwork
from nova.network.linux import rules
from nova.network.linux.dnsmasq import Dnsmasq
from nova.network.linux.host import Host
from nova.network.linux.rules import RoutingSettings
from nova.network.managers.base import Manager
from nova.network.wishes import Wish, Wishes

LOG = logging.getLogger(__name__)


class Serving:
    """The networks of this host. Methods may be called from any thread, and repeated.

    Many changes to one network at once become one file and one signal to its DHCP server.
    """

    def __init__(
        self,
        host: Host,
        manager: Manager,
        tables: Tables,
        dnsmasq: Dnsmasq,
        routing: RoutingSettings,
        *,
        release_leases: bool = True,
    ) -> None:
        self._host, self._manager, self._tables, self._dnsmasq = host, manager, tables, dnsmasq
        self._routing, self._release_leases = routing, release_leases
        self.wishes = Wishes()
        self._rounds: dict[str, Rounds[None]] = {}
        self._guard = threading.Lock()
        self._locks = KeyedLocks()
        # What was last brought up here, so that a change of DHCP lines alone costs no look at the kernel.
        self._up: dict[str, tuple[Network, str]] = {}

    def prepare(self) -> None:
        """What the host needs whatever networks it serves: forwarding and the way to the metadata service."""
        self._host.route()
        for (family, table, chain), text in rules.of_host(self._routing).items():
            self._tables.set_chain(table, chain, text, family=family, owner="metadata")
        self._tables.apply()

    def settle(self, uuid: str) -> None:
        """Bring a network to what is wished for it. Returns when that is so; raises what went wrong."""
        with self._guard:
            rounds = self._rounds.setdefault(uuid, Rounds(lambda: self._settle(uuid)))
        rounds.join()

    def settle_all(self) -> None:
        """Look at everything anew: what was lost comes back, what nobody wishes for goes away.

        One network's trouble does not keep the others waiting; the first is raised at the end.
        """
        self._up.clear()
        self.prepare()
        self._remove_strangers()
        first: Exception | None = None
        for uuid in self.wishes.networks():
            try:
                self.settle(uuid)
            except Exception as error:
                LOG.exception("Network %s could not be served", uuid)
                first = first or error
        if first is not None:
            raise first

    def forget(self, network: Network) -> None:
        """Take the network's DHCP server, rules, address and bridge away."""
        wish = self.wishes.forget(network.uuid)
        address = wish.dhcp_address if wish else network.dhcp_server or network.gateway
        device = self._manager.device(network)
        with self._locks.hold(network.uuid):
            self._up.pop(network.uuid, None)
            self._dnsmasq.stop(device)
            self._tables.remove_owner(network.uuid)
            self._tables.apply()
            if self._host.exists(device):
                self._manager.take_down(network, address or "")

    def leftovers(self, plan: HostNetworkPlan) -> Iterator[Finding]:
        """What is here though the plan does not say so, and what it says and is not here."""
        planned = {served.network.uuid: served for served in plan.networks}
        devices = self._devices(served.network for served in plan.networks)
        found = self._tables.found()
        for uuid, chains in sorted(found.items()):
            if uuid not in planned:
                yield _finding("rule", plan, ", ".join(sorted(chains)), f"of network {uuid}, not served here")
        for bridge, uuid in self._manager.orphans(set(planned)).items():
            yield _finding("bridge", plan, bridge, f"of network {uuid}, not served here")
        for device in sorted(self._dnsmasq.devices() - set(devices)):
            yield _finding("dhcp", plan, device, "a DHCP server or its files for no network")
        for device, uuid in devices.items():
            if uuid not in found:
                yield _finding("rule", plan, device, "its rules are missing")
            yield from self._differences(plan, device, planned[uuid])

    def _differences(self, plan: HostNetworkPlan, device: str, served: ServedNetwork) -> Iterator[Finding]:
        if not self._host.exists(device):
            yield _finding("bridge", plan, device, "missing")
        if not self._serves_dhcp(served.network):
            return
        if not self._dnsmasq.is_running(device):
            yield _finding("dhcp", plan, device, "no DHCP server runs")
        known, told = self._dnsmasq.macs(device), {host.mac: host.server for host in served.dhcp_hosts}
        for mac in sorted(known - set(told)):
            yield _finding("dhcp", plan, f"{device} {mac}", "a DHCP line without an address")
        for mac in sorted(set(told) - known):
            yield _finding("dhcp", plan, f"{device} {mac}", "a DHCP line is missing", owner=told[mac])

    def _settle(self, uuid: str) -> None:
        with self._locks.hold(uuid):
            wish = self.wishes.take(uuid)
            if wish is None:
                return
            device = self._manager.device(wish.network)
            if self._up.get(uuid) != _what_matters(wish):
                self._bring_up(wish, device)
            if self._serves_dhcp(wish.network):
                self._dnsmasq.serve(wish.network, device, wish.dhcp_address, wish.hosts.values())
                if self._release_leases:
                    self._dnsmasq.release(device, wish.freed)
            else:
                self._dnsmasq.stop(device)

    def _bring_up(self, wish: Wish, device: str) -> None:
        network = wish.network
        self._manager.bring_up(network, wish.dhcp_address)
        wanted = rules.of_network(network, device, self._routing, dhcp=self._serves_dhcp(network))
        with self._tables.changing():
            self._tables.remove_owner(network.uuid)
            for (family, table, chain), text in wanted.items():
                self._tables.set_chain(table, chain, text, family=family, owner=network.uuid)
        self._tables.apply()
        self._up[network.uuid] = _what_matters(wish)

    def _remove_strangers(self) -> None:
        networks = self.wishes.networks()
        served = set(networks)
        for device in self._dnsmasq.devices() - set(self._devices(networks.values())):
            LOG.info("The DHCP server of %s is for no network here: it ends", device)
            self._dnsmasq.stop(device)
        for owner in set(self._tables.owners()) - served - {"metadata"}:
            self._tables.remove_owner(owner)
        self._tables.apply()
        for bridge, owner in self._manager.orphans(served).items():
            self._manager.remove_orphan(bridge, owner)

    def _devices(self, networks: Iterable[Network]) -> dict[str, str]:
        """The networks' bridges and uuids, without networks that cannot be here: those fail when they are settled."""
        devices = {}
        for network in networks:
            with contextlib.suppress(ValueError):
                devices[self._manager.device(network)] = network.uuid
        return devices

    def _serves_dhcp(self, network: Network) -> bool:
        return self._manager.serves_dhcp and network.enable_dhcp and network.cidr is not None


def _what_matters(wish: Wish) -> tuple[Network, str]:
    """What a change of would have to be brought up anew: not when the record was written last."""
    return msgspec.structs.replace(wish.network, updated_at=None), wish.dhcp_address


def _finding(kind: str, plan: HostNetworkPlan, what: str, hint: str, *, owner: str | None = None) -> Finding:
    return Finding(kind=kind, where=plan.host, what=what, owner=owner, hint=hint)
