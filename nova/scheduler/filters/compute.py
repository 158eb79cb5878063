"""Only hosts that work."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter


class ComputeFilter(Filter):
    """The host's nova-compute is enabled and gives signs of life."""

    refuses = "disabled or not running"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """Both by the conductor's judgement."""
        return hosts.alive & hosts.enabled
