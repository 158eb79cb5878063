"""What nova-network does when asked, and what it asks the conductor."""

from __future__ import annotations

from nova.base.context import RequestContext
from nova.base.contract import Contract, call, cast
from nova.contracts.audit import Finding
from nova.contracts.network import DhcpHost, HostNetworkPlan, Network, ServedNetwork


class NetworkAgent(Contract):
    """nova-network on one host. Every method may be repeated; it changes only what differs."""

    topic = "network"
    namespace = "agent"

    @call(timeout=60, monitored=True)
    def serve(
        self,
        context: RequestContext,
        *,
        network: Network,
        dhcp_address: str,
        add: list[DhcpHost],
        remove: list[str],
        generation: int,
    ) -> None:
        """Make sure the network is up here and that its DHCP knows `add` and no longer the MACs in `remove`."""
        ...

    @cast
    def apply(self, context: RequestContext, *, served: ServedNetwork) -> None:
        """Serve exactly this: after `nova-manage network modify` and the like."""
        ...

    @cast
    def forget(self, context: RequestContext, *, network: Network) -> None:
        """The network was deleted: take its bridge address, DHCP and rules away."""
        ...

    @call(timeout=60)
    def leftovers(self, context: RequestContext, *, plan: HostNetworkPlan) -> list[Finding]:
        """What this host serves though the plan does not say so, and what it lacks; changes nothing."""
        ...


class NetworkPlans(Contract):
    """What nova-network and nova-dhcpbridge ask the conductor."""

    topic = "conductor"
    namespace = "network_plans"

    @call(timeout=60, monitored=True)
    def plan(self, context: RequestContext, *, host: str) -> HostNetworkPlan:
        """All that should be served on this host."""
        ...

    @call(timeout=30, monitored=True)
    def leases(self, context: RequestContext, *, host: str, network_id: int) -> list[DhcpHost]:
        """The leases of one network (its numeric id), for dnsmasq's start."""
        ...

    @call(timeout=30, monitored=True)
    def leased(self, context: RequestContext, *, host: str, mac: str, address: str) -> None:
        """dnsmasq gave the address out."""
        ...

    @call(timeout=30, monitored=True)
    def released(self, context: RequestContext, *, host: str, mac: str, address: str) -> None:
        """dnsmasq took the address back; frees it when its server is gone."""
        ...
