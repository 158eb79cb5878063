"""Spread by disk."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Floats
from nova.scheduler.host_view import free_disk_gb
from nova.scheduler.weighers.base import Weigher


class DiskWeigher(Weigher):
    """Hosts with more free disk are better; a negative disk_weight_multiplier fills hosts up instead."""

    option = "disk_weight_multiplier"

    def weigh(self, hosts: Columns, request: PlacementRequest) -> Floats:
        """Free disk in GiB."""
        return free_disk_gb(hosts)
