"""Spread by memory."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Floats
from nova.scheduler.host_view import free_memory_mb
from nova.scheduler.weighers.base import Weigher


class RAMWeigher(Weigher):
    """Hosts with more free memory are better; a negative ram_weight_multiplier fills hosts up instead."""

    option = "ram_weight_multiplier"

    def weigh(self, hosts: Columns, request: PlacementRequest) -> Floats:
        """Free memory in MiB."""
        return free_memory_mb(hosts)
