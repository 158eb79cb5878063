"""Spread by processors."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Floats
from nova.scheduler.weighers.base import Weigher


class CPUWeigher(Weigher):
    """Hosts with more free vcpus are better; a negative cpu_weight_multiplier fills hosts up instead."""

    option = "cpu_weight_multiplier"

    def weigh(self, hosts: Columns, request: PlacementRequest) -> Floats:
        """Free vcpus, overcommitment counted."""
        return hosts.vcpus * hosts.cpu_ratio - hosts.vcpus_used
