"""Near an address."""

from __future__ import annotations

import ipaddress
import logging

import numpy as np

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter

LOG = logging.getLogger(__name__)
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SimpleCIDRAffinityFilter(Filter):
    """The host's own address is in the range that the hints build_near_host_ip and cidr (default /24) describe."""

    refuses = "outside the range of addresses asked for"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """No host passes when the hints make no range."""
        near = request.hints.get("build_near_host_ip", [])
        if not near:
            return hosts.every(True)
        length = (request.hints.get("cidr") or ["/24"])[0]
        try:
            network = ipaddress.ip_network(f"{near[0]}/{length.lstrip('/')}", strict=False)
        except ValueError:
            LOG.warning("The hints build_near_host_ip and cidr of server %s are not a range", request.server)
            return hosts.every(False)
        return np.array([_is_in(address, network) for address in hosts.host_ips], dtype=np.bool_)


def _is_in(address: str, network: _Network) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False
