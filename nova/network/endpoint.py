"""nova-network's side of its contract: merge what is asked, make the host so."""

from __future__ import annotations

import logging
import threading

from nova.base.context import RequestContext, admin_context
from nova.contracts.audit import Finding
from nova.contracts.network import DhcpHost, HostNetworkPlan, Network, ServedNetwork
from nova.contracts.network_agent import NetworkAgent, NetworkPlans
from nova.network.serving import Serving

LOG = logging.getLogger(__name__)


class Endpoint(NetworkAgent):
    """nova-network on the host named `host`; `plans` answers for the conductor."""

    def __init__(self, host: str, serving: Serving, plans: NetworkPlans) -> None:
        self._host, self._serving, self._plans = host, serving, plans
        self._planned = False
        self._planning = threading.Lock()

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
        self._know()
        self._serving.wishes.change(network, dhcp_address, add=add, remove=remove, generation=generation)
        self._serving.settle(network.uuid)

    def apply(self, context: RequestContext, *, served: ServedNetwork) -> None:
        """Serve exactly this."""
        self._know()
        self._serving.wishes.replace(served)
        self._serving.settle(served.network.uuid)

    def forget(self, context: RequestContext, *, network: Network) -> None:
        """Take the network's bridge address, DHCP and rules away."""
        self._serving.forget(network)

    def leftovers(self, context: RequestContext, *, plan: HostNetworkPlan) -> list[Finding]:
        """What this host serves though the plan does not say so, and what it lacks; changes nothing."""
        return list(self._serving.leftovers(plan))

    def converge(self) -> None:
        """Ask the conductor what should be here, and make it so."""
        with self._planning:
            self._plan()
        self._serving.settle_all()

    def _know(self) -> None:
        """Have the whole picture once before any part of it changes: a file of one line would cut off the others."""
        with self._planning:
            if not self._planned:
                self._plan()
                self._serving.prepare()

    def _plan(self) -> None:
        self._serving.wishes.begin_plan()
        self._serving.wishes.adopt_plan(self._plans.plan(admin_context(), host=self._host))
        self._planned = True
