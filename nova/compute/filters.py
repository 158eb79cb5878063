"""Packet filters of guests: what may reach them, and what they may claim to be.

What may reach a guest is the chain `inst-<number>` in iptables, marked with the server's uuid. What a guest may send
is checked where its frames enter the bridge (ebtables), so that neither its MAC, nor its addresses, nor ARP, nor a
DHCP server of its own can fool others, whether the frame is bridged or routed.
"""

from __future__ import annotations

import logging
from typing import Protocol

from oslo_config import cfg

from nova.base import iptables, sysctl
from nova.compute import filterrules
from nova.contracts.network import Filters

LOG = logging.getLogger(__name__)

NOOP = "nova.virt.firewall.NoopFirewallDriver"
PROGRAM = "nova-compute"
SHARED = "shared"
"""Owner of the rules that stand once for all guests of the host."""

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        *iptables.OPTIONS["DEFAULT"],
        cfg.StrOpt("firewall_driver", help=f"How guests are filtered: iptables, unless it is {NOOP}."),
        cfg.BoolOpt("allow_same_net_traffic", default=True, help="Guests of one subnet reach each other freely."),
    ]
}


class GuestFilters(Protocol):
    """How nova-compute keeps guests filtered. Every method may be repeated."""

    def apply(self, filters: list[Filters]) -> None:
        """Filter these servers just so; others stay as they are."""

    def remove(self, server: str) -> None:
        """Take the filters of a server (its uuid) away."""

    def owners(self) -> dict[str, str]:
        """Servers that have filters on this host: {uuid: chain}."""


class NoFilters:
    """For hypervisors without taps on this host, and for hosts that are told not to filter."""

    def apply(self, filters: list[Filters]) -> None:
        """Nothing is filtered."""

    def remove(self, server: str) -> None:
        """Nothing was filtered."""

    def owners(self) -> dict[str, str]:
        """Nobody."""
        return {}


class PacketFilters:
    """Filters in the kernel of this host."""

    def __init__(self, tables: iptables.Tables, *, allow_same_net: bool = True) -> None:
        self._tables = tables
        self._allow_same_net = allow_same_net
        for family in filterrules.FAMILIES:
            tables.set_chain("filter", filterrules.FALLBACK, ["-j DROP"], family=family)

    def apply(self, filters: list[Filters]) -> None:
        """Filter these servers just so; others stay as they are. Raises process.CommandFailed."""
        with self._tables.changing():
            for one in filters:
                self._want(one)
        self._settle()

    def remove(self, server: str) -> None:
        """Take the filters of a server (its uuid) away. Raises process.CommandFailed."""
        self._forget(server)
        self._settle()

    def owners(self) -> dict[str, str]:
        """Servers that have filters in the kernel just now: {uuid: chain}."""
        return {
            owner: chain
            for owner, chains in sorted(self._tables.found().items())
            for chain in sorted(chains)
            if filterrules.is_chain(chain) and not filterrules.is_chain(owner)
        }

    def _want(self, filters: Filters) -> None:
        self._forget(filters.server)
        chain = filterrules.chain(filters.number)
        for family in filterrules.FAMILIES:
            jumps = filterrules.jumps(filters, family)
            if jumps:
                rules = filterrules.ingress(filters, family, allow_same_net=self._allow_same_net)
                self._tables.set_chain("filter", chain, rules, family=family, owner=filters.server)
                self._tables.set_chain("filter", "local", jumps, family=family, owner=filters.server)
        versions = [version for family, version in filterrules.FAMILIES.items() if family in self._tables.families]
        self._tables.set_chain("nat", chain, filterrules.guard(filters, versions), family="bridge")
        self._tables.set_chain("nat", "PREROUTING", filterrules.entries(filters), family="bridge", owner=chain)

    def _forget(self, server: str) -> None:
        for chain in self._tables.owners().get(server, ()):
            if filterrules.is_chain(chain):
                # The guard carries no mark: it belongs to the server through its chain's name.
                self._tables.remove_owner(chain)
        self._tables.remove_owner(server)

    def _settle(self) -> None:
        """Put up what all guests share while there are any, and bring the kernel up to date."""
        if any(filterrules.is_chain(chain) for chains in self._tables.owners().values() for chain in chains):
            for chain in ("INPUT", "FORWARD"):
                self._tables.set_chain("filter", chain, [filterrules.DHCP_REQUEST], owner=SHARED)
        else:
            self._tables.remove_owner(SHARED)
        _filter_bridges()
        self._tables.apply()


def from_settings(conf: cfg.ConfigOpts, *, filters_packets: bool) -> GuestFilters:
    """The filters of this host, as its settings and its driver (`filters_packets`) say."""
    if not filters_packets or conf.firewall_driver == NOOP:
        return NoFilters()
    tables = iptables.from_settings(conf, PROGRAM, bridge=True)
    return PacketFilters(tables, allow_same_net=conf.allow_same_net_traffic)


def _filter_bridges() -> None:
    """Let iptables see what passes a bridge."""
    for name in ("iptables", "ip6tables"):
        if not sysctl.ensure(f"net/bridge/bridge-nf-call-{name}", "1"):
            LOG.warning("Module br_netfilter is not loaded: %s does not see traffic between guests", name)
