"""Spread by disk work."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Floats
from nova.scheduler.weighers.base import Weigher


class IoOpsWeigher(Weigher):
    """Busy hosts are worse, as io_ops_weight_multiplier is negative by default."""

    option = "io_ops_weight_multiplier"

    def weigh(self, hosts: Columns, request: PlacementRequest) -> Floats:
        """How many servers are being built, resized, snapshotted ... there."""
        return hosts.io_ops.astype(float)
